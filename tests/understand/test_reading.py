"""ATTACKS.md on automatic mail and reading, line by line: ids are its numbers, shapes are letters/*.eml or texts here.

Everything here comes with the office's address, proof and token: what changes nothing does so by its words alone.
"""

from datetime import UTC, datetime

import pytest
from understand_story import BOOKING, BOOKS, LETTERS, REVIEW, RULES, letter
from understanding import mails

from mailbot.model.events import (
    Approved,
    Automatic,
    Changed,
    DeliveryDelayed,
    DeliveryFailed,
    Doubt,
    Doubted,
    Event,
    Rejected,
)
from mailbot.receive.parse import letter as parsed
from mailbot.understand.recognise import recognise

SUBJECTS = (
    *("Abwesenheitsnotiz", "Abwesenheitsnotiz: Anfrage", "AW: Abwesenheitsnotiz: Anfrage", "Automatische Antwort: x"),
    *("Automatic reply: x", "Auto-Antwort: x", "[Auto-Reply] x", "OOO: x", "Out of Office", "Bin im Urlaub"),
    *("Ich bin derzeit nicht im Büro", "Nicht im Büro: x", "Urlaubsmeldung", "Automatische Rückmeldung"),
)
RECEIPTS = (
    "Gelesen: Anfrage",
    "Read: Anfrage",
    "Ungelesen gelöscht: x",
    "Automatische Eingangsbestätigung",
    "Zugestellt: x",
)


def read(name: str) -> Event:
    raw = (LETTERS / f"{name}.eml").read_bytes()
    return recognise(parsed("letter:file/x", datetime(2026, 11, 20, 9, tzinfo=UTC), raw), BOOKS, RULES)[1]


def says(text: str | None, html: str | None = None, subject: str = "AW: Anfrage") -> Event:
    return recognise(letter(text, html=html, answers=REVIEW, subject=subject), BOOKS, RULES)[1]


# number and letter -> what it is read as
LETTER_CASES: dict[tuple[str, str], type[Event] | Doubt] = {
    ("25", "absence-german"): Automatic,
    ("26", "absence-english"): Automatic,
    ("27", "absence-gmail"): Automatic,
    ("28", "receipt-outlook"): Automatic,
    ("29", "bounce-failed"): DeliveryFailed,
    ("30", "bounce-delayed"): DeliveryDelayed,
    ("31", "bounce-gmx-text"): DeliveryFailed,
    ("33", "ticket-system"): Automatic,
    ("33", "ticket-system-quoting"): Automatic,
    ("36", "reply-outlook-web-empty"): Doubt.EMPTY,
    ("40", "reply-decomposed"): Changed,
    ("40", "reply-latin1-qp"): Changed,
    ("40", "reply-utf16"): Changed,
    ("40", "reply-charset-wrong"): Doubt.UNREADABLE,
    ("41", "reply-change-lines"): Changed,
    ("42", "reply-text-and-html-differ"): Doubt.TEXT_AND_HTML,
    ("43", "reply-banner-exchange"): Approved,
    ("43", "reply-banner-proofpoint"): Approved,
    ("43", "reply-banner-unknown"): Doubt.UNKNOWN,
    ("44", "reply-signature-ok"): Doubt.EMPTY,
    ("45", "reply-struck-out"): Rejected,
    ("46", "reply-inline"): Rejected,
    ("47", "answer-signed"): Approved,
    ("47", "answer-encrypted"): Doubt.OPAQUE,
    ("47", "reply-pgp-inline"): Doubt.OPAQUE,
    ("47", "reply-winmail-only"): Doubt.OPAQUE,
    ("48", "reply-second-level-outlook"): Rejected,
    ("48", "reply-unmarked-rejection-above-ok"): Rejected,
    ("48", "reply-unmarked-ok-above-rejection"): Doubt.TWO_DECISIONS,
    ("48", "reply-second-level-quoted"): Approved,
}


@pytest.mark.parametrize(("number", "name"), LETTER_CASES)
def test_letter(number: str, name: str) -> None:
    """Each letter is what its line of ATTACKS.md says, and what cannot be read is asked back with the reason."""
    found = read(name)
    assert (found.why if isinstance(found, Doubted) else type(found)) is LETTER_CASES[number, name]


def test_a_person_behind_a_ticket_system_is_heard() -> None:
    """33: what a person wrote is kept whole for the office, though marked as automatic; an absence note is not."""
    found, absence = read("ticket-system-quoting"), read("absence-gmail")
    assert isinstance(found, Automatic)
    assert found.may_be_person
    assert found.said.startswith("ok")
    assert isinstance(absence, Automatic)
    assert not absence.may_be_person


@pytest.mark.parametrize("subject", [*SUBJECTS, *RECEIPTS])
def test_robot_by_subject(subject: str) -> None:
    """26, 28: absences and receipts are known by their subjects alone, whatever they quote."""
    assert isinstance(says("ok", subject=subject), Automatic)


