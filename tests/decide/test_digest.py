"""The office's morning: what stands in the digest, when there is none, and what an answer to its numbers does."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from decide_story import (
    BERLIN,
    CODE,
    CUSTOMER,
    DEPUTY,
    DESK,
    LATER,
    NOW,
    OFFICE,
    OTHER_OFFICE,
    PAST,
    RULES,
    SABINE,
    SOURCE,
    STAY,
    World,
    booking,
    kinds,
    matter,
    notice,
    only,
)

from mailbot.decide.due import due
from mailbot.model.answers import Answer
from mailbot.model.booking import State
from mailbot.model.day_events import Released
from mailbot.model.decisions import Decision
from mailbot.model.digest_events import DigestDue, ItemsAnswered, PageSettled, Paused, Resumed
from mailbot.model.digests import DigestLine
from mailbot.model.events import Approved, BookingRequested, Changed, Doubt, Doubted, Rejected
from mailbot.model.mail import MailOrder, Matter, MatterKind, Sending
from mailbot.model.people import CLOCK
from mailbot.model.records import OpenLetter
from mailbot.model.talk_events import Asked

EIGHT = NOW.replace(hour=8)
OTHER = "KJHGFDSAPOIU"


def _two() -> World:
    """Two requests of last week wait on Monday at eight."""
    other = booking(code=OTHER, source_reference=OTHER, stay=LATER, customer=replace(SABINE, email="jo@kunde.example"))
    return replace(World.of(booking(), other), now=EIGHT)


def _digest(world: World) -> MailOrder:
    return only(world.tell(CLOCK, DigestDue("office", world.now.replace(hour=8, minute=0))), "office/digest")


def _codes(mail: MailOrder, part: str = "waiting") -> list[str]:
    lines = mail.facts[part]
    assert isinstance(lines, tuple)
    return [line.booking.code for line in lines if isinstance(line, DigestLine)]


def _answer(world: World, mail: MailOrder, *answers: Answer, by: object = OFFICE) -> Decision:
    items = tuple(enumerate(answers, 1))
    return world.tell(by, ItemsAnswered(mail.matter, 1, items=items))  # type: ignore[arg-type]  # any actor


OK = Approved(Matter(MatterKind.DIGEST), 1)
NO = Rejected(Matter(MatterKind.DIGEST), 1, reason="voll")


def _at(world: World, at: datetime) -> list[str]:
    return [a.key for a in due(world.books, at, RULES, at) if isinstance(a.event, DigestDue)]


def test_the_digest_is_due_on_office_mornings() -> None:
    """At schedule.digest on office days, each office its own; not before, not on Sundays."""
    world = World()
    assert _at(world, EIGHT) == ["clock:digest:office:2026-11-23", "clock:digest:hall_office:2026-11-23"]
    assert _at(world, EIGHT - timedelta(minutes=1)) == []
    assert _at(world, EIGHT - timedelta(days=1)) == []


def test_what_waits_is_numbered() -> None:
    """By start, with code, name and what looks odd in a word; the numbers are kept."""
    world = _two()
    mail = _digest(world)
    assert _codes(mail) == [CODE, OTHER]
    (shown,) = world.books.digests()
    assert shown.items == ((CODE, 1), (OTHER, 1))
    assert mail.matter == Matter(MatterKind.DIGEST, shown.ref)


def test_silence_when_nothing_waits() -> None:
    """No request, no letter, nothing to bill: no mail."""
    decision = replace(World.of(booking(State.CONFIRMED)), now=EIGHT).tell(CLOCK, DigestDue("office", EIGHT))
    assert kinds(decision) == []


def test_a_request_of_this_morning_was_just_shown() -> None:
    """What came after eight is not repeated by a digest that is late."""
    world = World.of(booking(received_at=EIGHT + timedelta(minutes=5)))
    assert kinds(world.tell(CLOCK, DigestDue("office", EIGHT))) == []


def test_a_late_digest_says_so() -> None:
    """After a night without power it leaves once, and tells since when it was due."""
    world = replace(_two(), now=EIGHT + timedelta(hours=3))
    assert _digest(world).facts["late"] == EIGHT


def test_each_office_hears_of_its_own() -> None:
    """The hall's requests are the hall office's."""
    hall = booking(code=OTHER, source_reference=OTHER, stay=replace(LATER, resource="halle"))
    world = replace(World.of(booking(), hall), now=EIGHT)
    assert _codes(_digest(world)) == [CODE]
    theirs = only(world.tell(CLOCK, DigestDue("hall_office", EIGHT)), "office/digest")
    assert _codes(theirs) == [OTHER]
    assert theirs.reader.address == OTHER_OFFICE.address


def test_what_is_billed_today_is_announced() -> None:
    """A code given out by phone is billed at half past eight, unless the office says no to its number."""
    world = _two()
    world.now = EIGHT - timedelta(days=1)
    world.tell(DESK, Released(matter(OTHER), 1))
    world.now = EIGHT
    mail = _digest(world)
    assert (_codes(mail), _codes(mail, "billed")) == ([CODE], [OTHER])
    lines = mail.facts["billed"]
    assert isinstance(lines, tuple)
    assert (lines[0].number, lines[0].bill_at) == (2, EIGHT.replace(minute=30))
    decision = world.tell(OFFICE, ItemsAnswered(mail.matter, 1, items=((2, NO),)))
    assert "customer/cancelled" in kinds(decision)


def test_a_lapsing_request_is_not_shown() -> None:
    """What lapses this very morning waits no more; what came when it was over is shown for a day."""
    lapsing = booking(stay=PAST, received_at=EIGHT - timedelta(days=4))
    assert kinds(replace(World.of(lapsing), now=EIGHT).tell(CLOCK, DigestDue("office", EIGHT))) == []


def test_open_letters_are_told() -> None:
    """A letter that waits for the office and can be answered is listed, for two weeks."""
    letter = OpenLetter("letter:1", EIGHT - timedelta(days=1), "Neue Buchung", "es fehlt", False, notice(None))
    world = replace(World.of(letter), now=EIGHT)
    assert _digest(world).facts["letters"] == (letter,)
    old = replace(letter, received_at=EIGHT - timedelta(days=15))
    assert kinds(replace(World.of(old), now=EIGHT).tell(CLOCK, DigestDue("office", EIGHT))) == []


def test_a_queued_older_digest_is_withdrawn() -> None:
    """While the mail server is away, only the newest digest waits."""
    world = _two()
    _digest(world)
    world.now = EIGHT + timedelta(days=1)
    _digest(world)
    assert [row.state for row in world.books.mails()] == [Sending.WITHDRAWN, Sending.QUEUED]


def test_two_numbers_are_decided_in_one_mail() -> None:
    """`1 ok, 2 nein voll`: each like its own answer, and one office/done about both."""
    world = _two()
    decision = _answer(world, _digest(world), OK, NO)
    assert world.books.booking(CODE).state is State.CONFIRMED  # type: ignore[union-attr]  # it is there
    other = world.books.booking(OTHER)
    assert other
    assert (other.state, other.reason) == (State.REJECTED, "voll")
    assert kinds(decision).count("office/done") == 1
    assert {"customer/confirmed", "customer/rejected"} <= set(kinds(decision))
    assert [mail.reader.address for mail in decision.mails if mail.kind == "customer/rejected"] == ["jo@kunde.example"]


def test_invoice_numbers_do_not_collide() -> None:
    """Two approvals of one mail draw two numbers."""
    world = _two()
    _answer(world, _digest(world), OK, OK)
    assert [invoice.number for invoice in world.books.invoices()] == ["SK-2026-00001", "SK-2026-00002"]


def test_the_deputys_answer_is_told_to_both() -> None:
    """Who answered hears of it, and so does the office's first address."""
    world = _two()
    decision = _answer(world, _digest(world), OK, by=DEPUTY)
    done = [mail for mail in decision.mails if mail.kind == "office/done"]
    assert [mail.reader.address for mail in done] == [DEPUTY.address, OFFICE.address]
    assert [mail.is_reply for mail in done] == [True, False]


