"""plain: nothing in our own mails, whatever a customer typed, can be taken for the office's answer."""

import re
import unicodedata

import pytest
from outgoing import NAMES, NUMBERS, ORDERS, RULES, hostile_mail, mail

from mailbot.model.books import Books
from mailbot.model.events import Doubted
from mailbot.model.letter import Letter
from mailbot.model.mail import Matter, MatterKind, OutMail
from mailbot.model.people import Role
from mailbot.model.words import folded
from mailbot.send import plain
from mailbot.send.cast import NOW
from mailbot.understand import phrases
from mailbot.understand.replies import answered

EVERY_MAIL = pytest.mark.parametrize("name", NAMES)
OURS = [name for name in NAMES if ORDERS[NUMBERS[name]].reader.role is not Role.CUSTOMER]
COMMANDS = {folded(word) for words in RULES.replies.values() for word in words}
MARKER = plain.Marker(RULES.replies.values())


def is_command(line: str) -> bool:
    bare = re.sub(r"^[\s>»«„“”\"'*_~.,;!?()\[\]\u203a-]+|[\s>«»„“”\"'*_~.,;:!?()\[\]-]+$", "", line)
    return folded(bare) in COMMANDS


@EVERY_MAIL
def test_no_line_of_a_mail_is_an_answer(name: str) -> None:
    """No line of any mail of ours, in text or HTML, reads as one of the office's answer words."""
    assert [line for line in mail(name).lines() if is_command(line)] == []


@pytest.mark.parametrize("name", OURS)
def test_hostile_text_never_becomes_an_answer(name: str) -> None:
    """Whatever a customer types, each line of it that could be an answer stands behind `| ` or inside our own."""
    seen = hostile_mail(name)
    assert [line for line in seen.lines() if is_command(line)] == []
    assert seen.message["Bcc"] is None
    assert re.search("[\u2028\u2029\u202e\u200b\x0b\x0c\x85\r]", seen.text + seen.html) is None
    assert "<i>" not in seen.html


@pytest.mark.parametrize("kind", [MatterKind.BOOKING, MatterKind.LETTER, MatterKind.MAIL, MatterKind.DIGEST])
def test_our_own_reader_takes_no_line_of_ours_for_an_answer(kind: MatterKind) -> None:
    """Quoted without any mark, whole or line by line, our mails around hostile text decide nothing."""
    row = OutMail("x", "office/review", "a@b", Role.REVIEWER, "office", Matter(kind, "Q"), 1, "t", "m", "p", NOW, NOW)
    mails = [read(name) for name in OURS for read in (mail, hostile_mail)]
    for text in {text for seen in mails for text in (seen.text, *seen.lines())}:
        letter = Letter("k", "d", NOW, (), text=text)
        assert isinstance(answered(letter, row, Role.REVIEWER, Books(), RULES), Doubted), text


@EVERY_MAIL
def test_no_line_reads_as_a_missing_field(name: str) -> None:
    """No line begins with the label of a field and a colon, which is how the office supplies what was missing."""
    field = re.compile(r"\W*(name|datum|e-?mail|telefon|ende|ref|straße|ort|adresse|beginn|start)\s*:", re.IGNORECASE)
    ours = [line for line in mail(name).lines() if not line.startswith("›\u00a0")]
    assert [line for line in ours if field.match(line) and not line.startswith("| ")] == []


@EVERY_MAIL
def test_ready_answers_hold_together(name: str) -> None:
    """A ready answer is one short line: the mark, the answer and what it does, with no-break spaces between them."""
    marked = [line for line in mail(name).lines() if "›" in line]
    assert all(line.startswith("›\u00a0") and " " not in line for line in marked)
    assert all(len(line) <= 60 for line in mail(name).text.splitlines() if "›" in line)


def test_a_long_ready_answer_goes_on_in_a_marked_line() -> None:
    """What does not fit into one line goes on behind the same mark, so that no part of it stands alone."""
    text = "ok ohne mail · freigeben, ohne dem Kunden zu schreiben; die Rechnung bekommen Sie selbst ok"
    lines = plain.answer_lines(text).split("\n")
    assert len(lines) == 2
    assert all(line.startswith("›\u00a0") and len(line) <= 62 and " " not in line for line in lines)


