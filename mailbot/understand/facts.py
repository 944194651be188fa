"""The values of a sheet as a notice's fields: one reference, e-mail, start and end, or a doubt; the rest by order.

Differing values for what decides where and when are never chosen between (CONTRACT "Who may do what"). For other
fields the first counts and a second, differing one is kept beside it. Never fails.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mailbot.model.events import Notice, NoticeKind
from mailbot.understand import dates
from mailbot.understand.dates import Moment
from mailbot.understand.sheets import Sheet
from mailbot.understand.speech import address_in, fold, one_line

LONGEST_STAY = timedelta(hours=12)
EARLY_LINES = 20
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,39}")
# In a sentence a reference is known by its shape alone (FIELD-NOTES): twelve capitals.
_NAMED = re.compile(r"(?i:buchung|booking|buchungscode|reference|ref|code)[\s:#(]{1,3}([A-Z]{12})\b")
_SHAPED = re.compile(r"\b[A-Z]{12}\b")
_ENGLISH = {"first name", "last name", "phone", "street", "city", "reference", "end", "notes", "reason"}
_GERMAN = {"vorname", "nachname", "telefon", "handy", "strasse", "ort", "plz ort", "buchungscode", "beginn", "ende"}
_GERMAN |= {"bemerkung", "nachricht", "von", "bis", "grund", "e-mail adresse"}


def facts_of(sheet: Sheet, bare: Notice, zone: ZoneInfo) -> Notice:
    """Fill a bare notice from a sheet; `language` is "" where nothing tells it, `doubts` are in German."""
    doubts: list[str] = []
    sentences = bare.kind is not NoticeKind.NEW
    start = _start(sheet, zone, doubts, sentences=sentences)
    return replace(
        bare,
        reference=_reference(sheet, doubts, sentences=sentences),
        name=name_in(sheet),
        email=_email(sheet, doubts),
        phone=_first(sheet, "phone"),
        street=_first(sheet, "street"),
        city=_first(sheet, "city"),
        start=start.start if start else None,
        end=_end(sheet, start, zone, doubts),
        remark=sheet.remark or None,
        reason=sheet.reason or None,
        language=_language(sheet),
        extras=sheet.extras,
        second=_seconds(sheet),
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _first(sheet: Sheet, name: str) -> str | None:
    return next((one_line(value, 200) for value in sheet.all(name)), None)


def name_in(sheet: Sheet) -> str | None:
    """Give the customer's name: first and last, else what stands as one."""
    parts = [part for part in (_first(sheet, "first_name"), _first(sheet, "last_name")) if part]
    return one_line(" ".join(parts), 200) if parts else _first(sheet, "name")


def _seconds(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    names = ("first_name", "last_name", "name", "phone", "street", "city")
    return tuple(
        (name, one_line(value, 200))
        for name in names
        for value in sheet.all(name)[1:]
        if fold(value) != fold(sheet.all(name)[0])
    )


def _reference(sheet: Sheet, doubts: list[str], *, sentences: bool) -> str | None:
    given = list(dict.fromkeys(value.strip().upper() for value in sheet.all("reference")))
    if not given and sentences:
        # Of all the lines without a label only those in front: what customers typed stands behind labels.
        early = "\n".join(sheet.loose[:EARLY_LINES])
        given = list(dict.fromkeys(_NAMED.findall(early) or _SHAPED.findall(early)))
    if len(given) > 1:
        doubts.append("Die Nachricht nennt verschiedene Buchungscodes.")
    if given and not _REFERENCE.fullmatch(given[0]):
        doubts.append("Der Buchungscode ist nicht lesbar.")
        return None
    return given[0] if given else None


def _email(sheet: Sheet, doubts: list[str]) -> str | None:
    given = list(dict.fromkeys(value.strip().lower() for value in sheet.all("email")))
    found = [address_in(value) for value in given]
    if len({address or value for address, value in zip(found, given, strict=True)}) > 1:
        doubts.append("Die Nachricht nennt verschiedene E-Mail-Adressen.")
    if given and found[0] is None:
        doubts.append("Die E-Mail-Adresse ist nicht lesbar.")
    return found[0] if found else None


def _start(sheet: Sheet, zone: ZoneInfo, doubts: list[str], *, sentences: bool) -> Moment | None:
    """Read the one start: labelled, or standing alone in an early line, or (not for new ones) in a sentence."""
    given = sheet.all("start")
    labelled = [dates.moment(value, zone) for value in given]
    if None in labelled:
        doubts.append("Der Beginn ist nicht lesbar.")
    early = sheet.loose[:EARLY_LINES] if not sheet.is_template else ()
    found = [m for m in (*labelled, *(dates.moment(line, zone) for line in early)) if m]
    if not found and not given and sentences:
        found = [m for m in (dates.moment_inside(line, zone) for line in early) if m][:1]
    if len({m.start for m in found}) > 1:
        doubts.append("Die Nachricht nennt verschiedene Anfänge.")
    if not found or None in labelled:
        return None
    doubts.extend(doubt for m in found for doubt in m.doubts)
    # The same start may stand there twice, once with its length.
    return max(found, key=lambda m: (m.end is not None, m.length is not None))


def _end(sheet: Sheet, start: Moment | None, zone: ZoneInfo, doubts: list[str]) -> datetime | None:
    """Read the one end: labelled (a date, a time, a length), or beside the start."""
    if start is None:
        return None
    ends = [_ending(value, start.start, zone, doubts) for value in sheet.all("end")]
    if None in ends:
        doubts.append("Das Ende ist nicht lesbar.")
    lengths: Sequence[timedelta | None] = [start.length, *(dates.length(value) for value in sheet.all("length"))]
    ends += [start.end, *(dates.later(start.start, length) for length in lengths if length)]
    found = list(dict.fromkeys(end for end in ends if end))
    if len(found) > 1:
        doubts.append("Die Nachricht nennt verschiedene Enden.")
    if found and not timedelta(0) < found[0] - start.start <= LONGEST_STAY:
        doubts.append("Das Ende passt nicht zum Beginn.")
    return found[0] if found else None


def _ending(value: str, start: datetime, zone: ZoneInfo, doubts: list[str]) -> datetime | None:
    if whole := dates.moment(value, zone):
        doubts.extend(whole.doubts)
        return whole.start
    if length := dates.length(value):
        return dates.later(start, length)
    at = dates.clock(value.partition("(")[0])
    if at is None:
        return None
    end, doubt = dates.ending(start, at, zone)
    doubts.extend([doubt] * bool(doubt))
    return end


def _language(sheet: Sheet) -> str:
    english, german = _ENGLISH & set(sheet.labels), _GERMAN & set(sheet.labels)
    if len(english) != len(german):
        return "en" if len(english) > len(german) else "de"
    written = [*sheet.all("start"), *sheet.all("end"), *sheet.all("length"), *sheet.loose[:EARLY_LINES]]
    return next((language for text in written if (language := dates.language_of(text))), "")
