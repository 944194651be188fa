"""Readers of the answers that speak about a booking without reviewing it: a question, a cancellation, a note, money.

Also what a customer's own words wish for. Nothing here decides; a customer's wish is only named, so that the office
finds the fitting answer ready. Never fails.
"""

import re
from decimal import Decimal

from mailbot.model.digest_events import PageSettled
from mailbot.model.events import Doubt, Doubted
from mailbot.model.mail import Matter
from mailbot.model.talk_events import (
    Asked,
    Cancelled,
    ChangeWished,
    Noted,
    Paid,
    TakenBack,
    WhyAsked,
    WithdrawalWished,
)
from mailbot.understand import phrases, times
from mailbot.understand.phrases import Grammar, Phrase, is_banner, is_courtesy, is_greeting, phrase
from mailbot.understand.readers import MOST_NOTE, Question, doubt, may_be_ours, note, paragraph, reason, unclear
from mailbot.understand.speech import fold, one_line
from mailbot.understand.supplied import Asked as Reading

_MONEY = re.compile(r"(?:(?:eur(?:o)?|€)\s*)?(\d{1,5}(?:[.,]\d{1,2})?)(?![\d.,]*\d)\s*(€|eur(?:o)?\b)?(.*)")
# `bezahlt 3.12.` names a day, and `bezahlt 20.10` might: neither is an amount.
_DAY = re.compile(r"([0-2]?\d|3[01])\.(0?[1-9]|1[0-2])")


def asked(found: Phrase, rest: list[str], question: Question) -> Asked | Doubted:
    """Read a question to the customer: what stands behind the colon, or the next paragraph."""
    if not found.has_colon:
        return unclear(question, found.rest)
    if not found.rest and may_be_ours(rest, question):
        return doubt(question, Doubt.UNMARKED)
    said, below = (found.rest, rest) if found.rest else paragraph(rest)
    words = one_line(said)
    if not words:
        return doubt(question, Doubt.UNKNOWN)
    return Asked(question.matter, question.round, question=words, note=note(below))


def cancelled(found: Phrase, rest: list[str], question: Question) -> Cancelled | Doubted:
    """Read a cancellation, with or without its reason."""
    if found.has_colon and not found.rest and may_be_ours(rest, question):
        return doubt(question, Doubt.UNMARKED)
    read = reason(found, rest, question)
    if read is None:
        return unclear(question, found.rest)
    return Cancelled(question.matter, question.round, reason=read[0], note=note(read[1]))


def noted(found: Phrase, rest: list[str], question: Question) -> Noted | Doubted:
    """Read a note: the rest of the line and all that stands below it, as one text."""
    if not found.rest and may_be_ours(rest, question):
        return doubt(question, Doubt.UNMARKED)
    text = one_line(" ".join([found.rest, *note(rest).split("\n")]), MOST_NOTE)
    return Noted(question.matter, question.round, text=text) if text else doubt(question, Doubt.UNKNOWN)


def paid(found: Phrase, rest: list[str], question: Question) -> Paid | Doubted:
    """Read a payment: an amount in EUR, or none, which means all that is open."""
    low = fold(found.rest)
    match = _MONEY.fullmatch(low)
    left = match[3] if match else low
    is_day = match is not None and not match[2] and _DAY.fullmatch(match[1]) is not None
    if is_day or not is_courtesy(left, question.grammar):
        return unclear(question, found.rest)
    amount = Decimal(match[1].replace(",", ".")) if match else None
    return Paid(question.matter, question.round, amount=amount, note=note(rest))


def why_asked(found: Phrase, rest: list[str], question: Question) -> WhyAsked | Doubted:
    """Read the wish for the history."""
    if not is_courtesy(found.rest, question.grammar):
        return unclear(question, found.rest)
    return WhyAsked(question.matter, question.round, note=note(rest))


def taken_back(found: Phrase, rest: list[str], question: Question) -> TakenBack | Doubted:
    """Read that an answer is taken back."""
    if not is_courtesy(found.rest, question.grammar):
        return unclear(question, found.rest)
    return TakenBack(question.matter, question.round, note=note(rest))


def settled(found: Phrase, rest: list[str], question: Question) -> PageSettled | Doubted:
    """Read that what was left to do at the booking page is done."""
    if not is_courtesy(found.rest, question.grammar):
        return unclear(question, found.rest)
    return PageSettled(question.matter, question.round, note=note(rest))


def spoken_question(line: str, grammar: Grammar) -> Phrase | None:
    """Read `warum?` and `hilfe?`, keywords that are questions by themselves; None where a line is anything else."""
    found = phrase(line.rstrip().rstrip("?"), grammar) if line.rstrip().endswith("?") else None
    return found if found and found.keyword in ("why", "help") and not found.rest else None


def wish(matter: Matter, text: str, reading: Reading, grammar: Grammar) -> WithdrawalWished | ChangeWished | None:
    """Name what a customer's words wish for by their first line; None where they are free words."""
    lines = (line.strip() for line in text.split("\n"))
    first = next((line for line in lines if line and not (is_greeting(line, grammar) or is_banner(line, grammar))), "")
    found = phrase(first, grammar)
    if found is None or phrases.why_unclear(first, grammar) is Doubt.QUESTION:
        return None
    if found.keyword == "cancel":
        return WithdrawalWished(matter, text)
    if found.keyword != "change":
        return None
    wanted = times.wish(found.rest, reading.today) if found.rest else None
    return ChangeWished(matter, text, *wanted) if wanted else ChangeWished(matter, text)
