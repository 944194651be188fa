"""Moves and withdrawals that name no reference: taken in only where they can mean one booking."""

from datetime import timedelta

import pytest
from decide_story import CODE, LATER, NOW, PAST, SOURCE, STAY, World, booking, kinds, notice, only

from mailbot.model.booking import State, Stay
from mailbot.model.events import NoticeKind, NoticePuzzled


def _puzzle(kind: NoticeKind, stay: Stay | None, **fields: object) -> NoticePuzzled:
    return NoticePuzzled(notice(stay, kind, reference=None, **fields), ("reference",), "?", "letter:file/x", NOW)


def test_a_notice_without_reference_counts_where_it_can_mean_one_booking() -> None:
    """A withdrawal is known by e-mail and start, a move by e-mail alone; a stay that is over is not meant."""
    world = World.of(booking(), booking(State.CONFIRMED, code="ALTE", source_reference="ALTE", stay=PAST))
    assert "customer/move_received" in kinds(world.tell(SOURCE, _puzzle(NoticeKind.MOVED, LATER)))
    assert "customer/cancelled" in kinds(world.tell(SOURCE, _puzzle(NoticeKind.WITHDRAWN, LATER)))
    states = {known.code: (known.state, known.stay) for known in world.books.bookings()}
    assert states == {CODE: (State.CANCELLED, LATER), "ALTE": (State.CONFIRMED, PAST)}


@pytest.mark.parametrize(
    "event",
    [
        _puzzle(NoticeKind.WITHDRAWN, LATER),
        _puzzle(NoticeKind.WITHDRAWN, None),
        _puzzle(NoticeKind.WITHDRAWN, STAY, email="fremd@kunde.example"),
        _puzzle(NoticeKind.WITHDRAWN, STAY, email=None),
        _puzzle(NoticeKind.MOVED, Stay("kirche", LATER.end, LATER.end + timedelta(hours=1))),
        _puzzle(NoticeKind.MOVED, LATER, doubts=("Die Nachricht nennt verschiedene Anfänge.",)),
    ],
)
def test_a_notice_without_reference_that_fits_no_one_booking_asks_the_office(event: NoticePuzzled) -> None:
    """No such start, no start, another customer, or two bookings: nothing changes, and the letter waits for `REF:`."""
    two = Stay("kirche", STAY.start + timedelta(days=1), STAY.end + timedelta(days=1))
    world = World.of(booking(), booking(code="ZWEITE", source_reference="ZWEITE", stay=two))
    before = world.books.bookings()
    decision = world.tell(SOURCE, event)
    assert (kinds(decision), decision.to_trouble) == (["office/unreadable"], True)
    assert only(decision, "office/unreadable").facts["answerable"] is True
    assert world.books.bookings() == before
