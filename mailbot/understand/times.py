"""The times a reviewer writes behind `ändern`: `20:00-21:30`, `7.12. 18-19 Uhr`, or labelled lines.

A wish is read as a whole: a word that is no time, day or filler makes it unclear. A day without a year is the next
such day after the letter came. Never fails; unclear is None.
"""

import re
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import NamedTuple

from mailbot.understand import dates
from mailbot.understand.speech import fold

_FILLERS = {
    "auf",
    "am",
    "um",
    "von",
    "den",
    "der",
    "ab",
    "zu",
    "nach",
    "on",
    "at",
    "from",
    "the",
    "uhr",
    "datum",
    "date",
}
_FILLERS |= {
    "beginn",
    "start",
    "zeit",
    "uhrzeit",
    "time",
    "neu",
    "neue",
    "neuer",
    "neues",
    "termin",
    "und",
    "and",
    "tag",
}
_FILLERS |= {"h", "in", "bitte", "please", ",", ";", ":", "*", "•", "·"}
_UNTIL = {"-", "–", "—", "−", "‐", "bis", "to", "until", "ende", "end"}
_MONTH = "|".join(sorted(dates.MONTHS, key=len, reverse=True))
_PIECE = re.compile(
    r"(?P<iso>\d{4}-\d{2}-\d{2})"
    r"|(?P<day>\d{1,2})\.\s?(?P<number>\d{1,2})"
    # `7.2 18-19 Uhr`: without its second dot a day is one only where a time follows it.
    r"(?:\.(?:\s?(?P<year>20\d{2})|(?P<short>\d{2})(?![\d:.]|\s?(?:uhr|-|–|bis)))?|(?=\s+(?:(?:um|von|ab)\s+)?\d))"
    rf"|(?P<mday>\d{{1,2}})\.?\s(?P<month>{_MONTH})\b\.?(?:\s(?P<myear>20\d{{2}}))?"
    # `20.30` can be no date, `20.12` could: only the first is a time.
    r"|(?P<hour>\d{1,2})(?:[:h](?P<minute>\d{2})|\.(?P<dotted>00|1[3-9]|[2-5]\d))?(?![\d:]|\.\d)"
    r"|(?P<word>[a-z]+)\.?|(?P<mark>[-–—−‐,;:*•·])"
)


class Wish(NamedTuple):
    """The new times: each None where it stays as it is; local times, an end of 00:00 is midnight."""

    day: date | None
    start: time | None
    end: time | None


@dataclass(slots=True)
class _Heard:
    """What was read of a wish so far."""

    today: date
    day: date | None = None
    weekday: int | None = None
    clocks: list[time] = field(default_factory=list)
    expects_end: bool = False
    is_hour_certain: bool = False

    def hears(self, match: re.Match[str]) -> bool:
        """Take in one piece; False where it makes the wish unclear."""
        if word := match["word"] or match["mark"]:
            return self._hears_word(word)
        if match["hour"]:
            return self._hears_clock(match)
        if self.day is not None:
            return False
        self.day = day_named(match, self.today)
        return self.day is not None

    def _hears_word(self, word: str) -> bool:
        self.is_hour_certain |= word in ("uhr", "h")
        if word in _UNTIL:
            self.expects_end = bool(self.clocks)
            return True
        named = dates.weekday(word)
        if named is None or self.weekday is not None:
            return word in _FILLERS
        self.weekday = named
        return True

    def _hears_clock(self, match: re.Match[str]) -> bool:
        clock = _clock(match, is_end=bool(self.clocks))
        if clock is None or len(self.clocks) > 1 or (self.clocks and not self.expects_end):
            return False
        # `3-4` may be meant as the afternoon's.
        is_plain = self.expects_end and clock.hour not in range(1, 10)
        self.is_hour_certain |= is_plain or match["minute"] is not None or "." in match[0]
        self.clocks.append(clock)
        return True


def wish(text: str, today: date) -> Wish | None:
    """Read a wish for other times as a whole; `today` is the local day the letter came."""
    low, at, heard = fold(text), 0, _Heard(today)
    while at < len(low):
        if low[at] == " ":
            at += 1
            continue
        match = _PIECE.match(low, at)
        if match is None or not heard.hears(match):
            return None
        at = match.end()
    return _wish(heard)


def _wish(heard: _Heard) -> Wish | None:
    day, clocks = heard.day, heard.clocks
    # A weekday alone names no day; one that disagrees with the date makes both unclear.
    if heard.weekday is not None and (day is None or day.weekday() != heard.weekday):
        return None
    if (day is None and not clocks) or (clocks and not heard.is_hour_certain):
        return None
    return Wish(day, clocks[0] if clocks else None, clocks[1] if len(clocks) > 1 else None)


def _clock(match: re.Match[str], *, is_end: bool) -> time | None:
    hour, minute = int(match["hour"]), int(match["minute"] or match["dotted"] or 0)
    if is_end and (hour, minute) == (24, 0):
        return time(0, 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def day_named(match: re.Match[str], today: date) -> date | None:
    """Read the day of a match with the groups of _PIECE's days; without a year the next such day."""
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        month = int(match["number"] or dates.MONTHS[match["month"]])
        day, year = int(match["day"] or match["mday"]), match["year"] or match["myear"]
        if year or match["short"]:
            return date(int(year or f"20{match['short']}"), month, day)
        return next_day(day, month, today)
    except ValueError:
        return None


def next_day(day: int, month: int, today: date) -> date:
    """Give the next such day of the year, `today` included. Raises ValueError where no year has it."""
    for year in range(today.year, today.year + 9):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        # A week back is still the day just gone by, not the one in a year.
        if found >= today - timedelta(days=7):
            return found
    raise ValueError(f"{day}.{month}. is no day of the year")
