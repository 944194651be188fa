"""Who wrote it: one regular From, and only what our own server's topmost header says about exactly that From."""

from dataclasses import replace

import pytest
from understand_story import OFFICE, OURS, RULES, letter

from mailbot.model.letter import Letter
from mailbot.model.rules import Proof, Rules, Trust
from mailbot.understand.authres import Checked, Result, read
from mailbot.understand.trust import claims, evidence, is_proven, sender


def with_from(*froms: tuple[str, str]) -> Letter:
    found = letter("ok")
    others = tuple(pair for pair in found.headers if pair[0] != "From")
    return replace(found, headers=(*others, *froms))


REGULAR = {
    "buero@kruempel.example": OFFICE,
    "<buero@kruempel.example>": OFFICE,
    "Büro <Buero@Kruempel.example>": OFFICE,
    "Büro, Krümpel <buero@kruempel.example>": OFFICE,
    '"Büro (Theke), @home" <buero@kruempel.example>': OFFICE,
    # ATTACKS 10: a name is only a name.
    '"buero@kruempel.example" <evil@x.example>': "evil@x.example",
}
IRREGULAR = (
    "buero@kruempel.example <evil@x.example>",
    "<buero@kruempel.example> <evil@x.example>",
    "buero@kruempel.example, evil@x.example",
    "evil@x.example (buero@kruempel.example)",
    "Büro: buero@kruempel.example;",
    "<@evil.example:buero@kruempel.example>",
    "buero @kruempel.example",
    "buero@kruempel.example evil",
    '"buero@kruempel.example"',
    "=?utf-8?q?buero=40kruempel.example?=",
    "<=?utf-8?q?buero?=@kruempel.example>",
    "buero@kruempel.example>",
    "Büro <buero@kruempel.example",
    '"Büro" <buero@kruempel.example> x',
    "",
    "x" * 30_000 + "@y.example",
    '"' * 9_000,
    " " * 1_999 + "x",
)


@pytest.mark.parametrize("value", REGULAR)
def test_regular_from(value: str) -> None:
    """A regular From has one address, whatever its display name pretends."""
    assert sender(with_from(("From", value))) == REGULAR[value]


@pytest.mark.parametrize("value", IRREGULAR)
def test_irregular_from(value: str) -> None:
    """A From that two readers could read differently has no address, and proves nothing."""
    found = with_from(("From", value))
    assert sender(found) is None
    assert not any(is_proven(found, proof, RULES) for proof in Proof)


@pytest.mark.parametrize(
    "froms",
    [
        (("From", OFFICE), ("From", "evil@x.example")),
        (("From", OFFICE), ("From ", "evil@x.example")),
        (("From ", OFFICE),),
        (),
    ],
)
def test_two_froms(froms: tuple[tuple[str, str], ...]) -> None:
    """Two From fields, or one written with a space before its colon, are none."""
    assert sender(with_from(*froms)) is None


def test_claims() -> None:
    """An irregular From still claims the listed address that stands in it; a quoted name claims nothing."""
    assert claims(with_from(("From", "buero@kruempel.example <evil@x.example>")), RULES) == OFFICE
    assert claims(with_from(("From", "evil@x.example"), ("From ", OFFICE)), RULES) == OFFICE
    assert claims(with_from(("From", '"buero@kruempel.example" <evil@x.example>')), RULES) == ""
    assert claims(with_from(("From", '"buero@kruempel.example" <evil@x.example>, <evil@y.example>')), RULES) == ""
    for alike in ("buero@kruempel.example.evil.example", "buero@krümpel.example", "buero@kruеmpel.example"):
        assert claims(with_from(("From", alike)), RULES) == ""


