"""Answers: what a proven reviewer's words mean, and what is doubt. Each case goes the whole way of a letter."""

from datetime import date, time
from decimal import Decimal

import pytest
from quoting import STYLES, Style
from understand_story import (
    BOOKING,
    BOOKS,
    DESK,
    FAILED,
    OFFICE,
    REVIEW,
    RULES,
    TODESK,
    UNREADABLE,
    letter,
)

from mailbot.model.events import (
    Addressed,
    Approved,
    Changed,
    Doubt,
    Doubted,
    Event,
    Rejected,
)
from mailbot.understand.recognise import recognise

REVIEW_MAIL = (
    "Neue Anfrage QNBZAQPTAITT\n\nName  Sabine Müller\n| ok\n| Von: Büro\nSamstag, 28. November 2026 19:30\n\n"
    "›\u00a0ok\u00a0·\u00a0freigeben\n›\u00a0nein:\u00a0Grund\u00a0·\u00a0ablehnen"
)


def says(text: str | None, *, answers: str = REVIEW, html: str | None = None, sender: str = OFFICE) -> Event:
    found = letter(text, answers=answers, html=html, sender=sender)
    return recognise(found, BOOKS, RULES)[1]


def approved(**terms: object) -> Approved:
    return Approved(BOOKING, 3, **terms)  # type: ignore[arg-type]  # the test's own shorthand


