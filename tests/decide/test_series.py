"""Recurring bookings are recognised as a series, and shown in review and digest."""

from dataclasses import replace
from datetime import timedelta

from decide_story import CODE, NOW, SABINE, SOURCE, STAY, World, booking, notice, only

from mailbot.decide.finding import later
from mailbot.decide.series import series_of, series_words
from mailbot.model.booking import Booking, State, Stay
from mailbot.model.digest_events import DigestDue
from mailbot.model.events import BookingRequested
from mailbot.model.people import CLOCK


def _in(weeks: int, state: State = State.CONFIRMED, **fields: object) -> Booking:
    start = (STAY.start + timedelta(weeks=weeks)).replace(fold=0)
    stay = Stay("kirche", start, later(start, timedelta(hours=1)))
    code = f"WOCHE{weeks + 20:02d}X"
    return booking(state, **{"code": code, "source_reference": code, "stay": stay, **fields})


def _words(*others: Booking) -> str:
    return series_words(World.of(booking(), *others).books, booking())


def test_three_of_a_kind_are_a_series() -> None:
    """The same person, weekday and time, three times: which one this is, and from when to when."""
    assert _words(_in(-1), _in(1)) == "samstags 19:30 Uhr, Termin 2 von 3 (21.11.2026 bis 05.12.2026)"
    assert _words(_in(1), _in(3)) == "samstags 19:30 Uhr, nicht jede Woche, Termin 1 von 3 (28.11.2026 bis 19.12.2026)"


def test_two_are_none() -> None:
    """Neither are others on another weekday, at another time, of another person, or no longer living."""
    at_eight = replace(STAY, start=STAY.start + timedelta(days=14, hours=1), end=STAY.end + timedelta(days=14, hours=1))
    assert _words(_in(1)) == ""
    assert _words(_in(1), _in(2, State.CANCELLED)) == ""
    assert _words(_in(1), _in(2, stay=at_eight)) == ""
    assert _words(_in(1), _in(2, customer=replace(SABINE, email="jo@kunde.example"))) == ""
    assert _words(_in(1), _in(2), _in(2, code="DOPPELT")) != ""
    assert _words(_in(1), _in(1, code="DOPPELT")) == ""


def test_a_long_gap_ends_a_series() -> None:
    """More than four weeks later it is another one; last season's bookings are none of this one's."""
    assert _words(_in(-12), _in(-11), _in(-10)) == ""
    found = series_of(World.of(booking(), _in(-5), _in(4), _in(8)).books, booking())
    assert [b.code for b in found] == [CODE, "WOCHE24X", "WOCHE28X"]


def test_the_clocks_may_change_within_a_series() -> None:
    """A week of 167 hours is a week."""
    spring = _in(17)
    others = [_in(weeks) for weeks in (16, 18)]
    assert series_words(World.of(spring, *others).books, spring).startswith("samstags 19:30 Uhr, Termin 2 von 3")


def test_review_and_digest_show_it() -> None:
    """The office sees it where it decides."""
    world = World.of(_in(1), _in(2))
    told = world.tell(SOURCE, BookingRequested(notice()))
    words = "samstags 19:30 Uhr, Termin 1 von 3 (28.11.2026 bis 12.12.2026)"
    assert only(told, "office/review").facts["series"] == words
    world.now = (NOW + timedelta(days=1)).replace(hour=8)
    lines = only(world.tell(CLOCK, DigestDue("office", world.now)), "office/digest").facts["waiting"]
    assert isinstance(lines, tuple)
    assert [line.series for line in lines] == [words]