M365 = "spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=kruempel.example; dkim=none; dmarc=pass action=none"
# value of Authentication-Results, topmost first, and whether dmarc and dkim are proven about the office.
RESULTS: list[tuple[tuple[str, ...], bool, bool]] = [
    ((f"{OURS}; dmarc=pass header.from=kruempel.example",), True, False),
    ((f"{OURS} 1; dmarc=pass header.from=kruempel.example",), True, False),
    ((f'"{OURS}" 1; dmarc = pass (p=reject) header.from = "kruempel.example"',), True, False),
    ((f"(note) {OURS.upper()} ; DKIM/1=Pass header.d=Kruempel.Example",), False, True),
    ((f"{OURS}; dkim=pass header.i=@kruempel.example header.b=ab/c==",), False, True),
    ((f"{OURS}; dkim=fail header.d=x.example; dkim=pass header.d=kruempel.example",), False, True),
    ((f"{OURS}; dmarc=fail header.from=kruempel.example",), False, False),
    # ATTACKS 4: what stands below the first believed header is never looked at.
    (
        (
            f"{OURS}; dmarc=fail header.from=kruempel.example",
            f"{OURS}; dmarc=pass header.from=kruempel.example",
        ),
        False,
        False,
    ),
    ((f"{OURS}; none", f"{OURS}; dmarc=pass header.from=kruempel.example"), False, False),
    # Another server's header above ours says nothing, and hides nothing.
    (("other.example; dmarc=fail", f"{OURS}; dmarc=pass header.from=kruempel.example"), True, False),
    (("mx.other.example; dmarc=pass header.from=kruempel.example",), False, False),
    ((f"x.{OURS}; dmarc=pass header.from=kruempel.example",), False, False),
    # ATTACKS 7 and 13: about somebody else, or not aligned.
    ((f"{OURS}; dmarc=pass header.from=evil.example",), False, False),
    ((f"{OURS}; dmarc=pass header.from=mail.kruempel.example",), False, False),
    ((f"{OURS}; dmarc=pass",), False, False),
    ((f"{OURS}; dmarc=pass header.from=kruempel.example header.from=evil.example",), False, False),
    ((f"{OURS}; dmarc=fail header.from=x; dmarc=pass header.from=kruempel.example",), False, False),
    ((f"{OURS}; dkim=pass header.d=evil.example",), False, False),
    ((f"{OURS}; dkim=pass header.d=example",), False, False),
    ((f"{OURS}; dkim=pass header.d=pel.example",), False, False),
    ((f"{OURS}; dkim=pass",), False, False),
    # What stands in a comment or a quoted string is no result, and broken grammar proves nothing.
    ((f"{OURS}; dkim=none (dmarc=pass header.from=kruempel.example; dmarc=pass)",), False, False),
    ((f'{OURS}; dkim=none reason="; dmarc=pass header.from=kruempel.example"',), False, False),
    ((f"{OURS}; dmarc=pass header.from=kruempel.example (open",), False, False),
    ((f'{OURS}; dmarc=pass header.from=kruempel.example "open',), False, False),
    ((f"{OURS} junk; dmarc=pass header.from=kruempel.example",), False, False),
    ((f"{OURS}; dmarc=pass=fail header.from=kruempel.example",), False, False),
    # What ARC or a third signer passed says nothing about From; nor does a signature of a domain below ours.
    ((f"{OURS}; arc=pass (i=1 dmarc=pass fromdomain=kruempel.example); dmarc=fail",), False, False),
    ((f"{OURS}; arc=pass header.d=kruempel.example; dkim=fail header.d=kruempel.example",), False, False),
    ((f"{OURS}; dkim=pass header.d=evil.example; dkim=pass header.d=list.example",), False, False),
    ((f"{OURS}; dkim=pass header.d=mail.kruempel.example",), False, False),
    ((f"{OURS}; dkim=pass header.d=kruempel.example header.d=evil.example",), False, False),
    ((f"{OURS}; dkim=pass header.i=@kruempel.example@evil.example",), False, False),
    (
        (f"{OURS}; dkim=policy header.d=kruempel.example; dmarc=bestguesspass header.from=kruempel.example",),
        False,
        False,
    ),
    ((f"{OURS}; x-dmarc=pass header.from=kruempel.example; dmarc.x=pass header.from=kruempel.example",), False, False),
    ((f"{OURS}; smtp.mailfrom=x; dmarc =\tPASS\theader.from = (c) KRUEMPEL.EXAMPLE",), True, False),
    ((f"{OURS}; dmarc=pass header.from=buero@kruempel.example",), True, False),
    ((f'{OURS}; spf=pass smtp.mailfrom="; dmarc=pass header.from=kruempel.example; x="@evil.example',), False, False),
    ((f"{OURS}@evil.example; dmarc=pass header.from=kruempel.example",), False, False),
    ((f"{OURS}. ; dmarc=pass header.from=kruempel.example",), False, False),
    ((f"{M365} header.from=kruempel.example",), False, False),
    (("",), False, False),
    (("(" * 9_000,), False, False),
]