APPROVALS = {
    "ok": approved(),
    "Ok.": approved(),
    "OK!": approved(),
    "*OK*": approved(),
    "„OK“": approved(),
    "ok ": approved(),
    "o\u200bk": approved(),
    "ＯＫ": approved(),
    "ok, danke": approved(),
    "ok danke schön!": approved(),
    "ok 👍": approved(),
    "ok, LG Petra": approved(),
    "ok\n\nLieber Gruß\nAnna": approved(),
    "ok, schöner Gruß": approved(),
    "ja, passt": approved(),
    "Okay": approved(),
    "OKAY, danke!": approved(),
    "o.k.": approved(),
    "O. K., danke": approved(),
    "ok,danke": approved(),
    "Ok.Danke.": approved(),
    "Ok (danke)": approved(),
    "Ok :-)": approved(),
    "okay ❤️": approved(),
    "Bitte freigeben": approved(),
    "Moin, ok!": approved(),
    "Guten Morgen, ja bitte": approved(),
    "Grüezi,\n\nok": approved(),
    "Tag zusammen,\nok": approved(),
    "ok, schönes Wochenende": approved(),
    "ok schönen Abend noch!": approved(),
    "passt so": approved(),
    "ja, ist ok": approved(),
    "ok, bitte freigeben": approved(),
    "ok\n\nBis Samstag! Nicht vergessen: Licht aus.": approved(note="Bis Samstag! Nicht vergessen: Licht aus."),
    "ok\n\nLeider erst jetzt gesehen.": approved(note="Leider erst jetzt gesehen."),
    "ok\n\nFrage ist geklärt, der Preis stimmt.": approved(note="Frage ist geklärt, der Preis stimmt."),
    "ok\n\nP. Büro\nKirchstraße 1, No. 12\nMo-Fr 8:00-16:00 Uhr": approved(
        note="P. Büro\nKirchstraße 1, No. 12\nMo-Fr 8:00-16:00 Uhr"
    ),
    "Bestaetigt": approved(),
    "Besta\u0308tigt": approved(),
    "YES": approved(),
    "Hallo zusammen,\n\nok": approved(),
    "Sehr geehrte Damen und Herren,\nok": approved(),
    "Guten Morgen Mailbot-Team\n\nok\n\nMit freundlichen Grüßen\nPetra Büro": approved(),
    "ok\n\nBitte Licht prüfen": approved(note="Bitte Licht prüfen"),
    "ok preis 45": approved(price=Decimal("45")),
    "ok, Preis: 45,50 €": approved(price=Decimal("45.50")),
    "ok preis 0": approved(price=Decimal("0")),
    "ok Preis 45,- €": approved(price=Decimal("45")),
    "okay Preis = 45": approved(price=Decimal("45")),
    "ok rabatt 20%": approved(discount=Decimal("20")),
    "ok, 20 % Rabatt": approved(discount=Decimal("20")),
    "ok mit 20% Rabatt, danke": approved(discount=Decimal("20")),
    "Ok ohne E-Mail": approved(silent=True),
    "ok Rabatt 12,5 Prozent danke": approved(discount=Decimal("12.5")),
    "ok ohne mail": approved(silent=True),
    "ok preis 45 ohne Mail": approved(price=Decimal("45"), silent=True),
    "ok still und rabatt 10 %": approved(discount=Decimal("10"), silent=True),
    "ACHTUNG: Externe E-Mail\nok": approved(),
    "[Achtung Fremdpost]\n\nok": approved(),
    "ok\n\n-- \nABLEHNEN": approved(),
    "~~OK~~ ok": approved(),
    "> OK\n> nein\n\nok": approved(),
}
REJECTIONS = {
    "nein": "",
    "Nein danke": "",
    "nein: Halle gesperrt": "Halle gesperrt",
    "nein:Halle gesperrt": "Halle gesperrt",
    "NEIN : Halle gesperrt, aber nicht lange?": "Halle gesperrt, aber nicht lange?",
    "nein voll": "voll",
    "nein, voll": "voll",
    "ablehnen: ok ist das nicht": "ok ist das nicht",
    "Bitte ablehnen": "",
    "Leider nein": "",
    "nein, leider": "",
    "nein (Halle gesperrt)": "Halle gesperrt",
    "leider nein, Halle gesperrt": "Halle gesperrt",
    # With an hour in it a reason is still one, as long as it is no wish for another time.
    "nein, ab 19 Uhr Training": "ab 19 Uhr Training",
    "nein, wir haben geschlossen": "wir haben geschlossen",
    "nein, Halle bleibt zu": "Halle bleibt zu",
    "nein: alles gut, wenn auch spät": "alles gut, wenn auch spät",
    "nein:\n\nErst ab 20 Uhr frei": "Erst ab 20 Uhr frei",
    "nein:\n\nHalle gesperrt\nwegen Wasser\n\nund intern: Max fragen": "Halle gesperrt wegen Wasser",
    "nein:\nHalle gesperrt\nViele Grüße\nPetra": "Halle gesperrt",
    "~~OK~~\nABLEHNEN": "",
    "ABLEHNEN\n\nAm 19.11.2026 um 9:00 schrieb B:\n> OK": "",
}
DOUBTS = {
    "": Doubt.EMPTY,
    "\n\n-- \nOK": Doubt.EMPTY,
    "Von meinem iPhone gesendet": Doubt.EMPTY,
    "Viele Grüße\nok": Doubt.EMPTY,
    "ok?": Doubt.QUESTION,
    "Ist das ok?": Doubt.QUESTION,
    "nein?": Doubt.QUESTION,
    "nicht ok": Doubt.BUT,
    "ok nicht": Doubt.BUT,
    "ja aber 20 Uhr": Doubt.BUT,
    "OK, aber 19 Uhr": Doubt.BUT,
    "ok\naber erst ab 20 Uhr": Doubt.BUT,
    "nein doch": Doubt.BUT,
    "nein, das ist kein Problem": Doubt.BUT,
    "no problem": Doubt.BUT,
    "ok, lg nicht": Doubt.BUT,
    "nein ok": Doubt.UNKNOWN,
    "ja nein": Doubt.UNKNOWN,
    "ok 45 €": Doubt.UNKNOWN,
    "ok preis 45 rabatt 20%": Doubt.UNKNOWN,
    "ok preis 1.200": Doubt.UNKNOWN,
    "ok preis": Doubt.UNKNOWN,
    "ok rabatt 120%": Doubt.UNKNOWN,
    "ok rabatt 20": Doubt.UNKNOWN,
    "ok: danke": Doubt.UNKNOWN,
    "ok...": Doubt.UNKNOWN,
    "ok 👎": Doubt.UNKNOWN,
    "1 ok": Doubt.UNKNOWN,
    "preis 45": Doubt.UNKNOWN,
    "okidoki": Doubt.UNKNOWN,
    "okay?": Doubt.QUESTION,
    "nicht o.k.": Doubt.BUT,
    "Okay wenn bezahlt": Doubt.UNKNOWN,
    "nein okay": Doubt.UNKNOWN,
    "bitte nicht freigeben": Doubt.BUT,
    "Moin, ok?": Doubt.QUESTION,
    "leider ok": Doubt.UNKNOWN,
    "ok ;-(": Doubt.UNKNOWN,
    "nein 👍": Doubt.UNKNOWN,
    "ok so nicht": Doubt.BUT,
    "ok 20% Rabatt Preis 40": Doubt.UNKNOWN,
    "Hallo, geht klar\nok": Doubt.UNKNOWN,
    "Hallo warte noch\nok": Doubt.UNKNOWN,
    "Unbekanntes Banner: fremd\nok": Doubt.UNKNOWN,
    "о\u043a": Doubt.UNKNOWN,
    "OK\n\nABLEHNEN": Doubt.TWO_DECISIONS,
    "ok\nnein voll": Doubt.TWO_DECISIONS,
    "nein:\nHalle gesperrt\nok": Doubt.TWO_DECISIONS,
    "ok\n\nändern 20:00": Doubt.TWO_DECISIONS,
    "ok\n\nBitte ablehnen": Doubt.TWO_DECISIONS,
    "ok\nNein, doch nicht": Doubt.TWO_DECISIONS,
    "nein: voll\n\nOk, geht doch": Doubt.TWO_DECISIONS,
    "ok\n\nIch meinte nein": Doubt.BUT,
    "ok\n\nSorry, bitte ablehnen": Doubt.TWO_DECISIONS,
    "ok\n\nBitte auf 20 Uhr ändern": Doubt.TWO_DECISIONS,
    "ok\nPreis 40": Doubt.TWO_DECISIONS,
    "ok\n\nohne Mail": Doubt.TWO_DECISIONS,
    "ok\n20-21 Uhr": Doubt.TWO_DECISIONS,
    "ok\nBis 21 Uhr.": Doubt.TWO_DECISIONS,
    "nein: voll\n\nWarte, lieber 20 Uhr": Doubt.BUT,
    "ok\n\nBitte erst nach Zahlung": Doubt.BUT,
    "ok\nwenn er vorher zahlt": Doubt.BUT,
    "ok\n\nHalt, falscher Termin": Doubt.BUT,
    "ok\n\n??": Doubt.BUT,
    "ok\n👎": Doubt.BUT,
    "ändern": Doubt.UNKNOWN,
    "ändern bitte nicht\n20-21 Uhr": Doubt.BUT,
    "ändern 3-4": Doubt.UNKNOWN,
    "ändern 20.10 21.10": Doubt.UNKNOWN,
    "ändern in 2 Stunden": Doubt.UNKNOWN,
    "ändern morgen": Doubt.UNKNOWN,
    "ändern samstag 18-19": Doubt.UNKNOWN,
    "ändern Dienstag 7.12. 18-19": Doubt.UNKNOWN,
    "ändern 7.12. 18-19 oder 8.12.": Doubt.BUT,
    "ändern nicht auf 20 Uhr": Doubt.BUT,
    "ändern 31.2. 18-19": Doubt.UNKNOWN,
    "ändern 18:00-19:00-20:00": Doubt.UNKNOWN,
    "ok ADRESSE: Am Markt 3": Doubt.ADDRESS,
    "ADRESSE: Steinfurt": Doubt.ADDRESS,
    "ok ADRESSE:": Doubt.ADDRESS,
    "ADRESSE: Am Markt 3, 48565 Steinfurt\nnein": Doubt.TWO_DECISIONS,
    "ok vielleicht ADRESSE: Am Markt 3, 48565 Steinfurt": Doubt.BUT,
    "ok E-Mail-Adresse: neu@kunde.example": Doubt.UNKNOWN,
}
CHANGES = {
    "ändern 20:00-21:30": (None, time(20), time(21, 30)),
    "Aendern 20-21 Uhr, danke": (None, time(20), time(21)),
    "ÄNDERN auf 20 Uhr": (None, time(20), None),
    "A\u0308ndern: 22-24 Uhr": (None, time(22), time(0)),
    "ändern 7.12. 18-19 Uhr": (date(2026, 12, 7), time(18), time(19)),
    "verschieben 3.1. 18.30 bis 20 Uhr": (date(2027, 1, 3), time(18, 30), time(20)),
    "change 7 December 18:00 to 19:00": (date(2026, 12, 7), time(18), time(19)),
    "ändern Montag, 7.12.2026 18-19": (date(2026, 12, 7), time(18), time(19)),
    "ändern 7.12.": (date(2026, 12, 7), None, None),
    "ändern 7.12 18-19 Uhr": (date(2026, 12, 7), time(18), time(19)),
    "Bitte ändern auf 20-21 Uhr": (None, time(20), time(21)),
    "ändern 20:00-21:30 bitte": (None, time(20), time(21, 30)),
    "ändern 20h-21h30": (None, time(20), time(21, 30)),
    "ändern 20h": (None, time(20), None),
    "ändern 20−21 Uhr": (None, time(20), time(21)),
    "ändern in 20-21 Uhr": (None, time(20), time(21)),
    "ändern auf\n\n20:00 - 21:30 Uhr": (None, time(20), time(21, 30)),
    "ändern 9-10 Uhr": (None, time(9), time(10)),
    "ändern 10-12": (None, time(10), time(12)),
    "ändern\nDatum: 7.12.\nVon: 18:00\nBis: 19:30": (date(2026, 12, 7), time(18), time(19, 30)),
    "ändern:\n\n- Datum: 7.12.\n- Von: 18:00\n- Bis: 19:30\n\nGruß": (date(2026, 12, 7), time(18), time(19, 30)),
}


