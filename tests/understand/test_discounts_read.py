"""`rabatt …` as an answer of its own: what is read as a whole, and what stays doubt."""

from datetime import date
from decimal import Decimal

import pytest
from understand_story import BOOKING, BOOKS, DESK, OFFICE, REVIEW, RULES, TODESK, letter

from mailbot.model.discount_events import DiscountEnded, DiscountGiven, DiscountsAsked
from mailbot.model.events import Approved, Doubt, Doubted, Event, Rejected
from mailbot.understand.recognise import recognise

DAUER = "dauer@verein.example"
MAY = date(2027, 5, 31)
DECEMBER = date(2026, 12, 1)


def says(text: str | None, *, answers: str = REVIEW, html: str | None = None, sender: str = OFFICE) -> Event:
    return recognise(letter(text, answers=answers, html=html, sender=sender), BOOKS, RULES)[1]


def given(percent: str = "20", **more: object) -> DiscountGiven:
    return DiscountGiven(BOOKING, 3, percent=Decimal(percent), **more)  # type: ignore[arg-type]  # its own fields


READ: dict[str, Event] = {
    "rabatt 20% bis 31.5.2027": given(until=MAY),
    "Rabatt 20 % bis 31.05.27, danke": given(until=MAY),
    "rabatt: 20 Prozent ab 1.12.2026 bis Ende Mai 2027": given(since=DECEMBER, until=MAY),
    "rabatt 20% bis Ende Februar": given(until=date(2027, 2, 28)),
    "rabatt 20% bis 2027-05-31": given(until=MAY),
    "rabatt 20% bis zum 31. Mai ab sofort": given(until=MAY),
    "rabatt 12,5%": given("12.5"),
    "rabatt 20%\n\nMit Frau Ott besprochen": given(note="Mit Frau Ott besprochen"),
    f"rabatt {DAUER} 20%": given(customer=DAUER),
    f"rabatt 20% für {DAUER}<mailto:{DAUER}>, bis 31.5.2027": given(customer=DAUER, until=MAY),
    # What makes no sense is decide's to refuse, with the reason.
    "rabatt dauer@verein 20%": given(customer="dauer@verein"),
    "rabatt 120%": given("120"),
    "rabatt -5%": given("-5"),
    "rabatt 0%": DiscountEnded(BOOKING, 3),
    f"rabatt {DAUER} 0%": DiscountEnded(BOOKING, 3, customer=DAUER),
    f"rabatt {DAUER} ende": DiscountEnded(BOOKING, 3, customer=DAUER),
    "rabatt ende ab 1.12.2026": DiscountEnded(BOOKING, 3, since=DECEMBER),
    "rabatt": DiscountsAsked(BOOKING, 3),
    "Rabatt, danke": DiscountsAsked(BOOKING, 3),
    "ok rabatt 20%": Approved(BOOKING, 3, discount=Decimal(20)),
    "nein: Rabatt gibt es nicht": Rejected(BOOKING, 3, reason="Rabatt gibt es nicht"),
}


@pytest.mark.parametrize("text", READ)
def test_discounts_are_read_as_a_whole(text: str) -> None:
    """Percentage, address and dates in any order, each at most once; `ok rabatt` stays an approval."""
    assert says(text) == READ[text]


DOUBTS = {
    "rabatt?": Doubt.QUESTION,
    "rabatt 20%?": Doubt.QUESTION,
    "rabatt 20% nur samstags": Doubt.BUT,
    "kein rabatt": Doubt.BUT,
    "rabatt 20% oder 10%": Doubt.BUT,
    "rabatt 20% 10%": Doubt.DISCOUNT,
    "rabatt 20": Doubt.DISCOUNT,
    "rabatt 20 €": Doubt.DISCOUNT,
    "rabatt dauer 20%": Doubt.DISCOUNT,
    f"rabatt {DAUER}": Doubt.DISCOUNT,
    f"rabatt {DAUER} kim@kunde.example 20%": Doubt.DISCOUNT,
    "rabatt 20% ende": Doubt.DISCOUNT,
    "rabatt 0% bis 31.5.2027": Doubt.DISCOUNT,
    "rabatt 20% bis 31.2.2027": Doubt.DISCOUNT,
    "rabatt 20% bis bald": Doubt.DISCOUNT,
    "rabatt 20% bis Mai 2027": Doubt.DISCOUNT,
    "rabatt 20% bis 31.5.2027 bis 30.6.2027": Doubt.DISCOUNT,
    # A line that a mail program broke must not lose its end.
    "rabatt 20%\nbis 31.5.2027": Doubt.DISCOUNT,
    "rabatt 20%\naber nur samstags": Doubt.BUT,
    "rabatt 20%\nok": Doubt.TWO_DECISIONS,
    "ok\nrabatt 20% bis 31.5.2027": Doubt.TWO_DECISIONS,
}


@pytest.mark.parametrize("text", DOUBTS)
def test_unclear_discounts_are_doubt(text: str) -> None:
    """Whatever is missing, doubled or not understood gives nobody a discount."""
    found = says(text)
    assert isinstance(found, Doubted), found
    assert found.why is DOUBTS[text]


def test_a_linked_address_is_the_same_in_html() -> None:
    """Mail programs turn addresses into links: text and HTML still say one thing."""
    html = f'<p>rabatt <a href="mailto:{DAUER}">{DAUER}</a> 20% bis 31.5.2027</p>'
    assert says(f"rabatt {DAUER}<mailto:{DAUER}> 20% bis 31.5.2027", html=html) == given(customer=DAUER, until=MAY)


@pytest.mark.parametrize("text", ["rabatt", "rabatt 20%", f"rabatt {DAUER} 0%"])
def test_discounts_are_the_offices(text: str) -> None:
    """The desk neither gives nor sees a discount; without a token `rabatt` is no command."""
    found = says(text, answers=TODESK, sender=DESK)
    assert isinstance(found, Doubted)
    assert found.why is Doubt.WRONG_ROLE
    loose = says(text, answers="")
    assert isinstance(loose, Doubted)
    assert loose.why is Doubt.NO_TOKEN
