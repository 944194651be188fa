"""Example orders, one for each kind of mail and each shape its facts can take, to try templates before they are needed.

Everybody in them is invented; only the rules are the office's own. A new kind of mail is a new entry here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from mailbot.model.booking import Booking, Customer, Links, State, Stay
from mailbot.model.events import Notice, NoticeKind
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.money import Invoice, InvoiceKind, Price
from mailbot.model.people import Reader, Role
from mailbot.model.records import OpenLetter
from mailbot.model.rules import Person, Rules

NOW = datetime(2026, 11, 20, 10, 14, tzinfo=ZoneInfo("Europe/Berlin"))
Facts = dict[str, Any]
_LINK = "https://soccer-kirche.youcanbook.me/cancel/9f3c"
_WORKS = (("ok", "bestätigen: Der Kunde bekommt Türcode und Rechnung"), ("nein: Halle gesperrt", "ablehnen, mit Grund"))


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


def example_orders(rules: Rules) -> Iterator[MailOrder]:
    """Give every kind of mail in every shape of its facts, customers' kinds in both languages."""
    people = cast(rules)
    for language in ("de", "en"):
        yield from _to_customer(people, language)
    yield from _reviews(people)
    yield from _to_office_about_bookings(people)
    yield from _to_office(people)
    yield from _to_desk_and_subscriber(people)


def _order(role: Role, kind: str, matter: Matter, attach: tuple[str, ...] = (), **facts: object) -> MailOrder:
    reader = Reader(role, "Büro Muster", "buero@muster.example", "muster")
    has_code = kind in ("customer/confirmed", "customer/payment")
    return MailOrder(kind, reader, matter, "a2b3c4d5e6f7g2h3i4j5k6l7m2", 1, facts, has_code, attach)


def _about(role: Role, kind: str, booking: Booking, attach: tuple[str, ...] = (), **facts: object) -> MailOrder:
    order = _order(role, kind, Matter(MatterKind.BOOKING, booking.code), attach, booking=booking, **facts)
    if role is not Role.CUSTOMER:
        return order
    who = booking.customer
    return replace(order, reader=Reader(role, who.name, who.email, language=who.language))


def _to_customer(people: Cast, language: str) -> Iterator[MailOrder]:
    full, bare = (
        replace(booking, customer=replace(booking.customer, language=language))
        for booking in (people.full, people.bare)
    )
    to = Role.CUSTOMER
    yield _about(to, "customer/received", full, answer_by=NOW.replace(hour=16, minute=0), call=None)
    yield _about(to, "customer/received", bare, answer_by=None, call=people.desk)
    yield _about(to, "customer/received", bare, answer_by=None, call=None)
    office = replace(people.desk, name="Büro Muster", role=Role.REVIEWER, phone=None)
    yield _about(to, "customer/received", bare, answer_by=None, call=office)
    moved: Facts = {"before": people.before}
    yield _about(to, "customer/move_received", full, answer_by=NOW.replace(hour=16, minute=0), call=None, **moved)
    yield _about(to, "customer/move_received", bare, answer_by=None, call=people.desk, **moved)
    billed: Facts = {"invoice": people.invoice, "price": people.price, "before": None, "cancelled_invoice": None}
    waits: Facts = {"invoice": None, "price": people.dear, "before": people.before, "cancelled_invoice": None}
    for kind in ("customer/confirmed", "customer/payment"):
        yield _about(to, kind, replace(full, state=State.CONFIRMED), ("invoice", "ics"), **billed)
        corrected: Facts = {**billed, "before": people.before, "cancelled_invoice": people.cancelled}
        yield _about(to, kind, full, ("invoice", "cancelled_invoice", "ics"), **corrected)
        yield _about(to, kind, replace(bare, door_code=None), **waits)
        yield _about(to, kind, _past(bare), **{**waits, "price": None, "before": None})
    for kind in ("customer/rejected", "customer/cancelled"):
        yield _about(to, kind, full, ("ics_cancel", "invoice"), reason=full.reason, invoice=people.cancelled)
        yield _about(to, kind, bare, reason="", invoice=None)


def _past(booking: Booking) -> Booking:
    week = timedelta(days=7)
    stay = Stay(booking.stay.resource, booking.stay.start - 2 * week, booking.stay.end - 2 * week)
    return replace(booking, stay=stay, door_code=None)


def _reviews(people: Cast) -> Iterator[MailOrder]:
    full, bare = replace(people.full, door_code=None), replace(people.bare, door_code=None)
    to = Role.REVIEWER
    plain: Facts = {
        "price": people.price,
        "oddities": (),
        "clashes": (),
        "before": None,
        "knows_code": None,
        "has_code": True,
    }
    odd: Facts = {
        "price": None,
        "oddities": ("Außerhalb der Öffnungszeit (10:00–22:00).", "Es ist keine Telefonnummer angegeben."),
        "clashes": (full, replace(full, code="ZWEITEBUCHUNG", received_at=NOW + timedelta(hours=1))),
        "before": people.before,
        "knows_code": full.customer.name,
        "has_code": False,
    }
    yield _about(to, "office/review", full, **plain)
    yield _about(to, "office/review", bare, **odd)
    taken = replace(full, code="ZWEITEBUCHUNG", state=State.CONFIRMED)
    yield _about(to, "office/review", bare, **{**plain, "clashes": (taken,)})
    yield _about(to, "office/review", _past(full), **{**plain, "has_code": False})


