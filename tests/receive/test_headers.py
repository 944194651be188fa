"""Header fields read as RFC 2047 means it: an encoded word is words, never a verdict and never part of an address."""

import pytest

from mailbot.receive.headers import split

INJECTED = "=?utf-8?q?=3B=20dkim=3Dpass=20header.d=3Dkruempel.example=3B=20x=3D?="


def field(name: str, value: str) -> str:
    ((_, found),) = split(f"{name}: {value}\n\nhi".encode()).decoded()
    return found


def test_a_verdict_is_never_decoded() -> None:
    """What a sender hides as an encoded word in a value the server copies (his own envelope) adds no result."""
    value = f"mx.kirche.example; spf=fail smtp.mailfrom={INJECTED}@boese.example"
    assert field("Authentication-Results", value) == value
    assert field("AUTHENTICATION-RESULTS ", value) == value


@pytest.mark.parametrize(
    "value",
    [
        "<=?utf-8?q?buero?=@kruempel.example>",
        "buero@=?utf-8?q?kruempel.example?=",
        "Büro <bu=?utf-8?q?er?=o@kruempel.example>",
        "=?utf-8?q?buero?=@kruempel.example",
        "<buero@kruempel=?utf-8?q?.example?= >",
    ],
)
def test_a_piece_of_an_address_is_never_decoded(value: str) -> None:
    """An encoded word that touches other characters of an address stays as it is written."""
    assert field("From", value) == value


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("=?utf-8?q?B=C3=BCro?= <buero@kruempel.example>", "Büro <buero@kruempel.example>"),
        ("=?utf-8?q?B=C3=BCro?=<buero@kruempel.example>", "Büro<buero@kruempel.example>"),
        ('"=?utf-8?q?B=C3=BCro?=" <buero@kruempel.example>', '"Büro" <buero@kruempel.example>'),
        ("a@b.example, =?utf-8?b?QsO8?=\n =?utf-8?b?cm8=?= <b@c.example>", "a@b.example, Büro <b@c.example>"),
        ("=?utf-8?q?buero=40kruempel.example?= <evil@x.example>", '"buero@kruempel.example" <evil@x.example>'),
    ],
)
def test_names_are_read(value: str, read: str) -> None:
    """A name is decoded; where its text looks like an address it stands in quotes."""
    assert field("From", value) == read


def test_other_fields_are_read() -> None:
    """Everywhere else encoded words are decoded, wherever they stand."""
    assert field("Subject", "x=?utf-8?q?=C3=BC?=y") == "xüy"
