"""Dates and times as notices and people write them, German and English, into aware datetimes of the site's zone.

Follows FIELD-NOTES "Dates to accept". Nothing is guessed: `10/06/2026` is no date, a weekday that disagrees or an hour
that DST swallows or doubles comes with a doubt. Never fails; what is no date is None. The zone comes from the rules.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from mailbot.understand.speech import fold

LONGEST = 160
# Nobody books for other years, and at the calendar's ends reckoning with a date fails.
YEARS = range(1970, 2200)

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jan jaenner january",
            "februar feb feber february",
            "maerz mrz maer mar march",
            "april apr",
            "mai may",
            "juni jun june",
            "juli jul july",
            "august aug",
            "september sep sept",
            "oktober okt october oct",
            "november nov",
            "dezember dez december dec",
        ),
        1,
    )
    for name in names.split()
}
_ENGLISH_ONLY = re.compile(
    r"\b(january|february|march|may|june|july|october|oct|december|dec|(mon|tues|wednes|thurs|fri|satur|sun)day|hours?)\b"
)
_GERMAN_ONLY = re.compile(
    r"\b(januar|jaenner|februar|maerz|mai|juni|juli|oktober|dezember|(mon|diens|donners|frei|sams|sonn)tag|mittwoch"
    r"|sonnabend|uhr|stunden?|minuten)\b"
)
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "montag mo monday mon",
            "dienstag di tuesday tue tues",
            "mittwoch mi wednesday wed",
            "donnerstag do thursday thu thur thurs",
            "freitag fr friday fri",
            "samstag sa saturday sat sonnabend",
            "sonntag so sunday sun",
        )
    )
    for name in names.split()
}
_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_WEEKDAY = "(?:(?P<weekday>" + "|".join(sorted(_WEEKDAYS, key=len, reverse=True)) + r")\.?,?\s+)?(?:(?:den|the)\s+)?"
_YEAR = r"(?P<year>\d{4}|\d{2})(?!\d)"
_DAYS = (
    rf"(?P<day>\d{{1,2}})\.\s?(?P<number>\d{{1,2}})\.\s?{_YEAR}",
    rf"(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th)?[\s-](?:of )?{_MONTH},?[\s-]{_YEAR}",
    rf"{_MONTH}\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s{_YEAR}",
    r"(?P<year>\d{4})-(?P<number>\d{2})-(?P<day>\d{2})",
)
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?(?::\d{2}(?:[.,]\d+)?)?"
    r"\s?(?P<half>[ap]\.?m\.?)?(?P<uhr>\s?uhr)?(?![\d:])"
)
_BETWEEN = r"[\s,]*(?:(?:(?:um|at|ab|von|from)\b|@|t(?=\d))[\s,]*)?"
_MOMENTS = tuple(re.compile(rf"{_WEEKDAY}{day}{_BETWEEN}{_CLOCK}") for day in _DAYS)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[t ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s?(z|[+-]\d\d:?\d\d|[+-]\d\d)?(?![\d:])"
)
_MILLIS = re.compile(r"\d{12,13}")
_UNTIL = re.compile(rf"[\s,]*(?:-|–|—|bis|to|until)[\s,]*{_CLOCK}")
_ZONE = re.compile(r"[\s,]*\(?([a-z]+/[a-z_]+(?:/[a-z_]+)?|mez|mesz|cet|cest)\)?")
_LENGTH = re.compile(
    r"(?:(?P<hours>\d{1,2}(?:[.,]\d{1,2})?)\s?(?:stunden?|std\.?|hours?|hrs?\.?|h)(?!\w))?(?:\s?(?:und|and|,)?\s?"
    r"(?P<minutes>\d{1,3})\s?(?:minuten?|min\.?|minutes?|mins?\.?|m)(?!\w))?"
)
_CLOCKS = ("mez", "mesz", "cet", "cest")


@dataclass(frozen=True, slots=True)
class Moment:
    """A start as written: aware in the site's zone, with end or length where they stood beside it, and doubts."""

    start: datetime
    end: datetime | None = None
    length: timedelta | None = None
    doubts: tuple[str, ...] = ()


class _Read(NamedTuple):
    moment: Moment
    rest: str


def moment(text: str, zone: ZoneInfo) -> Moment | None:
    """Read a text that is, as a whole, a date with a time, perhaps with an end, a length or a zone behind it."""
    low = fold(text[:LONGEST]) if len(text) <= LONGEST else ""
    found = _exact(low, zone) or _written(low, zone)
    if found is None:
        return None
    return _with_rest(found, zone)


def moment_inside(text: str, zone: ZoneInfo) -> Moment | None:
    """Read the one date with a time that stands inside a sentence; None where there is none, or several."""
    low = fold(text)
    found = [match for pattern in _MOMENTS for match in pattern.finditer(low)]
    if len(found) != 1:
        return None
    read = _at(found[0], "", zone)
    return read.moment if read else None


def clock(text: str) -> time | None:
    """Read a time of day alone (`20:30`, `20 Uhr`, `8:30 pm`); `24:00` is midnight, as an end."""
    match = re.fullmatch(_CLOCK, fold(text[:LONGEST]).removeprefix("um ").strip())
    if not match or not (match["minute"] or match["half"] or match["uhr"]):
        return None
    return _time(match, is_end=True)


