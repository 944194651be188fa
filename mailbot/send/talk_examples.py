"""Example orders of the talk between office and customer: questions, messages with ready answers, the history."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mailbot.model.booking import Booking, State
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.money import Price
from mailbot.model.people import Reader, Role

_TOKEN = "a2b3c4d5e6f7g2h3i4j5k6l7m2"  # noqa: S105  # an example, never issued
_OFFICE = Reader(Role.REVIEWER, "Büro Muster", "buero@muster.example", "muster")
_READY = (
    ("change", " 7.12. 18:00-19:30", "auf diese Zeit verlegen"),
    ("cancel", ": auf Ihren Wunsch", "stornieren, mit Stornorechnung"),
    ("question", ": Ihre Worte", "dem Kunden schreiben"),
)


def talk_examples(full: Booking, bare: Booking, price: Price, now: datetime) -> Iterator[MailOrder]:
    """Give every kind of mail of the talk in every shape of its facts."""
    full, bare = replace(full, door_code=None), replace(bare, door_code=None)
    for language in ("de", "en"):
        yield from _to_customer(full, bare, language)
    yield from _messages(full, bare, price, now)
    yield _to_office("office/history", full, days=_days(now), to_do="die Zeit Sa 28.11.2026, 18:00–19:00 Uhr sperren")
    waits: dict[str, Any] = {"said": "Freigegeben", "did": (), "link": None, "link_why": "", "invoice": None}
    waits["late"] = None
    yield _to_office("office/done", full, takes_effect_at=now + timedelta(minutes=10), **waits)


def _to_customer(full: Booking, bare: Booking, language: str) -> Iterator[MailOrder]:
    for booking, is_held in ((replace(full, state=State.HELD), True), (replace(bare, state=State.CONFIRMED), False)):
        reader = Reader(Role.CUSTOMER, booking.customer.name, booking.customer.email, language=language)
        question: dict[str, Any] = {"question": "Wie viele Personen kommen, und ab wann?", "is_held": is_held}
        spoken = replace(booking, customer=replace(booking.customer, language=language))
        yield _order("customer/question", reader, spoken, **question)
        for wish in ("", "cancel", "change"):
            yield _order("customer/noted", reader, spoken, wish=wish)


def _messages(full: Booking, bare: Booking, price: Price, now: datetime) -> Iterator[MailOrder]:
    plain: dict[str, Any] = {"question": "", "ready": (), "oddities": (), "price": None, "late": None}
    words: dict[str, Any] = {"sender": full.customer.email, "text": "Dürfen wir\n\nHunde mitbringen?\nok"}
    asked: dict[str, Any] = {
        "title": "Antwort des Kunden",
        "what": "Der Kunde hat auf Ihre Frage geantwortet.",
        "question": "Wie viele Personen kommen?",
        "ready": (("approve", "", "bestätigen, mit Code und Rechnung"), *_READY),
        "oddities": ("Außerhalb der Öffnungszeit (10:00–22:00).",),
        "price": price,
        "late": now - timedelta(hours=5),
    }
    yield _to_office("office/message", full, **words, **asked)
    wished = {"title": "Stornowunsch", "what": "Der Kunde möchte stornieren.", "ready": _READY}
    yield _to_office("office/message", bare, **words, **{**plain, **wished})
    noted = {"title": "Notiz von Medifit", "what": "Medifit hat Ihnen etwas notiert."}
    yield _to_office("office/message", bare, **words, **plain, **noted)
    wrote = {
        "title": "Nachricht vom Kunden",
        "what": "Der Kunde hat Ihnen geschrieben.",
        "text": "",
        "sender": "jo@x.example",
    }
    nothing = Matter(MatterKind.NONE)
    yield MailOrder("office/message", _OFFICE, nothing, _TOKEN, 0, {"booking": None, **plain, **wrote})


def _days(now: datetime) -> tuple[tuple[object, tuple[tuple[str, str, str], ...]], ...]:
    first = (
        ("10:14", "Anfrage eingegangen für Sa 28.11.2026, 19:30–20:30 Uhr. (Buchungsseite)", ""),
        ("10:14", "Mail an sabine.mueller@kunde.example, gesendet am 20.11.2026 um 10:14 Uhr", "customer/received"),
    )
    then = (("09:02", "Notiz: Kunde kommt mit Kindern. (Büro Muster)", ""),)
    return ((now.date(), first), (now.date() + timedelta(days=3), then))


def _to_office(kind: str, booking: Booking, **facts: object) -> MailOrder:
    return _order(kind, _OFFICE, booking, **facts)


def _order(kind: str, reader: Reader, booking: Booking, **facts: object) -> MailOrder:
    return MailOrder(kind, reader, Matter(MatterKind.BOOKING, booking.code), _TOKEN, 1, {"booking": booking, **facts})
