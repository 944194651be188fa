"""templates: what each reader is told, so that nothing contradicts itself and the next step is plain."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from outgoing import ORDERS, RULES, seen

from mailbot.model.booking import Customer, State, Stay
from mailbot.model.mail import MailOrder
from mailbot.send import language
from mailbot.send.cast import NOW
from mailbot.send.plain import Marker


def test_the_review_fits_one_screen() -> None:
    """In the review facts, oddities and ready answers come first, before anything that is only good to know."""
    order = next(order for order in ORDERS if order.kind == "office/review")
    _, text, html = seen(replace(order, facts={**order.facts, "oddities": ("Außerhalb der Saison.",)}))
    lines = [line for line in text.splitlines() if line]
    assert [line[:7] for line in lines[1:6]] == ["Name   ", "Termin ", "Telefon", "Kosten ", "⚠ Außer"]
    assert lines[6].startswith("›\u00a0ok\u00a0·\u00a0")
    assert 'href="tel:01712345678"' in html
    assert text.index("\u203a") < text.index("| Kindergeburtstag")


def order(kind: str, **facts: Any) -> MailOrder:
    """Give the first example of a kind, with other facts; `booking` names what is different about its booking."""
    first = next(order for order in ORDERS if order.kind == kind)
    booking: Any = first.facts["booking"]
    booking = replace(booking, **facts.pop("booking", {}))
    return replace(first, facts={**first.facts, **facts, "booking": booking})


def ready_answers(text: str) -> list[str]:
    lines = [line.replace("\u00a0", " ") for line in text.splitlines() if line.startswith("\u203a")]
    return [line.removeprefix("\u203a ").partition(" · ")[0] for line in lines]


BOOKING: Any = order("office/review").facts["booking"]
PAST = Stay("kirche", NOW - timedelta(hours=3), NOW - timedelta(hours=2))
OK, PRICED, CHANGE, REJECT, HELP = "ok", "ok preis 40", "ändern 20:00-21:30", "nein: Grund", "hilfe"
WORKS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "all is well": ({}, [OK, PRICED, CHANGE, REJECT, HELP]),
    "no price": ({"price": None}, [PRICED, CHANGE, REJECT, HELP]),
    "no code": ({"has_code": False}, [CHANGE, REJECT, HELP]),
    "asked for as well": ({"clashes": (BOOKING,)}, [OK, PRICED, CHANGE, REJECT, HELP]),
    "given away": ({"clashes": (replace(BOOKING, state=State.CONFIRMED),)}, [CHANGE, REJECT, HELP]),
    "over": ({"booking": {"stay": PAST}, "has_code": False}, [OK, PRICED, REJECT, HELP]),
}


@pytest.mark.parametrize("case", WORKS)
def test_the_review_offers_what_works(case: str) -> None:
    """A review names only answers that would work as things are."""
    facts, wanted = WORKS[case]
    text = seen(order("office/review", **facts)).text
    assert ready_answers(text) == wanted
    assert ("nur noch die Rechnung" in text.replace("\u00a0", " ")) == (case == "over")


def test_the_review_explains_a_discount() -> None:
    """What is asked stands first, then the price of the list and why less is asked."""
    text = seen(order("office/review")).text.replace("\u00a0", " ")
    assert "Kosten   36,00 € (45,00 € abzüglich 20 % Rabatt für Dauerbuchung)" in text


def test_a_withdrawal_of_what_is_not_known_shows_no_empty_time() -> None:
    """Of a cancellation that came before its request only what is known is shown."""
    nothing = Stay("kirche", NOW, NOW)
    unknown = {"stay": nothing, "customer": Customer("", ""), "received_at": NOW, "decided_at": NOW, "reason": None}
    message, text, html = seen(order("office/withdrawn", invoice=None, booking=unknown))
    assert message["Subject"] == "Storniert ohne Anfrage: Fr., 20.11.2026"
    assert "10:14" not in text + html
    assert [line.split()[0] for line in text.splitlines() if "  " in line] == ["Wo", "Buchungscode"]


@pytest.mark.parametrize("link", [None, "https://soccer-kirche.youcanbook.me/cancel/9f3c", "javascript:x"])
def test_what_is_left_to_do_says_where(link: str | None) -> None:
    """After a rejection the office knows where to free the time, with a link or without; a past one needs nothing."""
    why = "Bitte geben Sie die Zeit auf der Buchungsseite wieder frei."
    text = seen(order("office/done", link=link, link_why=why)).text
    assert why in text
    assert ("youcanbook.me/cancel" in text) == (link == "https://soccer-kirche.youcanbook.me/cancel/9f3c")
    assert ("suchen Sie dort die Buchung" in text.replace("\n", " ")) == ("youcanbook.me/cancel" not in text)
    assert "Noch zu tun" not in seen(order("office/done", link=link, link_why=why, booking={"stay": PAST})).text


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("customer/confirmed", ["EMAIL: neu@adresse.example", "EMAIL: a@b.example"]),
        ("desk/request", ["EMAIL: a@b.example"]),
        ("office/review", []),
    ],
)
def test_a_lost_mail_says_how_to_send_it_again(kind: str, wanted: list[str]) -> None:
    """Of a mail that failed the answers are named that send it again: only a customer's address can be mended."""
    text = seen(order("office/mail_failed", mail_kind=kind, to="a@b.example")).text
    assert ready_answers(text) == wanted


