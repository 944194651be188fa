"""Two hours before a confirmed stay somebody must know whether the door code arrived."""

from dataclasses import replace
from datetime import timedelta

import pytest
from decide_story import CODE, NOW, OFFICE, RULES, SABINE, STAY, World, booking, kinds, matter, only

from mailbot.decide.due import due
from mailbot.model.booking import State
from mailbot.model.day_events import CodeUnheard
from mailbot.model.events import Approved
from mailbot.model.mail import Sending
from mailbot.model.people import CLOCK

NEAR = STAY.start - timedelta(hours=2)


def _confirmed(state: Sending, **approval: object) -> World:
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1, **approval))  # type: ignore[arg-type]  # its own fields
    world.end_all(state)
    world.now = NEAR
    return world


def _due(world: World) -> list[CodeUnheard]:
    return [a.event for a in due(world.books, world.now, RULES) if isinstance(a.event, CodeUnheard)]


@pytest.mark.parametrize("state", [Sending.QUEUED, Sending.FAILED, Sending.BOUNCED, Sending.UNCERTAIN])
def test_a_code_that_did_not_arrive_is_an_alarm(state: Sending) -> None:
    """Two hours before, with the customer's phone; once."""
    world = _confirmed(state)
    (event,) = _due(world)
    mail = only(world.tell(CLOCK, event), "office/alarm")
    assert str(SABINE.phone) in str(mail.facts["todo"])
    assert CODE in str(mail.facts["what"])
    found = world.books.booking(CODE)
    assert found
    assert found.door_code
    assert found.door_code not in str(mail.facts)


def test_a_code_that_arrived_is_none() -> None:
    """The server took it: nothing to do."""
    world = _confirmed(Sending.SENT)
    assert _due(world) == []
    assert kinds(world.tell(CLOCK, CodeUnheard(CODE, NEAR))) == []


def test_not_before_and_not_after() -> None:
    """Two hours before the start it begins, with the stay it ends."""
    world = _confirmed(Sending.BOUNCED)
    world.now = NEAR - timedelta(minutes=1)
    assert _due(world) == []
    world.now = STAY.end
    assert _due(world) == []


def test_a_mail_that_was_just_written_is_on_its_way() -> None:
    """An approval at short notice is no alarm before its mail had time to leave."""
    world = World.of(booking())
    world.now = STAY.start - timedelta(hours=1)
    world.tell(OFFICE, Approved(matter(), 1))
    assert _due(world) == []
    world.now += timedelta(minutes=10)
    assert len(_due(world)) == 1


def test_who_approved_without_a_mail_is_not_alarmed() -> None:
    """`ok ohne mail` promised nothing by mail."""
    assert _due(_confirmed(Sending.QUEUED, silent=True)) == []


@pytest.mark.parametrize("state", [State.CANCELLED, State.REJECTED, State.REQUESTED])
def test_only_confirmed_stays_are_watched(state: State) -> None:
    """What was cancelled since then needs no code."""
    world = _confirmed(Sending.BOUNCED)
    found = world.books.booking(CODE)
    assert found
    world.books = world.books.after([replace(found, state=state)])
    assert _due(world) == []
    assert NOW < NEAR
