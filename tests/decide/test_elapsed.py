"""Time passes: what falls due, when, once, and only after the mailbox was read; across weekends, DST and Christmas."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from decide_story import (
    BERLIN,
    CODE,
    DESK,
    NOW,
    OFFICE,
    RULES,
    SABINE,
    SOURCE,
    STAY,
    World,
    booking,
    matter,
    notice,
    only,
)

from mailbot.decide.deadlines import asked_at, last_reminder_at, missed_at, payment_at, short_at
from mailbot.decide.due import due
from mailbot.model.booking import Booking, State, Stay
from mailbot.model.day_events import Released, ReviewMissed, ReviewOverdue, TimeRanShort
from mailbot.model.events import Approved, BookingRequested, Event, Moved, NoticeKind
from mailbot.model.letter import Handled
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import CLOCK
from mailbot.model.rules import Rules

CLOSED = (date(2026, 12, 24), date(2026, 12, 31))


def _rules(**office: object) -> Rules:
    mine = replace(RULES.people["office"], holidays="DE-NW", closed=CLOSED, **office)  # type: ignore[arg-type]  # any
    return replace(RULES, people={**RULES.people, "office": mine})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def stay(start: str, hours: int = 1) -> Stay:
    return Stay("kirche", at(start), at(start) + timedelta(hours=hours))


def pass_time(world: World, now: datetime, read_at: datetime | None = None) -> list[MailOrder]:
    """Move the clock and do what is due, as the flow does; the digest and the lists are other tests' business."""
    world.now = now
    written: list[MailOrder] = []
    while arrivals := _ours(due(world.books, now, world.rules, read_at or now)):
        for arrival in arrivals:
            written += world.tell(arrival.by, arrival.event).mails
            world.books = world.books.after([Handled(arrival.key, "", now, "done")])
    return written


def _ours(arrivals: list) -> list:  # type: ignore[type-arg]  # arrivals of any event
    whats = ("short", "payment", "missed", "reminder", "escalation")
    return [arrival for arrival in arrivals if arrival.key.split(":")[1] in whats]


def kinds(mails: list[MailOrder]) -> list[str]:
    return [mail.kind for mail in mails]


def asked(world: World, when: Stay, now: datetime) -> Booking:
    """Let a request come in."""
    world.now = now
    world.tell(SOURCE, BookingRequested(notice(when)))
    found = world.books.booking(CODE)
    assert found
    return found


# Code given out at, billed at: weekend, Christmas with its closed days, New Year, the nights of DST.
BILLED: Mapping[str, str] = {
    "2026-11-23T07:00": "2026-11-24T08:30",
    "2026-11-27T20:00": "2026-11-30T08:30",
    "2026-11-28T23:59": "2026-11-30T08:30",
    "2026-12-23T18:00": "2026-12-28T08:30",
    "2026-12-30T18:00": "2027-01-04T08:30",
    "2027-03-25T18:00": "2027-03-30T08:30",
    "2027-03-27T23:30": "2027-03-30T08:30",
    "2026-10-24T23:30": "2026-10-26T08:30",
}


@pytest.mark.parametrize("given", BILLED)
def test_a_code_given_out_is_billed_on_the_next_office_day(given: str) -> None:
    """The bill is due at 08:30 of the first office day after the code was given out."""
    assert payment_at(booking(released_at=at(given)), _rules()) == at(BILLED[given])


# Stay, received, when the office's time is up: None while an office minute is left before start − 2 hours.
SHORT: Mapping[tuple[str, str], str] = {
    ("2026-11-28T19:30", "2026-11-23T09:00"): "2026-11-27T13:00",
    ("2026-11-25T14:00", "2026-11-23T09:00"): "2026-11-25T12:00",
    ("2026-11-25T09:30", "2026-11-23T09:00"): "2026-11-24T16:00",
    ("2026-12-27T15:00", "2026-12-14T09:00"): "2026-12-23T16:00",
    ("2026-10-25T11:00", "2026-10-20T09:00"): "2026-10-23T13:00",
}


@pytest.mark.parametrize(("start", "received"), SHORT)
def test_time_runs_short_with_the_offices_last_minute(start: str, received: str) -> None:
    """Until the last office minute before start − margin nothing is short; with it, it is."""
    wanted, rules = at(SHORT[start, received]), _rules()
    waiting = booking(stay=stay(start), received_at=at(received))
    assert short_at(waiting, wanted - timedelta(minutes=1), rules) is None
    assert short_at(waiting, wanted, rules) == wanted
    assert short_at(waiting, wanted + timedelta(hours=1), rules) == wanted


