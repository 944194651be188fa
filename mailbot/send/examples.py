"""Example orders, one for each kind of mail and each shape its facts can take, to try templates before they are needed.

Everybody in them is invented; only the rules are the office's own. A new kind of mail is a new entry here.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mailbot.model.booking import Booking, Customer, State, Stay
from mailbot.model.events import Notice, NoticeKind
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import Reader, Role
from mailbot.model.rules import Rules
from mailbot.send.cast import NOW, Cast, cast
from mailbot.send.day_examples import day_examples
from mailbot.send.digest_examples import digest_examples
from mailbot.send.list_examples import list_examples
from mailbot.send.talk_examples import talk_examples

Facts = dict[str, Any]
_LINK = "https://soccer-kirche.youcanbook.me/cancel/9f3c"
_WORKS = (("ok", "bestätigen: Der Kunde bekommt Türcode und Rechnung"), ("nein: Halle gesperrt", "ablehnen, mit Grund"))


def example_orders(rules: Rules) -> Iterator[MailOrder]:
    """Give every kind of mail in every shape of its facts, customers' kinds in both languages."""
    people = cast(rules)
    for language in ("de", "en"):
        yield from _to_customer(people, language)
    yield from _reviews(people)
    yield from _to_office_about_bookings(people)
    yield from _to_office(people)
    yield from _to_desk_and_subscriber(people)
    yield from talk_examples(people.full, people.bare, people.price, NOW)
    yield from day_examples(people.full, people.bare, people.price, people.desk, NOW)
    yield from list_examples(people.full, people.bare, rules, NOW)
    yield from digest_examples(people.full, people.bare, people.letter, NOW)


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
    came_at = NOW - timedelta(hours=5)
    in_time: Facts = {"answer_by": NOW.replace(hour=16, minute=0), "call": None, "late": None}
    yield _about(to, "customer/received", full, **in_time)
    yield _about(to, "customer/received", full, **{**in_time, "late": came_at})
    yield _about(to, "customer/received", bare, answer_by=None, call=people.desk, late=came_at)
    yield _about(to, "customer/received", bare, answer_by=None, call=None, late=None)
    office = replace(people.desk, name="Büro Muster", role=Role.REVIEWER, phone=None)
    yield _about(to, "customer/received", bare, answer_by=None, call=office, late=None)
    moved: Facts = {"before": people.before}
    yield _about(to, "customer/move_received", full, **in_time, **moved)
    yield _about(to, "customer/move_received", bare, answer_by=None, call=people.desk, late=came_at, **moved)
    billed: Facts = {
        "invoice": people.invoice,
        "price": people.price,
        "before": None,
        "cancelled_invoice": None,
        "late": None,
    }
    waits: Facts = {
        "invoice": None,
        "price": people.dear,
        "before": people.before,
        "cancelled_invoice": None,
        "late": NOW,
    }
    for kind in ("customer/confirmed", "customer/payment"):
        yield _about(to, kind, replace(full, state=State.CONFIRMED), ("invoice", "ics"), **billed)
        corrected: Facts = {**billed, "before": people.before, "cancelled_invoice": people.cancelled}
        yield _about(to, kind, full, ("invoice", "cancelled_invoice", "ics"), **corrected)
        yield _about(to, kind, replace(bare, door_code=None), **waits)
        yield _about(to, kind, _past(bare), **{**waits, "price": None, "before": None})
    unbilled: Facts = {"price": people.price, "cancelled_invoice": None}
    yield _about(to, "customer/invoice", bare, ("invoice",), invoice=people.invoice, late=None, **unbilled)
    yield _about(to, "customer/invoice", _past(bare), ("invoice",), invoice=people.invoice, late=NOW, **unbilled)
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
        "late": None,
    }
    odd: Facts = {
        "price": None,
        "oddities": ("Außerhalb der Öffnungszeit (10:00–22:00).", "Es ist keine Telefonnummer angegeben."),
        "clashes": (full, replace(full, code="ZWEITEBUCHUNG", received_at=NOW + timedelta(hours=1))),
        "before": people.before,
        "knows_code": full.customer.name,
        "has_code": False,
        "late": NOW - timedelta(hours=5),
    }
    yield _about(to, "office/review", full, **plain)
    yield _about(to, "office/review", bare, **odd)
    mailed = replace(people.price, discount_reason=None, discount_terms="bis 31.05.2027, vom Büro am 20.11.2026")
    yield _about(to, "office/review", full, **{**plain, "price": mailed})
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
        "late": None,
    }
    yield _about(to, "office/done", replace(full, state=State.CONFIRMED), ("invoice",), **done)
    why = "Bitte geben Sie die Zeit auf der Buchungsseite wieder frei."
    freed: Facts = {**done, "said": "Abgelehnt", "did": (), "link": _LINK, "link_why": why, "invoice": None}
    freed |= {"works": _WORKS, "late": NOW - timedelta(hours=5)}
    yield _about(to, "office/done", replace(bare, state=State.REJECTED), **freed)
    yield _about(to, "office/done", bare, **{**freed, "link": None})
    yield _about(to, "office/done", replace(_past(bare), state=State.REJECTED), **freed)
    yield _about(to, "office/withdrawn", full, invoice=people.cancelled, late=None)
    yield _about(to, "office/withdrawn", replace(bare, released_at=NOW), invoice=None, late=NOW)
    yield _about(to, "office/withdrawn", bare, invoice=people.invoice, late=None)
    unknown = replace(bare, stay=replace(bare.stay, end=bare.stay.start), customer=Customer("", ""), decided_at=NOW)
    yield _about(to, "office/withdrawn", unknown, invoice=None, late=None)
    refused: Facts = {"why": "In Ihrer Antwort stehen zwei Entscheidungen.", "works": _WORKS}
    yield _about(to, "office/refused", full, said="ok\nnein", since=NOW, **refused)
    yield _order(to, "office/refused", nothing, booking=None, why="Das ging nicht.", works=(), said="", since=None)
    failed: Facts = {
        "mail_kind": "customer/confirmed",
        "to": full.customer.email,
        "why": "Der Server sagt: 550 unknown user.",
        "tried_until": None,
    }
    yield _about(to, "office/mail_failed", full, phone=full.customer.phone, **failed)
    lost = {**failed, "mail_kind": "desk/request", "to": people.desk.emails[0]}
    yield _about(to, "office/mail_failed", full, phone=people.desk.phone, **lost)
    yield _order(to, "office/mail_failed", nothing, booking=None, phone=None, **{**failed, "mail_kind": "office/alarm"})
    late = {**failed, "why": "Der Mailserver nimmt die Mail bisher nicht an.", "tried_until": NOW + timedelta(days=2)}
    yield _about(to, "office/mail_failed", full, phone=full.customer.phone, **late)


