"""Booking notices: requests, moves and withdrawals, in whatever order they come."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from decide_story import (
    BERLIN,
    CODE,
    LATER,
    NOW,
    OFFICE,
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

from mailbot.model.booking import Booking, Links, Shown, State, Stay
from mailbot.model.events import Approved, BookingRequested, Moved, NoticeKind, Withdrawn
from mailbot.model.mail import Sending
from mailbot.model.money import InvoiceKind, Price


def test_a_notice_becomes_a_booking_with_all_its_facts() -> None:
    """What the notice says stands in the booking, and nothing else."""
    world = World()
    said = notice(remark="Kindergeburtstag", links=Links("https://x/c", "https://x/m"), extras=(("Anzahl", "10"),))
    decision = world.tell(SOURCE, BookingRequested(said))
    assert decision.changes == (
        Booking(
            CODE,
            State.REQUESTED,
            STAY,
            SABINE,
            NOW,
            "youcanbookme",
            CODE,
            remark="Kindergeburtstag",
            links=Links("https://x/c", "https://x/m"),
            extras=(("Anzahl", "10"),),
            price=Decimal("45.00"),
            list_price=Decimal("45.00"),
            shown=Shown(STAY),
        ),
    )
    assert decision.notes == ((CODE, "Anfrage eingegangen für Sa 28.11.2026, 19:30–20:30 Uhr."),)


def test_the_review_shows_price_and_that_nothing_is_odd() -> None:
    """A plain request is reviewed with its price, without a remark, and with its code there."""
    review = only(World().tell(SOURCE, BookingRequested(notice())), "office/review")
    assert review.facts["price"] == Price(Decimal("45.00"), Decimal("45.00"))
    assert review.facts["oddities"] == ()
    assert review.facts["has_code"] is True
    assert (review.reader.address, review.round) == (OFFICE.address, 1)


def test_the_customer_hears_by_when_the_office_answers() -> None:
    """At long notice nobody needs to call; the office answers by the end of its next office day."""
    received = only(World().tell(SOURCE, BookingRequested(notice())), "customer/received")
    assert received.facts["answer_by"] == datetime(2026, 11, 24, 16, 0, tzinfo=BERLIN)
    assert received.facts["call"] is None


@pytest.mark.parametrize(
    ("start", "promised"),
    [
        ("2026-11-23T19:30", "2026-11-23T16:00"),  # tonight: while the office is still open
        ("2026-11-24T12:00", "2026-11-24T10:00"),  # tomorrow at noon: two hours before
        ("2026-11-24T19:30", "2026-11-24T16:00"),
    ],
)
def test_no_answer_is_promised_for_after_the_stay(start: str, promised: str) -> None:
    """A customer is told a moment that still helps him: at the latest the last office time before start − margin."""
    begins, until = (datetime.fromisoformat(moment).replace(tzinfo=BERLIN) for moment in (start, promised))
    stay = Stay("kirche", begins, begins + timedelta(hours=1))
    decision = World().tell(SOURCE, BookingRequested(notice(stay)))
    assert only(decision, "customer/received").facts["answer_by"] == until
    moved = World.of(booking()).tell(SOURCE, BookingRequested(notice(stay)))
    assert only(moved, "customer/move_received").facts["answer_by"] == until


def test_short_notice_asks_to_call_the_office_while_it_is_open() -> None:
    """An hour before the margin the open office is called, and the desk's mail is urgent."""
    soon = Stay("kirche", NOW + timedelta(hours=2, minutes=30), NOW + timedelta(hours=4))
    decision = World().tell(SOURCE, BookingRequested(notice(soon)))
    call = only(decision, "customer/received").facts["call"]
    assert call == RULES.people["office"]
    assert only(decision, "customer/received").facts["answer_by"] is None
    assert only(decision, "desk/request").facts["urgent"] is True


def test_short_notice_asks_to_call_the_desk_while_the_office_is_closed() -> None:
    """On a Saturday the desk is called."""
    saturday = datetime(2026, 11, 28, 12, 0, tzinfo=BERLIN)
    world = World(now=saturday)
    decision = world.tell(SOURCE, BookingRequested(notice()))
    assert only(decision, "customer/received").facts["call"] == RULES.people["medifit"]
    (made,) = decision.changes
    assert isinstance(made, Booking)
    assert (made.received_at, made.short_notice) == (saturday, True)


def test_the_same_notice_again_changes_nothing() -> None:
    """To and CC: the second copy makes no booking and no mail."""
    world = World()
    world.tell(SOURCE, BookingRequested(notice()))
    again = world.tell(SOURCE, BookingRequested(notice()))
    assert (again.changes, again.mails) == ((), ())