def test_who_waits_too_long_is_asked_to_call_once() -> None:
    """The customer, the desk and the office hear of it once; the state stays, the booking is short notice now."""
    world = World(rules=_rules())
    asked(world, STAY, NOW)
    assert kinds(pass_time(world, at("2026-11-26T12:00"))) == ["office/reminder"]
    assert pass_time(world, at("2026-11-27T12:59")) == []
    mails = pass_time(world, at("2026-11-27T13:00"))
    assert kinds(mails) == ["customer/call", "desk/request", "office/reminder"]
    assert mails[0].facts["call"] == RULES.people["medifit"]
    assert mails[1].facts["urgent"] is True
    known = world.books.booking(CODE)
    assert known
    assert (known.state, known.short_notice) == (State.REQUESTED, True)
    assert pass_time(world, at("2026-11-27T13:01")) == []
    world.tell(DESK, Released(matter(), 1))
    assert pass_time(world, at("2026-11-28T08:00")) == []


def test_a_reminder_comes_once_in_office_hours() -> None:
    """After four office hours without an answer the office is reminded, the next time it is open, and once."""
    world = World(rules=_rules())
    asked(world, stay("2026-11-26T19:30"), at("2026-11-23T14:00"))
    assert pass_time(world, at("2026-11-24T09:59")) == []
    assert kinds(pass_time(world, at("2026-11-24T10:00"))) == ["office/reminder"]
    assert pass_time(world, at("2026-11-24T15:00")) == []


def test_nobody_is_reminded_in_the_evening() -> None:
    """What is overdue when the office closes is said in the morning."""
    world = World(rules=_rules())
    asked(world, stay("2026-11-25T19:30"), at("2026-11-23T12:00"))
    assert pass_time(world, at("2026-11-23T16:00")) == []
    assert kinds(pass_time(world, at("2026-11-24T08:00"))) == ["office/reminder"]


def test_what_starts_later_needs_no_reminder_yet() -> None:
    """A request for a stay in four office days or more is not pressing; it is from the third on."""
    world = World(rules=_rules())
    asked(world, stay("2026-11-27T19:30"), at("2026-11-20T09:00"))
    assert pass_time(world, at("2026-11-23T15:00")) == []
    assert kinds(pass_time(world, at("2026-11-24T08:00"))) == ["office/reminder"]


def test_one_reminder_tells_of_all() -> None:
    """Several overdue requests are one mail, numbered; each is answered by its number's booking and round."""
    world = World(rules=_rules())
    for n in range(3):
        start = at("2026-11-25T19:30") + timedelta(hours=2 * n)
        wish = notice(Stay("kirche", start, start + timedelta(hours=1)), reference=f"AAAABBBBCC{n}D")
        world.now = at("2026-11-23T08:00")
        world.tell(SOURCE, BookingRequested(wish))
    (mail,) = pass_time(world, at("2026-11-23T12:00"))
    items = mail.facts["items"]
    assert isinstance(items, tuple)
    assert [seen.code for seen, _ in items] == ["AAAABBBBCC0D", "AAAABBBBCC1D", "AAAABBBBCC2D"]
    assert mail.matter.kind is MatterKind.DIGEST
    digest = world.books.digest(mail.matter.ref)
    assert digest
    assert digest.items == (("AAAABBBBCC0D", 1), ("AAAABBBBCC1D", 1), ("AAAABBBBCC2D", 1))


def test_the_last_reminder_goes_half_way_to_the_second_address() -> None:
    """Half-way between the reminder and the start the reviewer's second address is asked, once."""
    world = World(rules=_rules())
    asked(world, stay("2026-11-25T20:00"), at("2026-11-23T14:00"))
    pass_time(world, at("2026-11-24T10:00"))
    assert pass_time(world, at("2026-11-25T02:59")) == []
    (mail,) = pass_time(world, at("2026-11-25T03:00"))
    assert (mail.kind, mail.reader.address, mail.facts["is_last"]) == (
        "office/reminder",
        "chefin@kruempel.example",
        True,
    )
    assert pass_time(world, at("2026-11-25T04:00")) == []


