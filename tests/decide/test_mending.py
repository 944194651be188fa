"""Mails that did not arrive: the office is told once, and `EMAIL: …` sends what is still true to the right address."""

from dataclasses import replace
from datetime import timedelta

import pytest
from decide_story import (
    CODE,
    DEPUTY,
    LATER,
    OFFICE,
    OTHER_OFFICE,
    SOURCE,
    World,
    booking,
    kinds,
    matter,
    notice,
    only,
)

from mailbot.decide.due import due
from mailbot.decide.mending import FITS
from mailbot.model.booking import Booking, State
from mailbot.model.events import (
    Approved,
    BookingRequested,
    DeliveryFailed,
    Doubted,
    MailEnded,
    Moved,
    NoticeKind,
    Readdressed,
    Rejected,
    Withdrawn,
)
from mailbot.model.letter import Handled
from mailbot.model.mail import Matter, MatterKind, OutMail, Sending
from mailbot.model.people import CLOCK, NOBODY
from mailbot.model.talk_events import Asked

NEW = "sabine.neu@kunde.example"


def _confirmed() -> World:
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1))
    world.end_all(Sending.SENT)
    return world


def _row(world: World, kind: str) -> OutMail:
    return next(row for row in reversed(world.books.mails()) if row.kind == kind)


def _bounced(world: World, kind: str) -> Matter:
    row = _row(world, kind)
    world.tell(NOBODY, DeliveryFailed(row.token, "550 unknown user"))
    return Matter(MatterKind.MAIL, row.id)


def test_a_bounced_code_mail_tells_the_office_with_the_phone_number() -> None:
    """ATTACKS 29: row bounced, office told which mail, to whom, why and whom to call."""
    world = _confirmed()
    row = _row(world, "customer/confirmed")
    decision = world.tell(NOBODY, DeliveryFailed(row.token, "550\r\n unknown user"))
    told = only(decision, "office/mail_failed")
    assert decision.changes == (replace(row, state=Sending.BOUNCED, finished_at=world.now, answer="550 unknown user"),)
    assert (told.matter, told.facts["phone"], told.facts["to"], told.facts["why"]) == (
        Matter(MatterKind.MAIL, row.id),
        "0171 2345678",
        "sabine@kunde.example",
        "550 unknown user",
    )
    shown = told.facts["booking"]
    assert isinstance(shown, Booking)
    assert shown.door_code is None


def test_the_same_report_twice_tells_once() -> None:
    """A second delivery report about the same mail is noted only."""
    world = _confirmed()
    token = _row(world, "customer/confirmed").token
    world.tell(NOBODY, DeliveryFailed(token, "550"))
    again = world.tell(NOBODY, DeliveryFailed(token, "550"))
    assert (again.changes, again.mails) == ((), ())


def test_a_report_about_no_mail_of_ours_changes_nothing() -> None:
    """ATTACKS 32: an invented token finds nothing."""
    decision = _confirmed().tell(NOBODY, DeliveryFailed("a" * 26, "550"))
    assert (decision.changes, decision.mails) == ((), ())


@pytest.mark.parametrize("state", [Sending.FAILED, Sending.UNCERTAIN])
def test_a_mail_given_up_is_told_once(state: Sending) -> None:
    """The post's own word and the clock's question together make one mail."""
    world = _confirmed()
    row = _row(world, "desk/decided")
    world.books = world.books.after([replace(row, state=state, answer="451 later")])
    (arrival,) = due(world.books, world.now, world.rules)
    assert arrival.key == f"clock:mail_ended:{row.id}:2026-11-23"
    assert arrival.event == MailEnded(row.id, "451 later")
    told = only(world.tell(CLOCK, MailEnded(row.id, "451 later")), "office/mail_failed")
    assert told.facts["phone"] == "02557 999"
    assert ("vielleicht" in str(told.facts["why"])) is (state is Sending.UNCERTAIN)
    assert due(world.books, world.now, world.rules) == []
    assert world.tell(CLOCK, MailEnded(row.id, "451 later")).mails == ()


def test_a_question_to_a_confirmed_customer_is_repeated_in_its_words() -> None:
    """`frage:` to a confirmed booking is kept in the history alone, and found there."""
    world = _confirmed()
    world.tell(OFFICE, Asked(matter(), 1, question="Erste Frage?"))
    world.tell(OFFICE, Asked(matter(), 1, question="Bringen Sie Tore mit?"))
    world.end_all(Sending.SENT)
    again = only(
        world.tell(OFFICE, Readdressed(_bounced(world, "customer/question"), 0, email=NEW)), "customer/question"
    )
    assert (again.facts["question"], again.facts["is_held"]) == ("Bringen Sie Tore mit?", False)


def test_what_was_handled_is_not_due_again() -> None:
    """An arrival of the clock that was committed does not come back, even where no mail followed."""
    world = _confirmed()
    row = _row(world, "desk/decided")
    world.books = world.books.after([replace(row, state=Sending.FAILED)])
    (arrival,) = due(world.books, world.now, world.rules)
    world.books = world.books.after([Handled(arrival.key, "", world.now, "noted")])
    assert due(world.books, world.now, world.rules) == []


def test_a_failed_office_mail_goes_to_the_offices_other_address() -> None:
    """What failed at the first address is told at the second."""
    world = World()
    world.tell(SOURCE, BookingRequested(notice()))
    row = _row(world, "office/review")
    told = only(world.tell(NOBODY, DeliveryFailed(row.token, "550")), "office/mail_failed")
    assert told.reader.address == DEPUTY.address


