"""The papers that travel with a mail: invoice PDF, GiroCode picture, calendar file. Decides no amount and no date.

Only user of typst, segno and icalendar. The same facts give the same bytes. What cannot be built raises AskHumanError.
"""

import io
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import segno
import typst
from icalendar import Calendar, Event, Timezone

from mailbot.errors import AskHumanError
from mailbot.model.booking import Booking, Stay
from mailbot.model.money import Invoice, InvoiceKind
from mailbot.model.rules import Payment, Resource, Rules
from mailbot.send import language, plain
from mailbot.send.mime import Part

# Dark green on white: strong enough for every scanner, calmer than black.
_INK = "#123524"
_CALENDAR_WORDS = {
    "de": ("Buchungscode {code}. Den Türcode finden Sie in unserer Mail. Fragen: {contact}", "termin.ics"),
    "en": ("Booking code {code}. You find the door code in our mail. Questions: {contact}", "booking.ics"),
}


def invoice_pdf(template: Path, invoice: Invoice, rules: Rules) -> Part:
    """Print an invoice or cancellation as PDF, named after its number; raises AskHumanError with typst's own words."""
    content = printed(template, invoice_facts(invoice, rules))
    return Part("application/pdf", content, re.sub(r"[^A-Za-z0-9._-]+", "-", invoice.number).strip(".-") + ".pdf")


def printed(template: Path, facts: Mapping[str, object]) -> bytes:
    """Print a paper of words as PDF, the same bytes each time; raises AskHumanError with typst's own words."""
    words = json.dumps(facts, ensure_ascii=False)
    try:
        content = typst.compile(str(template), ignore_system_fonts=True, sys_inputs={"paper": words}, timestamp=0)
    except typst.TypstError as error:
        raise AskHumanError(f"{template}:{typst_mistake(error)}") from error
    except OSError as error:
        raise AskHumanError(f"{template}: is missing") from error
    assert isinstance(content, bytes)
    return content


def typst_mistake(error: typst.TypstError) -> str:
    """Say a mistake of the paper's template in one line that begins with its number."""
    place = re.search(r":(\d+):(\d+)", error.diagnostic or "")
    return plain.one_line(f"{place[1] if place else 1}: {error.message}")


def invoice_facts(invoice: Invoice, rules: Rules) -> dict[str, object]:
    """Give what invoice.typ prints, as words (§ 14 (4) UStG); a cancellation asks for no payment."""
    resource = rules.resources[invoice.resource]
    pay, is_due = resource.payment, invoice.kind is InvoiceKind.INVOICE and invoice.gross > 0
    words = language.filters("de")
    return {
        "title": "Rechnung" if invoice.kind is InvoiceKind.INVOICE else "Stornorechnung",
        "number": invoice.number,
        "rehearsal": bool(invoice.series or rules.site.rehearsal),
        "site": rules.site.name,
        "contact": rules.site.contact,
        "issuer": [line.strip() for line in pay.issuer.split(",")],
        "tax_number": pay.tax_number,
        "holder": pay.holder,
        "iban": language.iban(pay.iban),
        "bic": pay.bic or "",
        "recipient": [plain.one_line(line, 70) for line in invoice.recipient],
        "facts": _facts(invoice),
        "opening": _opening(invoice),
        "lines": _lines(invoice, resource),
        "sums": [
            ("darin Nettobetrag", words["money"](invoice.net)),
            (f"darin {words['percent'](invoice.vat_percent)} Umsatzsteuer", words["money"](invoice.vat)),
        ]
        if invoice.vat_percent
        else [],
        "total": ("Gesamtbetrag", words["money"](invoice.gross)),
        "notes": _notes(invoice, pay, is_due),
        "pay": _how_to_pay(invoice, pay) if is_due else [],
        "girocode": girocode_svg(pay, invoice.gross, invoice.booking) if is_due else "",
        "girocode_alt": f"GiroCode über {words['money'](invoice.gross)}",
    }


def _stay_of(invoice: Invoice) -> Stay:
    return Stay(invoice.resource, invoice.served_from, invoice.served_to)


def _facts(invoice: Invoice) -> list[tuple[str, str]]:
    rows = [
        ("Nummer", invoice.number),
        ("Datum", f"{invoice.issued_on:%d.%m.%Y}"),
        ("Leistungsdatum", f"{invoice.served_from:%d.%m.%Y}"),
        ("Buchungscode", invoice.booking),
    ]
    return [*rows[:1], ("zur Rechnung", invoice.cancels), *rows[1:]] if invoice.cancels else rows


def _opening(invoice: Invoice) -> str:
    if invoice.kind is InvoiceKind.CANCELLATION:
        return f"Hiermit heben wir die Rechnung {invoice.cancels or ''} auf."
    return "Vielen Dank für Ihre Buchung. Wir berechnen Ihnen:"