@pytest.mark.parametrize("subject", ["AW: Anfrage", "Auto: wo parken?", "Urlaub im Dezember", "Re: Gelesen", "Autos"])
def test_person_by_subject(subject: str) -> None:
    """A person's own subject makes no robot of him."""
    assert isinstance(says("ok", subject=subject), Approved)


# text -> what it is read as; the numbers are ATTACKS' lines
TEXTS: dict[tuple[str, str], type[Event] | Doubt] = {
    ("37", "OK\n\nABLEHNEN"): Doubt.TWO_DECISIONS,
    ("37", "OK\nbis bald\n\nablehnen: voll"): Doubt.TWO_DECISIONS,
    ("38", "OK?"): Doubt.QUESTION,
    ("38", "nicht OK"): Doubt.BUT,
    ("38", "OK, aber 19 Uhr"): Doubt.BUT,
    ("38", "ok, danke"): Approved,
    ("38", "ok, vielen Dank und viele Grüße"): Approved,
    ("38", "ok und danke und tschüss und abgelehnt"): Doubt.UNKNOWN,
    ("39", "Ok."): Approved,
    ("39", "OK!"): Approved,
    ("39", "*OK*"): Approved,
    ("39", "„OK“"): Approved,
    ("39", "ok "): Approved,
    ("40", "ÄNDERN 20:00-21:30"): Changed,
    ("40", "Aendern 20:00-21:30"): Changed,
    ("41", "ändern\n- Datum: 7.12.\n- Von 18 Uhr\n- Bis 19:30 Uhr"): Changed,
    ("43", "[Achtung Fremdpost] vom Gateway\nok"): Approved,
    ("43", "*** EXTERNE E-MAIL ***\n\nok"): Approved,
    ("43", "Sie erhalten nicht häufig E-Mails von x@y.example. Erfahren Sie, warum dies wichtig ist\nok"): Approved,
    ("43", "You don’t often get email from x@y.example. Learn why this is important\nok"): Approved,
    ("43", "Diese E-Mail kommt von einem externen Absender.\nok"): Approved,
    ("43", "Diese Anfrage ist extern.\nok"): Doubt.UNKNOWN,
    ("45", "~~OK~~\nABLEHNEN"): Rejected,
    ("46", "> a\n\nvielleicht\n\n> ok"): Doubt.UNKNOWN,
    ("46", "> Neue Anfrage\n\nok\n\n> nein"): Approved,
    ("48", "OK\n\n> ABLEHNEN"): Approved,
}


@pytest.mark.parametrize(("number", "text"), TEXTS)
def test_text(number: str, text: str) -> None:
    """Each text is read as its line of ATTACKS.md says."""
    found = says(text)
    assert (found.why if isinstance(found, Doubted) else type(found)) is TEXTS[number, text]


UNMARKED = ("nein:", "storno:", "frage:", "nein:\n\nHalle gesperrt", "ok ADRESSE:", "nein:\n\nok")


@pytest.mark.parametrize("typed", UNMARKED)
@pytest.mark.parametrize("kind", ["office/review", "office/reminder", "office/message"])
def test_no_reason_comes_from_our_own_mail(typed: str, kind: str) -> None:
    """Above an original that nothing marks, words are missing: they are asked for, never taken from the original."""
    for ours in mails()[kind]:
        assert isinstance(says(f"{typed}\n\n{ours.text}"), Doubted)
        assert isinstance(says(None, f"<div>{typed.replace(chr(10), '<br>')}</div><br>{ours.html}"), Doubted)


def test_an_answer_above_our_own_mail_stands() -> None:
    """What is answered in its own line above an unmarked original counts, and no word below it is lost."""
    for ours in mails()["office/review"]:
        said, agreed = says(f"nein: voll\n\n{ours.text}"), says(f"ok\n\nbitte bald\n\n{ours.text}")
        assert isinstance(said, Rejected)
        assert said.reason == "voll"
        assert isinstance(agreed, Approved)
        assert agreed.note.startswith("bitte bald")


def test_a_note_never_runs_on_from_a_reason() -> None:
    """Outlook writes a blank line as a paragraph with a no-break space: what is below it stays in the office."""
    html = "".join(
        f'<p class="MsoNormal">{x}</p>' for x in ("nein:", "<o:p>&nbsp;</o:p>", "voll", "<o:p>&nbsp;</o:p>", "er nervt")
    )
    assert says(None, html) == Rejected(BOOKING, 3, reason="voll", note="er nervt")
    inline = "<p>nein: Halle<span>&nbsp;</span>gesperrt</p>"
    assert says(None, inline) == Rejected(BOOKING, 3, reason="Halle gesperrt")