@pytest.mark.parametrize(("values", "dmarc", "dkim"), RESULTS)
def test_results(values: tuple[str, ...], dmarc: bool, dkim: bool) -> None:
    """The believed header proves dmarc and dkim only where it says so, about exactly this From."""
    found = letter("ok", auth=None, more=tuple(("Authentication-Results", value) for value in values))
    proof = evidence(found, RULES, OFFICE)
    assert (proof.dmarc, proof.dkim) == (dmarc, dkim)
    assert is_proven(found, Proof.DMARC, RULES) is dmarc
    assert is_proven(found, Proof.DKIM, RULES) is dkim
    assert is_proven(found, Proof.TOKEN, RULES) is (dmarc or dkim)


def test_only_this_header_counts() -> None:
    """A verdict under another name (ARC's, a forwarder's, one with a space before its colon) is never believed."""
    good = f"{OURS}; dmarc=pass header.from=kruempel.example; dkim=pass header.d=kruempel.example"
    names = ("ARC-Authentication-Results", "X-Authentication-Results", "Authentication-Results ", "Received-SPF")
    for value in (good, f"i=1; {good}"):
        found = letter("ok", auth=None, more=tuple((name, value) for name in names))
        assert not any(is_proven(found, proof, RULES) for proof in Proof)


# address in From, what the header names, and whether it is the same domain.
NAMED = [
    ("buero@kruempel.example", "KRUEMPEL.example", True),
    ("buero@xn--krmpel-4ya.example", "xn--krmpel-4ya.example", True),
    ("buero@xn--krmpel-4ya.example", "krümpel.example", True),
    ("buero@xn--krmpel-4ya.example", "KRÜMPEL.example", True),
    ("buero@xn--krmpel-4ya.example", "krumpel.example", False),
    ("buero@kruempel.example", "kruеmpel.example", False),
    ("buero@kruempel.example", "ｋruempel.example", False),
    ("buero@kruempel.example", "kruempel\u3002example", False),
    ("buero@kruempel.example", "kruempel.example\u200b", False),
]


@pytest.mark.parametrize(("address", "named", "is_same"), NAMED)
def test_a_domain_in_two_spellings(address: str, named: str, is_same: bool) -> None:
    """Case and punycode are one domain's spellings; what only looks alike is another domain."""
    for proof, value in ((Proof.DMARC, f"dmarc=pass header.from={named}"), (Proof.DKIM, f"dkim=pass header.d={named}")):
        found = letter("ok", sender=address, auth=None, more=(("Authentication-Results", f"{OURS}; {value}"),))
        assert is_proven(found, proof, RULES) is is_same


def test_without_id() -> None:
    """Microsoft's header without an id counts only where the rules say so, and then only the topmost."""
    rules: Rules = replace(RULES, trust=Trust(OURS, without_id=True))
    good, bad = f"{M365} header.from=kruempel.example", M365.replace("pass", "fail")
    found = letter("ok", auth=None, more=(("Authentication-Results", good),))
    assert is_proven(found, Proof.DMARC, rules)
    assert not is_proven(found, Proof.DMARC, RULES)
    below = letter("ok", auth=None, more=(("Authentication-Results", bad), ("Authentication-Results", good)))
    assert not is_proven(below, Proof.DMARC, rules)


def test_grammar() -> None:
    """A header is read as RFC 8601 writes it."""
    value = 'a.example 1; (c (d)) dkim=pass reason="good \\"x\\"" header.d=b.example; spf=none'
    assert read(value) == Checked(
        "a.example",
        (Result("dkim", "pass", (("reason", 'good "x"'), ("header.d", "b.example"))), Result("spf", "none")),
    )
    assert read("; dkim=pass") is None


def test_evidence_is_told() -> None:
    """The office is told in plain words what the headers proved or not."""
    none = letter("ok", auth=None)
    assert evidence(none, RULES, OFFICE).said == "Unser Mailserver hat keinen Prüfvermerk dazu geschrieben."
    failed = letter("ok", auth=f"{OURS}; dkim=none; dmarc=fail header.from=kruempel.example")
    assert evidence(failed, RULES, OFFICE).said == "Unser Mailserver vermerkt: dkim=none, dmarc=fail."
