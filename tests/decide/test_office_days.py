"""Office days: hours, holidays and closed days, right across weekends, Christmas and the nights of DST."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailbot.decide.office_days import (
    after_office_time,
    answer_by,
    is_calendar,
    is_office_day,
    is_open,
    is_short_notice,
    next_office_day,
    office_time,
)
from mailbot.model.booking import Stay
from mailbot.model.people import Role
from mailbot.model.rules import Hours, Person, ShortNotice

BERLIN = ZoneInfo("Europe/Berlin")
LONG, FRIDAY = ((time(8), time(16)),), ((time(8), time(13)),)
OFFICE = Person(
    "office",
    "Büro",
    Role.REVIEWER,
    ("buero@halle.example",),
    hours=Hours((LONG, LONG, LONG, LONG, FRIDAY, (), ())),
    holidays="DE-NW",
    closed=(date(2026, 12, 24), date(2026, 12, 31)),
)
NIGHT = Person("night", "Nacht", Role.REVIEWER, ("n@halle.example",), hours=Hours((((time(0), time.max),),) * 7))
SPLIT = Person(
    "s", "S", Role.REVIEWER, ("s@s.example",), hours=Hours((((time(8), time(12)), (time(14), time(18))),) * 7)
)
NOBODY = Person("nobody", "Niemand", Role.REVIEWER, ("x@halle.example",))
ALWAYS_CLOSED = Person(
    "away",
    "Weg",
    Role.REVIEWER,
    ("w@w.example",),
    hours=OFFICE.hours,
    closed=tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(1000)),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-23", True),
        ("2026-11-28", False),  # Saturday
        ("2026-11-01", False),  # Allerheiligen, a Sunday too
        ("2027-05-27", False),  # Fronleichnam, in NW
        ("2026-10-03", False),
        ("2026-12-24", False),  # closed by the office
        ("2026-12-25", False),
        ("2026-12-28", True),
        ("2027-01-01", False),
        ("2027-03-26", False),  # Karfreitag
    ],
)
def test_an_office_day_has_hours_and_is_no_holiday(day: str, works: bool) -> None:
    """Weekends, public holidays of the office's own part of the country and its closed days are none."""
    assert is_office_day(OFFICE, date.fromisoformat(day)) is works


def test_holidays_are_those_of_the_offices_own_part_of_the_country() -> None:
    """Fronleichnam is a holiday in NW and none in Berlin; without a calendar there are no holidays."""
    berlin = Person("b", "B", Role.REVIEWER, ("b@b.example",), hours=OFFICE.hours, holidays="DE-BE")
    plain = Person("p", "P", Role.REVIEWER, ("p@p.example",), hours=OFFICE.hours)
    assert is_office_day(berlin, date(2027, 5, 27))
    assert is_office_day(plain, date(2026, 12, 25))
    assert [is_calendar(name) for name in ("DE-NW", "DE", "AT-9", "DE-XX", "Westfalen", "")] == [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    ("now", "is_it"),
    [
        ("2026-11-23T07:59:59", False),
        ("2026-11-23T08:00", True),
        ("2026-11-23T15:59:59", True),
        ("2026-11-23T16:00", False),
        ("2026-11-27T13:00", False),
        ("2026-12-24T10:00", False),
    ],
)
def test_the_office_is_open_from_its_first_minute_to_its_last(now: str, is_it: bool) -> None:
    """The closing minute itself is closed."""
    assert is_open(OFFICE, at(now)) is is_it


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-23T09:00", "2026-11-23T11:30", 2.5),
        ("2026-11-23T15:00", "2026-11-24T09:00", 2),
        ("2026-11-27T12:00", "2026-11-30T09:00", 2),  # over a weekend
        ("2026-12-23T15:00", "2027-01-04T09:00", 8 * 3 + 2),  # Christmas to New Year: 28, 29, 30 December
        ("2026-11-28T00:00", "2026-11-29T23:00", 0),
        ("2026-11-24T09:00", "2026-11-23T09:00", 0),
    ],
)
def test_office_time_is_what_lies_within_the_hours(start: str, end: str, hours: float) -> None:
    """Nights, weekends and holidays do not count."""
    assert office_time(OFFICE, at(start), at(end)) == timedelta(hours=hours)