def test_the_same_request_without_reference_is_one_booking() -> None:
    """Without a reference, customer and start say that it is the same."""
    world = World()
    nameless = notice(reference=None)
    first = world.tell(SOURCE, BookingRequested(nameless))
    again = world.tell(SOURCE, BookingRequested(replace(nameless, email="SABINE@kunde.example")))
    assert (len(first.changes), again.changes, again.mails) == (1, (), ())


def test_a_booking_code_is_never_only_digits() -> None:
    """A reference that could be a door code is kept as reference, but does not become the booking code."""
    world = World()
    (made,) = world.tell(SOURCE, BookingRequested(notice(reference="731518"))).changes
    assert isinstance(made, Booking)
    assert made.source_reference == "731518"
    assert made.code != "731518"
    assert made.code[0].isalpha()


def test_a_reference_that_could_break_a_header_is_no_booking_code() -> None:
    """A reference with strange characters gets a code of our own."""
    (made,) = World().tell(SOURCE, BookingRequested(notice(reference="AB/../CD"))).changes
    assert isinstance(made, Booking)
    assert made.code.isalnum()


def test_without_an_end_one_slot_is_assumed() -> None:
    """No end given: one slot, and the booking says so."""
    (made,) = World().tell(SOURCE, BookingRequested(notice(end=None))).changes
    assert isinstance(made, Booking)
    assert (made.stay, made.assumed_end) == (STAY, True)


def test_an_end_before_the_start_is_not_believed() -> None:
    """An end that cannot be one counts as not given."""
    (made,) = World().tell(SOURCE, BookingRequested(notice(end=STAY.start - timedelta(hours=1)))).changes
    assert isinstance(made, Booking)
    assert (made.stay, made.assumed_end) == (STAY, True)


def test_a_clash_is_noted_on_both_and_named_in_the_review() -> None:
    """The later request's review names the earlier, and both histories tell."""
    world = World.of(booking(code="FRUEHERE", source_reference="FRUEHERE"))
    decision = world.tell(SOURCE, BookingRequested(notice()))
    clashes = only(decision, "office/review").facts["clashes"]
    assert isinstance(clashes, tuple)
    assert [other.code for other in clashes] == ["FRUEHERE"]
    assert {ref for ref, line in decision.notes if "überschneidet" in line} == {CODE, "FRUEHERE"}


def test_the_desk_hears_that_a_time_is_taken() -> None:
    """A request over a confirmed booking is marked for the desk."""
    world = World.of(booking(State.CONFIRMED, code="FRUEHERE", source_reference="FRUEHERE"))
    assert only(world.tell(SOURCE, BookingRequested(notice())), "desk/request").facts["taken"] is True


def test_a_move_opens_a_new_round_and_takes_the_code_back() -> None:
    """A confirmed booking that is moved is a request again, without code and decision; its price is worked out anew."""
    world = World.of(booking(State.CONFIRMED, invoice="SK-2026-00001", price=Decimal(7), agreed_price=Decimal(7)))
    longer = replace(LATER, end=LATER.end + timedelta(hours=1))
    decision = world.tell(SOURCE, Moved(notice(longer, NoticeKind.MOVED)))
    price = Decimal("90.00")
    again = booking(
        shown=Shown(longer),
        stay=longer,
        round=2,
        moves=1,
        sequence=1,
        invoice="SK-2026-00001",
        price=price,
        list_price=price,
    )
    assert decision.changes == (again,)
    assert only(decision, "customer/move_received").facts["before"] == STAY
    review = only(decision, "office/review")
    assert (review.facts["before"], review.facts["knows_code"], review.round) == (STAY, "Sabine Müller", 2)


def test_a_move_with_only_the_new_time_keeps_the_length() -> None:
    """A move that names no end keeps the length of the stay."""
    long = booking(stay=replace(STAY, end=STAY.end + timedelta(minutes=30)))
    (moved,) = World.of(long).tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED, end=None))).changes
    assert isinstance(moved, Booking)
    assert moved.stay.end - moved.stay.start == timedelta(minutes=90)


def test_a_move_without_reference_finds_the_customers_only_booking() -> None:
    """One living booking of that customer: that one is meant."""
    world = World.of(booking())
    world.tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED, reference=None)))
    moved = world.books.booking(CODE)
    assert moved
    assert moved.stay == LATER


