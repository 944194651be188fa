"""The author's lines of a reply as one answer: a decision, missing facts, a wish for help, or a doubt.

The first line that is no greeting decides, as a whole; a further line that is itself a decision is doubt (CONTRACT
"Answers"). Knows who asked what by `Question`; the letter's shape is quotes.py's business. Never fails.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from mailbot.model.day_events import Released
from mailbot.model.digest_events import ItemsAnswered, PageSettled, Paused, Resumed
from mailbot.model.discount_events import DiscountEnded, DiscountGiven, DiscountsAsked
from mailbot.model.events import (
    Accepted,
    Addressed,
    Approved,
    Changed,
    Doubt,
    Doubted,
    HelpAsked,
    Readdressed,
    Rejected,
    Supplied,
)
from mailbot.model.list_events import CodesAsked, ListAsked, NewCodeAsked
from mailbot.model.mail import MatterKind
from mailbot.model.people import Role
from mailbot.model.talk_events import Asked, Cancelled, Noted, Paid, TakenBack, WhyAsked
from mailbot.understand import afterthoughts, discounts, items, limits, lists, phrases, postal, releases, talk, times
from mailbot.understand.phrases import Grammar, Phrase
from mailbot.understand.readers import Question, doubt, may_be_ours, note, reason, unclear
from mailbot.understand.speech import SAID, address_in, one_line
from mailbot.understand.supplied import labelled, supplied

# What only a reviewer may say; in the desk's mouth it is the wrong role's answer.
_REVIEWERS = (
    *("approve", "reject", "change", "question", "cancel", "paid", "accept", "undo", "new_code", "fee"),
    *("pause", "resume", "discount", "done"),
)

# What a line further down can still undo; a code that was given out, or a question, stays what it is.
_DECIDED = (Approved, Rejected, Changed, Cancelled, Paid)

Reply = (
    Approved
    | Rejected
    | Changed
    | Supplied
    | Accepted
    | Readdressed
    | Addressed
    | HelpAsked
    | Doubted
    | Asked
    | Cancelled
    | Noted
    | Paid
    | WhyAsked
    | TakenBack
    | ListAsked
    | Released
    | CodesAsked
    | NewCodeAsked
    | ItemsAnswered
    | Paused
    | Resumed
    | DiscountGiven
    | DiscountEnded
    | DiscountsAsked
    | PageSettled
)


def answer(lines: Sequence[str], question: Question) -> Reply:
    """Read the author's lines as one answer; whatever is unclear becomes a Doubted that names why."""
    lines = _from_first(lines, question.grammar)
    if not lines:
        return doubt(question, Doubt.EMPTY)
    if _is_labelled(lines[0], question) or _is_of_digest(lines[0], question):
        return _lines(lines, question)
    if _is_address(lines[0], question):
        return _addressed(lines, question)
    return _spoken(lines[0], lines[1:], question)


def own_words(lines: Sequence[str], grammar: Grammar) -> list[str]:
    """Give what is surely the author's where our mail may run on: up to his closing formula, else one paragraph."""
    left = _from_first(lines, grammar)
    closing = next((at for at, line in enumerate(left) if phrases.is_closing(line)), -1)
    blank = next((at for at, line in enumerate(left) if not line), len(left))
    return left[: closing + 1] if closing >= 0 else left[:blank]


def _spoken(first: str, rest: list[str], question: Question) -> Reply:
    """Read an answer that begins with a keyword."""
    found = talk.spoken_question(first, question.grammar) or phrases.phrase(first, question.grammar)
    why = _objection(found, rest, question) if found else phrases.why_unclear(first, question.grammar)
    if found is None or why:
        return doubt(question, why or Doubt.UNKNOWN, first)
    said = _READERS.get(found.keyword, _not_here)(found, rest, question)
    if isinstance(said, Doubted):
        return replace(said, said=one_line(first, SAID))
    # A note is for people: what it goes on with limits nothing.
    if not isinstance(said, Noted) and any(limits.starts_with_but(line) for line in rest[:3]):
        return doubt(question, Doubt.BUT, first)
    behind = afterthoughts.afterthought(rest, said.note, question) if isinstance(said, _DECIDED) else None
    return doubt(question, behind[0], f"{first} / {behind[1]}") if behind else said