def test_office_time_is_real_time_in_the_nights_of_dst() -> None:
    """A day of round-the-clock hours is 23 hours long in spring and 25 in autumn."""
    assert office_time(NIGHT, at("2027-03-28T00:00"), at("2027-03-29T00:00")) == timedelta(hours=23)
    assert office_time(NIGHT, at("2026-10-25T00:00"), at("2026-10-26T00:00")) == timedelta(hours=25)
    assert after_office_time(NIGHT, at("2027-03-28T01:00"), timedelta(hours=2)) == at("2027-03-28T04:00")
    assert office_time(OFFICE, at("2027-03-26T00:00"), at("2027-03-31T00:00")) == timedelta(hours=8)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23T09:00", 4, "2026-11-23T13:00"),
        ("2026-11-23T14:00", 2, "2026-11-23T16:00"),  # to the very end of the day
        ("2026-11-23T14:00", 4, "2026-11-24T10:00"),
        ("2026-11-27T12:00", 4, "2026-11-30T11:00"),
        ("2026-12-30T15:00", 4, "2027-01-04T11:00"),
        ("2026-11-28T12:00", 0, "2026-11-28T12:00"),
    ],
)
def test_after_office_time_counts_on_over_closed_hours(start: str, hours: int, end: str) -> None:
    """The moment comes when that much office time has passed."""
    assert after_office_time(OFFICE, at(start), timedelta(hours=hours)) == at(end)


@pytest.mark.parametrize(
    ("day", "following"),
    [
        ("2026-11-23", "2026-11-24"),
        ("2026-11-27", "2026-11-30"),
        ("2026-12-23", "2026-12-28"),
        ("2026-12-30", "2027-01-04"),
        ("2027-03-25", "2027-03-30"),  # Easter
    ],
)
def test_the_next_office_day_skips_weekends_and_holidays(day: str, following: str) -> None:
    """It is always after the day asked for."""
    assert next_office_day(OFFICE, date.fromisoformat(day)) == date.fromisoformat(following)


@pytest.mark.parametrize(
    ("now", "promised"),
    [
        ("2026-11-23T07:30", "2026-11-23T16:00"),  # before it opens: the same day
        ("2026-11-23T09:00", "2026-11-24T16:00"),
        ("2026-11-26T18:00", "2026-11-27T13:00"),
        ("2026-11-28T10:00", "2026-11-30T16:00"),
        ("2026-12-24T07:00", "2026-12-28T16:00"),
    ],
)
def test_the_office_answers_by_the_end_of_its_next_day(now: str, promised: str) -> None:
    """What a customer is promised is the end of the next office day."""
    assert answer_by(OFFICE, at(now)) == at(promised)


def test_a_lunch_break_is_no_office_time() -> None:
    """Several spans a day count each; a request in the break is not early."""
    assert office_time(SPLIT, at("2026-11-23T11:00"), at("2026-11-23T15:00")) == timedelta(hours=2)
    assert not is_open(SPLIT, at("2026-11-23T13:00"))
    assert answer_by(SPLIT, at("2026-11-23T13:00")) == at("2026-11-24T18:00")


@pytest.mark.parametrize("person", [NOBODY, ALWAYS_CLOSED])
def test_without_office_hours_nothing_searches_for_ever(person: Person) -> None:
    """No promise is made, everything is short notice, and what waits goes on by plain time."""
    now = at("2026-11-23T09:00")
    assert not is_open(person, now)
    assert answer_by(person, now) is None
    assert next_office_day(person, now.date()) == date(2026, 11, 24)
    assert office_time(person, now, at("2027-11-23T09:00")) == timedelta()
    assert after_office_time(person, now, timedelta(hours=4)) == at("2026-11-23T13:00")
    assert is_short_notice(Stay("halle", at("2027-01-04T19:00"), at("2027-01-04T20:00")), now, person, ShortNotice())


@pytest.mark.parametrize(
    ("now", "start", "is_it"),
    [
        ("2026-11-23T09:00", "2026-11-23T12:00", False),  # one hour of office time before 10:00
        ("2026-11-23T09:01", "2026-11-23T12:00", True),
        ("2026-11-23T15:00", "2026-11-23T20:00", False),
        ("2026-11-23T15:01", "2026-11-23T20:00", True),
        ("2026-11-27T13:00", "2026-11-29T20:00", True),  # Friday afternoon for Sunday
        ("2026-11-27T13:00", "2026-11-30T11:00", False),  # for Monday: one hour from 8 to 9
        ("2026-11-27T13:00", "2026-11-30T10:59", True),
        ("2026-12-30T16:00", "2027-01-03T10:00", True),
        ("2026-11-23T09:00", "9999-11-23T12:00", False),
        ("2026-11-23T09:00", "2026-11-22T12:00", True),
    ],
)
def test_short_notice_leaves_the_office_too_little_time(now: str, start: str, is_it: bool) -> None:
    """Less than an hour of office time before two hours ahead of the start is short notice."""
    stay = Stay("halle", at(start), at(start) + timedelta(hours=1))
    assert is_short_notice(stay, at(now), OFFICE, ShortNotice()) is is_it
