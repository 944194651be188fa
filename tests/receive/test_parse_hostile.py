"""Letters made to break a reader: each is bounded in time, raises nothing, and what could not be read is told."""

import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailbot.model.letter import Letter
from mailbot.receive import parse
from mailbot.receive.parts import BROKEN, GARBLED, NO_TEXT, TOO_LONG, TOO_MUCH

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def read(raw: bytes) -> Letter:
    return parse.letter("letter:test", NOW, raw)


def mixed(*parts: str) -> str:
    return "Content-Type: multipart/mixed; boundary=b\n\n" + "".join(f"--b\n{part}\n" for part in parts) + "--b--\n"


def nested(levels: int, inside: str) -> str:
    outside = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(levels))
    return f"{outside}\n{inside}"


HOSTILE = {
    "no boundary": ("Content-Type: multipart/mixed\n\nhi", (BROKEN,)),
    "boundary never comes": ("Content-Type: multipart/mixed; boundary=b\n\nhi", (BROKEN,)),
    "a picture is no letter": ("Content-Type: multipart/signed; boundary=b\n\n--b\nContent-Type: message/rfc822\n", ()),
    "broken base64": ("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nÄ===Ä!!\x01", (GARBLED,)),
    "nothing to read": (mixed("Content-Type: application/pgp-signature\n\nx"), (NO_TEXT,)),
    "5,000 parts": (mixed(*["\nhi"] * 5000), (TOO_MUCH,)),
    "100 levels": (nested(100, "hi"), (TOO_MUCH,)),
    "5,000 levels": (nested(5000, "hi"), (TOO_MUCH,)),
    "1,000 levels": (nested(1000, "hi"), (BROKEN,)),
    "10,000 letters in letters": ("Content-Type: message/rfc822\n\n" * 10_000, (BROKEN,)),
    "20 kB of newlines": ("From: a@b\n\n" + "\n" * 20_000, ()),
    "On and 50,000 spaces": ("From: a@b\n\nOn" + " " * 50_000, ()),
    "a million >": ("From: a@b\n\n" + ">" * 1_000_000, (TOO_MUCH,)),
    "2 million lines": ("From: a@b\n\n" + "\n" * 2_000_000, (TOO_MUCH,)),
    "25 MB of lines": ("From: a@b\n\n" + "x\n" * 12_500_000, (TOO_MUCH,)),
    "25 MB in one line": ("From: a@b\n\n" + "x" * 25_000_000, (TOO_MUCH,)),
    "25 MB of text": ("From: a@b\n\n" + ("x" * 76 + "\n") * 325_000, (TOO_LONG,)),
    "300,000 boundaries": ("Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nhi\n" * 300_000, (TOO_MUCH,)),
    "25 MB of parameters": ("From: a@b\n\n--x\nContent-Type: text/plain" + '; "' * 8_000_000, (TOO_MUCH,)),
    "100 kB of open quotes": (mixed('Content-Type: text/plain; "' + ";" * 100_000 + "\n\nhi"), (TOO_MUCH,)),
    "100 levels of 50,000 lines": (nested(100, "x\n" * 50_000), (TOO_MUCH,)),
    "punycode": ("Content-Type: text/plain; charset*0=puny; charset*1=code\n\n" + "a-b" * 100_000, ()),
    "idna": ("Content-Type: text/plain; charset=idna\n\n" + "a.b" * 100_000, ()),
    "1 GB of quotes": ("From: a@b\n\n" + "=?utf-8?q?" * 40_000, ()),
}


@pytest.mark.parametrize(("raw", "surprises"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_letters_are_bounded(raw: str, surprises: tuple[str, ...]) -> None:
    """The worst letters take less than two seconds, raise nothing, and what was too much is told."""
    data = raw.encode()
    start = time.process_time()
    letter = read(data)
    assert time.process_time() - start < 2
    assert letter.surprises == surprises


@pytest.mark.parametrize(
    "head",
    [
        "a:b\n" * 6_000_000,
        "To: " + "a@b," * 6_000_000,
        "Subject: " + "=?utf-8?q?x?= " * 1_700_000,
        "From: " + '=?utf-8?b?"' * 2_000_000,
        ("From: " + "=?a?q?" * 3000 + "\n") * 1000,
    ],
    ids=["fields", "addresses", "words", "quotes", "open words"],
)
def test_hostile_heads_are_bounded(head: str) -> None:
    """A head of 25 MB takes less than two seconds, and is told."""
    data = (head + "\n\nhi").encode()
    start = time.process_time()
    letter = read(data)
    parse.head(1, 2, NOW, data)
    assert time.process_time() - start < 2
    assert len(letter.surprises) >= 1


def test_a_large_statement_is_read_in_time() -> None:
    """A letter of 25 MB with one attachment is read whole in less than two seconds."""
    message = EmailMessage()
    message.set_content("Kontoauszug")
    message.add_attachment(bytes(range(256)) * 70_000, maintype="application", subtype="zip", filename="a.zip")
    raw = message.as_bytes()
    start = time.process_time()
    letter = read(raw)
    assert time.process_time() - start < 2
    assert len(letter.attachments[0].content) == 256 * 70_000
    assert letter.surprises == ()


PIECES = st.sampled_from(
    [
        *(f"Content-Type: {kind}\n" for kind in ("text/plain", "text/html", "message/rfc822", "x", "multipart/report")),
        "Content-Type: multipart/mixed; boundary=b\n",
        "Content-Type: multipart/alternative; boundary*0=b\n",
        "Content-Type: text/plain; charset=\u00fc; name*=utf-7''%00\n",
        "Content-Transfer-Encoding: base64\n",
        "Content-Transfer-Encoding: uuencode\nbegin 644 x\n",
        "Content-Disposition: attachment; filename*0*=x'%\n",
        "From: =?utf-8?b?4?= <\n",
        " folded\n",
        "--b\n",
        "--b--\n",
        "\n",
        "\r",
        "\x00",
        "=C3=\n",
    ]
)


@example(b"\n")
@example(b"")
@example(b"Content-Type: text/plain; charset=utf-16\n\n\xd8")
@given(st.lists(PIECES | st.text(max_size=9), max_size=25).map(lambda found: "".join(found).encode()) | st.binary())
def test_no_bytes_raise(raw: bytes) -> None:
    """Whatever the bytes: nothing is raised, and no line break or control character but LF and tab is left."""
    letter = read(raw)
    parse.head(1, len(raw), NOW, raw)
    for words in (letter.text or "", letter.html or "", letter.report, *(value for _, value in letter.headers)):
        assert [c for c in words if not c.isprintable() and c in "\r\x00\x0b\x0c\x85\u2028\u2029"] == []
        words.encode("utf-8")
