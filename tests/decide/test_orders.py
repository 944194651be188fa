"""Who may read what: desk, subscriber and office see no door code; robots get nothing; tokens are never alike."""

from random import Random

import pytest
from decide_story import CODE, OFFICE, RULES, SOURCE, World, booking, matter, notice

from mailbot.decide.orders import for_desk, for_office, for_subscriber, is_address, may_write_to, new_token
from mailbot.model.booking import Booking, Customer, Links, State
from mailbot.model.events import Approved, BookingRequested
from mailbot.model.mail import MailOrder

FULL = booking(
    State.CONFIRMED,
    links=Links("https://x/c", "https://x/m"),
    extras=(("Anzahl", "10"),),
    remark="Kindergeburtstag",
    invoice="SK-2026-00001",
)


def test_the_office_sees_no_code_and_no_price_in_the_booking() -> None:
    """Price and code are facts of their own, where a mail may show them."""
    seen = for_office(FULL)
    assert (seen.door_code, seen.price, seen.list_price) == (None, None, None)
    assert seen.customer == FULL.customer


def test_the_desk_sees_name_phone_time_and_booking_code() -> None:
    """Nothing else: no address, e-mail, price, remark, link."""
    seen = for_desk(FULL)
    assert seen.customer == Customer("Sabine Müller", "", "0171 2345678")
    assert (seen.links, seen.extras, seen.remark, seen.invoice, seen.door_code) == (Links(), (), None, None, None)
    assert (seen.code, seen.stay, seen.state) == (CODE, FULL.stay, FULL.state)


def test_a_subscriber_sees_name_time_and_state() -> None:
    """Not even the phone number."""
    assert for_subscriber(FULL).customer == Customer("Sabine Müller", "")


def _bookings(order: MailOrder) -> list[Booking]:
    values = [*order.facts.values()]
    values += [item for value in values if isinstance(value, tuple) for item in value]
    return [value for value in values if isinstance(value, Booking)]


def test_only_the_customers_code_mail_carries_a_code() -> None:
    """Of all mails of a booking's life exactly one shows its door code."""
    world = World()
    world.tell(SOURCE, BookingRequested(notice()))
    world.tell(OFFICE, Approved(matter(), 1))
    world.tell(SOURCE, BookingRequested(notice(reference="ANDERE", email="eva@kunde.example")))
    showing = {order.kind for order in world.mails if any(seen.door_code for seen in _bookings(order))}
    assert showing == {"customer/confirmed"}
    assert {order.kind for order in world.mails if order.has_code} == {"customer/confirmed"}


def test_tokens_are_26_characters_and_never_alike() -> None:
    """130 bits from the dice, in the alphabet of base32."""
    dice = Random(7)
    tokens = {new_token(dice) for _ in range(2000)}
    assert len(tokens) == 2000
    assert all(len(token) == 26 and set(token) <= set("abcdefghijklmnopqrstuvwxyz234567") for token in tokens)


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("sabine@kunde.example", True),
        ("noreply@kunde.example", False),
        ("No-Reply+x@kunde.example", False),
        ("mailer-daemon@kunde.example", False),
        ("BUCHUNG@soccer-kirche.example", False),
        ("bounce-house@kunde.example", False),
        ("norepliers@kunde.example", True),
        ("no_reply@kunde.example", False),
        ("nicht-antworten@kunde.example", False),
        ("verein-request@liste.example", False),
        ("buchung+abc@soccer-kirche.example", False),
        ("notifications@youcanbook.me", False),
        ("antje@kunde.example", True),
    ],
)
def test_nothing_is_sent_to_a_robot_or_to_ourselves(address: str, may: bool) -> None:
    """ATTACKS 53 and 56: no answer to noreply, mailer-daemon or our own address."""
    assert may_write_to(address, RULES) is may


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("sabine@kunde.example", True),
        ("sabine.müller@kunde.example", True),
        ("sabine@kunde", False),
        ("sabine @kunde.example", False),
        ("a@b.example,c@d.example", False),
        ("a@b.example\r\nBcc: x@y.example", False),
        ("a@b@c.example", False),
        ("<a@b.example>", False),
    ],
)
def test_an_address_is_one_address_and_nothing_else(text: str, is_one: bool) -> None:
    """What `EMAIL: …` may say."""
    assert is_address(text) is is_one
