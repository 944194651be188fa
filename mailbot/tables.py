"""The table of bookings and the list of codes, for people and scripts: rows from the books. Reads only.

The JSON shapes are those of the contract; cells of CSV and XLSX can never start a formula.
"""

import csv
import io
from decimal import Decimal
from typing import Any

from openpyxl import Workbook

from mailbot.model.booking import Booking, State
from mailbot.model.books import Books
from mailbot.model.codes import DoorCode

Row = dict[str, Any]

COLUMNS = (
    *("code", "state", "resource", "start", "end", "name", "email", "phone", "address", "short_notice", "price"),
    *("paid", "balance", "invoice", "source_reference", "received_at", "decided_at", "decided_by"),
)


def booking_row(booking: Booking, books: Books) -> Row:
    """Give one booking as the contract's JSON: ISO 8601 times with offset, money as strings with two decimals."""
    customer = booking.customer
    is_due = booking.state is State.CONFIRMED or booking.released_at is not None
    paid = books.paid(booking.code)
    asked = booking.price if is_due and booking.price is not None else Decimal(0)
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
        "paid": _money(paid),
        "balance": _money(asked - paid),
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


def bookings_csv(rows: list[Row]) -> str:
    """Write the table of bookings as CSV with a header line; no door codes."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(COLUMNS)
    writer.writerows([_safe(value) for value in _cells(row)] for row in rows)
    return out.getvalue()


def bookings_xlsx(rows: list[Row]) -> bytes:
    """Write the table of bookings as a workbook with sums below; no door codes."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Buchungen"
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([_safe(value) for value in _cells(row)])
    owed = [row for row in rows if row["state"] == State.CONFIRMED or row["released_at"]]
    summed = {"price": owed, "paid": rows, "balance": rows}
    sums = {name: sum((Decimal(row[name]) for row in those if row[name]), Decimal(0)) for name, those in summed.items()}
    sheet.append([str(sums[name]) if name in sums else None for name in COLUMNS])
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(row: Row) -> list[Any]:
    flat = {**row, **row["customer"]}
    return [flat[name] for name in COLUMNS]


def _safe(value: Any) -> Any:
    # A name that starts with one of these would be a formula in a spreadsheet (CWE-1236).
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(value: str) -> bool:
    return value.lstrip("-").replace(".", "", 1).isdigit()


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
