"""Asking back: who wrote no clear answer is told why, and what would work; two robots do not talk for ever."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from decide_story import (
    CODE,
    CUSTOMER,
    DESK,
    OFFICE,
    SABINE,
    SOURCE,
    SUBSCRIBER,
    World,
    booking,
    kinds,
    matter,
    notice,
    only,
)

from mailbot.decide.refusals import SENTENCES
from mailbot.model.booking import Booking, State
from mailbot.model.events import (
    Accepted,
    Approved,
    Automatic,
    BookingRequested,
    CustomerWrote,
    DeliveryDelayed,
    Doubt,
    Doubted,
    HelpAsked,
    NoticeIgnored,
    NotOurs,
    Rejected,
)
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.people import NOBODY, Actor

NOTHING = Matter(MatterKind.NONE)


def test_every_doubt_has_its_sentence() -> None:
    """No doubt is left without words."""
    assert set(SENTENCES) == set(Doubt)


@pytest.mark.parametrize("why", [doubt for doubt in Doubt if doubt is not Doubt.NO_TOKEN])
def test_doubt_is_never_a_decision(why: Doubt) -> None:
    """Whatever the doubt: nothing changes, and the person hears why and what works."""
    decision = World.of(booking()).tell(OFFICE, Doubted(matter(), 1, why=why, said="ok\x00, aber\n20 Uhr"))
    refused = only(decision, "office/refused")
    assert decision.changes == ()
    assert (refused.facts["why"], refused.facts["said"], refused.is_reply) == (SENTENCES[why], "ok , aber 20 Uhr", True)
    works = refused.facts["works"]
    assert isinstance(works, tuple)
    assert [answer.split(":")[0] for answer, _ in works] == ["ok", "nein", "ändern 20", "frage"]


def test_who_wrote_without_a_token_gets_the_review_to_answer() -> None:
    """CONTRACT: anything else gets the review of the booking it names."""
    decision = World.of(booking()).tell(OFFICE, Doubted(matter(), 0, why=Doubt.NO_TOKEN, said="ok"))
    assert (decision.changes, kinds(decision)) == ((), ["office/review"])
    assert only(decision, "office/review").round == 1


def test_the_desk_is_told_that_the_office_decides() -> None:
    """ATTACKS 22: a decision from the desk is refused, and shows the desk no more than it may see."""
    decision = World.of(booking(State.REQUESTED)).tell(DESK, Approved(matter(), 1))
    refused = only(decision, "desk/refused")
    shown = refused.facts["booking"]
    assert isinstance(shown, Booking)
    assert (decision.changes, refused.facts["why"]) == ((), "Das entscheidet das Büro.")
    assert (shown.customer.email, shown.customer.address, shown.price) == ("", None, None)


@pytest.mark.parametrize("by", [CUSTOMER, SUBSCRIBER, SOURCE])
def test_nobody_else_decides_or_is_answered(by: Actor) -> None:
    """ATTACKS 15: `ok` from a customer, subscriber or source changes nothing and is not answered."""
    for event in (Approved(matter(), 1), Rejected(matter(), 1), Doubted(matter(), 1), Accepted(NOTHING, 1)):
        decision = World.of(booking()).tell(by, event)
        assert (decision.changes, decision.mails) == ((), ())


def test_two_robots_stop_after_three_answers_an_hour() -> None:
    """ATTACKS 54: the fourth unclear answer about the same matter within an hour stays unanswered."""
    world = World.of(booking())
    answers = [len(world.tell(OFFICE, Doubted(matter(), 1, said="Danke für Ihre Mail")).mails) for _ in range(5)]
    assert answers == [1, 1, 1, 0, 0]
    world.now += timedelta(hours=1)
    assert len(world.tell(OFFICE, Doubted(matter(), 1)).mails) == 1


def test_the_brake_holds_without_a_token_too() -> None:
    """The review is not shown for ever to a robot that names the booking."""
    world = World.of(booking())
    answers = [len(world.tell(OFFICE, Doubted(matter(), 0, why=Doubt.NO_TOKEN)).mails) for _ in range(5)]
    assert answers == [1, 1, 1, 0, 0]


def test_the_brake_of_one_booking_does_not_stop_another() -> None:
    """Each booking and each address has its own count."""
    world = World.of(booking(), booking(code="ANDERE", source_reference="ANDERE"))
    for _ in range(4):
        world.tell(OFFICE, Doubted(matter(), 1))
    assert len(world.tell(OFFICE, Doubted(matter("ANDERE"), 1)).mails) == 1
    assert len(world.tell(replace(OFFICE, address="chefin@kruempel.example"), Doubted(matter(), 1)).mails) == 1


def test_help_lists_the_answers() -> None:
    """`hilfe` from the office is answered with what works; the desk with its own words."""
    mail = only(World().tell(OFFICE, HelpAsked(NOTHING, 0)), "office/help")
    works = mail.facts["works"]
    assert isinstance(works, tuple)
    assert "ok rabatt 20%" in dict(works)
    assert kinds(World().tell(DESK, HelpAsked(NOTHING, 0))) == ["desk/help"]


def test_a_customers_message_reaches_the_office_and_changes_nothing() -> None:
    """Lines stay, control characters go; the office can answer with a decision right there."""
    decision = World.of(booking(round=2)).tell(CUSTOMER, CustomerWrote(matter(), "Hallo\x1b[2J\nok"))
    mail = only(decision, "office/message")
    assert (decision.changes, mail.facts["text"], mail.facts["sender"]) == ((), "Hallo [2J\nok", CUSTOMER.address)
    assert (mail.matter, mail.round) == (matter(), 2)


def test_a_message_about_nothing_known_reaches_the_first_office() -> None:
    """A message whose booking is gone is not lost."""
    mail = only(World().tell(SUBSCRIBER, CustomerWrote(NOTHING, "Hallo")), "office/message")
    assert (mail.reader.person, mail.facts["booking"], mail.facts["sender"]) == ("office", None, SUBSCRIBER.address)


@pytest.mark.parametrize(
    "event", [Automatic(matter(), "Abwesenheitsnotiz"), DeliveryDelayed("x" * 26), NoticeIgnored("Erinnerung")]
)
def test_chatter_leaves_one_history_line(event: Automatic | DeliveryDelayed | NoticeIgnored) -> None:
    """Robots, delays and reminders change nothing and get no answer."""
    decision = World.of(booking()).tell(CUSTOMER, event)
    assert (decision.changes, decision.mails, len(decision.notes)) == ((), (), 1)


def test_words_under_a_robots_mark_are_shown_to_the_office() -> None:
    """ATTACKS 33: a ticket system's person decides nothing, but is read; at most three times an hour."""
    world, said = (
        World.of(booking()),
        Automatic(matter(), "x", said="ok\nGruß", may_be_person=True, sender="t@x.example"),
    )
    shown = only(world.tell(NOBODY, said), "office/message")
    assert shown.facts["sender"] == "t@x.example"
    assert str(shown.facts["text"]).startswith("ok\nGruß\n\n(Diese Mail ist als automatisch gekennzeichnet")
    for _ in range(4):
        world.tell(NOBODY, said)
    assert [order.kind for order in world.mails] == ["office/message"] * 3
    known = world.books.booking(CODE)
    assert known == booking()


