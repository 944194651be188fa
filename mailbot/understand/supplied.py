"""Labelled lines in an answer: what office/unreadable asked for (`NAME: …`), a customer's right address (`EMAIL: …`).

The labels are those of rules.yaml and the German names of the fields. A value that cannot be read makes the whole
answer unclear, so that nothing half right becomes a booking. Never fails.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from mailbot.understand import dates, times
from mailbot.understand.speech import address_in, by_word, fold, one_line

# The words office/unreadable uses for what is missing; those of rules.yaml count beside them.
_GERMAN: Mapping[str, tuple[str, ...]] = {
    "name": ("Name", "Kunde"),
    "first_name": ("Vorname",),
    "last_name": ("Nachname",),
    "email": ("E-Mail", "EMail", "Mail", "E-Mail-Adresse", "Mailadresse"),
    "phone": ("Telefon", "Handy", "Telefonnummer", "Mobil"),
    "street": ("Straße",),
    "city": ("Ort", "PLZ Ort", "PLZ"),
    "reference": ("Buchungscode", "Code", "Referenz", "Ref"),
    "start": ("Datum", "Start", "Beginn", "Von", "Termin", "Wann"),
    "clock": ("Uhrzeit", "Zeit"),
    "end": ("Ende", "Bis"),
    "remark": ("Bemerkung",),
}
_LABEL = re.compile(r"[*_\s]*([^\W\d_][^:\uff1a]{0,30})[:\uff1a]\s*(.*)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What reading the lines needs to know: labels, zone, the day the letter came, and the start known so far."""

    labels: Mapping[str, str]
    zone: ZoneInfo
    today: date
    start: datetime | None = None


def labels_of(sources: Sequence[Mapping[str, Sequence[str]]]) -> dict[str, str]:
    """Give folded label -> field for every label of the sources and the German field names."""
    found: dict[str, str] = {}
    for labels in (*sources, _GERMAN):
        found = by_word(labels) | found
    return found


def labelled(line: str, labels: Mapping[str, str]) -> tuple[str, str] | None:
    """Split a line `LABEL: value` into field and value; None where it has no known label or no value."""
    match = _LABEL.fullmatch(line.strip())
    name = labels.get(fold(match[1].strip(" *_"))) if match else None
    value = one_line(match[2].strip(" *_"), 500) if match else ""
    return (name, value) if name and value else None


def supplied(pairs: Sequence[tuple[str, str]], asked: Asked) -> tuple[tuple[str, str], ...] | None:
    """Turn labelled lines into (Notice field, value) pairs, start and end as ISO 8601; None where one is unclear."""
    given: dict[str, str] = {}
    for name, value in pairs:
        if given.setdefault(name, value) != value:
            return None
    names = " ".join(given.pop(part) for part in ("first_name", "last_name") if part in given)
    if names:
        given.setdefault("name", names)
    if "email" in given:
        given["email"] = address_in(given["email"]) or ""
    start = _start(given.pop("start", ""), given.pop("clock", ""), asked)
    end = _end(given.pop("end", ""), start or asked.start, asked)
    if start == "" or end == "" or "" in given.values():
        return None
    moments = {"start": start, "end": end}
    return (*given.items(), *((name, at.isoformat()) for name, at in moments.items() if isinstance(at, datetime)))


def _start(day: str, clock: str, asked: Asked) -> datetime | str | None:
    """Read the start; None where none was given, "" where it cannot be read."""
    if not day:
        return "" if clock else None
    written = f"{day} {clock}".strip()
    found = dates.moment(written, asked.zone)
    if found:
        return "" if found.doubts else found.start
    wish = times.wish(written, asked.today)
    if wish is None or wish.day is None or wish.start is None:
        return ""
    start, doubt = dates.at_clock(wish.day, wish.start, asked.zone)
    return "" if doubt else start


def _end(written: str, start: datetime | str | None, asked: Asked) -> datetime | str | None:
    if not written:
        return None
    found = dates.moment(written, asked.zone)
    if found:
        return "" if found.doubts else found.start
    if not isinstance(start, datetime):
        return ""
    if length := dates.length(written):
        return dates.later(start, length)
    at = dates.clock(written)
    if at is None:
        return ""
    end, doubt = dates.ending(start, at, asked.zone)
    return "" if doubt else end
