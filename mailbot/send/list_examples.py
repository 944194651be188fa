"""Example orders of the lists: the table of bookings, door codes for desk and office, occupancy. See examples.py."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from mailbot.model.booking import Booking, Customer, State
from mailbot.model.codes import CodeLine, DoorCode
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import Reader, Role
from mailbot.model.rules import Rules
from mailbot.model.table import TableLine

Facts = dict[str, Any]
_WORKS = (("liste", "die Türcodes der nächsten Tage"), ("hilfe", "diese Übersicht"))
_TOKEN = "k7p2m4q6s3t5v7x2z4b6d3f5h7"  # noqa: S105  # an invented one, of the right shape


def list_examples(full: Booking, bare: Booking, rules: Rules, now: datetime) -> Iterator[MailOrder]:
    """Give every kind of list in every shape of its facts."""
    yield from _tables(full, bare)
    yield from _codes(full, rules)
    yield from _desk(full, bare, now)
    yield from _new_code(full, bare, rules, now)
    yield from _occupancy(full, rules, now)
    yield from _discounts(full)


def _order(role: Role, kind: str, attach: tuple[str, ...] = (), **facts: object) -> MailOrder:
    people = {Role.REVIEWER: ("Büro", "buero@muster.example"), Role.DESK: ("Theke", "theke@muster.example")}
    name, address = people[role]
    matter = Matter(MatterKind.LIST)
    has_code = kind in ("office/codes", "desk/codes", "office/new_code")
    return MailOrder(kind, Reader(role, name, address), matter, _TOKEN, 0, facts, has_code, attach)


def _tables(full: Booking, bare: Booking) -> Iterator[MailOrder]:
    paid = replace(full, state=State.CONFIRMED, price=Decimal("36.00"), door_code=None)
    formula = replace(bare, customer=Customer("=1+1", "jo@kunde.example", "+49 171 2345678"), door_code=None)
    lines = (TableLine(paid, Decimal("10.00"), Decimal("26.00")), TableLine(formula, Decimal(0), Decimal(0)))
    sums: Facts = {"price": Decimal("36.00"), "paid": Decimal("10.00"), "balance": Decimal("26.00")}
    counts = ((State.REQUESTED, 1), (State.CONFIRMED, 1))
    yield _order(Role.REVIEWER, "office/table", ("table",), lines=lines, month=None, counts=counts, **sums)
    nothing = dict.fromkeys(sums, Decimal(0))
    month = date(2026, 10, 1)
    yield _order(Role.REVIEWER, "office/table", ("table",), lines=(), month=month, counts=(), **nothing)


def _codes(full: Booking, rules: Rules) -> Iterator[MailOrder]:
    resource, first = rules.resources[full.stay.resource], date(2026, 11, 27)
    days = [first + timedelta(days=n) for n in range(7)]
    for slot in (None, "19:00"):
        codes = tuple(DoorCode(resource.key, day, slot, f"{482913 + n}") for n, day in enumerate(days))
        months = tuple(tuple(code for code in codes if code.day.month == month) for month in (11, 12))
        attach = ("codes_csv", "codes_pdf")
        yield _order(Role.REVIEWER, "office/codes", attach, resource=resource, codes=codes, months=months)


def _new_code(full: Booking, bare: Booking, rules: Rules, now: datetime) -> Iterator[MailOrder]:
    resource, to = rules.resources[full.stay.resource], Role.REVIEWER
    told, bare = replace(full, state=State.CONFIRMED, door_code=None), replace(bare, door_code=None)
    facts: Facts = {"resource": resource, "day": full.stay.day, "code_new": "904417"}
    yield _order(
        to, "office/new_code", slot=None, told=(told,), to_call=(replace(bare, released_at=now), told), **facts
    )
    yield _order(to, "office/new_code", slot="19:00", told=(), to_call=(), **facts)
    did = ("Jo Ott (HKWMZRTPLEQA) bekommt den neuen Türcode.",)
    done: Facts = {"booking": None, "link": None, "link_why": "", "invoice": None, "late": None}
    yield _order(to, "office/done", said="Neuer Türcode für Sa 28.11.2026; das Schloss kennt ihn", did=did, **done)
    for language in ("de", "en"):
        for booking in (full, bare):
            who = booking.customer
            reader = Reader(Role.CUSTOMER, who.name, who.email, language=language)
            confirmed = replace(booking, state=State.CONFIRMED, door_code="482913")
            matter = Matter(MatterKind.BOOKING, booking.code)
            yield MailOrder("customer/code_changed", reader, matter, _TOKEN, 1, {"booking": confirmed}, has_code=True)


def _discounts(full: Booking) -> Iterator[MailOrder]:
    """Give the list of discounts, and office/done after one changed: about a booking's customer and about another's."""
    to, works = Role.REVIEWER, (("rabatt name@verein.example 0%", "beendet seinen Rabatt"),)
    lines = (
        ("dauer@verein.example", "20 % Rabatt bis 31.05.2027 für Dauerbuchung, aus rules.yaml"),
        (full.customer.email, "12,5 % Rabatt ab 01.12.2026, vom Büro am 20.11.2026"),
    )
    yield _order(to, "office/discounts", lines=lines, works=works)
    yield _order(to, "office/discounts", lines=(), works=works)
    said = f"20 % Rabatt ab 20.11.2026 bis 31.05.2027 für {full.customer.name} ({full.customer.email})"
    did = (
        "Nicht mehr gilt: 50 % Rabatt bis 31.05.2027, vom Büro am 19.11.2026.",
        "Daneben gilt: 10 % Rabatt, aus rules.yaml. Es zählt immer nur der beste Rabatt.",
        f"Am Sa 28.11.2026, 19:30–20:30 Uhr ({full.code}): 36,00 € statt 45,00 €.",
    )
    done: Facts = {
        "said": said,
        "did": did,
        "link": None,
        "link_why": "",
        "invoice": None,
        "works": works,
        "late": None,
    }
    for booking in (replace(full, door_code=None), None):
        yield _order(to, "office/done", booking=booking, **done)


def _occupancy(full: Booking, rules: Rules, now: datetime) -> Iterator[MailOrder]:
    resource, stay, day = rules.resources[full.stay.resource], full.stay, full.stay.day
    own = replace(full, state=State.CONFIRMED, price=Decimal("36.00"), door_code=None)
    calendars = (
        (resource, ((day, ((stay, True, True), (stay, False, False), (stay, False, True))), (now.date(), ()))),
    )
    facts: Facts = {"since": now.date(), "until": now.date() + timedelta(days=27), "calendars": calendars}
    for language in ("de", "en"):
        for name, bookings in ((full.customer.name, (own,)), ("", ())):
            reader = Reader(Role.CUSTOMER, name, full.customer.email, language=language)
            matter = Matter(MatterKind.OCCUPANCY, full.customer.email)
            yield MailOrder("customer/occupancy", reader, matter, _TOKEN, 0, {**facts, "own": bookings})


def _desk(full: Booking, bare: Booking, now: datetime) -> Iterator[MailOrder]:
    full, bare = replace(full, door_code=None), replace(bare, door_code=None)
    key, day = full.stay.resource, full.stay.day
    given = replace(full, state=State.CONFIRMED, released_at=now)
    lines = (
        CodeLine(key, day, None, given, "5678", "482913", warning="Die Mail mit dem Code kam nicht an."),
        CodeLine(key, day, None, bare, is_taken=True),
        CodeLine(key, day + timedelta(days=1), None, None, code="551907"),
        CodeLine(key, day + timedelta(days=1), "19:00", None, code="551908"),
    )
    facts: Facts = {"since": now.date(), "until": now.date() + timedelta(days=3)}
    yield _order(Role.DESK, "desk/codes", lines=lines, number=12, before=11, is_late=True, **facts)
    yield _order(Role.DESK, "desk/codes", lines=(), number=1, before=None, is_late=False, **facts)
    yield _order(Role.DESK, "desk/help", works=_WORKS)