def test_what_is_not_ours_is_left() -> None:
    """Not even a history line."""
    decision = World().tell(CUSTOMER, NotOurs("privat"))
    assert (decision.leave, decision.notes, decision.changes) == (True, (), ())


def test_a_refusal_shows_the_office_no_code_and_no_price() -> None:
    """A confirmed booking in office/refused carries neither."""
    refused = only(World.of(booking(State.CONFIRMED)).tell(OFFICE, Approved(matter(), 1)), "office/refused")
    shown = refused.facts["booking"]
    assert isinstance(shown, Booking)
    assert (shown.door_code, shown.price) == (None, None)


def test_a_booking_whose_invoice_waits_asks_for_the_address() -> None:
    """Over 250 € without an address: whatever was refused, `ADRESSE: …` would work; once it is billed, no more."""
    waiting = booking(State.CONFIRMED, price=Decimal("450.00"), customer=replace(SABINE, street=None, city=None))
    for stood, wanted in ((waiting, True), (replace(waiting, invoice="SK-2026-00001"), False)):
        works = only(World.of(stood).tell(OFFICE, Approved(matter(), 1)), "office/refused").facts["works"]
        assert isinstance(works, tuple)
        assert (("ADRESSE: Am Markt 3, 48565 Steinfurt", "dann schreibt mailbot die Rechnung") in works) == wanted


def test_a_doubt_about_a_finished_booking_offers_nothing() -> None:
    """Nothing works on a booking that was rejected."""
    decision = World.of(booking(State.REJECTED)).tell(OFFICE, Doubted(matter(), 1))
    assert only(decision, "office/refused").facts["works"] == ()


def test_a_request_keeps_its_history() -> None:
    """Every change and every refusal leaves a line of its own."""
    world = World()
    world.tell(SOURCE, BookingRequested(notice()))
    world.tell(OFFICE, Doubted(matter(), 1))
    world.tell(OFFICE, Approved(matter(), 1))
    assert [line.line.partition(" ")[0] for line in world.books.history(CODE)] == ["Anfrage", "Antwort", "Freigegeben"]