# No reasons behind a word that refuses: they agree, propose, wait, limit or take back.
NO_REASONS = (
    *(
        "alles gut",
        "gerne",
        "alles klar",
        "von mir aus",
        "nichts dagegen",
        "stimmt so",
        "mach ruhig",
        "hat sich erledigt",
    ),
    *("20-21 Uhr", "um 20 Uhr", "24.1. 20 Uhr", "lieber 20 Uhr", "besser Sonntag", "erst ab 20 Uhr"),
    *("erst mal abwarten", "warte noch", "moment", "ich rufe ihn an", "morgen", "später", "wieso", "wer ist das"),
    *("wenn es regnet", "falls keiner kommt", "sobald bezahlt", "würde ich ungern", "nur wenn er will"),
    *("war ein Versehen", "zurückgezogen", "hinfällig", "bitte bestätigen", "ist einverstanden", "maybe later"),
)


@pytest.mark.parametrize("words", NO_REASONS)
@pytest.mark.parametrize("keyword", ["nein", "Nein,", "ablehnen -", "storno", "absagen,"])
def test_words_that_are_no_reason(keyword: str, words: str) -> None:
    """Without a colon, words that agree, propose, wait, limit or take back refuse and cancel nothing."""
    assert isinstance(says(f"{keyword} {words}"), Doubted)
    assert not isinstance(says(f"{keyword.rstrip(' ,-')}: {words}"), Doubted)


