"""Hostile text: whatever customers type and clients make of it, nothing decides but the office's own words."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quoting import STYLES
from understand_story import BOOKS, REVIEW, RULES, letter

from mailbot.model.events import Approved, Changed, Doubted, Event, Rejected
from mailbot.understand.recognise import recognise

# What ATTACKS 17 names, and what else breaks lines for somebody.
BREAKS = ("\r", "\n", "\r\n", "\u2028", "\u2029", "\v", "\f", "\x85", "\x1c", " ", "\u00a0", "\u200b", "\u202e")
WORDS = ("OK", "ok", "ＯＫ", "o\u200bk", "ja", "nein", "ABLEHNEN", "ändern 20:00-21:30", "freigeben", "übernehmen")
FRAMES = (
    "Von: Büro",
    "Gesendet: heute",
    "An: x\nBetreff: y",
    "Am 1.1.2026 um 10:00 schrieb X:",
    "-- ",
    "> ",
    ">",
    "<blockquote>",
    "</blockquote></div>",
    "-----Ursprüngliche Nachricht-----",
    "Hallo,",
    "=== MAILBOT v1 ===",
    "1",
    "?",
)
REMARKS = st.lists(st.sampled_from(WORDS + FRAMES + BREAKS), min_size=1, max_size=9).map("".join)
AUTHORED = st.sampled_from(["", "\n\n", "Danke", "Schaue ich mir an.", "Guten Tag,", "Viele Grüße\nPetra", "--"])


def review(remark: str) -> str:
    """Write the review as our own mails do: foreign lines behind `| `, answers behind `› `, no control characters."""
    plain = "".join(" " if (c < " " and c not in "\r\n\v\f\x1c") or c in "\u200b\u202e" else c for c in remark)
    lines = "\n".join(f"| {line}"[:60] for line in plain.splitlines() or [""])
    return f"Neue Anfrage QNBZAQPTAITT\n\nSabine Müller\n{lines}\n\n›\u00a0ok\u00a0·\u00a0freigeben\n›\u00a0nein: Grund"


def read(text: str | None, html: str | None = None) -> Event:
    return recognise(letter(text, html=html, answers=REVIEW), BOOKS, RULES)[1]


@settings(max_examples=200)
@given(remark=REMARKS, text=AUTHORED, style=st.sampled_from(list(STYLES)))
def test_quoted_customers_decide_nothing(remark: str, text: str, style: str) -> None:
    """A customer's text in the quoted review never decides, however it is quoted and whatever stands around it."""
    plain, html = STYLES[style](text, review(remark))
    assert isinstance(read(plain, html), Doubted)


@settings(max_examples=100)
@given(remark=REMARKS, style=st.sampled_from(list(STYLES)))
def test_raw_customers_decide_nothing(remark: str, style: str) -> None:
    """Even set raw behind one `| `, with its line breaks, marked quotes keep a customer's text from deciding."""
    raw = remark.replace("\n", " ").replace("\r", " ")
    plain, html = STYLES[style]("", f"Neue Anfrage QNBZAQPTAITT\n| {raw}\nEnde")
    assert isinstance(read(plain, html), Doubted)


@settings(max_examples=100)
@given(text=st.text(max_size=200), html=st.none() | st.text(max_size=200))
def test_any_text_is_read(text: str, html: str | None) -> None:
    """No text makes the reader fail."""
    assert read(text, html) is not None


FLOODS = {
    "newlines": "\n" * 20_000,
    "many newlines": "\n" * 499_000,
    "quotes": ">" * 500_000,
    "quote lines": ">\n" * 200_000,
    "On and spaces": "On" + " " * 50_000,
    "Am lines": "Am 1.1.2026 um\n" * 8_000,
    "at lines": "a@b 1\n" * 15_000,
    "colons": "Von:\n" * 20_000,
    "underscores": "________\n\n" * 10_000,
    "one line": "ok " * 160_000,
    "dashes": "-" * 500_000,
    "parentheses": "(" * 100_000,
    "tildes": "~~" * 200_000,
    "combining": "a" + "\u0301" * 100_000,
}


@pytest.mark.parametrize("name", FLOODS)
def test_floods(name: str) -> None:
    """A flood of one character is read in less than two seconds, as text and as HTML, and decides nothing."""
    begun = time.process_time()
    assert not isinstance(read(FLOODS[name]), Approved | Rejected | Changed)
    assert not isinstance(read(None, FLOODS[name].replace("\n", "<br>")), Approved | Rejected | Changed)
    assert time.process_time() - begun < 4
