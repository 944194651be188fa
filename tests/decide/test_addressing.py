"""An invoice that waits for the customer's postal address: asked for, given with `ok`, or given later."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from decide_story import NOW, OFFICE, OTHER_OFFICE, SABINE, World, booking, kinds, known, matter, only

from mailbot.decide.addressing import ADDRESS_WANTED
from mailbot.model.booking import State
from mailbot.model.events import Addressed, Approved
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.money import Invoice

POOR = replace(SABINE, street=None, city=None)
ADDRESS = ("Am Markt 3", "48565 Steinfurt")
HERE = Addressed(matter(), 1, address=ADDRESS)


def _waiting(*, silent: bool = False) -> World:
    world = World.of(booking(customer=POOR))
    world.tell(OFFICE, Approved(matter(), 1, price=Decimal(300), silent=silent))
    return world


def test_the_office_is_told_what_to_answer() -> None:
    """office/done says that the invoice waits, why, and which answer brings it."""
    world = World.of(booking(customer=POOR))
    done = only(world.tell(OFFICE, Approved(matter(), 1, price=Decimal(300))), "office/done")
    assert done.facts["did"] == (
        "Sabine Müller bekommt den Türcode und die Bitte um die Anschrift.",
        ADDRESS_WANTED,
    )
    assert done.facts["works"] == (("ADRESSE: Am Markt 3, 48565 Steinfurt", "dann schreibt mailbot die Rechnung"),)


def test_an_address_with_the_approval_brings_the_invoice_at_once() -> None:
    """`ok preis 300 ADRESSE: …`: the invoice names the recipient's address."""
    world = World.of(booking(customer=POOR))
    decision = world.tell(OFFICE, Approved(matter(), 1, price=Decimal(300), address=ADDRESS))
    paper = only(decision, "customer/confirmed").facts["invoice"]
    assert isinstance(paper, Invoice)
    assert paper.recipient == ("Sabine Müller", *ADDRESS)
    assert only(decision, "office/done").facts["works"] == ()
    assert known(world).customer == SABINE


def test_an_address_later_brings_the_invoice_that_waited() -> None:
    """CONTRACT: the invoice that had to wait comes as customer/invoice; the booking stays as it was decided."""
    world = _waiting()
    before = known(world)
    decision = world.tell(OFFICE, HERE)
    assert kinds(decision) == ["customer/invoice", "office/done"]
    assert (only(decision, "customer/invoice").attach, only(decision, "customer/invoice").has_code) == (
        ("invoice",),
        False,
    )
    assert only(decision, "office/done").facts["did"] == (
        "Sabine Müller bekommt jetzt die Rechnung SK-2026-00001 über 300,00 €.",
    )
    assert known(world) == replace(before, customer=SABINE, invoice="SK-2026-00001")


def test_after_the_stay_the_late_invoice_comes_without_a_code() -> None:
    """Only the demand for payment goes out."""
    world = _waiting()
    world.now = NOW + timedelta(days=20)
    late = only(world.tell(OFFICE, HERE), "customer/invoice")
    assert (late.has_code, late.attach) == (False, ("invoice",))


def test_after_a_silent_approval_the_late_invoice_goes_to_the_office() -> None:
    """`ok ohne mail` still means that the customer hears nothing."""
    decision = _waiting(silent=True).tell(OFFICE, HERE)
    assert kinds(decision) == ["office/done"]
    assert only(decision, "office/done").attach == ("invoice",)


def test_an_address_before_the_decision_is_noted() -> None:
    """The request goes on waiting; the later `ok` finds the address."""
    world = World.of(booking(customer=POOR))
    assert kinds(world.tell(OFFICE, HERE)) == ["office/done"]
    assert (known(world).state, known(world).customer) == (State.REQUESTED, SABINE)


@pytest.mark.parametrize(
    ("state", "by", "answer", "why"),
    [
        (State.CONFIRMED, OFFICE, HERE, "SK-2026-00009 ist schon geschrieben"),
        (State.CANCELLED, OFFICE, HERE, "ist bereits storniert"),
        (State.REJECTED, OFFICE, HERE, "ist bereits abgelehnt"),
        (State.CONFIRMED, OTHER_OFFICE, HERE, "entscheidet Büro Krümpel"),
        (State.CONFIRMED, OFFICE, replace(HERE, matter=matter("GIBTESNICHT")), "keine offene Buchung"),
        (State.CONFIRMED, OFFICE, replace(HERE, matter=Matter(MatterKind.MAIL, "m1")), "passt nicht zu dieser Mail"),
    ],
)
def test_an_address_that_no_longer_helps_changes_nothing(state: State, by: object, answer: Addressed, why: str) -> None:
    """An issued invoice is never rewritten, a closed booking stays closed, another office decides nothing."""
    world = World.of(booking(state, invoice="SK-2026-00009"))
    decision = world.tell(by, answer)  # type: ignore[arg-type]  # an Actor of the story
    assert (decision.changes, kinds(decision)) == ((), ["office/refused"])
    assert why in str(only(decision, "office/refused").facts["why"])