@pytest.mark.parametrize("text", APPROVALS)
def test_approvals(text: str) -> None:
    """A line that is an approval as a whole approves, with exactly the terms it names."""
    assert says(text) == APPROVALS[text]


@pytest.mark.parametrize("text", REJECTIONS)
def test_rejections(text: str) -> None:
    """A rejection carries the rest of its line, or the next paragraph, as the customer's reason, and nothing more."""
    found = says(text)
    assert isinstance(found, Rejected)
    assert found.reason == REJECTIONS[text]


def test_note_stays_inside() -> None:
    """What stands below a reason is a note for the office and no part of the reason."""
    found = says("nein: voll\n\nDer nervt.")
    assert found == Rejected(BOOKING, 3, reason="voll", note="Der nervt.")


@pytest.mark.parametrize("text", DOUBTS)
def test_doubts(text: str) -> None:
    """Whatever is no clear answer is a doubt with its reason, never a decision."""
    found = says(text)
    assert isinstance(found, Doubted)
    assert found.why is DOUBTS[text]


ADDRESSES = {
    "ok ADRESSE: Am Markt 3, 48565 Steinfurt": approved(address=("Am Markt 3", "48565 Steinfurt")),
    "ok, Adresse: Am Markt 3 48565 Steinfurt": approved(address=("Am Markt 3", "48565 Steinfurt")),
    "ok preis 300 anschrift: Verein e.V., Am Markt 3, D-48565 Steinfurt": approved(
        price=Decimal(300), address=("Verein e.V., Am Markt 3", "D-48565 Steinfurt")
    ),
    "ok\n\nADRESSE: Am Markt 3\n48565 Steinfurt\n\nMit Gruß": approved(address=("Am Markt 3", "48565 Steinfurt")),
    "ok Rechnungsadresse:\nAm Markt 3, 48565\nSteinfurt": approved(address=("Am Markt 3", "48565 Steinfurt")),
    "ok ADRESSE: 10 Downing Street, London SW1A 2AA": approved(address=("10 Downing Street", "London SW1A 2AA")),
    "ADRESSE: Am Markt 3, 48565 Steinfurt": Addressed(BOOKING, 3, address=("Am Markt 3", "48565 Steinfurt")),
}