def test_a_late_mail_is_not_called_lost() -> None:
    """While it is tried on, the office reads until when, and what to do meanwhile; only another address helps."""
    until = datetime(2026, 12, 2, 9, 5, tzinfo=NOW.tzinfo)
    late = seen(order("office/mail_failed", mail_kind="customer/confirmed", to="a@b.example", tried_until=until))
    text = " ".join(late.text.split())
    assert "angekommen" not in str(late.message["Subject"]) + text
    assert "Versucht wird es bis" in text
    assert "02.12." in text
    assert "liste codes" in text
    assert ready_answers(late.text) == ["EMAIL: neu@adresse.example"]


@pytest.mark.parametrize("urgent", [True, False])
def test_the_desk_is_told_what_it_can_check(urgent: bool) -> None:
    """The counter asks for what stands in its mail, and names a code neither for a taken time nor before its turn."""
    no_phone = {"customer": replace(BOOKING.customer, phone=None)}
    known, unknown = (
        seen(order("desk/request", urgent=urgent, booking=b)).text.replace("\n", " ") for b in ({}, no_phone)
    )
    assert ("vier Ziffern" in known, "vier Ziffern" in unknown, "Tag und Uhrzeit" in unknown) == (True, False, True)
    assert ("dürfen ihm den Türcode" in known) == urgent
    taken = seen(order("desk/request", urgent=urgent, taken=True)).text.replace("\n", " ")
    assert "keinen Code nennen" in taken
    assert "richtige Kunde" not in taken


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (State.CONFIRMED, "Der Termin ist bestätigt."),
        (State.REJECTED, "Die Anfrage ist abgelehnt."),
        (State.CANCELLED, "Der Termin ist storniert."),
        (State.LAPSED, "Der Termin ist verfallen."),
    ],
)
def test_the_desk_reads_a_decision_as_a_sentence(state: State, wanted: str) -> None:
    """What became of a request is told to the counter in the state's own word, once."""
    assert seen(order("desk/decided", booking={"state": state})).text.startswith(f"{wanted}\n")


@pytest.mark.parametrize(
    ("claimed", "wanted"),
    [
        (("buero@kruempel.example",), "Dieser Brief nennt eine uns bekannte Absenderadresse"),
        (("",), "Dieser Brief antwortet auf eine Mail von mailbot, die an jemand anderen ging."),
        (("", ""), "Diese Briefe antworten auf Mails von mailbot, die an jemand anderen gingen."),
    ],
)
def test_an_unproven_letter_is_told_for_what_it_is(claimed: tuple[str, ...], wanted: str) -> None:
    """Only of a letter that names one of our addresses it is said that it does."""
    first = next(order for order in ORDERS if order.kind == "office/suspicious")
    letters: Any = first.facts["letters"]
    told = tuple(replace(letters[0], claimed=address) for address in claimed)
    text = seen(replace(first, facts={**first.facts, "letters": told})).text
    assert wanted in text.replace("\n", " ")


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        (1, "1 weiterer, ohne Buchung, liegt im Ordner Mailbot/Unklar."),
        (700, "700 weitere, alle ohne Buchung, liegen im Ordner Mailbot/Unklar."),
    ],
)
def test_the_letters_of_a_flood_are_counted_in_words(more: int, wanted: str) -> None:
    """One letter too many is told as one."""
    first = next(order for order in ORDERS if order.kind == "office/suspicious")
    text = seen(replace(first, facts={**first.facts, "more": more, "folder": "Mailbot/Unklar"})).text
    assert wanted in text.replace("\n", " ").replace("\u00a0", " ")


@pytest.mark.parametrize("state", State)
def test_a_state_alone_is_no_answer(state: State) -> None:
    """The words of a state are the office's own, yet where they stand alone no reader takes them for an answer."""
    cell = language.standing("de", state)
    assert language.state("de", state) in cell
    assert not Marker(RULES.replies.values()).is_like_an_answer(cell)
