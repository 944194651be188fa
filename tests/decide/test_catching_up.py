"""After hours or weeks without power everything that fell due is done once, in order, and says that it is late."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from decide_story import (
    BERLIN,
    CODE,
    DESK,
    OFFICE,
    RULES,
    SOURCE,
    World,
    booking,
    matter,
    notice,
)

from mailbot.decide.due import due
from mailbot.model.booking import Booking, Stay
from mailbot.model.day_events import Released
from mailbot.model.digest_events import ItemsAnswered
from mailbot.model.events import Approved, BookingRequested, Changed, Doubt, Doubted, NoticeKind, Rejected, Withdrawn
from mailbot.model.letter import Handled
from mailbot.model.mail import MailOrder, Matter
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


def _given_out() -> World:
    world = World()
    asked(world, stay("2026-11-28T19:30"), "2026-11-28T17:00")
    world.tell(DESK, Released(matter(), 1))
    return world


def _billed(mails: list[MailOrder]) -> bool:
    return "customer/payment" in kinds(mails)


def test_a_no_that_could_not_be_done_holds_the_bill_for_a_morning() -> None:
    """`nein` after the stay is asked back; the bill waits for the office's next word until the next office morning."""
    world = _given_out()
    caught_up(world, at("2026-11-30T08:00"))
    world.now = at("2026-11-30T08:15")
    decision = world.tell(OFFICE, Rejected(matter(), 1, reason="nicht erschienen"))
    assert kinds(list(decision.mails)) == ["office/refused"]
    assert "01.12.2026 um 08:30 Uhr" in str(decision.mails[0].facts["why"])
    assert not _billed(caught_up(world, at("2026-11-30T08:30")))
    assert not _billed(caught_up(world, at("2026-12-01T08:29")))
    assert _billed(caught_up(world, at("2026-12-01T08:30")))


def test_a_no_to_the_digests_number_holds_the_bill_too() -> None:
    """`1 nein`, and `1 ok?` which is doubt, are words about the bill that the digest announced."""
    for answer in ("no", "doubt"):
        world = _given_out()
        (digest,) = [m for m in caught_up(world, at("2026-11-30T08:00")) if m.kind == "office/digest"]
        world.now = at("2026-11-30T08:15")
        if answer == "no":
            world.tell(OFFICE, ItemsAnswered(digest.matter, 1, items=((1, Rejected(digest.matter, 1)),)))
        else:
            world.tell(OFFICE, Doubted(digest.matter, 1, why=Doubt.QUESTION, said="1 ok?"))
        assert not _billed(caught_up(world, at("2026-11-30T08:30")))
        assert _billed(caught_up(world, at("2026-12-01T08:30")))


# What an unclear answer named of the numbers 1 and 2, and whose bills then wait.
NAMED = {(2,): [OTHER], (1, 2): [CODE, OTHER], (): [CODE, OTHER], (2, 9): [CODE, OTHER]}


def _two_announced() -> tuple[World, Matter]:
    """Give a world whose digest announces two bills, and that digest's matter."""
    world = World()
    for reference, start in ((CODE, "2026-11-28T19:30"), (OTHER, "2026-11-28T21:00")):
        asked(world, stay(start), "2026-11-28T17:00", reference)
        world.tell(DESK, Released(matter(reference), 1))
    (digest,) = [m for m in caught_up(world, at("2026-11-30T08:00")) if m.kind == "office/digest"]
    world.now = at("2026-11-30T08:15")
    return world, digest.matter


def _billed_at(world: World, now: str) -> list[str]:
    return sorted(mail.matter.ref for mail in caught_up(world, at(now)) if mail.kind == "customer/payment")


@pytest.mark.parametrize("numbers", NAMED, ids=str)
def test_only_the_bills_an_unclear_answer_named_wait(numbers: tuple[int, ...]) -> None:
    """`2 ok?` is no word about number 1, whose bill leaves as announced; who named none may mean any."""
    world, digest = _two_announced()
    world.tell(OFFICE, Doubted(digest, 1, why=Doubt.QUESTION, said="?", numbers=numbers))
    today, tomorrow = _billed_at(world, "2026-11-30T08:30"), _billed_at(world, "2026-12-01T08:30")
    assert tomorrow == sorted(NAMED[numbers])
    assert sorted(today + tomorrow) == sorted([CODE, OTHER])


def test_times_that_make_no_sense_put_off_their_own_bill_alone() -> None:
    """`2 ändern 20-19 Uhr` is asked back; number 1 is billed as announced."""
    world, digest = _two_announced()
    puzzling = Changed(digest, 1, start=time(20), end=time(19))
    world.tell(OFFICE, ItemsAnswered(digest, 1, items=((2, puzzling),)))
    assert _billed_at(world, "2026-11-30T08:30") == [CODE]


# When the machine is back after being off since the weekend, and when the bill then leaves: never at night.
BACK: dict[str, str] = {
    "2026-11-30T10:00": "2026-11-30T10:00",
    "2026-12-01T03:00": "2026-12-01T08:30",
    "2026-12-02T11:00": "2026-12-02T11:00",
    "2026-12-05T12:00": "2026-12-07T08:30",
}


@pytest.mark.parametrize("back", BACK)
def test_a_bill_that_missed_its_day_leaves_on_an_office_day(back: str) -> None:
    """At once where the office has a day today and it is time, else on the next office morning, after its digest."""
    world, now = _given_out(), at(back)
    billed_at = at(BACK[back])
    while now < billed_at:
        assert not _billed(caught_up(world, now))
        now += timedelta(minutes=30)
    assert _billed(caught_up(world, billed_at))


def test_after_a_week_the_digest_announces_the_bill_first() -> None:
    """Who had to help himself for weeks reads first what will be billed, and has half an hour of office time."""
    world = _given_out()
    written = caught_up(world, at("2026-12-21T15:45"))
    assert not _billed(written)
    (digest,) = [m for m in written if m.kind == "office/digest"]
    lines = digest.facts["waiting"]
    assert isinstance(lines, tuple)
    assert lines[0].bill_at == at("2026-12-22T08:15")
    assert not _billed(caught_up(world, at("2026-12-22T08:14")))
    assert _billed(caught_up(world, at("2026-12-22T08:30")))