@pytest.mark.parametrize("text", ADDRESSES)
def test_addresses(text: str) -> None:
    """A postal address comes with an approval or alone, in one line or several; it needs street and place."""
    assert says(text) == ADDRESSES[text]


def test_an_address_from_the_desk_is_no_answer() -> None:
    """Only the office names an address, and only about a booking."""
    text = "ADRESSE: Am Markt 3, 48565 Steinfurt"
    for about in ({"answers": TODESK, "sender": DESK}, {"answers": FAILED}, {"answers": UNREADABLE}):
        assert isinstance(says(text, **about), Doubted)


def test_doubt_shows_first_line() -> None:
    """A doubt carries the author's first line, and the one below that unsettles it, to be asked back with."""
    found = says("Hallo,\n\nja aber 20 Uhr\n\nPetra")
    assert isinstance(found, Doubted)
    assert found.said == "ja aber 20 Uhr"
    below = says("ok\n\nDanke für die Mühe.\nPreis 40")
    assert isinstance(below, Doubted)
    assert below.said == "ok / Preis 40"


@pytest.mark.parametrize("text", CHANGES)
def test_changes(text: str) -> None:
    """Other times are read as a whole; a day without a year is the next such day."""
    day, start, end = CHANGES[text]
    assert says(text) == Changed(BOOKING, 3, day=day, start=start, end=end)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("OK", Approved),
        ("nein: Halle gesperrt", Rejected),
        ("ändern 7.12. 18-19 Uhr", Changed),
        ("Hallo,\n\nok, danke!\n\nViele Grüße\nPetra", Approved),
        ("ändern\nDatum: 7.12.\nVon: 18:00\nBis: 19:30", Changed),
        ("", Doubted),
        ("Danke, schaue ich mir an.", Doubted),
    ],
)
def test_styles(style: Style, text: str, expected: type) -> None:
    """Every way a mail program sets an answer gives the same answer, and an empty one gives none."""
    plain, html = style(text, REVIEW_MAIL)
    assert type(says(plain, html=html)) is expected


def test_text_and_html() -> None:
    """Text and HTML that say different things decide nothing."""
    found = says("OK", html="<p>ABLEHNEN</p>")
    assert isinstance(found, Doubted)
    assert found.why is Doubt.TEXT_AND_HTML
    assert says("OK\n\nIhr Büro", html="<div>OK</div><p>Ihr <b>Büro</b></p>") == approved(note="Ihr Büro")


def test_broken_line_of_a_reason() -> None:
    """A reason that the text version breaks in two is taken whole from the HTML version."""
    found = says("nein: Die Halle ist\nleider gesperrt", html="<p>nein: Die Halle ist leider gesperrt</p>")
    assert found == Rejected(BOOKING, 3, reason="Die Halle ist leider gesperrt")


@pytest.mark.parametrize("text", ["ok", "nein", "ändern 20-21", "übernehmen", "storno: x"])
def test_desk_does_not_decide(text: str) -> None:
    """The desk, answering its own mail in a reviewer's words, is told that this is not its part."""
    found = says(text, answers=TODESK, sender=DESK)
    assert isinstance(found, Doubted)
    assert found.why is Doubt.WRONG_ROLE
