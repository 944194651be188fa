"""Example orders of the day: codes given out by phone, short notice, reminders, what lapsed. See examples.py."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from mailbot.model.booking import Booking, State
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.money import Price
from mailbot.model.people import Reader, Role
from mailbot.model.rules import Person

_TOKEN = "a2b3c4d5e6f7g2h3i4j5k6l7m2"  # noqa: S105  # an example, never issued
_OFFICE = Reader(Role.REVIEWER, "Büro Muster", "buero@muster.example", "muster")
_DESK = Reader(Role.DESK, "Sportpark Theke", "theke@sportpark.example", "theke")


def day_examples(full: Booking, bare: Booking, price: Price, desk: Person, now: datetime) -> Iterator[MailOrder]:
    """Give every kind of mail of the day in every shape of its facts."""
    full, bare = replace(full, door_code=None), replace(bare, door_code=None)
    late = now - timedelta(hours=5)
    for language in ("de", "en"):
        for booking, call, since in ((full, desk, None), (bare, replace(desk, phone=None), late), (bare, None, None)):
            reader = Reader(Role.CUSTOMER, booking.customer.name, booking.customer.email, language=language)
            yield _order("customer/call", reader, booking, booking=booking, call=call, late=since)
            lapsed = replace(booking, state=State.LAPSED)
            yield _order("customer/lapsed", reader, booking, booking=lapsed, late=since, invoice=None)
    yield from _released(full, bare, desk, now)
    yield _order("office/lapsed", _OFFICE, full, booking=replace(full, state=State.LAPSED), price=price, late=None)
    yield _order("office/lapsed", _OFFICE, bare, booking=replace(bare, state=State.LAPSED), price=None, late=late)
    one, two = ((full, late),), ((full, late), (bare, late))
    yield _order("office/reminder", _OFFICE, full, items=one, call=desk, is_last=False, late=late)
    yield _order("office/reminder", _OFFICE, full, items=one, call=None, is_last=True, late=None)
    for is_last in (False, True):
        yield _order("office/reminder", _OFFICE, None, items=two, call=None, is_last=is_last, late=None)


def _released(full: Booking, bare: Booking, desk: Person, now: datetime) -> Iterator[MailOrder]:
    given = replace(full, released_at=now, released_by="theke theke@sportpark.example")
    who, bill_at = "Sportpark Theke (theke@sportpark.example)", now + timedelta(days=3)
    yield _order("office/released", _OFFICE, full, booking=given, who=who, bill_at=bill_at, note="Rief zweimal an.")
    over = replace(given, stay=replace(given.stay, start=now - timedelta(hours=3), end=now - timedelta(hours=2)))
    yield _order("office/released", _OFFICE, full, booking=over, who=who, bill_at=bill_at, note="")
    confirmed = replace(bare, state=State.CONFIRMED)
    yield _order("office/released", _OFFICE, bare, booking=confirmed, who=who, bill_at=None, note="")
    office = replace(desk, name="Büro Muster")
    done = ("Eingetragen: am 20.11.2026 um 10:14 Uhr.", "Sabine Müller bekommt die Rechnung am 23.11.2026.")
    said = "Code am Telefon ausgegeben"
    yield _order("desk/done", _DESK, full, booking=given, said=said, did=done, is_wrong=False, office=office)
    wrong, silent = replace(bare, state=State.CANCELLED), replace(office, phone=None)
    yield _order("desk/done", _DESK, bare, booking=wrong, said=said, did=done[:1], is_wrong=True, office=office)
    yield _order("desk/done", _DESK, bare, booking=wrong, said=said, did=(), is_wrong=True, office=silent)


def _order(kind: str, reader: Reader, about: Booking | None, **facts: object) -> MailOrder:
    matter = Matter(MatterKind.BOOKING, about.code) if about else Matter(MatterKind.NONE)
    return MailOrder(kind, reader, matter, _TOKEN, 1 if about else 0, facts)
