"""The invoices a decision about a booking issues: a new one, and the cancellation of the one it replaces.

Numbers come from decide/billing; both papers of one decision draw from the same counter, one after the other.
"""

from dataclasses import dataclass

from mailbot.decide import billing, orders
from mailbot.model.booking import Booking
from mailbot.model.books import Books
from mailbot.model.decisions import Given
from mailbot.model.money import Invoice, Price
from mailbot.model.records import Change


@dataclass(frozen=True, slots=True)
class Bill:
    """A new invoice (None: it waits for the customer's address), the cancellation of the one before, their records."""

    invoice: Invoice | None
    cancelled: Invoice | None
    changes: tuple[Change, ...]


def billed(books: Books, old: Booking, booking: Booking, price: Price, given: Given) -> Bill:
    """Issue the invoice of a confirmed booking; what `old` was billed with is cancelled first.

    Raises AskHumanError where rules.yaml has no VAT rate for the stay.
    """
    cancelled, changes = taken_back(books, old, given)
    if billing.has_to_wait(booking.customer, price.asked):
        return Bill(None, cancelled, changes)
    resource = orders.resource_named(booking.stay.resource, given.rules)
    invoice, counter = billing.invoice(booking, price, resource, given, books.after(changes))
    return Bill(invoice, cancelled, (*changes, invoice, counter))


def taken_back(books: Books, booking: Booking, given: Given) -> tuple[Invoice | None, tuple[Change, ...]]:
    """Cancel the invoice a booking stands billed with; nothing where there is none."""
    invoice = books.invoice(booking.invoice) if booking.invoice else None
    if invoice is None:
        return None, ()
    resource = orders.resource_named(booking.stay.resource, given.rules)
    cancellation, counter = billing.cancellation(invoice, resource, given, books)
    return cancellation, (cancellation, counter)
