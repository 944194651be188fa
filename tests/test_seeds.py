"""The two papers that were there before mailbot, played end to end: the office's workflow and CKalender's bookings.

The workflow's points 1 to 11 are one function each, in one world: what a point leaves behind is where the next begins.
docs/seeds.md quotes both papers sentence by sentence.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage, Message
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from world import MAILBOT, OFFICE, World, attached, digits_in, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import Booking, State
from mailbot.model.codes import DoorCode
from mailbot.model.decisions import Arrival
from mailbot.model.events import CodesGenerated
from mailbot.model.money import Invoice
from mailbot.model.people import OPERATOR
from mailbot.model.rules import Discount

BERLIN = ZoneInfo("Europe/Berlin")
DEPUTY, DESK = "chefin@kruempel.example", "theke@medifit.example"
PHONE = "+49 2557 9999999"
IBAN = "DE02120300000000202051"
FREES = "https://soccer-kirche.youcanbook.me/cancel/9f3c"
SEASON = date(2026, 9, 15), date(2027, 5, 31)
# Booking codes: a good request, one that is not plausible, one at short notice, and one of a regular customer.
GOOD, ODD, SHORT, REGULAR = "QNBZAQPTAITT", "KJHGFDSAPOIU", "LMNOPQRSTUVW", "AAHKLQWERTZU"


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """Give a moment of the story; 23 November 2026 is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


MORNING = at(23, 9)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    church = base.resources["kirche"]
    codes = replace(church.door_codes, season_from=SEASON[0], season_to=SEASON[1])
    regular = Discount(stage.CUSTOMER, Decimal(20), since=date(2026, 12, 10), reason="Dauerbuchung")
    accounts = {**stage.accounts(base), "deputy": DEPUTY}
    with EmbeddedServers(accounts, stage.PASSWORD, base.trust.authserv_id) as servers:
        rules = replace(
            stage.on_servers(base, servers),
            resources={"kirche": replace(church, door_codes=codes)},
            discounts=(*base.discounts, regular),
        )
        yield World(servers, rules, tmp_path / "data", lambda: at(23, 6))


def turned(world: World, now: datetime) -> dict[str, list[str]]:
    """Let a daemon make its pass at a moment; gives the kinds each person got, without the desk's rolling list."""
    world.clock = lambda: now
    world.turn()
    return {name: [kind for kind in kinds if kind != "desk/codes"] for name, kinds in world.kinds().items()}


def books_on(website: World, code: str, start: datetime) -> None:
    """Let the customer book on the website: its notice arrives, with the link that frees the time again."""
    mail = stage.notice(stage.Request(code, "Kim Kunde", start, 60), MAILBOT, website.clock())
    mail.set_content(f"{mail.get_content()}\nBuchung stornieren\n{FREES}\n")
    website.send(mail, stage.NOTICES)


def about(world: World, name: str, kind: str, code: str) -> Message:
    """Give the newest mail of a kind about one booking."""
    return [m for m in world.mails(name) if (m["Mailbot-Kind"], m["Mailbot-Booking"]) == (kind, code)][-1]


def in_books(world: World, code: str) -> tuple[Booking, DoorCode, Invoice | None]:
    """Give a booking, the door code of its date, and its invoice."""
    daemon = world.open()
    try:
        books = daemon.flow.books()
        booking = books.booking(code)
        assert booking
        door = books.door_code("kirche", booking.stay.day)
        assert door
        return booking, door, books.invoice(booking.invoice or "")
    finally:
        daemon.close()


def table(world: World, now: datetime) -> dict[str, dict[str, object]]:
    """Let the office ask for the table of bookings; gives its rows by booking code, with the sums as `Summe`."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = OFFICE, MAILBOT, "liste"
    mail["Message-ID"] = f"<liste.{now:%m%d%H%M}@kruempel.example>"
    mail.set_content("")
    world.send(mail, OFFICE)
    assert "office/table" in turned(world, now)["office"]
    (book,) = cast("EmailMessage", world.last("office", "office/table")).iter_attachments()
    sheet = load_workbook(io.BytesIO(book.get_content())).active
    assert sheet is not None
    head, *rows = sheet.iter_rows(values_only=True)
    return {str(row[0]): dict(zip(map(str, head), row, strict=True)) for row in rows}


def test_the_workflow_point_by_point(world: World) -> None:
    """The season of the office's own paper, from its door codes to the payments in its table, in its own order."""
    one_the_codes_of_the_season(world)
    two_to_four_a_request_tells_everybody(world)
    five_the_office_checks_on_its_next_day(world)
    six_the_customer_gets_code_and_payment_data(world)
    seven_and_eight_a_code_by_phone(world)
    nine_the_same_mail_on_the_next_office_day(world)
    ten_a_discount_in_the_invoice(world)
    eleven_payments_in_the_table(world)


