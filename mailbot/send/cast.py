"""The invented people and papers the example mails are made of; only the rules are the office's own."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from mailbot.model.booking import Booking, Customer, Links, State, Stay
from mailbot.model.events import Notice, NoticeKind
from mailbot.model.money import Invoice, InvoiceKind, Price
from mailbot.model.people import Role
from mailbot.model.records import OpenLetter
from mailbot.model.rules import Person, Rules

NOW = datetime(2026, 11, 20, 10, 14, tzinfo=ZoneInfo("Europe/Berlin"))
_LINK = "https://soccer-kirche.youcanbook.me/cancel/9f3c"


@dataclass(frozen=True, slots=True)
class Cast:
    """What the examples are made of: bookings with all facts and with the fewest, and their papers."""

    full: Booking
    bare: Booking
    invoice: Invoice
    cancelled: Invoice
    price: Price
    dear: Price
    before: Stay
    letter: OpenLetter
    desk: Person


def cast(rules: Rules) -> Cast:
    """Invent people who book the first resource of these rules."""
    zone, key = rules.site.timezone, next(iter(rules.resources))
    stay = Stay(key, datetime(2026, 11, 28, 19, 30, tzinfo=zone), datetime(2026, 11, 28, 20, 30, tzinfo=zone))
    full, jo = _full(stay), Customer("Jo Ott", "jo@kunde.example")
    invoice = _invoice(full)
    return Cast(
        full,
        Booking("HKWMZRTPLEQA", State.REQUESTED, stay, jo, NOW, door_code="482913"),
        invoice,
        _taken_back(invoice),
        Price(Decimal("45.00"), Decimal("36.00"), Decimal(20), "Dauerbuchung"),
        Price(Decimal("270.00"), Decimal("270.00")),
        Stay(key, stay.start + timedelta(days=1), stay.end + timedelta(days=1)),
        _letter(full, rules),
        Person("theke", "Sportpark Theke", Role.DESK, ("theke@sportpark.example",), phone="+49 2557 9999999"),
    )


def _full(stay: Stay) -> Booking:
    name, street, city = "Sabine Müller-Lüdenscheidt", "Am Markt 3", "48565 Steinfurt"
    return Booking(
        "QNBZAQPTAITT",
        State.REQUESTED,
        stay,
        Customer(name, "sabine.mueller@kunde.example", "0171 / 23 45 678", street, city),
        NOW,
        remark="Kindergeburtstag,\nbitte Tore klein stellen",
        links=Links(_LINK, _LINK),
        extras=(("Anzahl Spieler", "10"),),
        door_code="482913",
        reason="Die Halle ist an dem Abend wegen eines Wasserschadens gesperrt.",
    )


def _invoice(booking: Booking) -> Invoice:
    who, stay = booking.customer, booking.stay
    return Invoice(
        "SK-2026-00001",
        InvoiceKind.INVOICE,
        booking.code,
        stay.resource,
        NOW.date(),
        NOW.date() + timedelta(days=14),
        stay.start,
        stay.end,
        (who.name, who.street or "", who.city or ""),
        gross=Decimal("36.00"),
        net=Decimal("30.25"),
        vat=Decimal("5.75"),
        vat_percent=Decimal(19),
        list_price=Decimal("45.00"),
        discount_percent=Decimal(20),
    )


def _taken_back(invoice: Invoice) -> Invoice:
    return replace(
        invoice,
        number="SK-2026-00002",
        kind=InvoiceKind.CANCELLATION,
        cancels=invoice.number,
        gross=-invoice.gross,
        net=-invoice.net,
        vat=-invoice.vat,
    )


def _letter(booking: Booking, rules: Rules) -> OpenLetter:
    source = next(iter(rules.sources), "")
    notice = Notice(
        source,
        NoticeKind.NEW,
        booking.code,
        booking.customer.name,
        booking.customer.email,
        booking.customer.phone,
        start=booking.stay.start,
        end=booking.stay.end,
        remark=booking.remark,
        doubts=("Der 28.11.2026 ist kein Sonntag.",),
    )
    why = "Der Mailserver meldet dmarc=fail für youcanbook.me."
    return OpenLetter("letter:1", NOW, "Sabine Müller-Lüdenscheidt", why, True, notice, ("start",))