def test_half_way_is_real_time() -> None:
    """Across the night in which the clocks go back, half the real time is the middle."""
    sunday = booking(stay=stay("2026-10-25T12:00"), reminded_at=at("2026-10-24T12:00"))
    assert last_reminder_at(sunday) == at("2026-10-24T12:00") + timedelta(hours=12, minutes=30)


def test_without_a_second_address_nobody_is_asked_again() -> None:
    """An office with one address got its reminder there."""
    world = World(rules=_rules(emails=(OFFICE.address,)))
    asked(world, stay("2026-11-25T20:00"), at("2026-11-23T14:00"))
    pass_time(world, at("2026-11-24T10:00"))
    assert pass_time(world, at("2026-11-25T04:00")) == []


def test_an_undecided_request_lapses_on_the_office_morning_after_its_end() -> None:
    """At the digest's time of the first office day after the end: lapsed, and the office may still bill it."""
    world = World(rules=_rules())
    asked(world, STAY, NOW)
    pass_time(world, at("2026-11-27T13:00"))
    assert pass_time(world, at("2026-11-30T07:59")) == []
    assert kinds(pass_time(world, at("2026-11-30T08:00"))) == ["customer/lapsed", "office/lapsed"]
    known = world.books.booking(CODE)
    assert known
    assert (known.state, known.decided_by) == (State.LAPSED, "clock")
    billed = world.tell(OFFICE, Approved(matter(), 1))
    assert [mail.kind for mail in billed.mails] == ["customer/payment", "office/done"]


def test_a_request_that_came_too_late_is_shown_a_day_before_it_lapses() -> None:
    """A notice about a stay that is over is reviewed first: it lapses on the office day after it came."""
    waiting = booking(stay=stay("2026-11-21T19:30"), received_at=at("2026-11-23T09:00"))
    assert missed_at(World.of(waiting).books, waiting, RULES) == at("2026-11-24T08:00")


def test_midnight_belongs_to_the_evening_before() -> None:
    """A stay that ends on Monday at 00:00 lapses that Monday."""
    waiting = booking(stay=Stay("kirche", at("2026-11-29T22:00"), at("2026-11-30T00:00")))
    assert missed_at(World.of(waiting).books, waiting, RULES) == at("2026-11-30T08:00")


def test_a_move_starts_the_wait_anew() -> None:
    """The office is asked again by a move: the reminder counts from there."""
    world = World(rules=_rules())
    asked(world, stay("2026-11-25T19:30"), at("2026-11-23T08:00"))
    pass_time(world, at("2026-11-23T12:00"))
    world.now = at("2026-11-24T09:00")
    world.tell(SOURCE, Moved(notice(stay("2026-11-26T19:30"), NoticeKind.MOVED)))
    known = world.books.booking(CODE)
    assert known
    assert (known.reminded_at, asked_at(world.books, known)) == (None, at("2026-11-24T09:00"))
    assert kinds(pass_time(world, at("2026-11-24T13:00"))) == ["office/reminder"]


def test_the_bill_needs_a_mailbox_that_was_read() -> None:
    """Nothing is billed, lapses or is reminded of before the mailbox was read since the moment it fell due."""
    world = World(rules=_rules())
    asked(world, STAY, at("2026-11-28T17:00"))
    world.tell(DESK, Released(matter(), 1))
    morning = at("2026-11-30T08:30")
    assert pass_time(world, morning + timedelta(hours=2), read_at=morning - timedelta(seconds=1)) == []
    assert _ours(due(world.books, morning, world.rules, None)) == []
    assert kinds(pass_time(world, morning + timedelta(hours=2), read_at=morning)) == ["customer/payment"]


def test_who_plays_tonight_waits_ten_minutes_for_the_mailbox() -> None:
    """Where the mailbox stays away the customer is asked to call all the same, after ten minutes."""
    world = World(rules=_rules())
    asked(world, STAY, NOW)
    closing = at("2026-11-27T13:00")
    assert pass_time(world, closing + timedelta(minutes=9), read_at=NOW) == []
    assert "customer/call" in kinds(pass_time(world, closing + timedelta(minutes=10), read_at=NOW))


