"""Prices as a booking carries them: what would be asked, what an `ok` named, and for how long that counts."""

from dataclasses import replace
from datetime import time
from decimal import Decimal

from decide_story import (
    CODE,
    LATER,
    OFFICE,
    RULES,
    SABINE,
    SOURCE,
    World,
    booking,
    known,
    matter,
    notice,
    only,
)

from mailbot.model.booking import Booking, State
from mailbot.model.events import Approved, BookingRequested, Changed, DeliveryFailed, Moved, NoticeKind, Readdressed
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.people import NOBODY
from mailbot.model.rules import Discount

LONGER = Changed(matter(), 1, start=time(18), end=time(20))


def test_a_move_says_what_price_was_named_for_the_old_time() -> None:
    """After a move the price list counts again, and the review tells the office what it had agreed to."""
    world = World.of(booking(State.CONFIRMED, agreed_price=Decimal(40)))
    review = only(world.tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED))), "office/review")
    assert review.facts["oddities"] == (
        "Für die alte Zeit galt der Preis von 40,00 €; ein „ok“ allein nimmt jetzt wieder die Preisliste.",
    )


def test_without_a_price_line_a_request_has_no_price() -> None:
    """What would be asked is None until the office names it."""
    world = World()
    church = replace(RULES.resources["kirche"], prices=())
    world.rules = replace(RULES, resources={**RULES.resources, "kirche": church})
    (made,) = world.tell(SOURCE, BookingRequested(notice())).changes
    assert isinstance(made, Booking)
    assert (made.price, made.list_price) == (None, None)


def test_a_price_named_with_ok_survives_a_change_of_times() -> None:
    """`ok preis 40`, then `ändern`: it is still 40 € and the office is told so; a new invoice replaces the first."""
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1, price=Decimal(40)))
    done = only(world.tell(OFFICE, LONGER), "office/done")
    assert (known(world).price, known(world).list_price) == (Decimal("40.00"), Decimal("90.00"))
    assert [paper.gross for paper in world.books.invoices_of(CODE)] == [Decimal(40), Decimal(-40), Decimal(40)]
    assert done.facts["did"] == (
        "Sabine Müller bekommt den Türcode und die Rechnung SK-2026-00003 über 40,00 €.",
        "Es bleibt dabei: Vereinbart ist der Preis von 40,00 €.",
        "Die Rechnung SK-2026-00001 ist mit SK-2026-00002 storniert.",
    )


def test_a_discount_named_with_ok_survives_too() -> None:
    """It is taken off the list price of the new times, and goes before the customer's own discount."""
    world = World.of(booking())
    world.rules = replace(RULES, discounts=(Discount(SABINE.email, Decimal(50)),))
    world.tell(OFFICE, Approved(matter(), 1, discount=Decimal(10)))
    world.tell(OFFICE, LONGER)
    assert (known(world).price, known(world).discount_percent) == (Decimal("81.00"), Decimal(10))


def test_without_such_terms_the_price_list_counts_for_the_new_times() -> None:
    """A plain `ok`, then `ändern`: the list price of the new times."""
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1))
    done = only(world.tell(OFFICE, LONGER), "office/done")
    assert known(world).price == Decimal("90.00")
    assert "Vereinbart" not in str(done.facts["did"])


def test_a_new_ok_names_its_terms_anew() -> None:
    """After a customer's move only what the new `ok` names counts."""
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1, price=Decimal(40)))
    world.tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED)))
    world.tell(OFFICE, Approved(matter(), 2))
    assert (known(world).state, known(world).price) == (State.CONFIRMED, Decimal("45.00"))
    assert known(world).agreed_price is None


def test_another_address_may_be_asked_another_price() -> None:
    """Discounts go by the e-mail address: mended while nothing is decided, what would be asked is worked out anew."""
    world = World()
    world.rules = replace(RULES, discounts=(Discount("dauer@verein.example", Decimal(20)),))
    world.tell(SOURCE, BookingRequested(notice()))
    row = next(row for row in world.books.mails() if row.kind == "customer/received")
    world.tell(NOBODY, DeliveryFailed(row.token, "550"))
    world.tell(OFFICE, Readdressed(Matter(MatterKind.MAIL, row.id), 0, email="dauer@verein.example"))
    assert known(world).price == Decimal("36.00")
