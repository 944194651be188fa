"""`code neu`: a proposal that changes nothing, and the `ok` that changes the code for everybody who needs it."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from decide_story import (
    CHURCH,
    CODE,
    CUSTOMER,
    DEPUTY,
    DESK,
    NOW,
    OFFICE,
    OTHER_OFFICE,
    RULES,
    SABINE,
    STAY,
    World,
    booking,
    kinds,
    matter,
    only,
)

from mailbot.model.booking import Booking, Customer, State
from mailbot.model.codes import DoorCode
from mailbot.model.decisions import Decision
from mailbot.model.events import Approved, Rejected
from mailbot.model.list_events import CodesListDue, NewCodeAsked
from mailbot.model.mail import MailOrder, Matter, MatterKind, Sending
from mailbot.model.people import CLOCK, Actor
from mailbot.model.rules import Rules

DAY = STAY.day
OLD, NEW = "731518", "904417"
PLACE = Matter(MatterKind.CODES, f"kirche/{DAY.isoformat()}/")
NOTHING = Matter(MatterKind.NONE)


def asked(day: date = DAY, code: str = NEW, *, at: time | None = None, where: str = "") -> NewCodeAsked:
    return NewCodeAsked(NOTHING, 0, day=day, code=code, at=at, where=where)


def in_force(world: World) -> str:
    code = world.books.door_code("kirche", DAY)
    assert code
    return code.code


def ok_to(mail: MailOrder) -> Approved:
    return Approved(mail.matter, mail.round)


def proposed(*bookings: Booking, rules: Rules = RULES, by: Actor = OFFICE) -> tuple[World, MailOrder]:
    world = World.of(*bookings)
    world.rules = rules
    return world, only(world.tell(by, asked()), "office/new_code")


def why_of(decision: Decision) -> str:
    return str(only(decision, "office/refused").facts["why"])


def test_a_proposal_changes_nothing() -> None:
    """`code neu 28.11. 904417` asks for the lock first: code, bookings and customers stay as they are."""
    world, mail = proposed(booking(State.CONFIRMED), by=DEPUTY)
    assert in_force(world) == OLD
    assert mail.matter == PLACE
    assert mail.reader.address == DEPUTY.address
    assert mail.facts["code_new"] == NEW
    assert mail.has_code
    assert [order.kind for order in world.mails] == ["office/new_code"]


def test_a_proposal_names_everybody_affected() -> None:
    """Who will get the new code by mail, and who must be called: let in by phone, or without an address to write to."""
    by_phone = booking(code="TELEFON", released_at=NOW)
    unwritable = booking(State.CONFIRMED, code="ROBOTER", customer=Customer("Ro", "noreply@kunde.example"))
    asked_only = booking(code="OFFEN")
    _, mail = proposed(booking(State.CONFIRMED), by_phone, unwritable, asked_only)
    told, to_call = mail.facts["told"], mail.facts["to_call"]
    assert isinstance(told, tuple)
    assert isinstance(to_call, tuple)
    assert {b.code for b in told} == {CODE, "ROBOTER"}
    assert {b.code for b in to_call} == {"TELEFON", "ROBOTER"}
    assert all(b.door_code is None for b in (*told, *to_call))


def test_ok_changes_the_code_and_tells_everybody() -> None:
    """The `ok` to the proposal puts the code into the books and into the bookings, and writes to their customers."""
    world, mail = proposed(booking(State.CONFIRMED), booking(code="OFFEN"))
    decision = world.tell(OFFICE, ok_to(mail))
    assert in_force(world) == NEW
    assert kinds(decision) == ["customer/code_changed", "office/done"]
    told = only(decision, "customer/code_changed")
    assert told.reader.address == SABINE.email
    assert told.has_code
    after = world.books.booking(CODE)
    assert after
    assert told.facts["booking"] == after
    assert (after.door_code, after.state) == (NEW, State.CONFIRMED)
    requested = world.books.booking("OFFEN")
    assert requested
    assert requested.door_code is None
    assert "bekommt den neuen Türcode" in str(only(decision, "office/done").facts["did"])


def test_no_note_holds_a_code() -> None:
    """History lines tell of the change and never the code, old or new."""
    world, mail = proposed(booking(State.CONFIRMED))
    decision = world.tell(OFFICE, ok_to(mail))
    lines = " ".join(line.line for ref in (CODE, "mailbot") for line in world.books.history(ref))
    assert "Neuer Türcode" in lines
    assert OLD not in lines
    assert NEW not in lines
    assert NEW not in repr(decision.changes)


def test_queued_mails_with_the_old_code_are_withdrawn() -> None:
    """A confirmation that still waits goes out anew with the new code, so that bill and calendar are not lost."""
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1))
    proposal = only(world.tell(OFFICE, asked()), "office/new_code")
    waiting = next(row for row in world.books.queued() if row.kind == "customer/confirmed")
    decision = world.tell(OFFICE, ok_to(proposal))
    assert waiting.id in decision.withdraws
    again = only(decision, "customer/confirmed")
    assert isinstance(again.facts["booking"], Booking)
    assert again.facts["booking"].door_code == NEW
    assert again.facts["invoice"] is not None
    assert kinds(decision) == ["customer/confirmed", "customer/code_changed", "office/done"]
    rows = [row for row in world.books.queued() if row.has_code and row.kind.startswith("customer/")]
    assert sorted(row.kind for row in rows) == ["customer/code_changed", "customer/confirmed"]


def test_a_mail_that_left_is_not_repeated() -> None:
    """Where the confirmation has left, the customer hears of the new code alone."""
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1))
    world.end_all(Sending.SENT)
    proposal = only(world.tell(OFFICE, asked()), "office/new_code")
    assert kinds(world.tell(OFFICE, ok_to(proposal))) == ["customer/code_changed", "office/done"]


def test_the_desk_gets_its_list_anew() -> None:
    """The desk's list goes out again at once where the day is on it, the older one is withdrawn, and only once."""
    listed = replace(CHURCH, door_codes=replace(CHURCH.door_codes, list_to="medifit", list_days=7))
    world, _ = proposed(rules=replace(RULES, resources={**RULES.resources, "kirche": listed}))
    world.tell(CLOCK, CodesListDue("medifit"))
    older = next(row for row in world.books.queued() if row.kind == "desk/codes")
    proposal = only(world.tell(OFFICE, asked()), "office/new_code")
    decision = world.tell(OFFICE, ok_to(proposal))
    assert only(decision, "desk/codes").facts["number"] == 2
    assert decision.withdraws.count(older.id) == 1