def one_the_codes_of_the_season(world: World) -> None:
    world.command(Arrival("command:codes:season", OPERATOR, CodesGenerated()))
    assert turned(world, at(23, 7, 5))["office"] == ["office/codes"]
    mail = world.last("office", "office/codes")
    files = {str(p.get_filename()): p.get_content() for p in cast("EmailMessage", mail).iter_attachments()}
    assert sorted(files) == ["tuercodes-kirche.csv", "tuercodes-kirche.pdf"]
    codes = {row["date"]: row["code"] for row in csv.DictReader(io.StringIO(files["tuercodes-kirche.csv"]))}
    assert len(codes) == (SEASON[1] - SEASON[0]).days + 1
    # Medifit has the codes of the next days, and of no other.
    listed = digits_in(text_of(world.last("medifit", "desk/codes")))
    assert listed & set(codes.values()) == {codes[f"2026-11-{day}"] for day in (23, 24, 25, 26)}


def two_to_four_a_request_tells_everybody(world: World) -> None:
    evening = at(26, 18)
    world.clock = lambda: evening
    books_on(world, GOOD, at(5, 19, 30, month=12))
    assert turned(world, evening) == {
        "customer": ["customer/received"],
        "office": ["office/review"],
        "medifit": ["desk/request"],
        "platzwart": ["subscriber/request"],
    }
    books_on(world, ODD, at(6, 19, 30, month=12))
    assert turned(world, evening)["customer"] == ["customer/received"]
    assert GOOD in text_of(about(world, "customer", "customer/received", GOOD))
    for name, kind in (("office", "office/review"), ("medifit", "desk/request")):
        assert "Kim Kunde" in text_of(about(world, name, kind, GOOD))
    world.answer(world.last("customer", "customer/received"), "belegung", sender=stage.CUSTOMER)
    assert turned(world, evening)["customer"] == ["customer/occupancy"]
    assert is_taken(world, "Sa., 05.12.2026")
    assert is_taken(world, "So., 06.12.2026")


def is_taken(world: World, day: str) -> bool:
    """Tell whether the newest occupancy shows half past seven of that day as taken."""
    lines = text_of(world.last("customer", "customer/occupancy")).replace("\u00a0", " ").splitlines()
    (line,) = [line for line in lines if line.startswith(day)]
    return "19:30" in line


def five_the_office_checks_on_its_next_day(world: World) -> None:
    morning = at(27, 8, 1)
    assert turned(world, morning)["office"] == ["office/digest"]
    digest = text_of(world.last("office", "office/digest"))
    assert GOOD in digest
    assert ODD in digest
    world.answer(about(world, "office", "office/review", ODD), "nein: Bitte rufen Sie uns an")
    told = turned(world, morning + timedelta(minutes=4))
    assert (told["customer"], told["office"]) == (["customer/rejected"], ["office/done"])
    assert "Bitte rufen Sie uns an" in text_of(world.last("customer", "customer/rejected"))
    assert FREES in text_of(world.last("office", "office/done"))
    assert world.bookings()[ODD].state is State.REJECTED
    world.answer(world.last("customer", "customer/rejected"), "belegung", sender=stage.CUSTOMER)
    turned(world, morning + timedelta(minutes=5))
    assert is_taken(world, "Sa., 05.12.2026")
    assert not is_taken(world, "So., 06.12.2026")


def six_the_customer_gets_code_and_payment_data(world: World) -> None:
    world.answer(about(world, "office", "office/review", GOOD), "ok")
    assert turned(world, at(27, 8, 10))["customer"] == ["customer/confirmed"]
    booking, door, invoice = in_books(world, GOOD)
    mail = world.last("customer", "customer/confirmed")
    text = text_of(mail)
    assert booking.state is State.CONFIRMED
    assert door.code in digits_in(text)
    assert invoice
    assert f"{invoice.number}.pdf" in attached(mail)
    assert is_payable(text, GOOD, "45,00")


def is_payable(text: str, reference: str, amount: str) -> bool:
    """Tell whether a mail says what to pay, where to, and the booking code as what for."""
    lines = text.replace("\u00a0", " ").splitlines()
    named = [line for line in lines if line.startswith("Verwendungszweck")]
    return IBAN in text.replace(" ", "") and amount in text and any(reference in line for line in named)


