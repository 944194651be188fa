"""`liste`, `code neu` and `belegung`: what is understood, from whom, and what is left in doubt."""

from datetime import date, time

import pytest
from understand_story import (
    BOOKING,
    BOOKS,
    CUSTOMER,
    DESK,
    NOTHING,
    OFFICE,
    REVIEW,
    RULES,
    STRANGER,
    TOCUSTOMER,
    TODESK,
    letter,
)

from mailbot.model.events import CustomerWrote, Doubt, Doubted, Event, NotOurs, Unproven
from mailbot.model.list_events import CodesAsked, ListAsked, NewCodeAsked, OccupancyAsked
from mailbot.model.people import NOBODY, Actor, Role
from mailbot.understand.recognise import recognise

FAIL = "mx.soccer-kirche.example; dmarc=fail header.from=boese.example"
PASS = "mx.soccer-kirche.example; dmarc=pass header.from=boese.example"


def says(text: str, *, answers: str = REVIEW, sender: str = OFFICE) -> Event:
    return recognise(letter(text, answers=answers, sender=sender), BOOKS, RULES)[1]


LISTS = {
    "liste": ListAsked(BOOKING, 3),
    "Liste, danke": ListAsked(BOOKING, 3),
    "tabelle": ListAsked(BOOKING, 3),
    "liste oktober": ListAsked(BOOKING, 3, month=10),
    "Liste für Oktober 2025, danke!": ListAsked(BOOKING, 3, month=10, year=2025),
    "list march": ListAsked(BOOKING, 3, month=3),
    "liste codes": CodesAsked(BOOKING, 3),
    "Liste der Türcodes": CodesAsked(BOOKING, 3),
    "Hallo zusammen,\n\nliste\n\nfür den Steuerberater": ListAsked(BOOKING, 3, note="für den Steuerberater"),
}


@pytest.mark.parametrize("text", LISTS)
def test_a_list_is_asked_for(text: str) -> None:
    """`liste` as a reply means the table, with a month that month, with `codes` the door codes."""
    assert says(text) == LISTS[text]


@pytest.mark.parametrize("text", ["liste?", "liste oder codes", "liste 13", "liste nicht", "liste oktober november"])
def test_an_unclear_list_is_doubt(text: str) -> None:
    """What is not wholly understood behind `liste` gives nothing away."""
    assert isinstance(says(text), Doubted)


ALONE = {
    "liste": ListAsked(NOTHING, 0),
    "Liste Oktober": ListAsked(NOTHING, 0, month=10),
    "liste codes": CodesAsked(NOTHING, 0),
}


@pytest.mark.parametrize("text", ALONE)
@pytest.mark.parametrize("sender", [OFFICE, DESK])
def test_a_list_needs_no_reply(text: str, sender: str) -> None:
    """A proven reviewer or desk may ask by a mail of its own, in the subject or in the first line."""
    for found in (letter("", sender=sender, subject=text), letter(text, sender=sender, subject="Guten Morgen")):
        by, event = recognise(found, BOOKS, RULES)
        assert event == ALONE[text]
        assert by.address == sender


def test_an_unproven_list_gives_nothing_away() -> None:
    """`liste` from a listed address that is not proven is told to the office as suspicious."""
    by, event = recognise(letter("liste", sender=OFFICE, subject="liste", auth=None), BOOKS, RULES)
    assert by == NOBODY
    assert isinstance(event, Unproven)


def wanted(**fields: object) -> NewCodeAsked:
    return NewCodeAsked(BOOKING, 3, **{"day": date(2026, 12, 6), **fields})  # type: ignore[arg-type]  # its own fields


CODES = {
    "code neu 6.12.": wanted(),
    "code neu 6.12": None,
    "Code neu: 6.12.": wanted(),
    "code neu 6.12. 482913": wanted(code="482913"),
    "code neu 6.12.2026 482913": wanted(code="482913"),
    "code neu 06.12.26, 482913 danke": wanted(code="482913"),
    "code neu 2026-12-06": wanted(),
    "new code 6 december 482913": wanted(code="482913"),
    "code neu am Sonntag, 6.12. auf 482913": wanted(code="482913"),
    "code neu am Samstag, 6.12.": None,
    "code neu 6.12. 19:00 482913": wanted(code="482913", at=time(19)),
    "code neu 6.12. um 19 Uhr": wanted(at=time(19)),
    "code neu 6.12. 482913 kirche": wanted(code="482913", where="kirche"),
    "code neu 6.12. 204512": wanted(code="204512"),
    "code neu 31.2.": None,
    "code neu": None,
    "code neu 6.12.?": None,
    "code neu 6.12. aber nicht jetzt": None,
    "code neu morgen": None,
}


