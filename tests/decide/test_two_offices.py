"""Two resources, each with its own office: nobody hears of the other's bookings, decides them, or is told of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from decide_story import (
    CODE,
    DESK,
    HALL,
    HALL_SOURCE,
    NOW,
    OFFICE,
    OTHER_OFFICE,
    RULES,
    SABINE,
    SOURCE,
    STAY,
    SUBSCRIBER,
    World,
    booking,
    kinds,
    matter,
    notice,
    only,
)

from mailbot.decide.letters import office_of_letter
from mailbot.decide.oddities import Sight, oddities
from mailbot.decide.pausing import is_held
from mailbot.model.booking import Booking, State
from mailbot.model.day_events import Released
from mailbot.model.digest_events import Paused, Resumed
from mailbot.model.events import (
    Accepted,
    Approved,
    BookingRequested,
    Changed,
    CustomerWrote,
    Doubt,
    Doubted,
    Event,
    MailEnded,
    Rejected,
    TooLarge,
    Unproven,
)
from mailbot.model.list_events import CodesAsked, ListAsked, OccupancyAsked
from mailbot.model.mail import Matter, MatterKind, OutMail, Sending
from mailbot.model.people import CLOCK, NOBODY, Actor, Role
from mailbot.model.rules import Person
from mailbot.model.talk_events import Asked, Cancelled, ChangeWished, Noted, Paid, WhyAsked

NOTHING = Matter(MatterKind.NONE)
HALL_DESK = Actor(Role.DESK, "hall_desk", "theke@halle.example")
TRAINER = Actor(Role.SUBSCRIBER, "trainer", "trainer@verein.example")
HALL_PEOPLE = {
    "hall_desk": Person("hall_desk", "Hallentheke", Role.DESK, (HALL_DESK.address,)),
    "trainer": Person("trainer", "Trainer", Role.SUBSCRIBER, (TRAINER.address,)),
}
TWO = replace(
    RULES,
    people={**RULES.people, **HALL_PEOPLE},
    resources={**RULES.resources, "halle": replace(HALL, desk="hall_desk", subscribers=("trainer",))},
)
FOREIGN: tuple[Event, ...] = (
    Approved(matter(), 1),
    Rejected(matter(), 1, reason="voll"),
    Changed(matter(), 1, day=STAY.day, start=STAY.start.time()),
    Asked(matter(), 1, question="Wer?"),
    Noted(matter(), 1, text="Hallo"),
    Paid(matter(), 1),
    WhyAsked(matter(), 1),
    Cancelled(matter(), 1, reason="x"),
    Released(matter(), 1),
    Released(NOTHING, 0, code=CODE),
    Doubted(matter(), 0, why=Doubt.NO_TOKEN, said=f"ok {CODE}"),
)


def world(*records: Booking) -> World:
    made = World.of(*records)
    made.rules = TWO
    return made


def in_hall() -> Booking:
    return booking(code="HALLE", source_reference="HALLE", stay=replace(STAY, resource="halle"))


@pytest.mark.parametrize("state", [State.REQUESTED, State.CONFIRMED, State.REJECTED])
@pytest.mark.parametrize("event", FOREIGN, ids=lambda event: type(event).__name__)
def test_another_office_decides_nothing_and_is_shown_nothing(event: Event, state: State) -> None:
    """Whatever the other resource's office answers: nothing changes, and no word of the booking reaches it."""
    decision = world(booking(state, decided_at=NOW, decided_by=str(OFFICE))).tell(OTHER_OFFICE, event)
    assert decision.changes == ()
    assert kinds(decision) == ["office/refused"]
    refused = decision.mails[0]
    assert (refused.facts["booking"], refused.facts["since"]) == (None, None)
    assert not any(word in str(refused.facts["why"]) for word in (SABINE.name, "28.11.2026", OFFICE.address))


@pytest.mark.parametrize(
    "event", [Released(matter(), 1), Released(NOTHING, 0, code=CODE), Noted(matter(), 1, text="x")]
)
def test_another_desk_changes_nothing_and_is_shown_nothing(event: Event) -> None:
    """Only the resource's own desk gives out its codes; who gets its list of codes may say so too."""
    decision = world(booking()).tell(HALL_DESK, event)
    assert (decision.changes, kinds(decision)) == ((), ["desk/refused"])
    assert decision.mails[0].facts["booking"] is None
    assert kinds(world(booking()).tell(DESK, event))[0] == "desk/done"
    listed = replace(
        TWO.resources["kirche"], door_codes=replace(RULES.resources["kirche"].door_codes, list_to="hall_desk")
    )
    helping = world(booking())
    helping.rules = replace(TWO, resources={**TWO.resources, "kirche": listed})
    assert kinds(helping.tell(HALL_DESK, event))[0] == "desk/done"