def test_what_has_moved_on_is_skipped_and_told() -> None:
    """A colleague decided number 1 meanwhile: number 2 counts, and office/done says who did what."""
    world = _two()
    mail = _digest(world)
    world.tell(DEPUTY, Rejected(matter(), 1))
    decision = _answer(world, mail, OK, OK)
    assert world.books.booking(CODE).state is State.REJECTED  # type: ignore[union-attr]  # it is there
    assert world.books.booking(OTHER).state is State.CONFIRMED  # type: ignore[union-attr]  # it is there
    items = only(decision, "office/done").facts["items"]
    assert isinstance(items, tuple)
    assert [item.is_done for item in items] == [False, True]
    assert "abgelehnt" in items[0].did[0]
    assert DEPUTY.address in items[0].did[0]


@pytest.mark.parametrize(
    "answer", [OK, Changed(OK.matter, 1, start=STAY.start.time()), Asked(OK.matter, 1, question="?")]
)
def test_a_moved_booking_is_not_decided_by_its_old_number(answer: Answer) -> None:
    """A new round means new times: the number's answer meant the old ones."""
    world = _two()
    mail = _digest(world)
    moved = replace(STAY, start=STAY.start + timedelta(hours=1), end=STAY.end + timedelta(hours=1))
    world.tell(SOURCE, BookingRequested(notice(moved)))
    before = world.books.booking(CODE)
    _answer(world, mail, answer)
    assert world.books.booking(CODE) == before