def seven_and_eight_a_code_by_phone(world: World) -> None:
    saturday = at(28, 16, 30)
    world.clock = lambda: saturday
    books_on(world, SHORT, at(28, 19, 30))
    turned(world, saturday)
    received = text_of(world.last("customer", "customer/received")).replace("\u00a0", " ")
    assert PHONE in received
    assert SHORT in received
    request = world.last("medifit", "desk/request")
    assert str(request["Subject"]).startswith("Eilig")
    for word in ("Kim Kunde", "23 45 678", SHORT):
        assert word in text_of(request).replace("\u00a0", " ")
    _, door, _ = in_books(world, SHORT)
    assert door.code in digits_in(text_of(world.last("medifit", "desk/codes")))
    world.answer(request, "ausgegeben", sender=DESK)
    assert turned(world, at(28, 16, 40))["medifit"] == ["desk/done"]
    row = table(world, at(28, 16, 45))[SHORT]
    assert row["kurzfristig"] == "ja"
    assert row["ausgegeben von"] == f"medifit {DESK}"
    assert row["Code ausgegeben am"] == at(28, 16, 40).replace(tzinfo=None)


def nine_the_same_mail_on_the_next_office_day(world: World) -> None:
    assert turned(world, at(30, 8, 29))["customer"] == []
    assert turned(world, at(30, 8, 31))["customer"] == ["customer/payment"]
    mail = world.last("customer", "customer/payment")
    booking, door, invoice = in_books(world, SHORT)
    assert (booking.state, booking.decided_by) == (State.CONFIRMED, "clock")
    assert invoice
    assert f"{invoice.number}.pdf" in attached(mail)
    assert is_payable(text_of(mail), SHORT, "45,00")
    assert door.code not in digits_in(text_of(mail))


def ten_a_discount_in_the_invoice(world: World) -> None:
    books_on(world, REGULAR, at(13, 19, 30, month=12))
    turned(world, at(30, 9))
    world.answer(about(world, "office", "office/review", REGULAR), "ok")
    assert turned(world, at(30, 9, 5))["customer"] == ["customer/confirmed"]
    _, _, invoice = in_books(world, REGULAR)
    assert invoice
    assert (invoice.list_price, invoice.discount_percent, invoice.gross) == (Decimal(45), Decimal(20), Decimal(36))
    assert is_payable(text_of(world.last("customer", "customer/confirmed")), REGULAR, "36,00")


def eleven_payments_in_the_table(world: World) -> None:
    world.answer(about(world, "office", "office/done", GOOD), "bezahlt")
    world.answer(about(world, "office", "office/done", REGULAR), "bezahlt 30")
    assert turned(world, at(30, 9, 30))["office"] == ["office/done", "office/done"]
    rows = table(world, at(30, 9, 35))
    money = {code: tuple(row[name] or 0 for name in ("Preis", "bezahlt", "offen")) for code, row in rows.items()}
    assert money[GOOD] == (45, 45, 0)
    assert money[SHORT] == (45, 0, 45)
    assert money[REGULAR] == (36, 30, 6)
    assert money["Summe"][1:] == (75, 51)


def requested(world: World) -> dict[str, list[str]]:
    """Let one request come in on a Monday morning; gives the kinds each person got."""
    world.command(Arrival("command:codes:season", OPERATOR, CodesGenerated(is_quiet=True)))
    world.clock = lambda: MORNING
    books_on(world, GOOD, at(5, 19, 30, month=12))
    return turned(world, MORNING)


def test_a_calendar_without_an_account_by_mail(world: World) -> None:
    """Nobody logs in: request, who is told, what is taken, and a colleague's `ändern`, all of it by mail."""
    told = requested(world)
    assert (told["office"], told["platzwart"]) == (["office/review"], ["subscriber/request"])
    assert told["customer"] == ["customer/received"]
    received = world.last("customer", "customer/received")
    assert world.rules.site.contact in text_of(received)
    world.answer(about(world, "office", "office/review", GOOD), "ändern 20:00-21:30", DEPUTY)
    assert turned(world, MORNING)["customer"] == ["customer/confirmed"]
    booking, door, _ = in_books(world, GOOD)
    assert (booking.state, booking.decided_by) == (State.CONFIRMED, f"office {DEPUTY}")
    text = text_of(world.last("customer", "customer/confirmed"))
    for words in ("19:30–20:30", "20:00–21:30", world.rules.site.contact):
        assert words in text
    assert door.code in digits_in(text)
    world.answer(received, "belegung", sender=stage.CUSTOMER)
    turned(world, MORNING)
    assert "20:00–21:30" in text_of(world.last("customer", "customer/occupancy"))


def test_a_confirmation_without_telling_the_customer(world: World) -> None:
    """`ok ohne mail` confirms; subscribers and desk hear it, the customer does not."""
    requested(world)
    world.answer(about(world, "office", "office/review", GOOD), "ok ohne mail")
    assert turned(world, MORNING) == {
        "customer": [],
        "office": ["office/done"],
        "medifit": ["desk/decided"],
        "platzwart": ["subscriber/decided"],
    }
    assert world.bookings()[GOOD].state is State.CONFIRMED
