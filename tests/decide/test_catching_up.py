"""After hours or weeks without power everything that fell due is done once, in order, and says that it is late."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from decide_story import (
    BERLIN,
    CODE,
    DESK,
    OFFICE,
    RULES,
    SABINE,
    SOURCE,
    World,
    booking,
    matter,
    notice,
)

from mailbot.decide.due import due
from mailbot.model.booking import Booking, State, Stay
from mailbot.model.day_events import Released
from mailbot.model.events import Approved, BookingRequested, NoticeKind, Rejected, Withdrawn
from mailbot.model.letter import Handled
from mailbot.model.mail import MailOrder, Sending
from mailbot.model.people import Role

OTHER = "ANOTHERONEXX"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def stay(start: str) -> Stay:
    return Stay("kirche", at(start), at(start) + timedelta(hours=1))


def caught_up(world: World, now: datetime) -> list[MailOrder]:
    """Let a daemon look at the clock as flow.due does: all that is due is found first, then decided."""
    world.now = now
    written: list[MailOrder] = []
    while arrivals := due(world.books, now, world.rules, now):
        for arrival in arrivals:
            written += world.tell(arrival.by, arrival.event).mails
            world.books = world.books.after([Handled(arrival.key, "", now, "done")])
    return written


def asked(world: World, when: Stay, now: str, reference: str = CODE) -> Booking:
    world.now = at(now)
    world.tell(SOURCE, BookingRequested(notice(when, reference=reference)))
    found = world.books.booking(reference)
    assert found
    return found


def kinds(mails: list[MailOrder]) -> list[str]:
    return [mail.kind for mail in mails]


def test_who_turned_short_while_the_machine_was_off_is_not_reminded_of_twice() -> None:
    """A reminder and the end of the office's time fell due together: one office/reminder tells of both."""
    world = World()
    asked(world, stay("2026-11-25T16:00"), "2026-11-25T09:00")
    told = caught_up(world, at("2026-11-25T14:30"))
    assert kinds(told) == ["customer/call", "desk/request", "office/reminder"]


def test_an_answer_that_waits_is_an_answer_in_the_digest_too() -> None:
    """With schedule.undo, what the office answered before eight is not shown as waiting at eight."""
    world = World(rules=replace(RULES, schedule=replace(RULES.schedule, undo=timedelta(minutes=30))))
    asked(world, stay("2026-11-28T19:30"), "2026-11-23T09:00")
    world.now = at("2026-11-24T07:45")
    world.tell(OFFICE, Approved(matter(), 1))
    assert "office/digest" not in kinds(caught_up(world, at("2026-11-24T08:00")))
    assert "customer/confirmed" in kinds(caught_up(world, at("2026-11-24T08:15")))


def test_a_late_last_reminder_says_so() -> None:
    """Half-way passed in the night without power: the second address reads for when it was meant."""
    world = World()
    asked(world, stay("2026-11-26T20:00"), "2026-11-23T14:00")
    caught_up(world, at("2026-11-24T10:00"))
    (mail,) = [m for m in caught_up(world, at("2026-11-25T18:00")) if m.facts.get("is_last")]
    assert mail.facts["late"] == at("2026-11-25T15:00")


# What the office or the page said while the customer's first mail had not left, and what of it is still told then.
OVERTAKEN = {
    Approved: ["customer/confirmed"],
    Rejected: ["customer/rejected"],
    Withdrawn: ["customer/cancelled"],
}


@pytest.mark.parametrize("event", OVERTAKEN)
def test_a_receipt_that_has_not_left_is_overtaken_by_the_decision(event: type) -> None:
    """After a pause or an outage nobody reads „not yet confirmed“ behind the decision itself."""
    world = World()
    asked(world, stay("2026-11-28T19:30"), "2026-11-23T09:00")
    if event is Withdrawn:
        world.tell(SOURCE, Withdrawn(notice(None, NoticeKind.WITHDRAWN)))
    else:
        world.tell(OFFICE, event(matter(), 1))
    assert [mail.kind for mail in world.books.queued() if mail.kind.startswith("customer/")] == OVERTAKEN[event]


def test_what_is_still_queued_when_the_stay_is_over_is_taken_back() -> None:
    """After a pause over days no desk is asked to look out for, and nobody to call about, a stay that is past."""
    world = World()
    asked(world, stay("2026-11-25T16:00"), "2026-11-24T14:00")
    caught_up(world, at("2026-11-25T14:00"))
    waiting = {mail.kind for mail in world.books.queued()}
    assert {"customer/received", "customer/call", "desk/request", "subscriber/request"} <= waiting
    caught_up(world, at("2026-11-25T17:00"))
    left = {mail.kind for mail in world.books.queued() if mail.role is not Role.REVIEWER}
    assert left == set()


def test_a_code_that_was_held_back_past_its_stay_leaves_as_the_bill_alone() -> None:
    """The invoice still has to reach its customer; the door code of a day that is over does not."""
    world = World.of(booking(stay=stay("2026-11-25T16:00")))
    world.now = at("2026-11-24T10:00")
    world.tell(OFFICE, Approved(matter(), 1))
    caught_up(world, at("2026-11-25T18:00"))
    (mail,) = [mail for mail in world.books.queued() if mail.role is Role.CUSTOMER]
    assert (mail.kind, mail.has_code) == ("customer/payment", False)
    order = world.mails[-1]
    assert (order.kind, order.attach) == ("customer/payment", ("invoice",))
    assert caught_up(world, at("2026-11-25T18:01")) == []
