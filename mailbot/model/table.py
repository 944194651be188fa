"""The table of bookings: one line a booking, with what was asked, paid and is still open. Worked out, never stored."""

from dataclasses import dataclass
from decimal import Decimal

from mailbot.model.booking import Booking, State
from mailbot.model.books import Books


@dataclass(frozen=True, slots=True)
class TableLine:
    """A booking with its money, EUR: `balance` is price − paid while confirmed or released, else −paid."""

    booking: Booking
    paid: Decimal
    balance: Decimal


def table_line(booking: Booking, books: Books) -> TableLine:
    """Give the line of one booking."""
    is_due = booking.state is State.CONFIRMED or booking.released_at is not None
    paid = books.paid(booking.code)
    asked = booking.price if is_due and booking.price is not None else Decimal(0)
    return TableLine(booking, paid, asked - paid)