def length(text: str) -> timedelta | None:
    """Read a length (`1 Stunde`, `90 minutes`, `1,5 Std.`, `1 hour 30 minutes`)."""
    low = fold(text[:LONGEST]).strip("() ")
    match = _LENGTH.fullmatch(low)
    if not match or not (match["hours"] or match["minutes"]):
        return None
    minutes = round(float((match["hours"] or "0").replace(",", ".")) * 60) + int(match["minutes"] or 0)
    return timedelta(minutes=minutes) if 0 < minutes <= 24 * 60 else None


def at_clock(day: date, at: time, zone: ZoneInfo) -> tuple[datetime, str]:
    """Put a local date and time together; the second value is a German doubt where DST has no or two such hours."""
    local = datetime.combine(day, at, zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        return local, f"Die Uhrzeit {at:%H:%M} gibt es am {day:%d.%m.%Y} nicht (Zeitumstellung)."
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        return local, f"Die Uhrzeit {at:%H:%M} gibt es am {day:%d.%m.%Y} zweimal (Zeitumstellung)."
    return local, ""


def later(start: datetime, span: timedelta) -> datetime:
    """Give the moment `span` of real time after `start`, in the same zone."""
    return (start.astimezone(UTC) + span).astimezone(start.tzinfo)


def language_of(text: str) -> str:
    """Tell by month, weekday and unit names whether a text is English ("en") or German ("de"), "" where neither."""
    low = fold(text)
    english, german = _ENGLISH_ONLY.search(low), _GERMAN_ONLY.search(low)
    if bool(english) == bool(german):
        return ""
    return "en" if english else "de"


def weekday(word: str) -> int | None:
    """Give the number (0 Monday) of a folded weekday name or its short form."""
    return _WEEKDAYS.get(word.strip(".,"))


def _exact(low: str, zone: ZoneInfo) -> _Read | None:
    """Read milliseconds since 1970, and ISO 8601 with an offset: moments that no zone can make doubtful."""
    try:
        if _MILLIS.fullmatch(low):
            at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(low))
            return _Read(Moment(at.astimezone(zone)), "") if at.year in YEARS else None
        match = _ISO.match(low)
        if match is None or match[7] is None or int(match[1]) not in YEARS:
            return None
        sign = "+00:00" if match[7] == "z" else match[7].replace(":", "")
        offset = sign if ":" in sign else f"{sign[:3]}:{sign[3:] or '00'}"
        day = "-".join(match.group(1, 2, 3))
        at = datetime.fromisoformat(f"{day}T{match[4]}:{match[5]}:{match[6] or '00'}{offset}")
        return _Read(Moment(at.astimezone(zone)), low[match.end() :])
    except (ValueError, OverflowError):
        return None


def _written(low: str, zone: ZoneInfo) -> _Read | None:
    for pattern in _MOMENTS:
        if match := pattern.match(low):
            return _at(match, low[match.end() :], zone)
    return None


def _at(match: re.Match[str], rest: str, zone: ZoneInfo) -> _Read | None:
    day, at = _day(match.groupdict()), _time(match)
    if day is None or at is None:
        return None
    start, doubt = at_clock(day, at, zone)
    doubts = [doubt] if doubt else []
    named = match["weekday"]
    if named and _WEEKDAYS[named] != day.weekday():
        doubts.append(f"Der {day:%d.%m.%Y} ist kein {named.capitalize()}.")
    return _Read(Moment(start, doubts=tuple(doubts)), rest)


def _day(found: dict[str, str | None]) -> date | None:
    year = int(found["year"] or 0)
    year += 2000 if year < 100 else 0
    number = MONTHS[str(found["month"])] if found.get("month") else int(found.get("number") or 0)
    try:
        return date(year, number, int(found["day"] or 0)) if year in YEARS else None
    except ValueError:
        return None


def _time(match: re.Match[str], *, is_end: bool = False) -> time | None:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if is_end and (hour, minute) == (24, 0):
        return time(0, 0)
    if half := match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _with_rest(found: _Read, zone: ZoneInfo) -> Moment | None:
    """Take in what may follow a start: a zone, an end on the clock, a length; anything else makes it no date."""
    start, rest = found.moment.start, found.rest
    end, span, doubts = None, None, list(found.moment.doubts)
    rest, named = _zone_off(rest)
    if until := _UNTIL.match(rest):
        until_at = _time(until, is_end=True)
        if until_at is None:
            return None
        end, doubt = ending(start, until_at, zone)
        doubts += [doubt] * bool(doubt)
        rest, again = _zone_off(rest[until.end() :])
        named = named or again
    rest = rest.strip(" ,.")
    if rest:
        span = length(rest)
        if span is None:
            return None
    if named and named not in _CLOCKS and named != zone.key.lower():
        doubts.append("Die Nachricht nennt eine andere Zeitzone.")
    return Moment(start, end, span, tuple(doubts))


def ending(start: datetime, at: time, zone: ZoneInfo) -> tuple[datetime, str]:
    """Give the end on the clock that follows a start, the next day where it is not later on the same."""
    nights = int(at <= start.time())
    return at_clock(start.date() + timedelta(days=nights), at, zone)


def _zone_off(rest: str) -> tuple[str, str]:
    zone = _ZONE.match(rest)
    return (rest[zone.end() :], zone[1]) if zone else (rest, "")
