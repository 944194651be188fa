"""Other times for a booking, by `ändern`: requested or confirmed, with a new code and corrected papers."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from decide_story import (
    BERLIN,
    LATER,
    OFFICE,
    STAY,
    World,
    booking,
    known,
    matter,
    only,
)

from mailbot.model.events import Approved, Changed


@pytest.mark.parametrize(
    ("answer", "start", "end"),
    [
        (Changed(matter(), 1, start=time(20)), (28, 11, 20, 0), (28, 11, 21, 0)),
        (Changed(matter(), 1, start=time(20), end=time(21, 30)), (28, 11, 20, 0), (28, 11, 21, 30)),
        (Changed(matter(), 1, day=date(2026, 12, 7)), (7, 12, 19, 30), (7, 12, 20, 30)),
        (Changed(matter(), 1, start=time(22), end=time(0)), (28, 11, 22, 0), (29, 11, 0, 0)),
    ],
)
def test_changed_times_keep_what_they_do_not_name(
    answer: Changed, start: tuple[int, ...], end: tuple[int, ...]
) -> None:
    """Day, time or end left out stay as they were; a missing end keeps the length."""
    world = World.of(booking())
    world.tell(OFFICE, answer)
    stay = known(world).stay
    assert ((stay.start.day, stay.start.month, stay.start.hour, stay.start.minute)) == start
    assert ((stay.end.day, stay.end.month, stay.end.hour, stay.end.minute)) == end


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Changed(matter(), 1, start=time(21), end=time(20)), "Das Ende (20:00 Uhr) liegt nicht nach dem Beginn"),
        (Changed(matter(), 1, day=date(2026, 11, 20)), "Der Termin ist schon vorbei."),
        (Changed(matter(), 1, day=date(2027, 3, 28), start=time(2, 30)), "Zeitumstellung"),
        (Changed(matter(), 1, day=date(2027, 10, 31), start=time(2, 30)), "Zeitumstellung"),
        (Changed(matter(), 1, day=date(2027, 7, 1)), "kein Code hinterlegt"),
    ],
)
def test_times_that_cannot_be_are_refused(answer: Changed, why: str) -> None:
    """Past, backwards, swallowed by DST or outside the season: nothing changes, and the reason is named."""
    decision = World.of(booking()).tell(OFFICE, answer)
    assert decision.changes == ()
    assert why in str(only(decision, "office/refused").facts["why"])


def test_a_confirmed_booking_that_is_changed_gets_a_new_code_and_a_new_invoice() -> None:
    """The old invoice is cancelled by one of its own, the customer gets old and new."""
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1))
    old_code = known(world).door_code
    decision = world.tell(OFFICE, Changed(matter(), 1, day=LATER.day, start=time(18), end=time(20)))
    confirmed = only(decision, "customer/confirmed")
    assert confirmed.attach == ("invoice", "cancelled_invoice", "ics")
    assert confirmed.facts["before"] == STAY
    assert [(p.number, p.cancels, p.gross) for p in world.books.invoices()] == [
        ("SK-2026-00001", None, Decimal("45.00")),
        ("SK-2026-00002", "SK-2026-00001", Decimal("-45.00")),
        ("SK-2026-00003", None, Decimal("90.00")),
    ]
    assert (known(world).invoice, known(world).sequence) == ("SK-2026-00003", 1)
    assert known(world).door_code not in (None, old_code)


def test_changing_a_confirmed_booking_to_what_it_is_changes_nothing() -> None:
    """The same times again make no second invoice."""
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1))
    again = world.tell(OFFICE, Changed(matter(), 1, start=STAY.start.time(), end=STAY.end.time()))
    assert again.changes == ()


def test_a_stay_that_runs_can_be_prolonged() -> None:
    """At half past seven the office makes it an hour longer."""
    world = World.of(booking())
    world.now = datetime(2026, 11, 28, 19, 45, tzinfo=BERLIN)
    world.tell(OFFICE, Changed(matter(), 1, end=time(21, 30)))
    assert known(world).stay.end == datetime(2026, 11, 28, 21, 30, tzinfo=BERLIN)