def test_what_looks_odd_names_no_other_offices_bookings() -> None:
    """That the same person has a request open elsewhere is the other office's business."""
    told = world(booking(), in_hall())
    seen = Sight(told.books, told.given, booking(), None)
    assert "HALLE" not in " ".join(oddities(seen))
    own = replace(TWO, resources={**TWO.resources, "halle": replace(HALL, reviewer="office")})
    assert "HALLE" in " ".join(oddities(replace(seen, given=replace(told.given, rules=own))))


def test_a_subscribers_mail_reaches_his_own_office() -> None:
    """A subscriber who writes without answering a mail is heard by the office of what he is told of."""
    mail = only(world().tell(TRAINER, CustomerWrote(NOTHING, "Ist Samstag frei?")), "office/message")
    assert mail.reader.address == OTHER_OFFICE.address


def test_a_customer_who_answers_a_list_means_his_own_booking() -> None:
    """A reply to the occupancy is about the one stay ahead of him: to its office, with ready answers, and noted."""
    told = world(in_hall())
    asker = Actor(Role.CUSTOMER, "", SABINE.email)
    listed = Matter(MatterKind.OCCUPANCY, SABINE.email)
    decision = told.tell(asker, ChangeWished(listed, "verschieben auf 20:00", start=STAY.start.time()))
    assert kinds(decision) == ["office/message", "customer/noted"]
    message = only(decision, "office/message")
    assert (message.matter, message.reader.address) == (matter("HALLE"), OTHER_OFFICE.address)
    assert message.facts["ready"]


@pytest.mark.parametrize("others", [0, 1], ids=["none", "two"])
def test_a_customer_with_no_or_several_stays_ahead_is_passed_on(others: int) -> None:
    """Where it is not clear which stay is meant, the message goes to an office of his, about none."""
    theirs = [in_hall(), in_hall()][: 2 * others]
    second = [replace(one, code=f"CODE{n}", source_reference=f"CODE{n}") for n, one in enumerate(theirs)]
    listed = Matter(MatterKind.OCCUPANCY, SABINE.email)
    decision = world(*second).tell(Actor(Role.CUSTOMER, "", SABINE.email), CustomerWrote(listed, "Hallo"))
    mail = only(decision, "office/message")
    assert mail.facts["booking"] is None
    assert mail.reader.address == (OTHER_OFFICE if others else OFFICE).address


@pytest.mark.parametrize("event", [ListAsked(NOTHING, 0), CodesAsked(NOTHING, 0)], ids=["table", "codes"])
def test_lists_come_to_an_end(event: Event) -> None:
    """Twelve lists an hour are enough for a person; a loop gets no more, and an hour later they come again."""
    told = world(booking())
    for _ in range(12):
        assert kinds(told.tell(OFFICE, event))
        told.now += timedelta(minutes=1)
    assert kinds(told.tell(OFFICE, event)) == []
    told.now += timedelta(hours=1)
    assert kinds(told.tell(OFFICE, event))


def _held(told: World) -> list[str]:
    return sorted({mail.reader for mail in told.books.queued() if is_held(told.books, mail, told.rules)})


def test_what_two_offices_share_waits_only_while_both_pause() -> None:
    """Each office holds back its own people's mails; a list of taken times, about both, leaves until both pause."""
    told = world()
    told.tell(SOURCE, BookingRequested(notice()))
    told.tell(HALL_SOURCE, BookingRequested(notice(source="hall_page", reference="HALLE", email="kim@kunde.example")))
    told.tell(Actor(Role.CUSTOMER, "", "frage@kunde.example"), OccupancyAsked("frage@kunde.example"))
    church, hall = [SABINE.email, SUBSCRIBER.address, DESK.address], [HALL_DESK.address, TRAINER.address]
    hall.append("kim@kunde.example")
    assert _held(told) == []
    told.tell(OFFICE, Paused(NOTHING, 0))
    assert _held(told) == sorted(church)
    told.tell(OTHER_OFFICE, Paused(NOTHING, 0))
    assert _held(told) == sorted([*church, *hall, "frage@kunde.example"])
    done = only(told.tell(OFFICE, Resumed(NOTHING, 0)), "office/done")
    assert "4 wartende Mails gehen jetzt hinaus." in str(done.facts["did"])
    assert _held(told) == sorted(hall)