def test_a_confirmed_one_is_not_moved_by_its_number() -> None:
    """`1 ändern …` meant a request; a colleague's confirmation since then stands."""
    world = _two()
    mail = _digest(world)
    world.tell(DEPUTY, Approved(matter(), 1))
    before = world.books.booking(CODE)
    _answer(world, mail, Changed(OK.matter, 1, start=LATER.start.time()))
    assert world.books.booking(CODE) == before


def test_of_two_that_overlap_only_the_first_is_confirmed() -> None:
    """`1 ok, 2 ok` for the same time: the second is told to be taken."""
    other = booking(code=OTHER, source_reference=OTHER, customer=replace(SABINE, email="jo@kunde.example"))
    world = replace(World.of(booking(), other), now=EIGHT)
    decision = _answer(world, _digest(world), OK, OK)
    assert sorted(b.state for b in world.books.bookings()) == [State.CONFIRMED, State.REQUESTED]
    items = only(decision, "office/done").facts["items"]
    assert isinstance(items, tuple)
    assert [item.is_done for item in items] == [True, False]


@pytest.mark.parametrize("number", [0, 3, 999])
def test_a_number_nobody_showed_stops_all(number: int) -> None:
    """Nothing of the answer is done; the office is asked back."""
    world = _two()
    mail = _digest(world)
    event = ItemsAnswered(mail.matter, 1, items=((1, OK), (number, NO)))
    assert kinds(world.tell(OFFICE, event)) == ["office/refused"]
    assert {b.state for b in world.books.bookings()} == {State.REQUESTED}


def test_times_that_make_no_sense_stop_all() -> None:
    """`2 ändern 20-18` is doubt, and number 1 is not decided either."""
    world = _two()
    wrong = Changed(OK.matter, 1, start=LATER.end.time(), end=LATER.start.time())
    assert kinds(_answer(world, _digest(world), OK, wrong)) == ["office/refused"]
    assert {b.state for b in world.books.bookings()} == {State.REQUESTED}


def test_another_office_answers_nothing() -> None:
    """A digest is answered by the office it was written to, and by nobody else."""
    world = _two()
    mail = _digest(world)
    assert kinds(_answer(world, mail, OK, by=OTHER_OFFICE)) == ["office/refused"]
    assert kinds(_answer(world, mail, OK, by=DESK)) == ["desk/refused"]
    assert kinds(_answer(world, mail, OK, by=CUSTOMER)) == []
    assert {b.state for b in world.books.bookings()} == {State.REQUESTED}


def test_a_silent_approval_brings_its_invoice() -> None:
    """`1 ok ohne mail, 2 nein`: the invoice comes with an office/done of its own, beside the one about both."""
    world = _two()
    decision = _answer(world, _digest(world), replace(OK, silent=True), NO)
    done = [mail for mail in decision.mails if mail.kind == "office/done"]
    assert sorted(mail.attach for mail in done) == [(), ("invoice",)]
    assert "customer/confirmed" not in kinds(decision)


