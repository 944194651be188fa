"""What people say about a booking beside the review: questions, cancellations, notes, money, and customers' wishes."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest
from understand_story import (
    BOOKING,
    BOOKS,
    CODE,
    CUSTOMER,
    DESK,
    DOMAIN,
    NOW,
    OFFICE,
    REVIEW,
    RULES,
    TOCUSTOMER,
    TODESK,
    letter,
    token,
)

from mailbot.model.booking import State
from mailbot.model.books import Books
from mailbot.model.events import CustomerWrote, Doubt, Doubted, Event
from mailbot.model.mail import OutMail
from mailbot.model.people import Role
from mailbot.model.talk_events import (
    Answered,
    Asked,
    Cancelled,
    ChangeWished,
    Noted,
    Paid,
    TakenBack,
    WhyAsked,
    WithdrawalWished,
)
from mailbot.understand.recognise import recognise

TOASKED = token("asked")


def says(text: str | None, *, answers: str = REVIEW, html: str | None = None, sender: str = OFFICE) -> Event:
    return recognise(letter(text, answers=answers, html=html, sender=sender), BOOKS, RULES)[1]


ANSWERS = {
    "frage: Wie viele Personen?": Asked(BOOKING, 3, question="Wie viele Personen?"),
    "Frage - Wie viele Personen?": Asked(BOOKING, 3, question="Wie viele Personen?"),
    "Bitte stornieren: Wasserschaden": Cancelled(BOOKING, 3, reason="Wasserschaden"),
    "Rückfrage : Wer zahlt?": Asked(BOOKING, 3, question="Wer zahlt?"),
    "frage:\n\nWie viele Personen\nkommen denn?\n\nDer nervt.": Asked(
        BOOKING, 3, question="Wie viele Personen kommen denn?", note="Der nervt."
    ),
    "frage: ok, aber wie viele?\nintern: Max fragen": Asked(
        BOOKING, 3, question="ok, aber wie viele?", note="intern: Max fragen"
    ),
    "storno: Wasserschaden": Cancelled(BOOKING, 3, reason="Wasserschaden"),
    "storno": Cancelled(BOOKING, 3),
    "Storno, danke": Cancelled(BOOKING, 3),
    "stornieren Wasserschaden": Cancelled(BOOKING, 3, reason="Wasserschaden"),
    "absagen:\nDie Halle ist zu.\n\nMax fragen": Cancelled(BOOKING, 3, reason="Die Halle ist zu.", note="Max fragen"),
    "notiz Kunde ruft noch an": Noted(BOOKING, 3, text="Kunde ruft noch an"),
    "Notiz: Kunde ruft an\naber erst morgen": Noted(BOOKING, 3, text="Kunde ruft an aber erst morgen"),
    "notiz\nSchlüssel fehlt\n\nViele Grüße\nPetra": Noted(BOOKING, 3, text="Schlüssel fehlt"),
    "bezahlt": Paid(BOOKING, 3),
    "Bezahlt, danke!": Paid(BOOKING, 3),
    "bezahlt 40": Paid(BOOKING, 3, amount=Decimal(40)),
    "bezahlt 20.10 €": Paid(BOOKING, 3, amount=Decimal("20.10")),
    "bezahlt 40.00": Paid(BOOKING, 3, amount=Decimal(40)),
    "bezahlt: 40,50 €": Paid(BOOKING, 3, amount=Decimal("40.50")),
    "bezahlt EUR 1200.00, danke": Paid(BOOKING, 3, amount=Decimal("1200.00")),
    "warum": WhyAsked(BOOKING, 3),
    "Warum?": WhyAsked(BOOKING, 3),
    "warum, danke": WhyAsked(BOOKING, 3),
    "zurück": TakenBack(BOOKING, 3),
    "Rückgängig bitte": TakenBack(BOOKING, 3),
}
DOUBTS = {
    "frage: ": Doubt.UNKNOWN,
    "frage": Doubt.UNKNOWN,
    "frage Wie viele Personen?": Doubt.QUESTION,
    "frage: Wie viele?\nok": Doubt.TWO_DECISIONS,
    "storno?": Doubt.QUESTION,
    "storno nicht": Doubt.BUT,
    "storno: Wasser\nok": Doubt.TWO_DECISIONS,
    "storno oder doch nicht": Doubt.BUT,
    "notiz": Doubt.UNKNOWN,
    "notiz: x\nok": Doubt.TWO_DECISIONS,
    "bezahlt 1.200": Doubt.UNKNOWN,
    # A day is no amount, and what might be one is none without a currency.
    "bezahlt 3.12.": Doubt.UNKNOWN,
    "bezahlt 20.10": Doubt.UNKNOWN,
    "bezahlt am 3.12.": Doubt.UNKNOWN,
    "frage wie viele Personen?": Doubt.QUESTION,
    "bezahlt 40 oder 50": Doubt.BUT,
    "bezahlt -40": Doubt.UNKNOWN,
    "bezahlt?": Doubt.QUESTION,
    "noch nicht bezahlt": Doubt.BUT,
    "warum nicht": Doubt.BUT,
    "warum nicht?": Doubt.QUESTION,
    "zurück?": Doubt.QUESTION,
    "zurück zu ok": Doubt.UNKNOWN,
}


@pytest.mark.parametrize("text", ANSWERS)
def test_answers(text: str) -> None:
    """Each answer is read as a whole, with exactly what it names."""
    assert says(text) == ANSWERS[text]


@pytest.mark.parametrize("text", DOUBTS)
def test_doubts(text: str) -> None:
    """Whatever is not clearly one of them is doubt, and never a decision."""
    found = says(text)
    assert isinstance(found, Doubted)
    assert found.why is DOUBTS[text]


@pytest.mark.parametrize("keyword", ["frage", "storno"])
def test_a_broken_line_is_whole_in_html(keyword: str) -> None:
    """What the text version breaks in two reaches the customer whole, as the HTML version has it."""
    whole = "Wie viele Personen kommen denn an diesem Abend"
    found = says(f"{keyword}: Wie viele Personen kommen\ndenn an diesem Abend", html=f"<p>{keyword}: {whole}</p>")
    assert isinstance(found, Asked | Cancelled)
    assert (found.question if isinstance(found, Asked) else found.reason) == whole


def test_the_desk_leaves_notes_and_no_more() -> None:
    """The desk's `notiz` counts; the office's other words are not the desk's."""
    assert says("notiz Kunde kam zu spät", answers=TODESK, sender=DESK) == Noted(BOOKING, 3, text="Kunde kam zu spät")
    for text in ("frage: x?", "storno: x", "bezahlt 40", "zurück"):
        found = says(text, answers=TODESK, sender=DESK)
        assert isinstance(found, Doubted)
        assert found.why is Doubt.WRONG_ROLE


