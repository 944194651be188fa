"""A booking's reference in a notice of somebody else: people may type one where a form lets them."""

from dataclasses import replace

import pytest
from decide_story import CODE, LATER, SABINE, SOURCE, World, booking, kinds, notice, only

from mailbot.model.booking import State
from mailbot.model.events import BookingRequested, Moved, Notice, NoticeKind, Withdrawn

EVA = replace(notice(LATER), name="Eva Evers", email="eva@anders.example", phone="0151 9876543")
EVENTS: dict[NoticeKind, type[BookingRequested | Moved | Withdrawn]] = {
    NoticeKind.NEW: BookingRequested,
    NoticeKind.MOVED: Moved,
    NoticeKind.WITHDRAWN: Withdrawn,
}
# What of Eva's notice is the booking's own customer's all the same, and whether the review names her address.
OWN: dict[str, tuple[Notice, bool]] = {
    "name": (replace(EVA, name=SABINE.name), True),
    "phone": (replace(EVA, phone=SABINE.phone), True),
    "e-mail": (replace(EVA, email=SABINE.email.upper()), False),
}


@pytest.mark.parametrize("state", [State.REQUESTED, State.HELD, State.CONFIRMED])
@pytest.mark.parametrize("kind", NoticeKind)
def test_a_reference_that_somebody_else_names_changes_nothing(state: State, kind: NoticeKind) -> None:
    """Who types another one's booking code into the form moves and cancels nothing; the office alone hears of it."""
    decision = World.of(booking(state)).tell(SOURCE, EVENTS[kind](replace(EVA, kind=kind)))
    assert (decision.changes, decision.withdraws, kinds(decision)) == ((), (), ["office/unreadable"])
    assert decision.to_trouble
    assert f"nennt den Buchungscode {CODE}" in str(decision.mails[0].facts["problem"])
    assert "nannte diesen Code" in dict(decision.notes)[CODE]


def test_no_history_names_either_of_them() -> None:
    """`forget` takes what stands in a person's own history; in another's, or in mailbot's, it would outlive them."""
    decision = World.of(booking()).tell(SOURCE, Moved(EVA))
    lines = " ".join(line for _, line in decision.notes)
    assert [word for word in (SABINE.name, SABINE.email, EVA.name, EVA.email) if str(word) in lines] == []


@pytest.mark.parametrize("same", OWN)
def test_a_customer_who_changed_something_is_still_the_customer(same: str) -> None:
    """Name, phone or e-mail tells that a notice is the customer's own: an office may have mended an address."""
    said, is_odd = OWN[same]
    odd = str(only(World.of(booking()).tell(SOURCE, Moved(said)), "office/review").facts["oddities"])
    assert ("andere E-Mail-Adresse (eva@anders.example)" in odd) is is_odd


def test_where_nobody_is_named_nothing_speaks_against_it() -> None:
    """A cancellation that names its reference alone counts; so does one of a booking whose customer was erased."""
    bare = notice(None, NoticeKind.WITHDRAWN, name=None, email=None, phone=None)
    assert World.of(booking()).tell(SOURCE, Withdrawn(bare)).outcome == "withdrawn"
    erased = booking(customer=replace(SABINE, name="gelöscht", email="", phone=None))
    assert World.of(erased).tell(SOURCE, Withdrawn(replace(EVA, kind=NoticeKind.WITHDRAWN))).outcome == "withdrawn"