def test_a_failed_mail_about_a_failed_mail_tells_nobody() -> None:
    """No loop: office/mail_failed about office/mail_failed does not exist, and is not due either."""
    world = _confirmed()
    _bounced(world, "customer/confirmed")
    row = _row(world, "office/mail_failed")
    decision = world.tell(NOBODY, DeliveryFailed(row.token, "550"))
    assert decision.mails == ()
    assert due(world.books, world.now, world.rules) == []


def test_the_right_address_gets_the_mail_again() -> None:
    """`EMAIL: neu@…`: the booking's address is mended, the code mail goes there, the office hears it."""
    world = _confirmed()
    decision = world.tell(OFFICE, Readdressed(_bounced(world, "customer/confirmed"), 0, email=NEW))
    again = only(decision, "customer/confirmed")
    assert (again.reader.address, again.has_code, again.attach) == (NEW, True, ("invoice", "ics"))
    assert only(decision, "office/done").facts["did"] == ("Die Mail geht noch einmal hinaus.",)
    kept = world.books.booking(CODE)
    assert kept
    assert (kept.customer.email, kept.state) == (NEW, State.CONFIRMED)


def test_a_code_is_sent_again_only_while_confirmed() -> None:
    """The booking moved meanwhile: the address is mended, the old code mail is not repeated."""
    world = _confirmed()
    about = _bounced(world, "customer/confirmed")
    world.tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED)))
    world.end_all(Sending.SENT)
    decision = world.tell(OFFICE, Readdressed(about, 0, email=NEW))
    assert kinds(decision) == ["office/done"]
    kept = world.books.booking(CODE)
    assert kept
    assert kept.customer.email == NEW


def test_what_still_waits_for_the_old_address_goes_to_the_new() -> None:
    """Queued mails to the wrong address are withdrawn and written anew."""
    world = World()
    world.tell(SOURCE, BookingRequested(notice()))
    received = _row(world, "customer/received")
    world.tell(OFFICE, Rejected(matter(), 1, reason="voll"))
    world.tell(NOBODY, DeliveryFailed(received.token, "550"))
    decision = world.tell(OFFICE, Readdressed(Matter(MatterKind.MAIL, received.id), 0, email=NEW))
    assert kinds(decision) == ["customer/rejected", "office/done"]
    assert only(decision, "customer/rejected").facts["reason"] == "voll"
    assert decision.withdraws == (_row_before(world, "customer/rejected").id,)


def _row_before(world: World, kind: str) -> OutMail:
    return next(row for row in world.books.mails() if row.kind == kind)


@pytest.mark.parametrize("email", ["", "neu", "neu@nirgends", "a@b.example, c@d.example", "noreply@kunde.example"])
def test_what_is_no_address_mends_nothing(email: str) -> None:
    """One address a person reads at, or nothing changes."""
    world = _confirmed()
    decision = world.tell(OFFICE, Readdressed(_bounced(world, "customer/confirmed"), 0, email=email))
    assert (decision.changes, kinds(decision)) == ((), ["office/refused"])


def test_only_the_bookings_office_mends_its_address() -> None:
    """A code is not sent where another office says."""
    world = _confirmed()
    decision = world.tell(OTHER_OFFICE, Readdressed(_bounced(world, "customer/confirmed"), 0, email=NEW))
    assert (decision.changes, kinds(decision)) == ((), ["office/refused"])


def test_a_desk_mail_is_sent_again_to_its_own_address_only() -> None:
    """The desk's address stands in rules.yaml; named again, the mail is repeated, and the customer keeps his own."""
    world = _confirmed()
    about = _bounced(world, "desk/decided")
    assert world.tell(OFFICE, Readdressed(about, 0, email=NEW)).changes == ()
    again = world.tell(OFFICE, Readdressed(about, 0, email="theke@medifit.example"))
    assert (again.changes, kinds(again)) == ((), ["desk/decided", "office/done"])


def test_an_address_without_a_failed_mail_is_refused() -> None:
    """`EMAIL: …` to a review mends nothing."""
    decision = World.of(booking()).tell(OFFICE, Readdressed(matter(), 1, email=NEW))
    assert (decision.changes, kinds(decision)) == ((), ["office/refused"])


def test_a_cancelled_booking_repeats_its_cancellation_with_its_papers() -> None:
    """The cancellation mail is written again with the cancellation invoice."""
    world = _confirmed()
    world.tell(SOURCE, Withdrawn(notice(None, NoticeKind.WITHDRAWN)))
    world.end_all(Sending.SENT)
    again = world.tell(OFFICE, Readdressed(_bounced(world, "customer/cancelled"), 0, email=NEW))
    assert only(again, "customer/cancelled").attach == ("ics_cancel", "invoice")


def test_every_mail_to_customer_desk_and_subscriber_can_be_repeated() -> None:
    """Whatever fails there has its line; a move's mail is repeated as the new request."""
    assert {kind for kind in FITS if kind.startswith("customer/")} == {
        "customer/received",
        "customer/move_received",
        "customer/confirmed",
        "customer/payment",
        "customer/invoice",
        "customer/code_changed",
        "customer/call",
        "customer/lapsed",
        "customer/question",
        "customer/rejected",
        "customer/cancelled",
    }


def test_refusals_about_a_failed_mail_offer_what_works() -> None:
    """An unclear answer to office/mail_failed is told of `EMAIL: …`."""
    world = _confirmed()
    about = _bounced(world, "customer/confirmed")
    world.now += timedelta(minutes=1)
    works = only(world.tell(OFFICE, Doubted(about, 0)), "office/refused").facts["works"]
    assert isinstance(works, tuple)
    assert works[0][0] == "EMAIL: neu@…"