def test_an_older_proposal_is_closed() -> None:
    """Only the newest proposal for a day can be agreed to; its code is the one that comes into force."""
    world, first = proposed()
    second = only(world.tell(OFFICE, asked(code="")), "office/new_code")
    assert (first.round, second.round) == (1, 2)
    assert "neueren Vorschlag" in why_of(world.tell(OFFICE, ok_to(first)))
    assert in_force(world) == OLD
    world.tell(OFFICE, ok_to(second))
    assert in_force(world) == second.facts["code_new"] != NEW


def test_ok_counts_once() -> None:
    """A second `ok`, and the old one to a proposal made afterwards, change nothing."""
    world, mail = proposed()
    world.tell(OFFICE, ok_to(mail))
    assert "gilt nicht mehr" in why_of(world.tell(DEPUTY, ok_to(mail)))
    world.tell(OFFICE, asked(code="615243"))
    assert "neueren" in why_of(world.tell(DEPUTY, ok_to(mail)))
    assert in_force(world) == NEW


def test_no_drops_the_proposal() -> None:
    """`nein` drops the proposal, and that is done, not refused; a later `ok` to it changes nothing."""
    world, mail = proposed()
    dropped = world.tell(DEPUTY, Rejected(mail.matter, mail.round))
    assert kinds(dropped) == ["office/done", "office/done"]
    assert [order.reader.address for order in dropped.mails] == [DEPUTY.address, OFFICE.address]
    assert "verworfen" in str(dropped.mails[0].facts["said"])
    assert "gilt nicht mehr" in why_of(world.tell(OFFICE, ok_to(mail)))
    assert in_force(world) == OLD


TERMS = [{"price": 45}, {"discount": 20}, {"silent": True}]


@pytest.mark.parametrize("terms", TERMS, ids=str)
def test_an_ok_with_terms_is_doubt(terms: dict[str, object]) -> None:
    """`ok preis 45` to a proposed code is no clear answer."""
    world, mail = proposed()
    world.tell(OFFICE, Approved(mail.matter, mail.round, **terms))  # type: ignore[arg-type]  # terms of an approval
    assert in_force(world) == OLD


