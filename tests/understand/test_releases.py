"""`ausgegeben`: for the mail's own booking or for the one that is named; anything unclear is asked back."""

import pytest
from understand_story import BOOKING, BOOKS, CODE, CUSTOMER, DESK, NOTHING, OFFICE, REVIEW, RULES, TODESK, letter

from mailbot.model.day_events import Released
from mailbot.model.events import CustomerWrote, Doubt, Doubted, Event
from mailbot.understand.recognise import recognise


def says(text: str, *, answers: str = TODESK, sender: str = DESK, subject: str = "AW: Anfrage") -> Event:
    return recognise(letter(text, answers=answers, sender=sender, subject=subject), BOOKS, RULES)[1]


def test_a_reply_is_about_its_mails_booking() -> None:
    """The word alone, with courtesy or a note below, means the booking of the mail; the office may say it too."""
    found = says("ausgegeben")
    assert isinstance(found, Released)
    assert (found.matter, found.code, found.note) == (BOOKING, "", "")
    for text in ("Ausgegeben!", "ausgegeben, danke", "Hallo zusammen,\nausgegeben.", "released", "ausgegeben:"):
        assert says(text) == found, text
    noted = says("ausgegeben\n\nRief zweimal an.\n\nViele Grüße\nTheke")
    assert isinstance(noted, Released)
    assert noted.note == "Rief zweimal an."
    # Below a fact the time is a note, and undoes nothing.
    assert isinstance(says("ausgegeben\n19:25 Uhr"), Released)
    office = says("ausgegeben", answers=REVIEW, sender=OFFICE)
    assert isinstance(office, Released)
    assert (office.matter, office.round) == (BOOKING, 3)


@pytest.mark.parametrize(
    "text", [f"ausgegeben {CODE}", f"ausgegeben {CODE.lower()}", f"ausgegeben: {CODE}.", f"ausgegeben {CODE}, danke"]
)
def test_a_named_booking_counts_before_the_mails_own(text: str) -> None:
    """The booking code behind the word is read in any case, from a reply as from a mail of one's own."""
    reply = says(text)
    assert isinstance(reply, Released)
    assert (reply.matter, reply.code) == (BOOKING, CODE)
    assert says(text, answers="") == Released(NOTHING, 0, code=CODE)
    assert says("Viele Grüße", answers="", subject=text) == Released(NOTHING, 0, code=CODE)


def test_alone_and_without_a_code_it_still_is_the_command() -> None:
    """`ausgegeben` in a mail of one's own becomes the question for which booking."""
    assert says("ausgegeben", answers="") == Released(NOTHING, 0)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ausgegeben?", Doubt.QUESTION),
        ("nicht ausgegeben", Doubt.BUT),
        ("ausgegeben, aber falscher Tag", Doubt.BUT),
        (f"ausgegeben {CODE} und ABCDEFGH", Doubt.UNKNOWN),
        ("ausgegeben\nstorno", Doubt.TWO_DECISIONS),
        ("ausgegeben an Herrn Meier um 18 Uhr", Doubt.UNKNOWN),
        ("ausgegeben\naber der Falsche", Doubt.BUT),
    ],
)
def test_doubt_releases_nothing(text: str, why: Doubt) -> None:
    """What is asked, limited or not understood as a whole is no fact."""
    found = says(text)
    assert isinstance(found, Doubted)
    assert found.why is why


def test_a_customer_releases_nothing() -> None:
    """From a customer the word is a message."""
    event = says("ausgegeben", answers="", sender=CUSTOMER)
    assert not isinstance(event, Released | CustomerWrote)
    assert not isinstance(says("ausgegeben", sender=CUSTOMER), Released)