WISHES = {
    "storno": WithdrawalWished(BOOKING, "storno"),
    "Hallo,\n\nStorno bitte, wir sind krank": WithdrawalWished(BOOKING, "Hallo,\n\nStorno bitte, wir sind krank"),
    "stornieren: leider krank\nDanke": WithdrawalWished(BOOKING, "stornieren: leider krank\nDanke"),
    "verschieben 7.12. 18-19 Uhr": ChangeWished(
        BOOKING, "verschieben 7.12. 18-19 Uhr", date(2026, 12, 7), time(18), time(19)
    ),
    "verschieben auf 20 Uhr": ChangeWished(BOOKING, "verschieben auf 20 Uhr", None, time(20), None),
    "verschieben auf irgendwann danach": ChangeWished(BOOKING, "verschieben auf irgendwann danach"),
    "ok": CustomerWrote(BOOKING, "ok"),
    "Dürfen wir Hunde mitbringen?": CustomerWrote(BOOKING, "Dürfen wir Hunde mitbringen?"),
    "Storno bis wann möglich?": CustomerWrote(BOOKING, "Storno bis wann möglich?"),
    "Wir wollen nicht stornieren": CustomerWrote(BOOKING, "Wir wollen nicht stornieren"),
    "": CustomerWrote(BOOKING, ""),
}


@pytest.mark.parametrize("text", WISHES)
def test_wishes(text: str) -> None:
    """A customer's first line names his wish as far as it can be read; all of his words go along."""
    assert says(text, answers=TOCUSTOMER, sender=CUSTOMER) == WISHES[text]


def _asked(state: State) -> Books:
    """Give books in which the customer was asked something and the booking stands in this state."""
    booking = BOOKS.booking(CODE)
    assert booking
    row = BOOKS.mail_by_token(TOCUSTOMER)
    assert row
    question = OutMail(
        "mail-asked",
        "customer/question",
        CUSTOMER,
        Role.CUSTOMER,
        "",
        BOOKING,
        3,
        TOASKED,
        f"<{TOASKED}@{DOMAIN}>",
        "",
        NOW,
        NOW,
    )
    return BOOKS.after([replace(booking, state=state), question])


def test_the_reply_to_a_question_answers_it() -> None:
    """Only a reply with words, to the question's own mail, while it is open, is an answer."""
    held, open_again = _asked(State.HELD), _asked(State.REQUESTED)
    reply = letter("Zehn.", answers=TOASKED, sender=CUSTOMER)
    assert recognise(reply, held, RULES)[1] == Answered(BOOKING, "Zehn.")
    assert recognise(reply, open_again, RULES)[1] == CustomerWrote(BOOKING, "Zehn.")
    elsewhere = letter("Zehn.", answers=TOCUSTOMER, sender=CUSTOMER)
    assert recognise(elsewhere, held, RULES)[1] == CustomerWrote(BOOKING, "Zehn.")
    empty = letter("\n> Wie viele?\n", answers=TOASKED, sender=CUSTOMER)
    assert recognise(empty, held, RULES)[1] == CustomerWrote(BOOKING, "")
    word = letter("verschieben wäre gut", answers=TOASKED, sender=CUSTOMER)
    assert recognise(word, held, RULES)[1] == Answered(BOOKING, "verschieben wäre gut")