def _to_office(people: Cast) -> Iterator[MailOrder]:
    to, letter = Role.REVIEWER, people.letter
    about = Matter(MatterKind.LETTER, letter.key)
    lacking: Facts = {"subject": letter.subject, "problem": "Das Datum fehlt.", "folder": "Mailbot/Unklar"}
    missing = ("Name", "E-Mail", "Datum")
    yield _order(to, "office/unreadable", about, missing=missing, notice=letter.notice, answerable=True, **lacking)
    empty = Notice("", NoticeKind.NEW)
    yield _order(to, "office/unreadable", about, missing=(), notice=empty, answerable=True, **lacking)
    yield _order(to, "office/unreadable", about, missing=(), notice=None, answerable=False, **{**lacking, "folder": ""})
    few: Facts = {"more": 0, "folder": ""}
    bare = replace(letter, notice=None)
    yield _order(to, "office/suspicious", about, letters=(letter,), **few)
    yield _order(to, "office/suspicious", about, letters=(bare, replace(letter, notice=empty)), **few)
    yield _order(to, "office/suspicious", about, letters=(bare,), **few)
    yield _order(to, "office/suspicious", about, letters=(bare, bare), more=700, folder="Mailbot/Unklar")
    yield _order(to, "office/suspicious", about, letters=(bare, bare), more=1, folder="")
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
    yield _about(Role.DESK, "desk/request", full, urgent=False, taken=False, office_first=False)
    yield _about(Role.DESK, "desk/request", full, urgent=True, taken=False, office_first=True)
    yield _about(Role.DESK, "desk/request", full, urgent=True, taken=False, office_first=False)
    yield _about(Role.DESK, "desk/request", bare, urgent=True, taken=True, office_first=False)
    yield _about(Role.DESK, "desk/request", bare, urgent=True, taken=False, office_first=False)
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
