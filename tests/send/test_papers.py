"""papers: the invoice, its cancellation, the GiroCode and the calendar file."""

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from icalendar import Calendar
from outgoing import RULES, TEMPLATES

from mailbot.errors import AskHumanError
from mailbot.model.money import Invoice
from mailbot.send import papers
from mailbot.send.cast import NOW, cast

TEMPLATE = TEMPLATES / "paper" / "invoice.typ"
PAYMENT = RULES.resources["kirche"].payment
PEOPLE = cast(RULES)
INVOICE, CANCELLATION, BOOKING = PEOPLE.invoice, PEOPLE.cancelled, PEOPLE.full


def words(invoice: Invoice) -> str:
    return repr(papers.invoice_facts(invoice, RULES)).replace("\\xa0", " ").replace("\xa0", " ")


def test_a_girocode_asks_for_exactly_what_is_printed() -> None:
    """The GiroCode holds holder, IBAN, amount and the booking code in the unstructured line (EPC069-12)."""
    assert papers.girocode_text(PAYMENT, Decimal("36.00"), "QNBZAQPTAITT").split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "BYLADEM1001",
        "Krümpel GmbH",
        "DE02120300000000202051",
        "EUR36.00",
        "",
        "",
        "QNBZAQPTAITT",
    ]


@pytest.mark.parametrize("amount", ["0.00", "-36.00", "1000000000.00"])
def test_a_girocode_never_asks_for_an_impossible_amount(amount: str) -> None:
    """Nothing, less than nothing, or more than the format holds is no amount to ask for."""
    with pytest.raises(ValueError, match="GiroCode"):
        papers.girocode_text(PAYMENT, Decimal(amount), "QNBZAQPTAITT")


def test_a_girocode_picture_can_be_scanned_in_dark_mode() -> None:
    """The PNG brings its own light margin of four modules and is large enough for a phone's camera."""
    png = papers.girocode_png(PAYMENT, Decimal("36.00"), "QNBZAQPTAITT")
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20]) >= 6 * (21 + 8)
    assert b"tRNS" not in png


def test_an_invoice_names_what_the_law_asks_for() -> None:
    """Issuer, recipient, tax number, number, dates, net, VAT, gross and discount stand on it (§ 14 UStG)."""
    printed = words(INVOICE)
    wanted = ["Rechnung", "SK-2026-00001", "20.11.2026", "28.11.2026", "Krümpel GmbH", "Kirchstraße 1", "311/123/45678"]
    wanted += ["Sabine Müller-Lüdenscheidt", "48565 Steinfurt", "30,25 €", "19 % Umsatzsteuer", "5,75 €", "36,00 €"]
    wanted += ["45,00 €", "Rabatt 20 %", "-9,00 €", "19:30–20:30", "Fr., 04.12.2026", "QNBZAQPTAITT", "DE02 1203"]
    assert [word for word in wanted if word not in printed] == []


def test_a_cancellation_is_an_invoice_of_its_own() -> None:
    """It is called Stornorechnung, names what it takes back, and asks for no money; never a Gutschrift."""
    facts, printed = papers.invoice_facts(CANCELLATION, RULES), words(CANCELLATION)
    assert (facts["title"], facts["pay"], facts["girocode"]) == ("Stornorechnung", [], "")
    assert "die Rechnung SK-2026-00001 auf" in printed
    assert "-36,00 €" in printed
    assert "utschrift" not in printed + TEMPLATE.read_text("utf-8")


def test_a_free_invoice_asks_for_nothing() -> None:
    """At 0 EUR there is neither a GiroCode nor a date to pay by."""
    zero = Decimal("0.00")
    free = replace(INVOICE, gross=zero, net=zero, vat=zero, discount_percent=None)
    assert "Zu bezahlen ist nichts." in words(free)
    assert papers.invoice_facts(free, RULES)["girocode"] == ""
    assert papers.invoice_pdf(TEMPLATE, free, RULES).content.startswith(b"%PDF-")


def test_a_small_business_shows_no_vat() -> None:
    """Under § 19 UStG the paper says so, and names no rate."""
    resource = replace(RULES.resources["kirche"], payment=replace(PAYMENT, small_business_from=NOW.date()))
    rules = replace(RULES, resources={"kirche": resource})
    facts = papers.invoice_facts(replace(INVOICE, vat_percent=Decimal(0), vat=Decimal(0), net=INVOICE.gross), rules)
    assert facts["sums"] == []
    assert "§ 19 UStG" in str(facts["notes"])


def test_an_invoice_is_the_same_every_time() -> None:
    """The same invoice gives the same bytes, and no moment of its printing stands in them."""
    content = papers.invoice_pdf(TEMPLATE, INVOICE, RULES).content
    assert papers.invoice_pdf(TEMPLATE, INVOICE, RULES).content == content
    assert re.findall(rb"CreationDate|ModDate|CreateDate|ModifyDate", content) == []


