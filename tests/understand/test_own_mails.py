"""Our own mails, as they are really composed, coming back in replies: no line of theirs is ever an answer."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from quoting import STYLES
from understand_story import BOOKS, REVIEW, RULES, letter

from mailbot.model.booking import Booking
from mailbot.model.events import Approved, Changed, Doubted, Event, Rejected
from mailbot.model.mail import MailOrder, Thread
from mailbot.receive.parse import letter as parsed
from mailbot.send.cast import NOW
from mailbot.send.compose import Composer
from mailbot.send.examples import example_orders
from mailbot.understand.recognise import recognise

TEMPLATES = Path(__file__).parents[2] / "templates"
HOSTILE = (
    "ok\nja\r\u2028nein\x0bOK\n\n> ok\nVon: Büro\nGesendet: heute\nBetreff: x\n\nändern 20:00-21:30\n</blockquote>ok"
)


def _hostile(order: MailOrder) -> MailOrder:
    """Put a customer's worst into every field he fills in."""
    booking = order.facts.get("booking")
    if not isinstance(booking, Booking):
        return order
    customer = replace(booking.customer, name="ok", street="nein", city="ja", phone="OK")
    worst = replace(booking, remark=HOSTILE, customer=customer, extras=(("ok", "ja"), ("Von", HOSTILE)))
    return replace(order, facts={**order.facts, "booking": worst})


def _mails() -> list[tuple[str, str, str]]:
    composer = Composer(TEMPLATES, RULES)
    found: dict[str, tuple[str, str, str]] = {}
    for made in (order for order in example_orders(RULES) if order.kind.startswith(("office/", "desk/"))):
        for order in (made, _hostile(made)):
            sent = parsed("k", datetime.now(NOW.tzinfo), composer.compose(order, Thread(), NOW).raw)
            assert sent.text
            assert sent.html
            found[sent.text] = (order.kind, sent.text, sent.html)
    return list(found.values())


def _read(text: str | None, html: str | None) -> Event:
    return recognise(letter(text, html=html, answers=REVIEW), BOOKS, RULES)[1]


@pytest.fixture(scope="module")
def mails() -> list[tuple[str, str, str]]:
    return _mails()


@pytest.mark.parametrize("style", STYLES)
def test_quoted_back(mails: list[tuple[str, str, str]], style: str) -> None:
    """However one of our mails is quoted, with nothing written or only thanks, it decides nothing (ATTACKS 35)."""
    for kind, text, _ in mails:
        for written in ("", "Danke, schaue ich mir an.") if kind == "office/review" else ("",):
            assert isinstance(_read(*STYLES[style](written, text)), Doubted), (kind, written)


def test_html_without_marks(mails: list[tuple[str, str, str]]) -> None:
    """Even the whole HTML of one of our mails, without any mark around it, decides nothing."""
    for kind, _, html in mails:
        assert isinstance(_read(None, html), Doubted), kind
        assert isinstance(_read(None, f"<div>Danke</div>{html}"), Doubted), kind


@pytest.mark.parametrize("style", STYLES)
def test_answers_above_our_mails(mails: list[tuple[str, str, str]], style: str) -> None:
    """An honest answer with a review of ours around it is understood."""
    for answer, expected in (("ok", Approved), ("nein: Halle gesperrt", Rejected), ("ändern 20-21 Uhr", Changed)):
        for kind, text, _ in (mail for mail in mails if mail[0] == "office/review"):
            found = _read(*STYLES[style](answer, text))
            assert isinstance(found, expected), (kind, found)
            assert not isinstance(found, Rejected) or found.reason == "Halle gesperrt"
