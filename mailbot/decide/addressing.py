"""An invoice that waits for the customer's postal address (§ 33 UStDV): `ADRESSE: …` brings it, at any time.

The address is taken with an approval too (reviewing.py). A booking's state never changes here, and an invoice that was
issued is never written anew.
"""

from dataclasses import replace

from mailbot.decide import orders
from mailbot.decide.conditions import CONDITIONS, Case
from mailbot.decide.outcome import Outcome
from mailbot.decide.papers import Bill, billed
from mailbot.decide.refusals import ADDRESS, SENTENCES, ask_back, refused
from mailbot.decide.stale import PROMISES
from mailbot.decide.wording import clean, euro
from mailbot.decide.writers import WRITERS
from mailbot.model.booking import LIVING, Booking, State
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import Addressed, Doubt
from mailbot.model.mail import MatterKind
from mailbot.model.money import Price
from mailbot.model.people import Actor

ADDRESS_WORKS = (ADDRESS,)
ADDRESS_WANTED = (
    "Die Rechnung ist noch nicht geschrieben: Über 250 € braucht sie die Anschrift des Kunden (§ 33 UStDV). "
    "Sobald Sie sie haben, antworten Sie auf diese Mail mit „ADRESSE: …“."
)


def addressed(books: Books, by: Actor, event: Addressed, given: Given) -> Decision:
    """Note a customer's postal address; where an invoice waited for it, issue and send it."""
    is_booking = event.matter.kind is MatterKind.BOOKING
    old = books.booking(event.matter.ref) if is_booking else None
    case = Case.of(books, by, event, given, old)
    if not is_booking:
        return ask_back(case, SENTENCES[Doubt.NOT_HERE])
    if old is None or old.state not in LIVING:
        return refused(case, "")
    if why := _against(case, old):
        return ask_back(case, why)
    street, city = (clean(line, 200) for line in event.address)
    booking = replace(old, customer=replace(old.customer, street=street, city=city))
    return _billed(case, old, booking) if old.state is State.CONFIRMED else _noted(case, booking)


def _against(case: Case, old: Booking) -> str:
    if why := CONDITIONS["own_office"].against(case):
        return why
    if old.state is State.CONFIRMED and old.invoice:
        return f"Die Rechnung {old.invoice} ist schon geschrieben; ihre Anschrift ändert sich nicht mehr."
    return ""


def _noted(case: Case, booking: Booking) -> Decision:
    did = ("Die Anschrift ist vermerkt. Die Anfrage selbst wartet weiter auf Ihre Entscheidung.",)
    outcome = Outcome(case.books, case.given, case.by, booking, said=_said(booking), did=did)
    return Decision((booking,), WRITERS["office/done"](outcome), (), _note(booking, ""), "addressed")


def _billed(case: Case, old: Booking, booking: Booking) -> Decision:
    price = _price(booking)
    bill = billed(case.books, old, booking, price, case.given)
    assert bill.invoice
    booking = replace(booking, invoice=bill.invoice.number)
    outcome = Outcome(
        case.books,
        case.given,
        case.by,
        booking,
        price=price,
        invoice=bill.invoice,
        said=_said(booking),
        is_silent=not _may_tell(case, booking),
    )
    outcome = replace(outcome, did=(_told(outcome, bill),))
    mails = (*WRITERS["customer/invoice"](outcome), *WRITERS["office/done"](outcome))
    note = f" Rechnung {bill.invoice.number} über {euro(bill.invoice.gross)}."
    return Decision((booking, *bill.changes), mails, (), _note(booking, note), "addressed")


def _may_tell(case: Case, booking: Booking) -> bool:
    """Tell whether the customer hears of this confirmation: not after a silent one, nor at a robot's address."""
    told = (mail.kind in PROMISES for mail in case.books.mails_about(orders.about(booking)))
    return any(told) and orders.may_write_to(booking.customer.email, case.given.rules)


def _told(outcome: Outcome, bill: Bill) -> str:
    assert bill.invoice
    paper = f"die Rechnung {bill.invoice.number} über {euro(bill.invoice.gross)}"
    name = outcome.booking.customer.name
    return f"{name} bekommt keine Mail; {paper} liegt bei." if outcome.is_silent else f"{name} bekommt jetzt {paper}."


def _price(booking: Booking) -> Price:
    assert booking.price is not None
    return Price(booking.list_price or booking.price, booking.price, booking.discount_percent)


def _said(booking: Booking) -> str:
    return f"Anschrift: {booking.customer.address}"


def _note(booking: Booking, more: str) -> tuple[tuple[str, str], ...]:
    return ((booking.code, f"Anschrift ergänzt: {booking.customer.address}.{more}"),)