def _is_of_digest(line: str, question: Question) -> bool:
    is_asked = question.role is Role.REVIEWER and question.matter.kind is MatterKind.DIGEST
    return is_asked and items.is_numbered(line)


def _is_labelled(line: str, question: Question) -> bool:
    is_asked = question.role is Role.REVIEWER and question.matter.kind in (MatterKind.LETTER, MatterKind.MAIL)
    return is_asked and labelled(line, question.asked.labels) is not None


def _is_address(line: str, question: Question) -> bool:
    parts = postal.split(line) if question.role is Role.REVIEWER else None
    return parts is not None and not parts[0]


def _objection(found: Phrase, rest: list[str], question: Question) -> Doubt | None:
    """Name what speaks against an answer before its own words are read."""
    if found.keyword in phrases.BESIDE:
        return Doubt.UNKNOWN
    if question.role is not Role.REVIEWER and found.keyword in _REVIEWERS:
        return Doubt.WRONG_ROLE
    is_doubled = any(phrases.is_decision(line, question.grammar) for line in rest)
    return Doubt.TWO_DECISIONS if is_doubled else None


def _from_first(lines: Sequence[str], grammar: Grammar) -> list[str]:
    """Leave out what stands before the answer: gateway banners, struck-out words, bare greetings."""
    lines = [re.sub(r"~~[^~]{1,200}~~", " ", line).strip() for line in lines]
    at = 0
    while at < len(lines) and (
        not lines[at] or phrases.is_banner(lines[at], grammar) or phrases.is_greeting(lines[at], grammar)
    ):
        at += 1
    # A closing formula alone is no answer: what stands below it is a signature.
    return [] if at < len(lines) and phrases.is_closing(lines[at]) else lines[at:]


def _approved(found: Phrase, rest: list[str], question: Question) -> Reply:
    said, behind, below = postal.beside(found.rest, rest)
    terms = None if found.has_colon else phrases.terms(said, question.grammar)
    if terms is None:
        is_email = re.match(r"e-?mail\s*:", found.rest, re.IGNORECASE)
        return doubt(question, Doubt.NOT_HERE) if is_email else unclear(question, found.rest)
    read = (None, below) if behind is None else postal.address_from(behind, below)
    if read is None:
        return doubt(question, Doubt.ADDRESS)
    address, left = read
    price, discount, silent = terms
    return Approved(
        question.matter,
        question.round,
        price=price,
        discount=discount,
        silent=silent,
        address=address,
        note=note(left),
    )


def _addressed(lines: list[str], question: Question) -> Reply:
    parts = postal.split(lines[0])
    read = postal.address_from(parts[1], lines[1:]) if parts else None
    if question.matter.kind is not MatterKind.BOOKING:
        return doubt(question, Doubt.NOT_HERE, lines[0])
    if read is None:
        return doubt(question, Doubt.ADDRESS, lines[0])
    if any(phrases.is_decision(line, question.grammar) for line in read[1]):
        return doubt(question, Doubt.TWO_DECISIONS, lines[0])
    return Addressed(question.matter, question.round, address=read[0], note=note(read[1]))


def _rejected(found: Phrase, rest: list[str], question: Question) -> Reply:
    if found.has_colon and not found.rest and may_be_ours(rest, question):
        return doubt(question, Doubt.UNMARKED)
    read = reason(found, rest, question)
    if read is None or (found.is_nodded and not read[0]):
        return unclear(question, found.rest)
    return Rejected(question.matter, question.round, reason=read[0], note=note(read[1]))