def test_undo_waits_for_each_number() -> None:
    """With schedule.undo each number is noted and takes effect later."""
    world = _two()
    world.rules = replace(RULES, schedule=replace(RULES.schedule, undo=timedelta(minutes=10)))
    _answer(world, _digest(world), OK, NO)
    assert len(world.books.pending_decisions()) == 2
    assert {b.state for b in world.books.bookings()} == {State.REQUESTED}


def test_who_answers_no_mail_is_shown_what_waits() -> None:
    """A proven office mail that names no booking gets the digest, to answer that; at most three an hour."""
    world = replace(_two(), now=NOW)
    lost = Doubted(Matter(MatterKind.NONE), 0, why=Doubt.NO_TOKEN, said="ok")
    decision = world.tell(DEPUTY, lost)
    mail = only(decision, "office/digest")
    assert (mail.reader.address, mail.is_reply, _codes(mail)) == (DEPUTY.address, True, [CODE, OTHER])
    _answer(world, mail, OK)
    assert world.books.booking(CODE).state is State.CONFIRMED  # type: ignore[union-attr]  # it is there
    told = [kinds(world.tell(OFFICE, lost)) for _ in range(3)]
    assert told == [["office/digest"], ["office/digest"], ["office/refused"]]


def test_the_page_is_asked_about_when_it_is_silent() -> None:
    """Three whole office days without a notice: the digest asks, once for each three; a notice ends it."""
    world = replace(World(), now=EIGHT)
    world.tell(SOURCE, BookingRequested(notice()))
    world.tell(OFFICE, Rejected(matter(), 1))
    # The time to be freed would make a digest of its own, each morning.
    world.tell(OFFICE, PageSettled(matter(), 1))
    said: list[bool] = []
    for day in range(1, 11):
        world.now = EIGHT + timedelta(days=day)
        said.append(bool(kinds(world.tell(CLOCK, DigestDue("office", world.now)))))
    # Monday's notice; Tue, Wed, Thu silent: Friday asks. The weekend does not count: Wednesday asks again.
    assert [day for day, is_said in enumerate(said, 1) if is_said] == [4, 9]


def test_a_new_mailbox_is_not_called_silent() -> None:
    """The watch begins with the first morning."""
    world = replace(World(), now=EIGHT)
    assert kinds(world.tell(CLOCK, DigestDue("office", EIGHT))) == []
    world.now = EIGHT + timedelta(days=4)
    quiet = _digest(world).facts["quiet"]
    assert quiet == (("youcanbookme", 3, None),)


def test_pause_is_recorded_once_and_ended() -> None:
    """`pause` tells what it does, a second one since when it is so; `weiter` ends it; the desk may not."""
    world = World()
    assert kinds(world.tell(DESK, Paused(Matter(MatterKind.NONE), 0))) == ["desk/refused"]
    assert kinds(world.tell(OFFICE, Paused(Matter(MatterKind.NONE), 0))) == ["office/done"]
    told = only(world.tell(OFFICE, Paused(Matter(MatterKind.NONE), 0)), "office/done").facts["did"]
    assert "23.11.2026 um 09:00 Uhr" in str(told)
    world.now = datetime(2026, 11, 24, 8, tzinfo=BERLIN)
    assert _digest(world).facts["held_since"] == NOW
    assert kinds(world.tell(OFFICE, Resumed(Matter(MatterKind.NONE), 0))) == ["office/done"]
    assert world.books.setting("paused/office") is None


def test_a_deputys_question_withdraws_no_morning_digest() -> None:
    """Only an older digest to the same reader is replaced."""
    world = replace(_two(), now=NOW)
    _digest(world)
    world.tell(DEPUTY, Doubted(Matter(MatterKind.NONE), 0, why=Doubt.NO_TOKEN, said="ok"))
    assert [row.state for row in world.books.mails()] == [Sending.QUEUED, Sending.QUEUED]