def _lines(invoice: Invoice, resource: Resource) -> list[tuple[str, str]]:
    what = f"Nutzung {resource.name}\n{language.long_when('de', _stay_of(invoice))}"
    if not invoice.discount_percent:
        return [(what, language.money("de", invoice.gross))]
    sign = -1 if invoice.gross < 0 else 1
    listed = abs(invoice.list_price) * sign
    off = f"Rabatt {language.percent('de', invoice.discount_percent)}"
    return [(what, language.money("de", listed)), (off, language.money("de", invoice.gross - listed))]


def _notes(invoice: Invoice, pay: Payment, is_due: bool) -> list[str]:
    is_small = pay.small_business_from is not None and pay.small_business_from <= invoice.issued_on
    notes = ["Gemäß § 19 UStG wird keine Umsatzsteuer berechnet."] if is_small and not invoice.vat_percent else []
    if is_due:
        due = language.day("de", invoice.due_on)
        return [*notes, f"Bitte überweisen Sie {language.money('de', invoice.gross)} bis zum {due}."]
    return [*notes, "Zu bezahlen ist nichts."] if invoice.kind is InvoiceKind.INVOICE else notes


def _how_to_pay(invoice: Invoice, pay: Payment) -> list[tuple[str, str]]:
    rows = [
        ("Betrag", language.money("de", invoice.gross)),
        ("Empfänger", pay.holder),
        ("IBAN", language.iban(pay.iban)),
        ("BIC", pay.bic or ""),
        ("Verwendungszweck", invoice.booking),
    ]
    return [(label, value) for label, value in rows if value]


def girocode_text(pay: Payment, amount: Decimal, reference: str) -> str:
    """Write a credit transfer after EPC069-12, version 002, UTF-8; the reference stands in the unstructured line."""
    if not Decimal("0.01") <= amount <= Decimal("999999999.99"):
        raise ValueError(f"a GiroCode cannot ask for {amount} EUR")
    lines = ("BCD", "002", "1", "SCT", pay.bic or "", pay.holder[:70], pay.iban.replace(" ", ""), f"EUR{amount:.2f}")
    return "\n".join((*lines, "", "", plain.one_line(reference, 140)))


@lru_cache(maxsize=64)
def _girocode(pay: Payment, amount: Decimal, reference: str) -> segno.QRCode:
    content = girocode_text(pay, amount, reference).encode()
    # EPC069-12 asks for error level M and at most version 13.
    return segno.make_qr(content, error="m", boost_error=False)


def girocode_png(pay: Payment, amount: Decimal, reference: str) -> bytes:
    """Draw the GiroCode for a mail, with the quiet zone that scanners need in dark mode too."""
    picture = io.BytesIO()
    _girocode(pay, amount, reference).save(picture, kind="png", scale=6, border=4, dark=_INK)
    return picture.getvalue()


def girocode_svg(pay: Payment, amount: Decimal, reference: str) -> str:
    """Draw the GiroCode for print."""
    return str(_girocode(pay, amount, reference).svg_inline(border=2, dark=_INK, omitsize=False))


def calendar_file(booking: Booking, rules: Rules, now: datetime, is_cancelled: bool = False) -> Part:
    """Write a booking as .ics (RFC 5545); a cancelled one takes the event with the same UID back (RFC 5546 3.2.5).

    PUBLISH and not REQUEST: a phone adds it with one tap, and nobody's calendar sends us an answer.
    """
    method = "CANCEL" if is_cancelled else "PUBLISH"
    calendar = Calendar()
    for name, value in (("version", "2.0"), ("prodid", "-//mailbot//booking//DE"), ("method", method)):
        calendar.add(name, value)
    calendar.add_component(_timezone(str(rules.site.timezone), booking.stay.start.year))
    calendar.add_component(_event(booking, rules, now, is_cancelled))
    name = _CALENDAR_WORDS[_spoken(booking)][1]
    return Part(f"text/calendar; charset=utf-8; method={method}", calendar.to_ical(), name)


def _spoken(booking: Booking) -> str:
    return booking.customer.language if booking.customer.language in _CALENDAR_WORDS else "de"


@lru_cache(maxsize=16)
def _timezone(name: str, year: int) -> Timezone:
    return Timezone.from_tzinfo(ZoneInfo(name), name, date(year - 1, 1, 1), date(year + 2, 1, 1))


def _event(booking: Booking, rules: Rules, now: datetime, is_cancelled: bool) -> Event:
    resource, smtp = rules.resources[booking.stay.resource], rules.smtp
    text = _CALENDAR_WORDS[_spoken(booking)][0].format(code=booking.code, contact=rules.site.contact)
    fields: dict[str, object] = {
        "uid": f"{booking.code}@{smtp.sender_address.rpartition('@')[2]}",
        "sequence": booking.sequence + is_cancelled,
        "dtstamp": now.astimezone(ZoneInfo("UTC")),
        "dtstart": booking.stay.start.astimezone(rules.site.timezone),
        "dtend": booking.stay.end.astimezone(rules.site.timezone),
        "summary": resource.name,
        "location": f"{resource.name}, {resource.address}",
        "description": text,
        "status": "CANCELLED" if is_cancelled else "CONFIRMED",
        "organizer": f"mailto:{smtp.sender_address}",
    }
    event = Event()
    for name, value in fields.items():
        event.add(name, value)
    return event