def _changed(found: Phrase, rest: list[str], question: Question) -> Reply:
    wanted, below = found.rest, rest
    if not any(char.isdigit() for char in wanted):
        details, below = _details(rest)
        wanted = f"{wanted} {details}"
    wish = times.wish(_without_courtesy(wanted, question.grammar), question.asked.today)
    if wish is None:
        return unclear(question, wanted)
    matter = question.matter
    return Changed(matter, question.round, day=wish.day, start=wish.start, end=wish.end, note=note(below))


def _accepted(found: Phrase, rest: list[str], question: Question) -> Reply:
    behind = re.match(r"(\d{1,3})\b(?![.,:]\d)\s*(.*)", found.rest)
    number = int(behind[1]) if behind else found.number
    left = behind[2] if behind else found.rest
    if found.has_colon or (found.number is not None and behind) or not phrases.is_courtesy(left, question.grammar):
        return unclear(question, found.rest)
    return Accepted(question.matter, question.round, number=number, note=note(rest))


def _help(found: Phrase, rest: list[str], question: Question) -> Reply:
    if not phrases.is_courtesy(found.rest, question.grammar):
        return unclear(question, found.rest)
    return HelpAsked(question.matter, question.round, note=note(rest))


def _paused(found: Phrase, rest: list[str], question: Question) -> Reply:
    if not phrases.is_courtesy(found.rest, question.grammar):
        return unclear(question, found.rest)
    made = Paused if found.keyword == "pause" else Resumed
    return made(question.matter, question.round, note=note(rest))


def _not_here(found: Phrase, rest: list[str], question: Question) -> Reply:
    return doubt(question, Doubt.NOT_HERE)


_READERS = {
    "approve": _approved,
    "reject": _rejected,
    "change": _changed,
    "accept": _accepted,
    "help": _help,
    "question": talk.asked,
    "cancel": talk.cancelled,
    "note": talk.noted,
    "paid": talk.paid,
    "why": talk.why_asked,
    "undo": talk.taken_back,
    "list": lists.list_asked,
    "new_code": lists.new_code_asked,
    "released": releases.released,
    "pause": _paused,
    "resume": _paused,
    "discount": discounts.discount,
    "done": talk.settled,
}


def _lines(lines: list[str], question: Question) -> Reply:
    """Read answers to a digest's numbers, or labelled lines, blank lines between them; what follows them is a note."""
    if question.matter.kind is MatterKind.DIGEST:
        return items.items_answered(lines, question, answer)
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(lines) and (not lines[at] or labelled(lines[at], question.asked.labels)):
        pairs += [pair for pair in (labelled(lines[at], question.asked.labels),) if pair]
        at += 1
    if any(phrases.is_decision(line, question.grammar) for line in lines[at:]):
        return doubt(question, Doubt.TWO_DECISIONS, lines[0])
    below = note(lines[at:])
    if question.matter.kind is MatterKind.MAIL:
        address = address_in(pairs[0][1]) if [name for name, _ in pairs] == ["email"] else None
        if address is None:
            return doubt(question, Doubt.DETAIL, lines[0])
        return Readdressed(question.matter, question.round, email=address, note=below)
    values = supplied(pairs, question.asked)
    if values is None:
        return doubt(question, Doubt.DETAIL, lines[0])
    return Supplied(question.matter, question.round, values=values, note=below)


def _details(lines: list[str]) -> tuple[str, list[str]]:
    """Give the lines that name other times below a lone `ändern`; blank lines may stand between them."""
    taken: list[str] = []
    at = 0
    while at < len(lines) and (not lines[at] or any(char.isdigit() for char in lines[at])):
        taken.append(re.sub(r"^[-*•·]\s+", "", lines[at]))
        at += 1
    return " ".join(line for line in taken if line), lines[at:]


def _without_courtesy(text: str, grammar: Grammar) -> str:
    for mark in (",", ".", "!", ";", " "):
        head, found, tail = text.rpartition(mark)
        if found and any(char.isdigit() for char in head) and phrases.is_courtesy(tail, grammar):
            # `7.12.` ends in a dot that belongs to the day.
            return head + mark if mark == "." else head
    return text
