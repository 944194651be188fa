"""Lists as files: the workbook an office opens, the CSV scripts read, the codes to print."""

import csv
import io
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from openpyxl import load_workbook
from outgoing import COMPOSER, ORDERS, RULES, TEMPLATES

from mailbot.errors import AskHumanError
from mailbot.model.booking import Customer, State
from mailbot.model.codes import DoorCode
from mailbot.model.mail import Thread
from mailbot.model.table import TableLine
from mailbot.send import lists, sheets
from mailbot.send.cast import NOW, cast

FULL = replace(cast(RULES).full, state=State.CONFIRMED, price=Decimal("36.00"), remark=None)
LINES = (
    TableLine(FULL, Decimal("10.00"), Decimal("26.00")),
    TableLine(replace(FULL, code="ZWEITE", price=Decimal("45.50")), Decimal("0.00"), Decimal("45.50")),
)
DANGEROUS = (
    "=1+1",
    "@SUM(A1)",
    "-2+3",
    "+1-1+cmd|' /C calc'!A0",
    "\t=1",
    "＝1+1",
    " ＠SUM(A1)",
    '=HYPERLINK("http://x")',
    "\r=2",
)


def rows_of(lines: tuple[TableLine, ...]) -> list[list[object]]:
    sheet = load_workbook(io.BytesIO(sheets.bookings_xlsx(lines))).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_a_row_a_booking_and_sums() -> None:
    """The workbook has German headings, real dates and amounts, the booking code in front, and sums below."""
    head, first, second, last = rows_of(LINES)
    assert head[:6] == ["Buchungscode", "Stand", "Anlage", "Beginn", "Ende", "Name"]
    assert first[:4] == [FULL.code, "bestätigt", "kirche", datetime(2026, 11, 28, 19, 30)]  # noqa: DTZ001  # a workbook knows no zones
    assert second[0] == "ZWEITE"
    money = slice(head.index("Preis"), head.index("offen") + 1)
    assert first[money] == [36, 10, 26]
    assert last[money] == [81.5, 10, 71.5]
    assert last[0] == "Summe"


@pytest.mark.parametrize("name", DANGEROUS)
def test_no_cell_is_a_formula(name: str) -> None:
    """Whatever a customer calls himself, no cell of workbook or CSV begins a formula."""
    customer = Customer(name, "jo@kunde.example", name, name, name)
    lines = (TableLine(replace(FULL, customer=customer), Decimal(0), Decimal(0)),)
    book = load_workbook(io.BytesIO(sheets.bookings_xlsx(lines)))
    assert book.active is not None
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if cell.data_type == "f"] == []
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    texts += [cell for row in csv.reader(io.StringIO(sheets.bookings_csv(lines)), delimiter=";") for cell in row]
    assert [text for text in texts if text.lstrip()[:1] in tuple("=+-@＝＋－＠")] == []


def test_a_phone_number_stays_a_phone_number() -> None:
    """In the workbook `+49 …` is the text the office knows, without a mark in front."""
    customer = replace(FULL.customer, phone="+49 171 2345678")
    row = rows_of((TableLine(replace(FULL, customer=customer), Decimal(0), Decimal(0)),))[1]
    assert "+49 171 2345678" in row


def test_control_characters_do_no_harm() -> None:
    """A name with control characters makes no broken workbook."""
    customer = replace(FULL.customer, name="Jo\x00\x0b\ud800Ott")
    assert "Ott" in str(rows_of((TableLine(replace(FULL, customer=customer), Decimal(0), Decimal(0)),))[1][5])


def test_no_table_holds_a_door_code() -> None:
    """Neither workbook nor CSV has the door code."""
    assert "482913" not in repr(rows_of(LINES))
    assert "482913" not in sheets.bookings_csv(LINES)


def test_the_csv_keeps_what_scripts_rely_on() -> None:
    """The CSV's columns keep their names, order and form: ISO times with offset, two decimals."""
    head, row = list(csv.reader(io.StringIO(sheets.bookings_csv(LINES[:1])), delimiter=";"))
    assert head[:5] == ["code", "state", "resource", "start", "end"]
    cells = dict(zip(head, row, strict=True))
    assert (cells["state"], cells["start"]) == ("confirmed", "2026-11-28T19:30:00+01:00")
    assert (cells["price"], cells["balance"], cells["short_notice"]) == ("36.00", "26.00", "False")


def test_an_empty_table_is_a_table() -> None:
    """Without a booking there are headings and sums of zero."""
    head, last = rows_of(())
    assert (len(head), last[0]) == (len(sheets.COLUMNS), "Summe")


def attached(kind: str) -> dict[str, bytes]:
    order = next(order for order in ORDERS if order.kind == kind)
    message = message_from_bytes(COMPOSER.compose(order, Thread(), NOW).raw, policy=default)
    assert isinstance(message, EmailMessage)
    return {str(part.get_filename()): part.get_payload(decode=True) for part in message.iter_attachments()}  # type: ignore[misc]  # bytes, as they are decoded


def test_the_mails_carry_their_files() -> None:
    """office/table brings the workbook, office/codes the CSV for the lock and the PDF to print."""
    table = attached("office/table")
    assert list(table) == ["buchungen-2026-11-20.xlsx"]
    assert table["buchungen-2026-11-20.xlsx"].startswith(b"PK")
    codes = attached("office/codes")
    assert list(codes) == ["tuercodes-kirche.csv", "tuercodes-kirche.pdf"]
    assert codes["tuercodes-kirche.pdf"].startswith(b"%PDF")
    assert codes["tuercodes-kirche.csv"].splitlines()[:2] == [b"date,resource,slot,code", b"2026-11-27,kirche,,482913"]


def test_the_printed_codes_have_every_day() -> None:
    """The paper names each month and each day's code, and says when it was made."""
    codes = tuple(
        DoorCode("kirche", date(2026, month, day), None, f"{month}{day:02d}11") for month in (11, 12) for day in (1, 2)
    )
    facts = lists.codes_facts((codes[:2], codes[2:]), RULES.resources["kirche"], RULES, NOW)
    months = facts["months"]
    assert isinstance(months, list)
    assert [month["name"] for month in months] == ["November 2026", "Dezember 2026"]
    assert months[0]["codes"] == [("So., 01.11.", "110111"), ("Mo., 02.11.", "110211")]
    assert facts["made"] == "Stand Fr., 20.11.2026, 10:14 Uhr"


def test_the_same_codes_print_the_same_bytes() -> None:
    """A list printed twice is byte for byte the same, and a broken template is named with its line."""
    order = next(order for order in ORDERS if order.kind == "office/codes")
    one, two = (lists.codes_pdf(order, TEMPLATES, RULES, NOW) for _ in range(2))
    assert one == two
    with pytest.raises(AskHumanError):
        lists.codes_pdf(order, TEMPLATES / "office", RULES, NOW)
    COMPOSER.check()
