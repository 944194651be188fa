"""What a person asks of lists and codes in one line: `liste oktober`, `liste codes`, `code neu 6.12. 482913`.

A line is read as a whole; whatever else stands in it makes it unclear, which is None here. Knows no letter and no role.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from typing import NamedTuple

from mailbot.model.events import Doubted
from mailbot.model.list_events import CodesAsked, ListAsked, NewCodeAsked
from mailbot.model.mail import Matter, MatterKind
from mailbot.understand.dates import MONTHS, weekday
from mailbot.understand.limits import hedges
from mailbot.understand.phrases import Grammar, Phrase, is_closing, is_courtesy, is_greeting, phrase
from mailbot.understand.readers import Question, note, unclear
from mailbot.understand.speech import fold
from mailbot.understand.times import next_day

_NOTHING = Matter(MatterKind.NONE)
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_OF_MONTH = re.compile(rf"(?:(?:fuer|vom|im|von|for|of) )?(?P<month>{_MONTH})\b\.?(?: (?P<year>20\d{{2}})(?!\d))?")
_OF_CODES = re.compile(r"(?:(?:der|aller|alle|of|the) )?(?:tuer|zugangs|door |saison)?-?codes?\b")
_WANTED = re.compile(
    r"(?:(?:fuer|am|den|vom|ab|for|on) )*(?:(?P<weekday>[a-z]+)\.?,? (?:den |the )?)?"
    r"(?:(?P<iso>\d{4}-\d{2}-\d{2})"
    r"|(?P<day>\d{1,2})\. ?(?P<number>\d{1,2})\.(?: ?(?P<year>20\d{2})(?!\d)|(?P<short>\d{2})(?!\d))?"
    rf"|(?P<mday>\d{{1,2}})\.? (?P<month>{_MONTH})\b\.?(?: (?P<myear>20\d{{2}})(?!\d))?)"
    r"(?:,? (?:um |at )?(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?: uhr)?| uhr)(?!\d))?"
    r"(?:[,:]? ?(?:(?:code|auf|=|to) )?(?P<code>\d{3,12})(?!\d))?"
    r"(?P<rest>.*)"
)


class _Day(NamedTuple):
    day: date
    at: time | None


def list_asked(found: Phrase, rest: Sequence[str], question: Question) -> ListAsked | CodesAsked | Doubted:
    """Read what stands behind `liste`: nothing, a month (and year), or `codes`."""
    read = alone(found, question.grammar)
    if read is None:
        return unclear(question, found.rest)
    return replace(read, matter=question.matter, round=question.round, note=note(rest))


def alone(found: Phrase, grammar: Grammar) -> ListAsked | CodesAsked | None:
    """Read `liste …` that answers no mail; None where it is unclear."""
    if found.has_colon:
        return None
    if is_courtesy(found.rest, grammar):
        return ListAsked(_NOTHING, 0)
    low = fold(found.rest)
    of_codes, of_month = _OF_CODES.match(low), _OF_MONTH.match(low)
    read = of_codes or of_month
    if read is None or not is_courtesy(low[read.end() :], grammar):
        return None
    if of_month is None:
        return CodesAsked(_NOTHING, 0)
    year = int(of_month["year"]) if of_month["year"] else None
    return ListAsked(_NOTHING, 0, month=MONTHS[of_month["month"]], year=year)


def is_occupancy_asked(lines: Sequence[str], grammar: Grammar) -> bool:
    """Tell whether a customer's lines are nothing but `belegung`: with more he has something to say to people."""
    written = [line.strip() for line in lines if line.strip() and not is_greeting(line.strip(), grammar)]
    found = phrase(written[0].rstrip("? "), grammar) if written else None
    if found is None or found.keyword != "occupancy" or not is_courtesy(found.rest, grammar):
        return False
    end = next((at for at, line in enumerate(written) if is_closing(line)), len(written))
    return all(is_courtesy(line, grammar) for line in written[1:end])


def new_code_asked(found: Phrase, rest: Sequence[str], question: Question) -> NewCodeAsked | Doubted:
    """Read what stands behind `code neu`: a day, perhaps a slot's time, the office's own code, a resource's name."""
    read = _WANTED.fullmatch(fold(found.rest))
    wanted = _day_of(read, question.asked.today) if read else None
    if read is None or wanted is None or "?" in read["rest"] or hedges(read["rest"]):
        return unclear(question, found.rest)
    behind = read["rest"]
    where = "" if is_courtesy(behind, question.grammar) else behind.strip(" ,;.!")
    return NewCodeAsked(
        question.matter,
        question.round,
        day=wanted.day,
        at=wanted.at,
        code=read["code"] or "",
        where=where,
        note=note(rest),
    )


def _day_of(read: re.Match[str], today: date) -> _Day | None:
    try:
        day = _date(read, today)
        at = time(int(read["hour"]), int(read["minute"] or 0)) if read["hour"] else None
    except ValueError:
        return None
    named = weekday(read["weekday"]) if read["weekday"] else day.weekday()
    return _Day(day, at) if named == day.weekday() else None


def _date(read: re.Match[str], today: date) -> date:
    if read["iso"]:
        return date.fromisoformat(read["iso"])
    day, month = int(read["day"] or read["mday"]), int(read["number"] or MONTHS[read["month"]])
    year = read["year"] or read["myear"] or (f"20{read['short']}" if read["short"] else "")
    return date(int(year), month, day) if year else next_day(day, month, today)
