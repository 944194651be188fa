"""When an office works: its hours, its closed days and the public holidays of its calendar. Home of `holidays`.

Pure; times are aware and local. Lengths are real time, so a night of DST neither adds nor takes office time.
A person without office hours never works: every function says what it gives then, and none searches for ever.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import takewhile

from holidays import country_holidays

from mailbot.model.booking import Stay
from mailbot.model.rules import Person, ShortNotice

# After more than a year without one, an office has no office days any more.
_HORIZON = timedelta(days=400)


def is_calendar(name: str) -> bool:
    """Tell whether the holidays of a country (`DE`) or a part of it (`DE-NW`) are known."""
    try:
        _holidays(name, 2026)
    except NotImplementedError:
        return False
    return bool(name)


@lru_cache(maxsize=64)
def _holidays(name: str, year: int) -> frozenset[date]:
    country, _, part = name.partition("-")
    return frozenset(country_holidays(country, subdiv=part or None, years=year))


def is_office_day(person: Person, day: date) -> bool:
    """Tell whether the office works on a day at all."""
    if not person.hours.spans[day.weekday()] or day in person.closed:
        return False
    return person.holidays is None or day not in _holidays(person.holidays, day.year)


def is_open(person: Person, at: datetime) -> bool:
    """Tell whether the office works at this moment; it opens with its first minute and is closed at its last."""
    return any(start <= at < end for start, end in _spans_on(person, at.date(), at.tzinfo))


def office_time(person: Person, start: datetime, end: datetime) -> timedelta:
    """Sum up the office time between two moments; zero where `end` is not after `start`."""
    spans = takewhile(lambda span: span[0] < end, _spans(person, start))
    return sum((min(to, end.astimezone(UTC)) - since for since, to in spans), timedelta())


def after_office_time(person: Person, start: datetime, amount: timedelta) -> datetime:
    """Give the moment when `amount` of office time has passed since `start`.

    Without office hours plain time counts, so that what waits for the office is not forgotten.
    """
    left = amount
    for since, to in _spans(person, start):
        if left <= to - since:
            return (since + left).astimezone(start.tzinfo) if left > timedelta() else start
        left -= to - since
    return (start.astimezone(UTC) + amount).astimezone(start.tzinfo)


def next_office_day(person: Person, day: date) -> date:
    """Give the first office day after `day`; without office hours simply the day after."""
    return _first_office_day(person, day + timedelta(days=1)) or day + timedelta(days=1)


def next_opening(person: Person, now: datetime) -> datetime | None:
    """Give when the office works next: `now` where it is open, None where it never does."""
    return next((since for since, _ in _spans(person, now)), None)


def last_open_moment(person: Person, start: datetime, limit: datetime) -> datetime | None:
    """Give the end of the last office time between two moments, in UTC; None where there is none."""
    spans = takewhile(lambda span: span[0] < limit, _spans(person, start))
    return max((min(to, limit.astimezone(UTC)) for _, to in spans), default=None)


def answer_by(person: Person, now: datetime) -> datetime | None:
    """Give by when the office answers what comes in now: the end of its next office day.

    What comes in before it opens is answered the same day. None where there are no office hours.
    """
    today = _spans_on(person, now.date(), now.tzinfo)
    is_early = bool(today) and now < today[0][0]
    day = _first_office_day(person, now.date() + timedelta(days=0 if is_early else 1))
    return _spans_on(person, day, now.tzinfo)[-1][1].astimezone(now.tzinfo) if day else None


def is_short_notice(stay: Stay, now: datetime, person: Person, short: ShortNotice) -> bool:
    """Tell whether less than `short.office_time` of office time lies between now and start − `short.margin`."""
    if _first_office_day(person, now.date()) is None:
        return True
    # Asked this way round, a stay in the year 9999 is no long way to count.
    return after_office_time(person, now, short.office_time) > stay.start.astimezone(UTC) - short.margin


def _first_office_day(person: Person, day: date) -> date | None:
    days = (day + timedelta(days=n) for n in range(_HORIZON.days))
    return next((day for day in days if is_office_day(person, day)), None)


def _spans(person: Person, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Give the spans of office time from `start` on, in UTC, the first one cut; ends after a year without any."""
    day: date | None = _first_office_day(person, start.date())
    while day:
        for since, to in _spans_on(person, day, start.tzinfo):
            if start < to:
                yield max(since, start.astimezone(UTC)), to
        day = _first_office_day(person, day + timedelta(days=1))


def _spans_on(person: Person, day: date, zone: tzinfo | None) -> list[tuple[datetime, datetime]]:
    if not is_office_day(person, day):
        return []
    return [(_moment(day, start, zone), _moment(day, end, zone)) for start, end in person.hours.spans[day.weekday()]]


def _moment(day: date, at: time, zone: tzinfo | None) -> datetime:
    if at == time.max:  # 24:00
        day, at = day + timedelta(days=1), time.min
    return datetime.combine(day, at, zone).astimezone(UTC)
