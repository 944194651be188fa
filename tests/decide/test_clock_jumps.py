"""A clock that is put back, or that counts an hour twice, neither stops what is due nor does anything early."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from decide_story import BERLIN, CODE, NOW, OFFICE, RULES, SOURCE, STAY, World, booking, notice

from mailbot.decide.due import due
from mailbot.decide.suspicions import may_tell
from mailbot.decide.unheard import is_unheard
from mailbot.model.booking import State, Stay
from mailbot.model.day_events import PaymentDue, ReviewOverdue
from mailbot.model.events import Approved, BookingRequested, TroubleLasted
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.people import CLOCK
from mailbot.model.records import Setting

YEARS = timedelta(days=1400)
LATER_ON = NOW + YEARS


def _night(hour: int, minute: int, fold: int) -> datetime:
    """Give a moment of the night in which the clocks go back: between two and three it comes twice."""
    return datetime(2026, 10, 25, hour, minute, tzinfo=BERLIN, fold=fold)


def test_a_look_from_the_future_is_no_look() -> None:
    """A mailbox that was read by a clock since put back counts as unread until it is read again."""
    released = booking(released_at=NOW - timedelta(days=2), released_by="medifit", short_notice=True)
    world = World.of(released)
    world.now = NOW

    def billed(read_at: datetime) -> bool:
        return any(isinstance(a.event, PaymentDue) for a in due(world.books, NOW, RULES, read_at))

    assert billed(NOW)
    assert not billed(LATER_ON)


def test_in_1970_nothing_is_due() -> None:
    """A machine that wakes up without a battery does nothing early and nothing late."""
    released = booking(released_at=NOW - timedelta(days=2), released_by="medifit", short_notice=True)
    world = World.of(released, booking(code="ANOTHERONEXX", source_reference="ANOTHERONEXX"))
    for hour in (1, 9, 12):
        then = datetime(1970, 1, 2, hour, tzinfo=BERLIN)
        arrivals = due(world.books, then, RULES, then)
        mails = [mail.kind for a in arrivals for mail in world.tell(a.by, a.event).mails]
        assert mails == []


def test_reminders_go_on_after_a_clock_was_put_back() -> None:
    """A reminder stamped in the future holds back no other one."""
    world = World(now=NOW.replace(hour=8))
    start = datetime(2026, 11, 25, 19, 30, tzinfo=BERLIN)
    world.tell(SOURCE, BookingRequested(notice(Stay("kirche", start, start + timedelta(hours=1)))))
    other = booking(code="ANOTHERONEXX", source_reference="ANOTHERONEXX", reminded_at=LATER_ON)
    world.books = world.books.after([other])
    now = NOW.replace(hour=12)
    (event,) = [a.event for a in due(world.books, now, RULES, now) if isinstance(a.event, ReviewOverdue)]
    assert event.bookings == (CODE,)


def test_suspicions_and_troubles_are_told_after_a_clock_was_put_back() -> None:
    """What was told in the future was not told within the hour."""
    world = World.of(
        Setting("suspicious_told/office", LATER_ON.isoformat()), Setting("trouble_told/x", LATER_ON.isoformat())
    )
    assert may_tell(world.books, RULES.people["office"], NOW)
    assert [mail.kind for mail in world.tell(CLOCK, TroubleLasted("x", "Es klemmt.", NOW)).mails] != []


def test_a_stay_is_over_in_real_time() -> None:
    """In the hour that comes twice a stay ends once: with its own moment, not with the hands of the clock."""
    first = Stay("kirche", _night(1, 30, 0), _night(2, 30, 0))
    assert not first.is_over(_night(2, 20, 0))
    assert first.is_over(_night(2, 10, 1))
    second = Stay("kirche", _night(2, 30, 1), _night(3, 30, 0))
    assert not second.is_over(_night(2, 45, 0))
    assert not Stay("kirche", _night(2, 0, 0), _night(2, 45, 0)).overlaps(
        Stay("kirche", _night(2, 15, 1), _night(3, 0, 0))
    )
    assert first.overlaps(Stay("kirche", _night(2, 15, 0), _night(2, 15, 1)))


def test_a_mail_on_its_way_is_counted_in_real_time() -> None:
    """Ten minutes are ten minutes in the hour that comes twice."""
    at = _night(2, 55, 0)
    late = Stay("kirche", at + timedelta(hours=2), at + timedelta(hours=3))
    world = World.of(booking(stay=late))
    world.now = at
    world.tell(OFFICE, Approved(Matter(MatterKind.BOOKING, CODE), 1))
    known = world.books.booking(CODE)
    assert known
    assert known.state is State.CONFIRMED
    soon = (at.astimezone(UTC) + timedelta(minutes=12)).astimezone(BERLIN)
    assert is_unheard(world.books, known, soon)
    assert not is_unheard(world.books, known, (at.astimezone(UTC) + timedelta(minutes=8)).astimezone(BERLIN))
    assert replace(known, stay=STAY) != known