def test_a_move_that_may_mean_two_bookings_goes_to_a_person() -> None:
    """Two living bookings of that customer: nobody guesses."""
    world = World.of(booking(), booking(code="ZWEITE", source_reference="ZWEITE", stay=LATER))
    elsewhere = Stay("kirche", LATER.start + timedelta(days=1), LATER.end + timedelta(days=1))
    decision = world.tell(SOURCE, Moved(notice(elsewhere, NoticeKind.MOVED, reference=None)))
    assert (decision.changes, kinds(decision), decision.to_trouble) == ((), ["office/unreadable"], True)
    assert only(decision, "office/unreadable").facts["missing"] == ("Buchungscode",)


def test_a_move_of_an_unknown_booking_is_a_request() -> None:
    """The move came first: it is taken as a request, and the late notice of the old time changes nothing."""
    world = World()
    assert "office/review" in kinds(world.tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED))))
    late = world.tell(SOURCE, BookingRequested(notice(STAY)))
    assert (late.changes, late.mails) == ((), ())


def test_a_move_of_an_unknown_booking_without_a_name_goes_to_a_person() -> None:
    """Too little for a booking: the office hears what lacks."""
    decision = World().tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED, name=None, email=None)))
    assert only(decision, "office/unreadable").facts["missing"] == ("Name", "E-Mail")


def test_a_move_withdraws_what_is_still_queued_for_the_old_time() -> None:
    """A code mail that has not left when the booking moves never leaves."""
    world = World()
    world.tell(SOURCE, BookingRequested(notice()))
    world.end_all(Sending.SENT)
    world.tell(OFFICE, Approved(matter(), 1))
    decision = world.tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED)))
    withdrawn = {row.kind for row in world.books.mails() if row.id in decision.withdraws}
    assert withdrawn == {"customer/confirmed"}


def test_a_withdrawal_of_a_confirmed_booking_takes_the_invoice_back() -> None:
    """The customer gets the cancellation invoice and the calendar entry taken back; the code is gone."""
    world = World()
    world.tell(SOURCE, BookingRequested(notice()))
    world.tell(OFFICE, Approved(matter(), 1))
    decision = world.tell(SOURCE, Withdrawn(notice(None, NoticeKind.WITHDRAWN, reason="Zwei Spieler krank")))
    cancelled = only(decision, "customer/cancelled")
    assert cancelled.attach == ("ics_cancel", "invoice")
    assert cancelled.facts["reason"] == "Zwei Spieler krank"
    kept = world.books.booking(CODE)
    assert kept
    assert (kept.state, kept.door_code, kept.invoice) == (State.CANCELLED, None, None)
    papers = [(p.number, p.kind, p.gross) for p in world.books.invoices_of(CODE)]
    assert papers == [
        ("SK-2026-00001", InvoiceKind.INVOICE, Decimal("45.00")),
        ("SK-2026-00002", InvoiceKind.CANCELLATION, Decimal("-45.00")),
    ]


def test_a_withdrawal_of_a_request_needs_no_papers() -> None:
    """Nothing was billed and no calendar entry sent: nothing is attached."""
    decision = World.of(booking()).tell(SOURCE, Withdrawn(notice(None, NoticeKind.WITHDRAWN)))
    assert only(decision, "customer/cancelled").attach == ()


def test_a_withdrawal_before_its_booking_is_kept() -> None:
    """The booking that comes after its cancellation changes nothing, with or without a reference."""
    for reference in (CODE, None):
        world = World()
        world.tell(SOURCE, Withdrawn(notice(STAY, NoticeKind.WITHDRAWN, reference=reference)))
        late = world.tell(SOURCE, BookingRequested(notice(STAY, reference=reference)))
        assert (late.changes, late.mails) == ((), ())
        assert [kept.state for kept in world.books.bookings()] == [State.CANCELLED]


def test_a_request_for_a_stay_that_is_over_is_no_short_notice() -> None:
    """Nobody is asked to call for a stay that is over."""
    (made,) = World().tell(SOURCE, BookingRequested(notice(PAST))).changes
    assert isinstance(made, Booking)
    assert made.short_notice is False


def test_a_robot_s_address_gets_no_mail() -> None:
    """A request from noreply@ is reviewed, but nothing is ever sent there; the review says so."""
    decision = World().tell(SOURCE, BookingRequested(notice(email="noreply@kunde.example")))
    assert kinds(decision) == ["office/review", "desk/request", "subscriber/request"]
    odd = only(decision, "office/review").facts["oddities"]
    assert isinstance(odd, tuple)
    assert "An noreply@kunde.example kann mailbot nicht schreiben; bitte den Kunden anrufen." in odd