@pytest.mark.parametrize("text", CODES)
def test_another_code_is_asked_for(text: str) -> None:
    """`code neu` takes a day, perhaps a slot, the office's own code and a resource; anything unclear is doubt."""
    event, expected = says(text), CODES[text]
    assert isinstance(event, Doubted) if expected is None else event == expected


def test_an_older_day_means_next_year() -> None:
    """A day without a year is the next one of that name."""
    assert says("code neu 3.2.") == wanted(day=date(2027, 2, 3))


def test_codes_are_changed_by_the_office_alone() -> None:
    """`code neu` from the desk is the wrong role's, and without a token it is no command."""
    doubt = says("code neu 6.12.", answers=TODESK, sender=DESK)
    assert isinstance(doubt, Doubted)
    assert doubt.why is Doubt.WRONG_ROLE
    loose = recognise(letter("code neu 6.12.", subject="code neu 6.12."), BOOKS, RULES)[1]
    assert isinstance(loose, Doubted)
    assert loose.why is Doubt.NO_TOKEN


def test_a_code_never_shows_in_an_events_words() -> None:
    """What is logged of the event holds no code."""
    assert "482913" not in repr(says("code neu 6.12. 482913"))


def test_two_decisions_with_a_code_are_doubt() -> None:
    """`code neu` above `ok` is two decisions."""
    assert isinstance(says("code neu 6.12.\nok"), Doubted)


OCCUPANCY = ["belegung", "Belegung?", "Guten Tag,\n\nBelegung bitte\n\nMit freundlichen Grüßen\nSabine Müller"]


@pytest.mark.parametrize("text", OCCUPANCY)
def test_a_customer_asks_what_is_taken(text: str) -> None:
    """`belegung` as a customer's whole reply is a question to mailbot."""
    by, event = recognise(letter(text, answers=TOCUSTOMER, sender=CUSTOMER), BOOKS, RULES)
    assert by == Actor(Role.CUSTOMER, "", CUSTOMER)
    assert event == OccupancyAsked(CUSTOMER, "de")


@pytest.mark.parametrize("text", ["Belegung\n\nUnd dürfen wir Hunde mitbringen", "Die Belegung ist falsch"])
def test_a_customers_message_is_not_swallowed(text: str) -> None:
    """Where a customer writes more than the word, people read it."""
    event = recognise(letter(text, answers=TOCUSTOMER, sender=CUSTOMER), BOOKS, RULES)[1]
    assert isinstance(event, CustomerWrote)


def asks(subject: str, *, sender: str = STRANGER, auth: str | None = PASS, **more: object) -> Event:
    found = letter("", sender=sender, subject=subject, auth=auth, **more)  # type: ignore[arg-type]  # the letter's own
    return recognise(found, BOOKS, RULES)[1]


def test_a_stranger_asks_by_the_whole_subject() -> None:
    """A stranger with dmarc=pass and the word alone is answered, in the language of the word."""
    assert asks("Belegung") == OccupancyAsked(STRANGER, "de")
    assert asks("occupancy") == OccupancyAsked(STRANGER, "en")
    for subject in ("Belegung im Mai", "Re: Belegung", "Frage"):
        assert isinstance(asks(subject), NotOurs)


@pytest.mark.parametrize("auth", [FAIL, None, PASS.replace("boese", "andere")], ids=str)
def test_a_stranger_must_be_proven(auth: str | None) -> None:
    """Without dmarc=pass for his own domain a stranger's letter is left where it is."""
    assert isinstance(asks("Belegung", auth=auth), NotOurs)


def test_a_robot_asks_in_vain() -> None:
    """An automatic letter with the word as its subject gets no answer."""
    assert isinstance(asks("Belegung", more=(("Auto-Submitted", "auto-replied"),)), NotOurs)
