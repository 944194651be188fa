"""What every reader of an answer works with: the question it answers, doubt, reasons, and the note below.

A reader takes the keyword's phrase, the lines below it and the Question, and gives an event or a Doubted. Which reader
serves which keyword stands in answers.py. Never fails.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailbot.model.events import Doubt, Doubted
from mailbot.model.mail import Matter
from mailbot.model.people import Role
from mailbot.understand import limits, phrases, times
from mailbot.understand.phrases import Grammar, Phrase
from mailbot.understand.speech import SAID, fold, one_line
from mailbot.understand.supplied import Asked

MOST_REASON, MOST_NOTE = 1000, 2000


@dataclass(frozen=True, slots=True)
class Question:
    """What an answer answers: matter and round of its token, the answerer's role, and how to read times.

    `runs_on`: below the answer stands our own mail without a mark, and nobody can tell where it begins.
    """

    matter: Matter
    round: int
    role: Role
    grammar: Grammar
    asked: Asked
    runs_on: bool = False


def doubt(question: Question, why: Doubt, said: str = "") -> Doubted:
    """Doubt an answer for this reason."""
    return Doubted(question.matter, question.round, why=why, said=one_line(said, SAID))


def unclear(question: Question, rest: str) -> Doubted:
    """Doubt a line that begins with a keyword and goes on in words that are not understood."""
    if "?" in rest:
        return doubt(question, Doubt.QUESTION)
    return doubt(question, Doubt.BUT if limits.hedges(rest) else Doubt.UNKNOWN)


def reason(found: Phrase, rest: list[str], question: Question) -> tuple[str, list[str]] | None:
    """Give the reason behind a keyword and what stands below it; None where it is not clear what is meant.

    The reason is the rest of the line, or after a colon the next paragraph; "" where there is none.
    """
    why, below = found.rest, rest
    if found.has_colon:
        why, below = (why, below) if why else paragraph(rest)
    elif phrases.is_courtesy(why, question.grammar):
        if limits.is_glad(why):
            return None
        why = ""
    elif not phrases.bare_reason(why, question.grammar) or times.wish(why, question.asked.today):
        return None
    return one_line(_bare(why), MOST_REASON), below


def _bare(why: str) -> str:
    """Give a reason as the customer reads it: without brackets around it, and none where it is a mere `leider`."""
    held = re.fullmatch(r"\((.*)\)[.!]?", why.strip())
    bare = held[1] if held else why
    return "" if fold(bare).strip(" .!,") in ("leider", "unfortunately") else bare


def paragraph(lines: list[str]) -> tuple[str, list[str]]:
    """Give the next paragraph, up to a blank line or a closing formula, and what is left."""
    start = next((at for at, line in enumerate(lines) if line), len(lines))
    end = start
    while end < len(lines) and lines[end] and not phrases.is_closing(lines[end]):
        end += 1
    return " ".join(lines[start:end]), lines[end:]


def may_be_ours(lines: Sequence[str], question: Question) -> bool:
    """Tell whether lines below an answer may be our own mail; those above a closing formula are the author's."""
    return question.runs_on and any(lines) and not any(phrases.is_closing(line) for line in lines)


def note(lines: Sequence[str]) -> str:
    """Give what stands below the answer, for the office alone; a closing formula begins the signature."""
    end = next((at for at, line in enumerate(lines) if phrases.is_closing(line)), len(lines))
    return "\n".join(lines[:end]).strip()[:MOST_NOTE]