def _to_office_about_bookings(people: Cast) -> Iterator[MailOrder]:
    full, bare = replace(people.full, door_code=None), replace(people.bare, door_code=None)
    to, nothing = Role.REVIEWER, Matter(MatterKind.NONE)
    did = ("Sabine Müller-Lüdenscheidt bekommt den Türcode und die Rechnung SK-2026-00001 über 36,00 €.",)
    done: Facts = {
        "said": "Bestätigt",
        "did": did,
        "link": None,
        "link_why": "",
        "invoice": people.invoice,
        "works": (),
    }
    yield _about(to, "office/done", replace(full, state=State.CONFIRMED), ("invoice",), **done)
    why = "Bitte geben Sie die Zeit auf der Buchungsseite wieder frei."
    freed: Facts = {"said": "Abgelehnt", "did": (), "link": _LINK, "link_why": why, "invoice": None, "works": _WORKS}
    yield _about(to, "office/done", replace(bare, state=State.REJECTED), **freed)
    yield _about(to, "office/done", bare, **{**freed, "link": None})
    yield _about(to, "office/done", replace(_past(bare), state=State.REJECTED), **freed)
    yield _about(to, "office/withdrawn", full, invoice=people.cancelled, link=_LINK)
    yield _about(to, "office/withdrawn", bare, invoice=None, link=None)
    yield _about(to, "office/withdrawn", bare, invoice=people.invoice, link=None)
    unknown = replace(bare, stay=replace(bare.stay, end=bare.stay.start), customer=Customer("", ""), decided_at=NOW)
    yield _about(to, "office/withdrawn", unknown, invoice=None, link=None)
    refused: Facts = {"why": "In Ihrer Antwort stehen zwei Entscheidungen.", "works": _WORKS}
    yield _about(to, "office/refused", full, said="ok\nnein", since=NOW, **refused)
    yield _order(to, "office/refused", nothing, booking=None, why="Das ging nicht.", works=(), said="", since=None)
    failed: Facts = {
        "mail_kind": "customer/confirmed",
        "to": full.customer.email,
        "why": "Der Server sagt: 550 unknown user.",
    }
    yield _about(to, "office/mail_failed", full, phone=full.customer.phone, **failed)
    lost = {**failed, "mail_kind": "desk/request", "to": people.desk.emails[0]}
    yield _about(to, "office/mail_failed", full, phone=people.desk.phone, **lost)
    yield _order(to, "office/mail_failed", nothing, booking=None, phone=None, **{**failed, "mail_kind": "office/alarm"})
    yield _about(to, "office/message", full, sender=full.customer.email, text="Dürfen wir\n\nHunde mitbringen?")
    yield _order(to, "office/message", nothing, booking=None, sender="jo@kunde.example", text="")


def _to_office(people: Cast) -> Iterator[MailOrder]:
    to, letter = Role.REVIEWER, people.letter
    about = Matter(MatterKind.LETTER, letter.key)
    lacking: Facts = {"subject": letter.subject, "problem": "Das Datum fehlt.", "folder": "Mailbot/Unklar"}
    missing = ("Name", "E-Mail", "Datum")
    yield _order(to, "office/unreadable", about, missing=missing, notice=letter.notice, answerable=True, **lacking)
    empty = Notice("", NoticeKind.NEW)
    yield _order(to, "office/unreadable", about, missing=(), notice=empty, answerable=True, **lacking)
    yield _order(to, "office/unreadable", about, missing=(), notice=None, answerable=False, **{**lacking, "folder": ""})
    yield _order(to, "office/suspicious", about, letters=(letter,))
    yield _order(to, "office/suspicious", about, letters=(replace(letter, notice=None), replace(letter, notice=empty)))
    yield _order(to, "office/suspicious", about, letters=(replace(letter, notice=None),))
    nothing = Matter(MatterKind.NONE)
    what = "Der Mailserver imap.muster.example antwortet nicht."
    yield _order(to, "office/alarm", nothing, what=what, todo="Bitte die Technik anrufen.", since=NOW)
    over = "Wieder in Ordnung: Der Mailserver antwortet."
    yield _order(to, "office/alarm", nothing, what=over, todo="", since=None)
    letters = ((NOW, "notifications@youcanbook.me", "Sabine Müller-Lüdenscheidt"), (NOW, "x@youcanbook.me", ""))
    yield _order(to, "office/first_start", nothing, letters=letters)
    yield _order(to, "office/help", nothing, works=_WORKS)


def _to_desk_and_subscriber(people: Cast) -> Iterator[MailOrder]:
    full, bare = replace(people.full, door_code=None), replace(people.bare, door_code=None)
    yield _about(Role.DESK, "desk/request", full, urgent=False, taken=False)
    yield _about(Role.DESK, "desk/request", bare, urgent=True, taken=True)
    yield _about(Role.DESK, "desk/request", bare, urgent=True, taken=False)
    for to, kind in ((Role.DESK, "desk/decided"), (Role.SUBSCRIBER, "subscriber/decided")):
        yield _about(to, kind, replace(full, state=State.CONFIRMED), before=people.before)
        yield _about(to, kind, replace(bare, state=State.REJECTED), before=None)
    yield _about(Role.SUBSCRIBER, "subscriber/request", full, before=None)
    yield _about(Role.SUBSCRIBER, "subscriber/request", bare, before=people.before)
    refused: Facts = {"why": "Das entscheidet das Büro.", "works": (), "since": NOW}
    yield _about(Role.DESK, "desk/refused", full, said="ok", **refused)
    yield _order(
        Role.DESK, "desk/refused", Matter(MatterKind.NONE), booking=None, said="", **{**refused, "works": _WORKS}
    )