def test_who_decides_about_nothing_pauses_nothing() -> None:
    """A reviewer without a resource is told so, and no mail waits."""
    told = world()
    told.rules = replace(TWO, resources={"kirche": TWO.resources["kirche"]})
    assert "Keine Pause" in str(only(told.tell(OTHER_OFFICE, Paused(NOTHING, 0)), "office/done").facts["said"])
    assert told.books.setting("paused/hall_office") is None
    told.tell(SOURCE, BookingRequested(notice()))
    assert _held(told) == []


SUSPICIOUS = "office/suspicious"
CLAIMED = {
    OTHER_OFFICE.address: OTHER_OFFICE,
    HALL_DESK.address: OTHER_OFFICE,
    TRAINER.address: OTHER_OFFICE,
    "bote@halle.example": OTHER_OFFICE,
    DESK.address: OFFICE,
    "": OFFICE,
}


@pytest.mark.parametrize("claimed", CLAIMED)
def test_the_office_of_whom_a_letter_claims_to_be_from_hears_of_it(claimed: str) -> None:
    """That somebody poses as the hall's trainer is the hall's business; whoever names nobody is the first office's."""
    told = world()
    forged = Unproven(claimed, "dmarc=fail", "Hallo", "letter:INBOX/1/1")
    mail = only(told.tell(NOBODY, forged), SUSPICIOUS)
    assert mail.reader.address == CLAIMED[claimed].address
    others = OTHER_OFFICE if CLAIMED[claimed] is OFFICE else OFFICE
    refused = told.tell(others, Accepted(mail.matter, 1, number=1)).mails[0].facts["why"]
    assert "Über diesen Brief entscheidet" in str(refused)


ABOUT_HALL = (
    (Matter(MatterKind.BOOKING, "HALLE"), ""),
    (Matter(MatterKind.CODES, "list/halle"), "hall_desk"),
    (Matter(MatterKind.DIGEST, "x"), OTHER_OFFICE.person),
    (Matter(MatterKind.BOOKING, "FORT"), "hall_desk"),
)


@pytest.mark.parametrize(("answered", "reader"), ABOUT_HALL)
def test_a_stranger_s_answer_is_told_to_the_office_it_is_about(answered: Matter, reader: str) -> None:
    """Its subject names the hall's booking: the church reads it neither at once nor in its digest."""
    told = world(in_hall())
    letter = "letter:INBOX/1/1"
    mail = only(told.tell(NOBODY, Unproven("", "fremd", "AW: Anfrage", letter, None, answered, reader)), SUSPICIOUS)
    assert mail.reader.address == OTHER_OFFICE.address
    kept = told.books.open_letter(letter)
    assert kept
    assert office_of_letter(kept, told.rules).key == OTHER_OFFICE.person


def test_a_lost_list_is_told_to_its_reader_s_office() -> None:
    """That the hall's desk got no list of codes is the hall's business."""
    told = world()
    row = OutMail(
        "m1",
        "desk/codes",
        HALL_DESK.address,
        Role.DESK,
        "hall_desk",
        Matter(MatterKind.CODES, "list/halle"),
        0,
        "a" * 26,
        "<a@b.example>",
        "",
        NOW,
        NOW,
        state=Sending.FAILED,
        finished_at=NOW,
        reader=HALL_DESK.address,
    )
    told.books = told.books.after([row])
    mail = only(told.tell(CLOCK, MailEnded("m1", "550 no")), "office/mail_failed")
    assert mail.reader.address == OTHER_OFFICE.address


def test_a_letter_too_large_is_told_to_its_writers_office() -> None:
    """What the hall's trainer sends is nothing the church has to look for."""
    large = TooLarge(TRAINER.address, "Fotos", 30_000_000, "letter:INBOX/1/1")
    mail = only(world().tell(NOBODY, large), "office/unreadable")
    assert mail.reader.address == OTHER_OFFICE.address