def test_a_paper_knows_no_clock(tmp_path: Path) -> None:
    """A template that asks for today's date, or lets typst date the file, prints the same day for ever."""
    template = tmp_path / "invoice.typ"
    template.write_text("#set document(date: auto, title: datetime.today().display())\nRechnung", "utf-8")
    content = papers.invoice_pdf(template, INVOICE, RULES).content
    dated = re.findall(rb"D:(\d{8})|Date>(\d{4}-\d\d-\d\d)|(\d{4}-\d\d-\d\d)<", content)
    assert {found.decode().replace("-", "") for day in dated for found in day if found} == {"19700101"}


def test_a_rehearsal_invoice_cannot_pass_for_a_real_one() -> None:
    """A paper of the rehearsal series, or printed while rehearsing, carries the watermark."""
    rehearsing = replace(RULES, site=replace(RULES.site, rehearsal="probe@kruempel.example"))
    assert papers.invoice_facts(INVOICE, RULES)["rehearsal"] is False
    assert papers.invoice_facts(replace(INVOICE, series="PROBE"), RULES)["rehearsal"] is True
    assert papers.invoice_facts(INVOICE, rehearsing)["rehearsal"] is True


@pytest.mark.parametrize(
    "name", ['#panic("boom")', '#include "/etc/passwd"', "*a* _b_ $x$ ] } ) \\", "\x00\u202eok\r\n", ""]
)
def test_a_name_is_data_and_never_markup(name: str) -> None:
    """Whatever a customer calls himself is printed, not run."""
    hostile = replace(INVOICE, recipient=(name, name, name), booking=name or "X")
    assert papers.invoice_pdf(TEMPLATE, hostile, RULES).content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("number", "filename"),
    [("SK-2026-00001", "SK-2026-00001.pdf"), ("RE 2026/7", "RE-2026-7.pdf"), ("../../x\r\n", "x.pdf")],
)
def test_a_paper_is_named_after_its_number(number: str, filename: str) -> None:
    """The file's name is the invoice number, in characters that are safe everywhere."""
    assert papers.invoice_pdf(TEMPLATE, replace(INVOICE, number=number), RULES).filename == filename


def test_a_broken_paper_template_is_named_with_its_line(tmp_path: Path) -> None:
    """A mistake in invoice.typ is a person's business: the message names the file, the line and typst's own word."""
    template = tmp_path / "invoice.typ"
    template.write_text("= Rechnung\n#nothing", "utf-8")
    with pytest.raises(AskHumanError, match=r"invoice\.typ:2: unknown variable: nothing"):
        papers.invoice_pdf(template, INVOICE, RULES)


def test_a_calendar_file_is_added_with_one_tap() -> None:
    """The .ics publishes one event in local time with its time zone, for no one to answer, without the door code."""
    part = papers.calendar_file(BOOKING, RULES, NOW)
    assert part.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    calendar = Calendar.from_ical(part.content)
    (event,) = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Berlin"]
    assert b"DTSTART;TZID=Europe/Berlin:20261128T193000\r\n" in part.content
    assert (str(event["UID"]), event["SEQUENCE"]) == ("QNBZAQPTAITT@soccer-kirche.example", 0)
    assert "ATTENDEE" not in event
    assert b"482913" not in part.content


def test_a_cancelled_event_takes_back_the_same_one() -> None:
    """The cancellation has the same UID and a higher sequence (RFC 5546 section 3.2.5)."""
    moved = replace(BOOKING, sequence=3)
    (event,) = Calendar.from_ical(papers.calendar_file(moved, RULES, NOW, is_cancelled=True).content).walk("VEVENT")
    assert (str(event["UID"]), event["SEQUENCE"]) == ("QNBZAQPTAITT@soccer-kirche.example", 4)
    assert str(event["STATUS"]) == "CANCELLED"


def test_a_calendar_file_speaks_the_customers_language() -> None:
    """What stands in the event is German or English, as its customer is."""
    english = replace(BOOKING, customer=replace(BOOKING.customer, language="en"))
    (event,) = Calendar.from_ical(papers.calendar_file(english, RULES, NOW).content).walk("VEVENT")
    assert str(event["DESCRIPTION"]).startswith("Booking code QNBZAQPTAITT.")
    assert papers.calendar_file(english, RULES, NOW).filename == "booking.ics"


def test_a_summer_evening_is_at_summer_time() -> None:
    """A stay in July stands in the calendar at its local hour; the zone it names knows summer time."""
    zone = RULES.site.timezone
    start = datetime(2027, 7, 3, 19, 30, tzinfo=zone)
    summer = replace(BOOKING, stay=replace(BOOKING.stay, start=start, end=start.replace(hour=21)))
    (event,) = Calendar.from_ical(papers.calendar_file(summer, RULES, NOW).content).walk("VEVENT")
    assert event.decoded("DTSTART") == start
    assert event.decoded("DTEND").utcoffset() == start.utcoffset()