@pytest.mark.parametrize(
    "word",
    ["ok", "Nein", "ÄNDERN", "zurück", "1 ok", "„ja“", "NAME:", "code neu", "Okay", "o. k.", "bitte ok", "Moin, nein"],
)
def test_a_paragraph_never_breaks_before_an_answer(word: str) -> None:
    """Wherever a paragraph is broken, no further line begins with an answer word."""
    for length in range(50, 75):
        lines = MARKER.wrap("x" * length + f" und {word} und dann noch etwas mehr als eine Zeile davon").split("\n")
        assert not any(MARKER.is_like_an_answer(line) for line in lines[1:])


@pytest.mark.parametrize(
    "value",
    [
        *("ok", "Nein Danke", "1 ok", "»ja«", "ｎｅｉｎ", "Name: x", "o\u200bk", "ändern 20-21"),
        *("Okay", "o.k.", "O. K.", "Bitte ok", "Moin moin, hallo ja!", "Guten Tag Nein"),
        *("Leider nein", "Ｂｉｔｔｅ ok"),
    ],
)
def test_a_value_like_an_answer_is_marked(value: str) -> None:
    """A customer called like an answer stands behind the mark of foreign text."""
    assert MARKER.mark(value).startswith("| ")


@pytest.mark.parametrize(
    "value", ["Sabine Müller", "Okan Nein-Sager", "Hallo Okan", "Bitte Jana", "Jana", "0171 / 23 45 678", "a@b.example"]
)
def test_an_ordinary_value_is_not_marked(value: str) -> None:
    """Ordinary names and numbers stand as they were written."""
    assert MARKER.mark(value) == value


def test_invisible_characters_are_all_known() -> None:
    """Nothing that Unicode calls a control, format or line separator character gets through, save the line end."""
    left = [
        c
        for c in map(chr, range(0x110000))
        if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and plain.clean(c) == c
    ]
    assert left == ["\n"]


def test_a_flood_of_text_is_quoted_in_short_lines() -> None:
    """Twenty kilobytes of newlines or one endless word become a few lines behind `| `, and the cut is shown."""
    assert plain.quoted("\n" * 20_000 + "ja") == ["| ja"]
    endless = plain.quoted("x" * 20_000)
    assert all(line.startswith("| ") and len(line) <= 60 for line in endless)
    assert endless[-1] == "| … (gekürzt)"


@pytest.mark.parametrize(
    "name",
    [
        "Sabine Müller-Lüdenscheidt",
        "Dr. h.c. Max Muster",
        "M.Schmidt",
        "TuS 1860 e. V.",
        "FC Schalke 04",
        "1.FC Wettringen",
        "Dr.med. Anna Müller",
        "李 明",
        "D'Arcy",
    ],
)
def test_people_are_greeted_by_their_names(name: str) -> None:
    """A name is said as it was typed, with initials, years and other scripts."""
    assert plain.greeted(name) == f" {name}"


@pytest.mark.parametrize(
    "name",
    [
        "https://evil.example/x",
        "Gewonnen! www.evil.example",
        "EVIL.COM jetzt",
        "1.FC.evil.com",
        "Dr.med.com",
        "1.fc/x",
        "gratis auf evil.shop",
        "ｅｖｉｌ．ｃｏｍ",
        "hilfe@evil.example",
        "Bitte 0900 123 456 anrufen",
        "",
    ],
)
def test_an_advertisement_is_no_name(name: str) -> None:
    """Words with a link or a number in the place of a name reach nobody whose address somebody typed into a form."""
    assert plain.greeted(name) == ""


@pytest.mark.parametrize(
    "line", ["Okay", "o.k.", "Bitte ok", "Moin, ok!", "Leider nein", "guten Abend, ja", "please, no"]
)
def test_what_the_reader_takes_for_an_answer_is_marked(line: str) -> None:
    """The reader of answers and the mark know the same courtesy and spellings."""
    assert phrases.phrase(line, phrases.Grammar.of(RULES.replies))
    assert MARKER.is_like_an_answer(line)