@pytest.mark.parametrize(("now", "late"), [("2026-11-30T09:30", None), ("2026-12-02T10:00", at("2026-11-30T08:30"))])
def test_a_late_bill_says_so(now: str, late: datetime | None) -> None:
    """More than an hour after its moment the mail names that moment."""
    world = World(rules=_rules())
    asked(world, STAY, at("2026-11-28T17:00"))
    world.tell(DESK, Released(matter(), 1))
    (mail,) = pass_time(world, at(now))
    assert mail.facts["late"] == late


def test_a_bill_that_cannot_be_raises_an_alarm_once() -> None:
    """Without a price, or where another has the time, the office hears of it; nothing is billed in silence."""
    church = replace(RULES.resources["kirche"], prices=())
    world = World(rules=replace(_rules(), resources={**RULES.resources, "kirche": church}))
    asked(world, STAY, at("2026-11-28T17:00"))
    world.tell(DESK, Released(matter(), 1))
    (mail,) = pass_time(world, at("2026-11-30T08:30"))
    assert (mail.kind, mail.matter) == ("office/alarm", Matter(MatterKind.BOOKING, CODE))
    assert pass_time(world, at("2026-11-30T09:00")) == []
    decision = world.tell(OFFICE, Approved(matter(), 1, price=Decimal(45)))
    assert only(decision, "customer/payment")


@pytest.mark.parametrize("event", [TimeRanShort(CODE, NOW), ReviewOverdue((CODE,), NOW)])
def test_what_was_answered_meanwhile_is_left_alone(event: Event) -> None:
    """An event of the clock that comes too late leaves a line of history and no mail."""
    world = World.of(booking(State.CONFIRMED, customer=SABINE))
    decision = world.tell(OFFICE, event)
    assert (decision.changes, decision.mails, len(decision.notes)) == ((), (), 1)


# When the request comes, which phones there are, whom the customer calls: the office while it is open, else the desk.
CALLS = {
    ("2026-11-27T12:00", "both"): "office",
    ("2026-11-27T13:00", "both"): "medifit",
    ("2026-11-28T17:00", "both"): "medifit",
    ("2026-12-24T10:00", "both"): "medifit",
    ("2026-11-27T12:00", "desk only"): "medifit",
    ("2026-11-28T17:00", "office only"): "office",
}


@pytest.mark.parametrize(("now", "phones"), CALLS)
def test_at_short_notice_the_customer_calls_who_answers(now: str, phones: str) -> None:
    """Office, holiday, evening: the customer is told whom to call, and the desk is told who is called first."""
    rules = _rules() if phones != "desk only" else _rules(phone=None)
    if phones == "office only":
        desk = replace(rules.people["medifit"], phone=None)
        rules = replace(rules, people={**rules.people, "medifit": desk})
    world = World(rules=rules, now=at(now))
    start = at(now) + timedelta(hours=2, minutes=30)
    decision = world.tell(SOURCE, BookingRequested(notice(Stay("kirche", start, start + timedelta(hours=1)))))
    call = only(decision, "customer/received").facts["call"]
    wanted = rules.people[CALLS[now, phones]]
    assert call == wanted
    request = only(decision, "desk/request")
    assert (request.facts["urgent"], request.facts["office_first"]) == (True, wanted.key == "office")


def test_a_resource_that_rules_no_longer_know_stops_nothing() -> None:
    """A waiting request of a resource that was taken out of rules.yaml does not hold up what is due for the others."""
    lost = booking(code="VERLOREN", source_reference="X", stay=replace(STAY, resource="zelt"))
    world = World.of(lost, booking(released_at=at("2026-11-28T18:00"), released_by=str(DESK)))
    assert kinds(pass_time(world, at("2026-11-30T08:30"))) == ["customer/payment"]


def test_a_moved_booking_that_lapses_takes_its_invoice_back() -> None:
    """Confirmed, moved by the customer, then never answered: the invoice of the old time is cancelled."""
    world = World.of(booking(received_at=NOW))
    world.tell(OFFICE, Approved(matter(), 1))
    world.tell(SOURCE, Moved(notice(Stay("kirche", at("2026-11-29T19:30"), at("2026-11-29T20:30")), NoticeKind.MOVED)))
    world.now = at("2026-11-30T08:00")
    decision = world.tell(CLOCK, ReviewMissed(CODE, world.now))
    assert only(decision, "customer/lapsed").attach == ("ics_cancel", "invoice")
    assert len(world.books.invoices_of(CODE)) == 2
    assert world.books.bookings()[0].invoice is None
