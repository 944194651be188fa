"""Answers to a digest's numbers: which pieces a line has, and that doubt in one is doubt of all."""

from datetime import date, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from mailbot.model.answers import Answer
from mailbot.model.digest_events import ItemsAnswered, PageSettled, Paused, Resumed
from mailbot.model.discount_events import DiscountGiven
from mailbot.model.events import Approved, Changed, Doubt, Doubted, Rejected
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.people import Role
from mailbot.model.talk_events import Asked
from mailbot.understand.answers import answer
from mailbot.understand.phrases import Grammar
from mailbot.understand.readers import Question
from mailbot.understand.supplied import Asked as Reading

DIGEST = Matter(MatterKind.DIGEST, "office/1")
REPLIES = {
    "approve": ("ok", "ja", "passt"),
    "reject": ("nein", "ablehnen"),
    "change": ("ändern",),
    "question": ("frage",),
    "price": ("preis",),
    "discount": ("rabatt",),
    "silent": ("ohne mail",),
    "accept": ("übernehmen",),
    "help": ("hilfe",),
    "pause": ("pause",),
    "resume": ("weiter",),
    "done": ("erledigt",),
}


def _read(text: str, role: Role = Role.REVIEWER) -> Answer:
    reading = Reading({}, ZoneInfo("Europe/Berlin"), date(2026, 11, 23), None)
    return answer(text.split("\n"), Question(DIGEST, 1, role, Grammar.of(REPLIES), reading))


def _ok(**terms: object) -> Approved:
    return Approved(DIGEST, 1, **terms)  # type: ignore[arg-type]  # its own fields


def _no(reason: str = "") -> Rejected:
    return Rejected(DIGEST, 1, reason=reason)


CLEAR: dict[str, list[tuple[int, Answer]]] = {
    "1 ok": [(1, _ok())],
    "1 ok, 2 nein voll": [(1, _ok()), (2, _no("voll"))],
    "1 ok\n2 nein: Halle gesperrt, leider": [(1, _ok()), (2, _no("Halle gesperrt, leider"))],
    "Hallo,\n\n1: ok\n\n2. nein\n3) ok preis 45": [(1, _ok()), (2, _no()), (3, _ok(price=Decimal(45)))],
    "1 ok; 2 ok ohne mail und 3 nein": [(1, _ok()), (2, _ok(silent=True)), (3, _no())],
    "1 ok 2 nein": [(1, _ok()), (2, _no())],
    "1 nein voll 2 ok": [(1, _no("voll")), (2, _ok())],
    "1, 2 und 3 ok, 4 nein": [(1, _ok()), (2, _ok()), (3, _ok()), (4, _no())],
    "- 1 ok\n- 2 nein": [(1, _ok()), (2, _no())],
    "Nr. 2 nein, Nr. 1 ok": [(2, _no()), (1, _ok())],
    "1 = ok, 2 - nein": [(1, _ok()), (2, _no())],
    "1 ok, 3 erledigt": [(1, _ok()), (3, PageSettled(DIGEST, 1))],
    "2 ok 3 erledigt": [(2, _ok()), (3, PageSettled(DIGEST, 1))],
    "2, 3 erledigt, danke": [(2, PageSettled(DIGEST, 1)), (3, PageSettled(DIGEST, 1))],
    "2 ok preis 45, 1 ok preis 30,50": [(2, _ok(price=Decimal(45))), (1, _ok(price=Decimal("30.50")))],
    "1 ändern 7.12. 18-19 Uhr, 2 ok": [
        (1, Changed(DIGEST, 1, day=date(2026, 12, 7), start=time(18), end=time(19))),
        (2, _ok()),
    ],
    "1 nein: gesperrt wegen 3 Turnieren. 2 ok": [(1, _no("gesperrt wegen 3 Turnieren")), (2, _ok())],
    "1 ändern Montag, 7. Dezember 18 Uhr": [(1, Changed(DIGEST, 1, day=date(2026, 12, 7), start=time(18)))],
    "1 frage: Wie viele, und wann?": [(1, Asked(DIGEST, 1, question="Wie viele, und wann?"))],
    "1 nein:\n\nHalle gesperrt\nwegen Wasser\n\n2 ok": [(1, _no("Halle gesperrt wegen Wasser")), (2, _ok())],
    "1 ok\n\nViele Grüße\nPetra\n3 Linden Apotheke": [(1, _ok())],
    "1 rabatt 20% bis 31.5.2027, 2 ok rabatt 10 %": [
        (1, DiscountGiven(DIGEST, 1, percent=Decimal(20), until=date(2027, 5, 31))),
        (2, _ok(discount=Decimal(10))),
    ],
    "1 ok 2 rabatt 10 prozent": [(1, _ok()), (2, DiscountGiven(DIGEST, 1, percent=Decimal(10)))],
}


@pytest.mark.parametrize("text", CLEAR)
def test_numbers_and_their_answers(text: str) -> None:
    """Each number has the answer that stands behind it, on one line or several."""
    read = _read(text)
    assert isinstance(read, ItemsAnswered)
    assert list(read.items) == CLEAR[text]


UNCLEAR = {
    "1 ok, 2 vielleicht": Doubt.UNKNOWN,
    "1 ok, 2 ok?": Doubt.QUESTION,
    "1 ok, 2 nicht ok": Doubt.BUT,
    "1 nein: voll, 2 mal sehen": Doubt.UNKNOWN,
    "1 nein: voll\n2 weiß ich nicht": Doubt.UNKNOWN,
    "1 ok, 1 nein": Doubt.TWO_DECISIONS,
    "1 ok\nnein": Doubt.TWO_DECISIONS,
    "1 ok, 2 übernehmen": Doubt.NOT_HERE,
    "1 hilfe": Doubt.NOT_HERE,
    "1 rabatt": Doubt.NOT_HERE,
    "1-3 ok": Doubt.UNKNOWN,
    "1 ok, aber 2 nein": Doubt.BUT,
    "1 ok\n2 ok\naber erst morgen": Doubt.BUT,
}


@pytest.mark.parametrize("text", UNCLEAR)
def test_doubt_in_one_is_doubt_of_all(text: str) -> None:
    """Nothing of an answer is read as a decision where one piece is not clear; the piece is named."""
    read = _read(text)
    assert isinstance(read, Doubted), read
    assert read.why is UNCLEAR[text]
    assert read.said


def test_doubt_tells_which_numbers_were_answered() -> None:
    """All of them, also those that were clear: nothing of the answer is done."""
    for text, numbers in {"1 ok, 3 vielleicht": (1, 3), "2, 4 ok?\n4 nein": (2, 4), "vielleicht": ()}.items():
        read = _read(text)
        assert isinstance(read, Doubted)
        assert read.numbers == numbers


def test_a_note_stays_with_its_number() -> None:
    """What stands below an answer is a note of that number."""
    read = _read("1 ok\nbitte Licht prüfen\n2 nein\nruft nochmal an")
    assert isinstance(read, ItemsAnswered)
    assert read.items == ((1, _ok()), (2, _no()))
    assert read.notes == ((1, "bitte Licht prüfen"), (2, "ruft nochmal an"))


def test_pause_and_weiter_are_answers() -> None:
    """The two commands can be answered to a digest; with more words behind them they are not clear."""
    assert _read("pause") == Paused(DIGEST, 1)
    assert _read("Weiter, danke") == Resumed(DIGEST, 1)
    assert isinstance(_read("pause bis Montag"), Doubted)


def test_the_desk_has_no_numbers() -> None:
    """Only a reviewer answers numbers."""
    assert isinstance(_read("1 ok", Role.DESK), Doubted)
