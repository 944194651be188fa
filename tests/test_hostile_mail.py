"""ATTACKS.md on hostile names and lines, bounces, robots and one's own mailbox, end to end.

Numbers in the docstrings are the lines of ATTACKS.md.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.header import Header
from email.message import Message
from pathlib import Path

import pytest
from attack_story import UNKNOWN, USUAL, Scene, answer, kinds, letter, notice, passed, staged, start_in
from world import MAILBOT, OFFICE, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import State
from mailbot.model.rules import Proof

SECOND = "KJHGFDSAPOIU"


@pytest.fixture
def scene(servers: EmbeddedServers, tmp_path: Path) -> Iterator[Scene]:
    with staged(servers, tmp_path) as made:
        yield made


HOSTILE = [
    "ok",
    "nein: voll",
    "Max\u202ereteP\u2028ok",
    "=?utf-8?q?Max=0D=0ABcc:_opfer=40x.example?=",
    "<b>ok</b>\x0bja",
    "x" * 3000,
]


@pytest.mark.parametrize("name", HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_a_hostile_name_is_only_a_name(scene: Scene, name: str) -> None:
    """17, 18, 49: no header grows from it, no subject is odd, and the review quoted back decides nothing."""
    subject = str(Header(f"Neue Buchung {name}\nBcc: opfer@x.example"[:200], "utf-8", maxlinelen=900))
    got = scene.arrives(notice(name=name, subject=subject, Start=start_in(scene), Bemerkung=name))
    (review,) = got["office"]
    assert review["Mailbot-Kind"] == "office/review"
    for mail in (mail for mails in got.values() for mail in mails):
        assert mail["Bcc"] is None
        names = [field.lower() for field in mail if field != "Received"]
        assert len(names) == len(set(names))
        assert str(mail["Subject"]).isprintable()
        assert len(str(mail["Subject"])) < 250
    assert kinds(scene.arrives(answer(review, "\n".join(f"> {x}" for x in text_of(review).split("\n"))))["office"]) == [
        "office/refused"
    ]
    assert scene.booking().state is State.REQUESTED


LINES = [
    ("NAME: Kim\nDATUM: 31.02.2030 19:30", "office/refused"),
    ("DATUM: 28.11.2026 19:30\nDATUM: 29.11.2026 19:30", "office/refused"),
    ("EMAIL: a@b.example, c@d.example\nDATUM: {start}", "office/refused"),
    ("DATUM: {start}\nok", "office/refused"),
    ("ok", "office/refused"),
    ("NAME: Max\u2028ok <b>\nDATUM: {start}", "office/review"),
]


@pytest.mark.parametrize(("lines", "kind"), LINES)
def test_missing_lines(scene: Scene, lines: str, kind: str) -> None:
    """What is supplied is read as strictly as a notice; nothing half right becomes a booking."""
    (asked,) = scene.arrives(notice())["office"]
    got = scene.arrives(answer(asked, lines.format(start=start_in(scene))))
    assert kinds(got["office"]) == [kind]
    assert bool(scene.daemon.flow.books().bookings()) is (kind == "office/review")


def _report(scene: Scene, mail: Message, shape: str) -> bytes:
    if shape == "text":
        body = f"Unzustellbar: 550 5.1.1 kein solches Postfach\n\nMessage-ID: {mail['Message-ID']}"
        return letter(
            (("Return-Path", "<>"), ("From", "MAILER-DAEMON@gmx.net"), ("Subject", "Mail delivery failed")), body
        )
    kind = 'multipart/report; report-type=delivery-status; boundary="x"'
    parts = (
        "--x\n\nSorry\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient:"
    )
    parts += f" rfc822; x@y.example\nAction: {shape}\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown\n"
    parts += f"--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: {mail['Message-ID']}\n--x--"
    return letter((("Return-Path", "<>"), ("From", "postmaster@mx.example"), ("Subject", "Report")), parts, kind)


@pytest.mark.parametrize("shape", ["failed", "text"])
def test_a_bounced_code_mail_is_mended_by_mail(scene: Scene, shape: str) -> None:
    """29, 31, 32, 92: the office hears it with the phone number; `EMAIL:` sends it again, and nothing else changes."""
    scene.arrives(answer(scene.asked()))
    before = scene.booking()
    (confirmed,) = [mail for mail in scene.world.mails("customer") if mail["Mailbot-Kind"] == "customer/confirmed"]
    (told,) = scene.arrives(_report(scene, confirmed, shape))["office"]
    assert told["Mailbot-Kind"] == "office/mail_failed"
    assert "0171" in text_of(told)
    assert scene.booking() == before
    assert not any(scene.arrives(_report(scene, confirmed, shape)).values())
    got = scene.arrives(answer(told, "EMAIL: platzwart@soccer-kirche.example"))
    assert (kinds(got["platzwart"]), kinds(got["office"])) == (["customer/confirmed"], ["office/done"])
    assert scene.booking() == replace(
        before, customer=replace(before.customer, email="platzwart@soccer-kirche.example")
    )


def test_a_late_mail_and_a_report_of_others_alarm_nobody(scene: Scene) -> None:
    """30, 31: a delay is noted; a report that names none of our mails is left where it is."""
    review = scene.asked()
    received = scene.world.last("customer", "customer/received")
    foreign = {"Message-ID": UNKNOWN}
    assert not any(scene.arrives(_report(scene, received, "delayed")).values())
    raw = _report(scene, foreign, "failed")  # type: ignore[arg-type]  # a mapping is enough
    assert not any(scene.arrives(raw).values())
    assert raw in scene.world.servers.messages("mailbot")
    assert review["Mailbot-Kind"] == "office/review"


def test_an_address_nobody_has_is_told_at_once(scene: Scene) -> None:
    """84: the server refuses it, and the office gets the phone number in the same pass."""
    got = scene.arrives(notice("gibtesnicht@kunde.example", Start=start_in(scene)))
    assert sorted(kinds(got["office"])) == ["office/mail_failed", "office/review"]
    assert "0171" in text_of(next(mail for mail in got["office"] if mail["Mailbot-Kind"] == "office/mail_failed"))


ROBOTS = ["noreply@kunde.example", "MAILER-DAEMON@kunde.example", "no_reply+x@kunde.example", stage.NOTICES, MAILBOT]


@pytest.mark.parametrize("email", [*ROBOTS, f"buchung+{'a' * 26}@soccer-kirche.example"])
def test_nothing_is_sent_to_a_robot(scene: Scene, email: str) -> None:
    """56: neither request nor confirmation is mailed to noreply@, a daemon, the booking page or ourselves."""
    (review,) = scene.arrives(notice(email, Start=start_in(scene)))["office"]
    scene.arrives(answer(review))
    assert scene.booking().state is State.CONFIRMED
    assert {mail.role.value for mail in scene.daemon.flow.books().mails()} == {"reviewer", "desk", "subscriber"}


def test_a_long_message_id_stays_whole(scene: Scene) -> None:
    """52: what we answer is named unencoded, so that the thread holds in Outlook."""
    review = scene.asked()
    long = f"<{'AM0PR04MB' * 12}.eurprd04.prod.outlook.example>"
    raw = re.sub(rb"Message-ID: [^\r]+", f"Message-ID: {long}".encode(), answer(review))
    scene.arrives(raw)
    name = scene.world.servers.messages("office")[-1]
    assert b"In-Reply-To: " + long.encode() in name.replace(b"\r\n ", b" ")


def test_the_office_s_own_mailbox(servers: EmbeddedServers, tmp_path: Path) -> None:
    """The watched mailbox is the office's: our mails there stay, its answers work, people's mail is left alone."""
    office = replace(USUAL.people["office"], trust=Proof.TOKEN)
    with staged(servers, tmp_path, "office", people={**USUAL.people, "office": office}) as scene:
        review = scene.asked()
        private = _private(scene.ids["customer", "customer/received"])
        assert not any(mails for name, mails in scene.arrives(*private).items() if name != "office")
        assert set(private) < set(scene.world.servers.messages("office"))
        assert scene.booking().state is State.REQUESTED
        got = scene.arrives(letter((*AMONG_US, ("In-Reply-To", str(review["Message-ID"])))))
        assert kinds(got["customer"]) == ["customer/confirmed"]
        ours = [message_from_bytes(raw)["Mailbot-Kind"] for raw in scene.world.servers.messages("office")]
        assert {"office/review", "office/done"} <= set(ours)
        assert "office/suspicious" not in ours
        assert "office/message" not in ours


AMONG_US = (("From", OFFICE), ("To", OFFICE), ("Subject", "AW: Anfrage"))


def _private(ours: str) -> list[bytes]:
    """Write letters people send each other there; the first two name a mail of ours far back in their thread."""
    customer = (passed("kunde.example"), ("From", stage.CUSTOMER), ("In-Reply-To", "<brief@kruempel.example>"))
    return [
        letter((*AMONG_US, ("In-Reply-To", "<x@y.example>"), ("References", f"{ours} <x@y.example>"))),
        letter((*customer, ("References", f"{ours} <brief@kruempel.example>"))),
        letter((*AMONG_US, ("In-Reply-To", "<kuchen@verein.example>"))),
        letter((passed("verein.example"), ("From", "anna@verein.example"), ("Subject", "ok"))),
    ]
