"""The table of bookings and the list of codes, for people and scripts: rows from the books. Reads only.

The JSON shapes are those of the contract; as files for people the table is written by send/sheets.py.
"""

from decimal import Decimal
from typing import Any

from mailbot.model.booking import Booking, State
from mailbot.model.books import Books
from mailbot.model.codes import DoorCode
from mailbot.model.table import table_line

Row = dict[str, Any]


def booking_row(booking: Booking, books: Books) -> Row:
    """Give one booking as the contract's JSON: ISO 8601 times with offset, money as strings with two decimals."""
    customer = booking.customer
    line = table_line(booking, books)
    is_told = booking.state is State.CONFIRMED or booking.released_at is not None
    return {
        "code": booking.code,
        "state": booking.state.value,
        "resource": booking.stay.resource,
        "start": booking.stay.start.isoformat(),
        "end": booking.stay.end.isoformat(),
        "customer": {
            "name": customer.name,
            "email": customer.email,
            "phone": customer.phone,
            "address": customer.address,
        },
        "short_notice": booking.short_notice,
        "door_code": booking.door_code if is_told else None,
        "released_at": booking.released_at.isoformat() if booking.released_at else None,
        "released_by": booking.released_by,
        "price": _money(booking.price),
        "paid": _money(line.paid),
        "balance": _money(line.balance),
        "invoice": booking.invoice,
        "dunning_level": 0,
        "source": booking.source,
        "source_reference": booking.source_reference,
        "received_at": booking.received_at.isoformat(),
        "decided_at": booking.decided_at.isoformat() if booking.decided_at else None,
        "decided_by": booking.decided_by,
    }


def code_row(code: DoorCode) -> Row:
    """Give one door code as the contract's JSON."""
    return {"date": code.day.isoformat(), "resource": code.resource, "slot": code.slot, "code": code.code}


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
