"""`ausgegeben`: that a door code was given out by phone, for the mail's own booking or the one whose code is named.

A booking code is never a door code: digits alone are read too, so that the answer can say what was meant. Pure.
"""

import re

from mailbot.model.day_events import Released
from mailbot.model.events import Doubted
from mailbot.model.mail import Matter, MatterKind
from mailbot.understand.phrases import Grammar, Phrase, is_courtesy
from mailbot.understand.readers import Question, note, unclear

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{3,31}")


def released(found: Phrase, rest: list[str], question: Question) -> Released | Doubted:
    """Read that a code was given out: alone, or with the booking code behind it."""
    code = code_of(found, question.grammar)
    if code is None:
        return unclear(question, found.rest)
    return Released(question.matter, question.round, code=code, note=note(rest))


def alone(found: Phrase, grammar: Grammar) -> Released | None:
    """Read `ausgegeben CODE` that answers no mail; None where it is unclear."""
    code = code_of(found, grammar)
    return None if code is None else Released(Matter(MatterKind.NONE), 0, code=code)


def code_of(found: Phrase, grammar: Grammar) -> str | None:
    """Give the booking code behind `ausgegeben`, "" where there is none, None where something else stands there."""
    if is_courtesy(found.rest, grammar):
        return ""
    word, _, left = found.rest.strip().partition(" ")
    code = word.strip(" .!,;").upper()
    return code if _CODE.fullmatch(code) and is_courtesy(left, grammar) else None
