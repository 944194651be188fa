"""`mailbot check` about trust: one plain line for each listed address, true for every verdict there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attack_story import OURS
from operating import Office
from world import OFFICE

from mailbot import stage
from mailbot.embedded import EmbeddedServers

PASSED = f"{OURS}; dkim=pass header.d=kruempel.example; dmarc=pass header.from=kruempel.example"
DKIM = f"{OURS}; dkim=pass header.d=kruempel.example; dmarc=none"
M365 = "spf=pass smtp.mailfrom=kruempel.example; dmarc=pass action=none header.from=kruempel.example"
OTHER = "mx.provider.example; dmarc=pass header.from=kruempel.example"

# id -> (trust of the office, From, verdicts topmost first, verdict of the line, what it says)
CASES: dict[str, tuple[str, str, tuple[str, ...], str, str]] = {
    "passed": ("dmarc", OFFICE, (PASSED,), "ok", "passed dmarc and dkim"),
    "passed one": ("dkim", OFFICE, (DKIM,), "ok", "passed dkim"),
    "too weak": ("dmarc", OFFICE, (DKIM,), "warn", "has dkim=pass, dmarc=none, dmarc is asked (trust: dkim would do)"),
    "failed": (
        "dmarc",
        OFFICE,
        (f"{OURS}; dkim=none; dmarc=fail header.from=kruempel.example",),
        "warn",
        "has dkim=none, dmarc=fail, dmarc is asked; its provider must sign what leaves there (DKIM, DMARC)"
        "; or trust: token for this person",
    ),
    "fail on top": ("dmarc", OFFICE, (f"{OURS}; dmarc=fail", PASSED), "warn", "has dmarc=fail, dmarc is asked"),
    "nothing in it": ("dmarc", OFFICE, (f"{OURS}; none",), "warn", "has nothing about its sender, dmarc is asked"),
    "no header": (
        "dmarc",
        OFFICE,
        (),
        "warn",
        f"has no Authentication-Results; your mail server must write them as {OURS}; or trust: token for this person",
    ),
    "another id": (
        "dmarc",
        OFFICE,
        (OTHER,),
        "warn",
        f"was checked by mx.provider.example, not {OURS}; if mx.provider.example is yours, set trust.authserv_id",
    ),
    "no id": ("dmarc", OFFICE, (M365,), "warn", "has no id; Microsoft 365: trust.without_id: true"),
    "no id, configured": ("dmarc\n  without_id: true", OFFICE, (M365,), "ok", "passed dmarc"),
    "token": ("token", OFFICE, (), "ok", "by address and token (trust: token), in answers to mailbot's mails only"),
}


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    # Nothing is stamped: each letter brings its verdict with it.
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as running:
        yield running


def lines(office: Office) -> dict[str, str]:
    """Give check's lines about trust, by address."""
    found = [line for line in office.run("check").out.splitlines() if line.split()[1:2] == ["trust"]]
    return {line.split()[2].rstrip(":"): line for line in found}


def letter(sender: str, *verdicts: str) -> bytes:
    heads = "".join(f"Authentication-Results: {value}\r\n" for value in verdicts)
    return f"{heads}From: {sender}\r\nSubject: Guten Morgen\r\n\r\nhallo\r\n".encode()


@pytest.mark.parametrize("case", CASES)
def test_each_verdict(servers: EmbeddedServers, tmp_path: Path, case: str) -> None:
    """The line says whether the newest letter would be believed, what it proved, and what to do where it would not."""
    trust, sender, verdicts, verdict, said = CASES[case]
    office = Office.on(servers, tmp_path)
    office.change_rules("  require: dmarc ", f"  require: {trust} ")
    servers.deliver("mailbot", letter(sender, *verdicts))
    line = lines(office)[OFFICE]
    assert line.split()[0] == verdict
    assert ("would be believed" in line, "would NOT be believed" in line) == (verdict == "ok", verdict == "warn")
    assert said in " ".join(line.split())


def test_every_listed_address_has_its_line(servers: EmbeddedServers, tmp_path: Path) -> None:
    """People first, then sources; who never wrote is named too, and a source is never told to use a token."""
    office = Office.on(servers, tmp_path)
    addresses = [OFFICE, "chefin@kruempel.example", "theke@medifit.example", "platzwart@soccer-kirche.example"]
    assert list(lines(office)) == [*addresses, "@youcanbook.me"]
    assert "no letter yet" in lines(office)["theke@medifit.example"]
    office.change_rules("  require: dmarc ", "  require: token ")
    servers.deliver("mailbot", letter("x@youcanbook.me", f"{OURS}; dmarc=fail header.from=youcanbook.me"))
    line = lines(office)["@youcanbook.me"]
    assert "dmarc or dkim is asked" in line
    assert "token" not in line
    servers.deliver("mailbot", letter("x@youcanbook.me", f"{OURS}; dkim=pass header.d=youcanbook.me"))
    assert lines(office)["@youcanbook.me"].startswith("ok")
