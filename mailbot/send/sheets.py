"""Tables as files for people and scripts: CSV and workbook of bookings, CSV of door codes. Only user of openpyxl.

The table of bookings holds no door code. A cell can never start a formula, whatever a customer calls himself. Fails
with DiskError where the workbook finds no room for its temporary file.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from tempfile import gettempdir

from lxml.etree import LxmlError  # type: ignore[import-untyped]  # the library ships no types
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from mailbot.errors import DiskError
from mailbot.model.booking import State
from mailbot.model.codes import DoorCode
from mailbot.model.table import TableLine
from mailbot.send.language import state

Value = str | Decimal | datetime | None

# The columns scripts rely on, and what the office reads above them.
COLUMNS = {
    "code": "Buchungscode",
    "state": "Stand",
    "resource": "Anlage",
    "start": "Beginn",
    "end": "Ende",
    "name": "Name",
    "email": "E-Mail",
    "phone": "Telefon",
    "address": "Anschrift",
    "short_notice": "kurzfristig",
    "price": "Preis",
    "paid": "bezahlt",
    "balance": "offen",
    "invoice": "Rechnung",
    "source_reference": "Nummer der Quelle",
    "received_at": "Eingang",
    "decided_at": "entschieden am",
    "decided_by": "entschieden von",
    "released_at": "Code ausgegeben am",
    "released_by": "ausgegeben von",
}
SUMMED = ("price", "paid", "balance")
WIDTHS = {"code": 16, "name": 26, "email": 30, "phone": 18, "address": 34, "start": 17, "end": 17, "decided_by": 32}
TIME_FORMAT, MONEY_FORMAT = "dd.mm.yyyy hh:mm", '#,##0.00" €"'


_PHONE = re.compile(r"\+[\d /().-]{5,30}")


def bookings_csv(lines: Iterable[TableLine]) -> str:
    """Write the table as CSV with a header line: ISO 8601 times with offset, amounts with two decimals."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(COLUMNS)
    writer.writerows([_plain(name, value) for name, value in _cells(line).items()] for line in lines)
    return out.getvalue()


def codes_csv(codes: Iterable[DoorCode]) -> str:
    """Write door codes as the list for the lock: date, resource, slot, code."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("date", "resource", "slot", "code"))
    writer.writerows((code.day.isoformat(), code.resource, code.slot or "", code.code) for code in codes)
    return out.getvalue()


def bookings_xlsx(lines: Sequence[TableLine]) -> bytes:
    """Write the table as a workbook for the office: German headings, real dates and amounts, sums in the last row."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Buchungen"
    rows = [_cells(line) for line in lines]
    sheet.append(list(COLUMNS.values()))
    for row in rows:
        sheet.append([_shown(value) for value in row.values()])
    sums = {name: sum((Decimal(str(row[name])) for row in rows if row[name]), Decimal(0)) for name in SUMMED}
    sheet.append([{"code": "Summe", **sums}.get(name) for name in COLUMNS])
    _lay_out(sheet)
    out = io.BytesIO()
    try:
        book.save(out)
    except (OSError, LxmlError) as error:
        # openpyxl writes each sheet to a temporary file first.
        raise DiskError(f"the workbook of bookings cannot be written in {gettempdir()}: {error}") from error
    return out.getvalue()


def _lay_out(sheet: Worksheet) -> None:
    last = sheet.max_row
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{last - 1}"
    for number, name in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS.get(name, 14)
    for row in sheet.iter_rows():
        for cell in row:
            if cell.row in (1, last):
                cell.font = Font(bold=True)
            if isinstance(cell.value, datetime | Decimal):
                cell.number_format = TIME_FORMAT if isinstance(cell.value, datetime) else MONEY_FORMAT


def _cells(line: TableLine) -> dict[str, Value]:
    booking, customer = line.booking, line.booking.customer
    values: dict[str, Value] = {
        "code": booking.code,
        "state": booking.state,
        "resource": booking.stay.resource,
        "start": booking.stay.start,
        "end": booking.stay.end,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "address": customer.address,
        "short_notice": "ja" if booking.short_notice else "",
        "price": booking.price,
        "paid": line.paid,
        "balance": line.balance,
        "invoice": booking.invoice,
        "source_reference": booking.source_reference,
        "received_at": booking.received_at,
        "decided_at": booking.decided_at,
        "decided_by": booking.decided_by,
        "released_at": booking.released_at,
        "released_by": booking.released_by,
    }
    return {name: values[name] for name in COLUMNS}


def _plain(name: str, value: Value) -> str:
    if name == "short_notice":
        return str(bool(value))
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value:.2f}" if isinstance(value, Decimal) else _safe(str(value or ""))


def _shown(value: Value) -> Value:
    """Give a cell's value as the office reads it; a workbook knows no zones, so times are the site's local ones."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, State):
        return state("de", value)
    if not isinstance(value, str):
        return value
    text = _printable(value)
    return text if _PHONE.fullmatch(text) else _safe(text)


def _printable(value: str) -> str:
    # XML holds no control characters: openpyxl would refuse the whole book for one of them.
    return "".join(sign if sign.isprintable() else " " for sign in value)


def _safe(value: str) -> str:
    # A name that starts with one of these would be a formula in a spreadsheet (CWE-1236), some read ＝ for = too.
    first = unicodedata.normalize("NFKC", value.lstrip()[:1])
    return f"'{value}" if first in ("=", "+", "-", "@") or value[:1] in ("\t", "\r") else value
