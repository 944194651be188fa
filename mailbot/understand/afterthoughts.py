"""The lines below an answer: mere notes for the office, or words that limit the answer, undo it, or add terms to it.

An `ok` with `Preis 40` or `Halt, nein!` below it is no clear answer, though each line alone would be one (CONTRACT
"Answers": doubt is never a decision). Looks only at what is surely the author's. Never fails.
"""

from collections.abc import Sequence
from itertools import takewhile

from mailbot.model.events import Doubt
from mailbot.understand import limits, phrases, times
from mailbot.understand.phrases import Grammar
from mailbot.understand.readers import Question
from mailbot.understand.speech import fold

# What limits an answer stands right below it; further down people write to one another.
NEAR = 3
# Keywords that undo an answer even inside a line, where the line is no longer than this.
UNDOING, MOST_WORDS = ("reject", "change", "cancel"), 6


def afterthought(rest: Sequence[str], note: str, question: Question) -> tuple[Doubt, str] | None:
    """Name what makes a decision unclear in its note, with the line; None where the note is for people alone.

    `rest` are all lines below the answer, of which a reason or times may be read already.
    """
    lines = [line for line in note.split("\n") if line]
    if question.runs_on:
        # Behind a blank line our own mail may have begun.
        surely = list(takewhile(bool, rest))
        lines = [line for line in lines if line in surely]
    own = lines[:NEAR]
    return next(((why, line) for line in own if (why := _unsettles(line, question))), None)


def _unsettles(line: str, question: Question) -> Doubt | None:
    if limits.goes_back(line):
        return Doubt.BUT
    is_more = _is_terms(line, question.grammar) or _is_time(line, question)
    return Doubt.TWO_DECISIONS if is_more or _undoes(line, question.grammar) else None


def _is_terms(line: str, grammar: Grammar) -> bool:
    """Tell whether a line is `Preis 40` or `ohne Mail`, which belong on the answer's own line."""
    found = phrases.phrase(line, grammar)
    return found is not None and found.keyword in phrases.BESIDE and phrases.terms(line, grammar) is not None


def _is_time(line: str, question: Question) -> bool:
    wish = times.wish(line, question.asked.today)
    return wish is not None and wish.start is not None


def _undoes(line: str, grammar: Grammar) -> bool:
    """Tell whether a short line names another decision: `Ich meinte nein`, `Bitte später ändern`."""
    # `no` also begins an English house number.
    undoing = {word for word, keyword in grammar.words.items() if keyword in UNDOING and word != "no"}
    return len(line.split()) <= MOST_WORDS and bool(phrases.words_of(fold(line)) & undoing)