@pytest.mark.parametrize("by", [DESK, CUSTOMER, OTHER_OFFICE], ids=str)
def test_nobody_else_changes_a_code(by: Actor) -> None:
    """Neither desk nor customer nor another office asks for a code of this lock or agrees to one."""
    world, mail = proposed(booking(State.CONFIRMED))
    world.tell(by, ok_to(mail))
    assert in_force(world) == OLD
    fresh = World.of(booking(State.CONFIRMED))
    assert "office/new_code" not in kinds(fresh.tell(by, replace(asked(), matter=matter(), where="kirche")))


def test_a_passed_day_keeps_its_code() -> None:
    """An `ok` that comes after the day changes nothing any more."""
    world, mail = proposed()
    world.now = NOW + timedelta(days=6)
    assert "vorbei" in why_of(world.tell(OFFICE, ok_to(mail)))
    assert in_force(world) == OLD


def test_a_code_taken_meanwhile_is_refused() -> None:
    """Where the proposed code was given to another day since, the `ok` changes nothing."""
    world, mail = proposed()
    world.books = world.books.after([DoorCode("kirche", DAY + timedelta(days=1), None, NEW)])
    assert "anderer Tag" in why_of(world.tell(OFFICE, ok_to(mail)))
    assert in_force(world) == OLD


BAD = {
    "short": (asked(code="1234"), "genau 6 Ziffern"),
    "easy": (asked(code="123456"), "zu leicht"),
    "date": (asked(code="281126"), "zu leicht"),
    "same": (asked(code=OLD), "schon der Code"),
    "taken": (asked(code="731525"), "anderer Tag"),
    "past": (asked(date(2026, 11, 22)), "vorbei"),
    "season": (asked(date(2027, 6, 1)), "Saison"),
    "time": (asked(at=time(19)), "ohne Uhrzeit"),
    "where": (asked(where="turnhalle"), "keine Ihrer Anlagen"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_refused(name: str) -> None:
    """A code that does not fit the lock, is easy or taken, or a day that cannot be, is told with the reason."""
    event, why = BAD[name]
    world = World.of()
    assert why in why_of(world.tell(OFFICE, event))
    assert world.books.code_proposal(PLACE.ref) is None


def test_a_slip_is_not_told_again() -> None:
    """What stands behind the day and is no resource's name is not repeated, for it may be a code."""
    assert "904417" not in repr(World.of().tell(OFFICE, asked(where="code90441 7")))


def test_of_several_locks_one_must_be_meant() -> None:
    """With two resources the answered mail or the line itself says which; else the office is asked."""
    hall = replace(RULES.resources["halle"], reviewer="office")
    rules = replace(RULES, resources={**RULES.resources, "halle": hall})
    world = World.of(booking(State.CONFIRMED))
    world.rules = rules
    assert "Anlage" in why_of(world.tell(OFFICE, asked()))
    assert kinds(world.tell(OFFICE, asked(where="soccer-kirche"))) == ["office/new_code"]
    assert only(world.tell(OFFICE, replace(asked(), matter=matter())), "office/new_code").matter == PLACE


def test_slots_have_codes_of_their_own() -> None:
    """Where codes are per slot, a slot must be named, and only its bookings are told."""
    slotted = replace(CHURCH, door_codes=replace(CHURCH.door_codes, per_slot=True))
    other = replace(STAY, start=STAY.start.replace(hour=17), end=STAY.end.replace(hour=18))
    slots = [DoorCode("kirche", DAY, f"{hour}:00", f"6152{hour}") for hour in range(10, 22)]
    world = World.of(booking(State.CONFIRMED), booking(State.CONFIRMED, code="FRUEH", stay=other), *slots)
    world.rules = replace(RULES, resources={**RULES.resources, "kirche": slotted})
    assert "eine dieser Zeiten" in why_of(world.tell(OFFICE, asked()))
    proposal = only(world.tell(OFFICE, asked(at=time(19))), "office/new_code")
    told = proposal.facts["told"]
    assert isinstance(told, tuple)
    assert [b.code for b in told] == [CODE]
    world.tell(OFFICE, ok_to(proposal))
    assert [world.books.door_code("kirche", DAY, slot).code for slot in ("17:00", "19:00")] == ["615217", NEW]  # type: ignore[union-attr]  # both are there
