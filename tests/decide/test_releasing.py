"""A door code given out by phone: a fact in every state, recorded with time and person, alarming where it is wrong."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from decide_story import (
    BERLIN,
    CODE,
    DESK,
    LATER,
    NOW,
    OFFICE,
    PAST,
    SOURCE,
    STAY,
    World,
    booking,
    kinds,
    matter,
    notice,
    only,
)

from mailbot.model.booking import State
from mailbot.model.day_events import PaymentDue, Released
from mailbot.model.events import Approved, Moved, NoticeKind, Rejected
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.people import CLOCK, Actor

GIVEN = Released(matter(), 1)
DAY_CODE = "731518"
NEXT_DAY = datetime(2026, 11, 24, 8, 30, tzinfo=BERLIN)


@pytest.mark.parametrize("state", [State.REQUESTED, State.HELD])
def test_a_code_given_out_is_recorded_with_time_person_and_code(state: State) -> None:
    """The state stays, the desk is thanked, the office told when it will be billed; no mail holds the code."""
    world = World.of(booking(state))
    decision = world.tell(DESK, GIVEN)
    known = world.books.booking(CODE)
    assert known
    assert (known.state, known.released_at, known.released_by, known.door_code) == (state, NOW, str(DESK), DAY_CODE)
    assert kinds(decision) == ["desk/done", "office/released"]
    assert only(decision, "office/released").facts["bill_at"] == NEXT_DAY
    assert not any(order.has_code or DAY_CODE in repr(order.facts) for order in decision.mails)


def test_a_confirmed_one_is_recorded_and_never_billed_twice() -> None:
    """For a confirmed booking the code was no surprise: nothing but the fact changes."""
    world = World.of(booking(State.CONFIRMED))
    decision = world.tell(DESK, GIVEN)
    assert only(decision, "office/released").facts["bill_at"] is None
    assert kinds(world.tell(CLOCK, PaymentDue(CODE, NEXT_DAY))) == []


def test_a_lapsed_one_is_open_again() -> None:
    """Who played after all is asked for again: the request is open, and will be billed."""
    world = World.of(booking(State.LAPSED, stay=PAST))
    assert kinds(world.tell(DESK, GIVEN)) == ["desk/done", "office/released"]
    known = world.books.booking(CODE)
    assert known
    assert (known.state, known.decided_at, known.released_at) == (State.REQUESTED, None, NOW)


def test_the_same_word_again_keeps_the_first_time() -> None:
    """A second `ausgegeben` is noted; time and person stay those of the first, and the office hears nothing new."""
    world = World.of(booking())
    world.tell(DESK, GIVEN)
    world.now += timedelta(hours=1)
    decision = world.tell(OFFICE, GIVEN)
    known = world.books.booking(CODE)
    assert known
    assert (known.released_at, known.released_by) == (NOW, str(DESK))
    assert (decision.changes, kinds(decision), len(decision.notes)) == ((), ["office/done"], 1)


@pytest.mark.parametrize("state", [State.REJECTED, State.CANCELLED])
def test_a_code_for_what_is_off_is_alarming(state: State) -> None:
    """The fact is recorded, the state stays; the desk is sent to the office, the office gets the phone number."""
    world = World.of(booking(state))
    decision = world.tell(DESK, GIVEN)
    known = world.books.booking(CODE)
    assert known
    assert (known.state, known.released_at) == (state, NOW)
    assert kinds(decision) == ["desk/done", "office/alarm"]
    assert only(decision, "desk/done").facts["is_wrong"] is True
    assert "0171 2345678" in str(only(decision, "office/alarm").facts["todo"])


@pytest.mark.parametrize("other", [booking(State.CONFIRMED), booking(released_at=NOW, released_by=str(DESK))])
def test_a_code_for_a_taken_time_is_alarming(other: object) -> None:
    """Whether the other is confirmed or got the code first by phone: the office hears who has the time."""
    taken = replace(other, code="ANDERE", source_reference="X")  # type: ignore[type-var]  # a booking
    world = World.of(booking(), taken)  # type: ignore[arg-type]  # a booking
    decision = world.tell(DESK, GIVEN)
    assert kinds(decision) == ["desk/done", "office/alarm"]
    assert "ANDERE" in str(only(decision, "office/alarm").facts["what"])


def test_an_answer_to_the_mail_of_before_a_move_is_alarming() -> None:
    """The code may have been that of the old day: recorded all the same. A named code is clear."""
    world = World.of(booking())
    world.tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED)))
    assert kinds(world.tell(DESK, GIVEN)) == ["desk/done", "office/alarm"]
    world = World.of(booking())
    world.tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED)))
    assert kinds(world.tell(DESK, replace(GIVEN, code=CODE))) == ["desk/done", "office/released"]


def test_a_move_forgets_that_a_code_was_given_out() -> None:
    """Another time has another code: released_at and door_code become null, the review names who knows the old one."""
    world = World.of(booking())
    world.tell(DESK, GIVEN)
    decision = world.tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED)))
    known = world.books.booking(CODE)
    assert known
    assert (known.released_at, known.released_by, known.door_code) == (None, None, None)
    assert only(decision, "office/review").facts["knows_code"] == "Sabine Müller"


@pytest.mark.parametrize("code", ["GIBTESNICHT", "731518"])
def test_an_unknown_booking_code_is_asked_back(code: str) -> None:
    """A code nobody knows changes nothing; a door code typed instead never gets into a mail or the history."""
    world = World.of(booking())
    decision = world.tell(DESK, Released(Matter(MatterKind.CODES), 0, code=code))
    assert (decision.changes, kinds(decision)) == ((), ["desk/refused"])
    assert "731518" not in repr(decision.mails[0].facts) + repr(decision.notes)


def test_without_a_booking_the_code_is_asked_for() -> None:
    """`ausgegeben` to the list of codes says for which booking it is missing."""
    decision = World.of(booking()).tell(DESK, Released(Matter(MatterKind.CODES), 0))
    works = only(decision, "desk/refused").facts["works"]
    assert isinstance(works, tuple)
    assert works[0][0] == "ausgegeben BUCHUNGSCODE"


def test_a_door_code_in_the_note_is_blotted_out() -> None:
    """What the desk writes below stays inside the office, without the code."""
    world = World.of(booking())
    decision = world.tell(DESK, replace(GIVEN, note=f"Code {DAY_CODE} gesagt"))
    assert "gesagt" in str(only(decision, "office/released").facts["note"])
    assert DAY_CODE not in repr(decision.notes) + repr([order.facts for order in decision.mails])


def test_the_office_may_bill_at_once() -> None:
    """`ok` to a released one is the bill, before or after the stay; the clock finds nothing to do."""
    for stay in (STAY, PAST):
        world = World.of(booking(stay=stay))
        world.tell(DESK, GIVEN)
        decision = world.tell(OFFICE, Approved(matter(), 1))
        assert kinds(decision) == ["customer/payment", "office/done"]
        assert only(decision, "customer/payment").has_code is (stay is STAY)
        assert kinds(world.tell(CLOCK, PaymentDue(CODE, NEXT_DAY))) == []


def test_nothing_else_is_confirmed_for_a_time_that_was_given_out() -> None:
    """Who has the code stands in the door: an overlapping request cannot be approved, and is told why."""
    world = World.of(booking(), booking(code="ANDERE", source_reference="X"))
    world.tell(DESK, GIVEN)
    refused = only(world.tell(OFFICE, Approved(matter("ANDERE"), 1)), "office/refused")
    assert "am Telefon" in str(refused.facts["why"])


def test_no_before_the_stay_cancels_and_asks_about_the_code() -> None:
    """Before the stay `nein` cancels what was given out; the desk is told, and office/done asks about `code neu`."""
    world = World.of(booking())
    world.tell(DESK, GIVEN)
    decision = world.tell(OFFICE, Rejected(matter(), 1, reason="voll"))
    assert kinds(decision) == ["customer/cancelled", "office/done", "desk/decided"]
    assert "code neu 28.11." in str(only(decision, "office/done").facts["link_why"])
    known = world.books.booking(CODE)
    assert known
    assert known.state is State.CANCELLED


def test_no_after_the_stay_is_refused() -> None:
    """After the stay `nein` changes nothing; `ok preis 0` is offered."""
    world = World.of(booking(stay=PAST))
    world.tell(DESK, GIVEN)
    refused = only(world.tell(OFFICE, Rejected(matter(), 1)), "office/refused")
    works = refused.facts["works"]
    assert isinstance(works, tuple)
    assert [answer for answer, _ in works][:2] == ["ok", "ok preis 0"]


def test_no_ends_what_can_never_be_billed() -> None:
    """A code given out beside a confirmed booking cannot be billed; the alarm asks for `nein`, which ends it."""
    world = World.of(booking(stay=PAST), booking(State.CONFIRMED, code="ANDERE", source_reference="X", stay=PAST))
    world.tell(DESK, GIVEN)
    alarm = only(world.tell(CLOCK, PaymentDue(CODE, NEXT_DAY)), "office/alarm")
    assert ("nein" in str(alarm.facts["todo"]), "preis" in str(alarm.facts["todo"])) == (True, False)
    decision = world.tell(OFFICE, Rejected(matter(), 1))
    assert kinds(decision) == ["customer/cancelled", "office/done", "desk/decided"]
    assert world.books.waiting() == []


@pytest.mark.parametrize("by", [Actor(SOURCE.role), CLOCK])
def test_only_desk_and_office_give_codes_out(by: Actor) -> None:
    """From anybody else the word changes nothing."""
    assert World.of(booking()).tell(by, GIVEN).changes == ()
