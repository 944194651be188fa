"""A reviewer's decisions: approve, change, reject; and what each of them makes of booking, papers and mails."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from decide_story import (
    CODE,
    DEPUTY,
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
    known,
    matter,
    notice,
    only,
)

from mailbot.model.booking import Links, Shown, State, Stay
from mailbot.model.books import Books
from mailbot.model.events import Approved, BookingRequested, Moved, NoticeKind, Rejected
from mailbot.model.money import Invoice, Price
from mailbot.model.rules import Discount


def test_ok_confirms_with_code_price_and_invoice() -> None:
    """An approval in the open round gives everything at once, and says who decided when."""
    world = World.of(booking())
    decision = world.tell(OFFICE, Approved(matter(), 1))
    code = world.books.door_code("kirche", STAY.day)
    assert code
    assert known(world) == booking(
        state=State.CONFIRMED,
        price=Decimal("45.00"),
        list_price=Decimal("45.00"),
        door_code=code.code,
        invoice="SK-2026-00001",
        decided_at=NOW,
        decided_by="office buero@kruempel.example",
        shown=Shown(STAY),
    )
    confirmed = only(decision, "customer/confirmed")
    assert confirmed.attach == ("invoice", "ics")
    assert confirmed.has_code is True
    assert confirmed.facts["booking"] == known(world)
    assert only(decision, "office/done").facts["said"] == "Freigegeben"
    assert only(decision, "office/done").facts["did"] == (
        "Sabine Müller bekommt den Türcode und die Rechnung SK-2026-00001 über 45,00 €.",
    )


@pytest.mark.parametrize(
    ("answer", "price", "said"),
    [
        (
            Approved(matter(), 1, price=Decimal(40)),
            Price(Decimal("45.00"), Decimal("40.00")),
            "Freigegeben zum Preis von 40,00 €",
        ),
        (
            Approved(matter(), 1, discount=Decimal(20)),
            Price(Decimal("45.00"), Decimal("36.00"), Decimal(20)),
            "Freigegeben mit 20 % Rabatt",
        ),
    ],
)
def test_the_answers_own_price_counts(answer: Approved, price: Price, said: str) -> None:
    """A price or discount in the answer is what is asked."""
    decision = World.of(booking()).tell(OFFICE, answer)
    assert only(decision, "customer/confirmed").facts["price"] == price
    assert only(decision, "office/done").facts["said"] == said


def test_the_customers_best_discount_counts_otherwise() -> None:
    """Discounts never add up; the best one is taken."""
    discounts = (Discount(SABINE.email, Decimal(10)), Discount(SABINE.email, Decimal(20), reason="Dauerbuchung"))
    world = World.of(booking())
    world.rules = replace(RULES, discounts=discounts)
    world.tell(OFFICE, Approved(matter(), 1))
    assert (known(world).price, known(world).discount_percent) == (Decimal("36.00"), Decimal(20))


def test_a_silent_approval_tells_everybody_but_the_customer() -> None:
    """`ok ohne mail`: the invoice comes with office/done."""
    decision = World.of(booking()).tell(OFFICE, Approved(matter(), 1, silent=True))
    assert kinds(decision) == ["office/done", "desk/decided", "subscriber/decided"]
    assert only(decision, "office/done").attach == ("invoice",)


def test_an_expensive_stay_without_address_waits_for_its_invoice() -> None:
    """Over 250 € an invoice needs an address: it waits, the code does not."""
    poor = replace(SABINE, street=None, city=None)
    world = World.of(booking(customer=poor))
    confirmed = only(world.tell(OFFICE, Approved(matter(), 1, price=Decimal(300))), "customer/confirmed")
    assert (confirmed.facts["invoice"], confirmed.attach, confirmed.has_code) == (None, ("ics",), True)
    assert world.books.invoices() == []


def test_the_first_address_hears_when_the_deputy_decided() -> None:
    """office/done goes to who answered and to the first address; only the answer is a reply."""
    decision = World.of(booking()).tell(DEPUTY, Approved(matter(), 1))
    done = [order for order in decision.mails if order.kind == "office/done"]
    assert [(o.reader.address, o.is_reply) for o in done] == [(DEPUTY.address, True), (OFFICE.address, False)]


def test_a_second_ok_hears_who_decided_and_when() -> None:
    """Two answers, one decision: the second is told by whom."""
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1))
    world.now += timedelta(hours=1)
    again = world.tell(DEPUTY, Approved(matter(), 1))
    refused = only(again, "office/refused")
    assert again.changes == ()
    assert refused.reader.address == DEPUTY.address
    assert refused.facts["why"] == (
        "Die Buchung QNBZAQPTAITT (Sa 28.11.2026, 19:30–20:30 Uhr) ist bereits freigegeben, "
        "am 23.11.2026 um 09:00 Uhr von Büro Krümpel (buero@kruempel.example)."
    )
    assert refused.facts["since"] == NOW


def test_an_answer_of_an_older_round_decides_nothing() -> None:
    """The `ok` to the mail before the move is refused and says what it is about now."""
    world = World.of(booking())
    world.tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED)))
    decision = world.tell(OFFICE, Approved(matter(), 1))
    assert decision.changes == ()
    assert "älteren Mail" in str(only(decision, "office/refused").facts["why"])
    assert [answer for answer, _ in _works(only(decision, "office/refused").facts["works"])] == [
        "ok",
        "nein: Halle gesperrt",
        "ändern 20:00-21:30",
        "frage: Wie viele Personen?",
    ]


def _works(works: object) -> tuple[tuple[str, str], ...]:
    assert isinstance(works, tuple)
    return works


def test_only_the_resources_own_reviewer_decides() -> None:
    """Another office is told who decides, and offered nothing."""
    decision = World.of(booking()).tell(OTHER_OFFICE, Approved(matter(), 1))
    refused = only(decision, "office/refused")
    assert (decision.changes, refused.facts["works"]) == ((), ())
    assert refused.facts["why"] == "Über diese Buchung entscheidet Büro Krümpel."


def test_without_a_code_nothing_is_approved() -> None:
    """ATTACKS 98: no code for the date, so no approval, and the office hears it."""
    world = World(Books.of([booking()]))
    refused = only(world.tell(OFFICE, Approved(matter(), 1)), "office/refused")
    assert refused.facts["why"] == "Für Sa 28.11.2026 ist kein Code hinterlegt."
    assert known(world).state is State.REQUESTED


def test_two_overlapping_bookings_are_never_both_confirmed() -> None:
    """The second approval is refused and names the first booking."""
    world = World.of(booking(), booking(code="ANDERE", source_reference="ANDERE"))
    world.tell(OFFICE, Approved(matter("ANDERE"), 1))
    refused = only(world.tell(OFFICE, Approved(matter(), 1)), "office/refused")
    assert "ANDERE" in str(refused.facts["why"])
    works = [answer for answer, _ in _works(refused.facts["works"])]
    assert works == ["nein: Halle gesperrt", "ändern 20:00-21:30", "frage: Wie viele Personen?"]


def test_touching_stays_do_not_clash() -> None:
    """One ends when the other begins: both can be confirmed."""
    after = Stay("kirche", STAY.end, STAY.end + timedelta(hours=1))
    world = World.of(booking(), booking(State.CONFIRMED, code="ANDERE", source_reference="ANDERE", stay=after))
    world.tell(OFFICE, Approved(matter(), 1))
    assert known(world).state is State.CONFIRMED


def test_after_the_stay_only_the_bill_goes_out() -> None:
    """ATTACKS 24: an `ok` after the stay never gives a code."""
    world = World.of(booking(stay=PAST))
    payment = only(world.tell(OFFICE, Approved(matter(), 1)), "customer/payment")
    assert (payment.has_code, payment.attach) == (False, ("invoice",))
    assert (known(world).state, known(world).door_code) == (State.CONFIRMED, None)


@pytest.mark.parametrize("state", [State.REJECTED, State.CANCELLED])
def test_nothing_is_approved_once_it_is_over(state: State) -> None:
    """ATTACKS 24: `ok` after a rejection or cancellation is answered, and nothing is sent."""
    decision = World.of(booking(state)).tell(OFFICE, Approved(matter(), 1))
    assert (decision.changes, kinds(decision)) == ((), ["office/refused"])
    assert only(decision, "office/refused").facts["works"] == ()


def test_a_rejection_carries_its_reason_and_the_link_that_frees_the_slot() -> None:
    """The customer reads the reason, the office gets the link."""
    world = World.of(booking(links=Links("https://ycbm.example/c")))
    decision = world.tell(OFFICE, Rejected(matter(), 1, reason="Halle\x00 gesperrt"))
    assert only(decision, "customer/rejected").facts["reason"] == "Halle gesperrt"
    assert only(decision, "office/done").facts["link"] == "https://ycbm.example/c"
    assert (known(world).state, known(world).reason) == (State.REJECTED, "Halle gesperrt")


def test_a_moved_booking_that_is_rejected_gets_its_old_invoice_cancelled() -> None:
    """What was billed for the old time is taken back with the rejection."""
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1))
    world.tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED)))
    rejected = only(world.tell(OFFICE, Rejected(matter(), 2)), "customer/rejected")
    assert rejected.attach == ("ics_cancel", "invoice")
    assert isinstance(rejected.facts["invoice"], Invoice)
    assert rejected.facts["invoice"].cancels == "SK-2026-00001"


def test_a_note_stays_inside_and_loses_the_door_code() -> None:
    """Further lines are kept in the history; a code somebody typed is blotted out."""
    world = World.of(booking())
    code = world.books.door_code("kirche", STAY.day)
    assert code
    decision = world.tell(OFFICE, Approved(matter(), 1, note=f"Code ist {code.code}, bitte anrufen"))
    assert decision.notes[1] == (CODE, "Notiz: Code ist ••••••, bitte anrufen")


def test_a_door_code_typed_into_a_reason_does_not_leave() -> None:
    """What the customer reads of a rejection holds no code, whatever the office typed."""
    world = World.of(booking())
    code = world.books.door_code("kirche", STAY.day)
    assert code
    decision = world.tell(OFFICE, Rejected(matter(), 1, reason=f"Code {code.code} gilt nicht"))
    assert only(decision, "customer/rejected").facts["reason"] == "Code •••••• gilt nicht"
    assert code.code not in str([*decision.notes, *(order.facts for order in decision.mails)])


def test_an_approval_at_a_fixed_price_works_without_a_price_line() -> None:
    """Where the price list has no line, `ok preis 45` is what would work, and works."""
    church = replace(RULES.resources["kirche"], prices=())
    world = World.of(booking())
    world.rules = replace(RULES, resources={**RULES.resources, "kirche": church})
    refused = only(world.tell(OFFICE, Approved(matter(), 1)), "office/refused")
    assert _works(refused.facts["works"])[0][0] == "ok preis 45"
    world.tell(OFFICE, Approved(matter(), 1, price=Decimal(45)))
    assert known(world).price == Decimal("45.00")


def test_an_answer_about_no_booking_is_refused() -> None:
    """An `ok` to a mail about something else, or about a booking that is gone, changes nothing."""
    world = World()
    decision = world.tell(OFFICE, Approved(matter("GIBTESNICHT"), 1))
    assert only(decision, "office/refused").facts["why"] == "Zu dieser Mail gehört keine offene Buchung mehr."


def test_a_decision_overtakes_the_promise_of_one() -> None:
    """A queued `we have your request` is withdrawn by every answer: it would arrive behind the door code."""
    for answer in (Approved(matter(), 1), Rejected(matter(), 1, reason="voll")):
        world = World()
        world.tell(SOURCE, BookingRequested(notice()))
        promise = next(row for row in world.books.mails() if row.kind == "customer/received")
        assert promise.id in world.tell(OFFICE, answer).withdraws
