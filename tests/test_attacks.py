"""ATTACKS.md, letter by letter, end to end: what must change nothing, and who hears of it. Ids are its line numbers.

One booking waits under review; each letter is laid into the watched mailbox exactly as a server would have it. Between
letters two hours pass, so that no pause of one case hides the next.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage, Message
from pathlib import Path

import pytest
from attack_story import (
    DESK,
    EVIL,
    FAIL,
    OURS,
    PASS,
    PASS_EVIL,
    SHAPES,
    UNKNOWN,
    Headers,
    Scene,
    answer,
    kinds,
    letter,
    passed,
    shaped,
)
from world import MAILBOT, OFFICE, World, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import State
from mailbot.model.rules import Proof

CODE = "QNBZAQPTAITT"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as servers:
        world = World.on(servers, tmp_path_factory.mktemp("attacks") / "data")
        made = Scene.on(world)
        made.asked()
        yield made
        made.daemon.close()


def office(*more: tuple[str, str], proof: Headers = (PASS,), sender: str = OFFICE) -> Callable[[Scene], bytes]:
    """Give a letter that answers the review `ok`, by default the office's own, with other fields in front."""

    def build(scene: Scene) -> bytes:
        answers = (
            () if any(name == "In-Reply-To" for name, _ in more) else (("In-Reply-To", scene.review["Message-ID"]),)
        )
        named = () if any(name.strip() == "From" for name, _ in more) else (("From", sender),)
        subject = () if any(name == "Subject" for name, _ in more) else (("Subject", "AW: Anfrage"),)
        return letter((*proof, *more, *named, *subject, *answers))

    return build


def says(body: str, content: str = 'text/plain; charset="utf-8"') -> Callable[[Scene], bytes]:
    """Give the office's own, proven answer to the review with this body."""
    return lambda scene: letter(
        (PASS, ("From", OFFICE), ("Subject", "AW: Anfrage"), ("In-Reply-To", scene.review["Message-ID"])), body, content
    )


def by(sender: str, name: str, kind: str, body: str = "OK", *more: tuple[str, str]) -> Callable[[Scene], bytes]:
    """Give a proven person's answer to the last mail of a kind that `name` got."""

    def build(scene: Scene) -> bytes:
        domain = sender.rpartition("@")[2]
        fields = (passed(domain), ("From", sender), ("Subject", "Re: x"), ("In-Reply-To", scene.ids[name, kind]))
        return letter((*more, *fields), body)

    return build


def _attached(scene: Scene) -> bytes:
    mail = EmailMessage()
    for name, value in (passed("kunde.example"), ("From", stage.CUSTOMER), ("To", MAILBOT), ("Subject", "Anfrage")):
        mail[name] = value
    mail["In-Reply-To"] = scene.ids["customer", "customer/received"]
    mail.set_content("siehe Anhang")
    inner = EmailMessage()
    inner["From"], inner["In-Reply-To"] = OFFICE, str(scene.review["Message-ID"])
    inner.set_content("ok")
    mail.add_attachment(inner)
    return mail.as_bytes()


def _alternative(text: str, html: str) -> str:
    part = '--x\nContent-Type: text/{}; charset="utf-8"\n\n{}\n'
    return part.format("plain", text) + part.format("html", html) + "--x--"


ALTERNATIVE = 'multipart/alternative; boundary="x"'
REPORT = 'multipart/report; report-type=disposition-notification; boundary="x"'
SUSPICIOUS, REFUSED, MESSAGE = ["office/suspicious"], ["office/refused"], ["office/message"]
NOBODY: list[str] = []
# What a sender's envelope may look like in the verdict that the server writes: an encoded word, a quoted string.
ENVELOPE = f"{OURS}; spf=none smtp.mailfrom==?utf-8?q?=3B=20dmarc=3Dpass=20header.from=3Dkruempel.example=3B=20x=3D?=@x"
DIGEST = ["office/digest"]
QUOTED_OK = "Ich bin bis Montag nicht da.\n\n> ok"

# id -> (letter, what the office gets)
CASES: dict[str, tuple[Callable[[Scene], bytes], list[str]]] = {
    "1 forged, no verdict": (office(proof=()), SUSPICIOUS),
    "2 forged, wrong token": (office(("In-Reply-To", UNKNOWN), ("Subject", f"AW: {CODE}"), proof=()), SUSPICIOUS),
    "2 proven, wrong token": (office(("In-Reply-To", UNKNOWN)), DIGEST),
    "3 dmarc=fail": (office(proof=(FAIL,)), SUSPICIOUS),
    "4 pass below the real fail": (office(proof=(FAIL, PASS)), SUSPICIOUS),
    "6 no id, not configured": (office(proof=(("Authentication-Results", PASS[1].split("; ", 1)[1]),)), SUSPICIOUS),
    "6 an id that only begins like ours": (
        office(proof=(("Authentication-Results", f"{OURS}.boese.example; dmarc=pass header.from=kruempel.example"),)),
        SUSPICIOUS,
    ),
    "6 ARC's verdict": (office(proof=(("ARC-Authentication-Results", f"i=1; {PASS[1]}"),)), SUSPICIOUS),
    "6 arc=pass": (
        office(proof=(("Authentication-Results", f"{OURS}; arc=pass (dmarc=pass header.from=kruempel.example)"),)),
        SUSPICIOUS,
    ),
    "6 another server's": (
        office(proof=(("Authentication-Results", "mx.boese.example; dmarc=pass header.from=kruempel.example"),)),
        SUSPICIOUS,
    ),
    "7 header.from differs": (office(proof=(PASS_EVIL,)), SUSPICIOUS),
    "8 two addresses in one From": (office(("From", f"{OFFICE} <{EVIL}>"), proof=(PASS_EVIL,)), SUSPICIOUS),
    "8 with our domain's pass": (office(("From", f"{OFFICE} <{EVIL}>")), SUSPICIOUS),
    "9 two From": (office(("From", OFFICE), ("From", EVIL)), SUSPICIOUS),
    "9 two From, ours below": (office(("From", EVIL), ("FROM", OFFICE), proof=(PASS_EVIL,)), SUSPICIOUS),
    "9 the same From twice": (office(("From", OFFICE), ("From", OFFICE)), SUSPICIOUS),
    "9 From with a tab": (office(("From\t", OFFICE)), SUSPICIOUS),
    "9 From with a space": (office(("From ", OFFICE), ("From", EVIL), proof=(PASS_EVIL,)), SUSPICIOUS),
    "9 folded list": (office(("From", f"{EVIL},\r\n {OFFICE}")), SUSPICIOUS),
    "9 folded, two addresses": (office(("From", f"<{OFFICE}>\r\n <{EVIL}>"), proof=(PASS_EVIL,)), SUSPICIOUS),
    "9 comment": (office(("From", f"{EVIL} ({OFFICE})"), proof=(PASS_EVIL,)), SUSPICIOUS),
    "9 a bare CR": (office(("From", f"{EVIL}\rFrom: {OFFICE}"), proof=(PASS_EVIL,)), SUSPICIOUS),
    "9 NUL": (office(("From", f"{OFFICE}\0 <{EVIL}>")), SUSPICIOUS),
    "9 route": (office(("From", f"<@boese.example:{OFFICE}>")), SUSPICIOUS),
    "9 group": (office(("From", f"x: {OFFICE};")), SUSPICIOUS),
    "9 encoded word": (office(("From", "=?utf-8?q?buero=40kruempel=2Eexample?=")), SUSPICIOUS),
    "9 half an encoded word": (office(("From", "<=?utf-8?q?buero?=@kruempel.example>")), SUSPICIOUS),
    "9 an encoded domain": (office(("From", "buero@=?utf-8?q?kruempel.example?=")), SUSPICIOUS),
    "10 our address as a name": (office(("From", f'"{OFFICE}" <{EVIL}>'), proof=(PASS_EVIL,)), SUSPICIOUS),
    "10 the same without token": (
        office(("From", f'"{OFFICE}" <{EVIL}>'), ("In-Reply-To", "<x@y.example>"), proof=(PASS_EVIL,)),
        NOBODY,
    ),
    "11 Reply-To office": (office(("From", EVIL), ("Reply-To", OFFICE), proof=(PASS_EVIL,)), SUSPICIOUS),
    "12 look-alike domain": (
        office(sender=f"{OFFICE}.evil.org", proof=(passed("kruempel.example.evil.org"),)),
        SUSPICIOUS,
    ),
    "12 Cyrillic": (office(sender="buero@kr\u0443mpel.example", proof=()), SUSPICIOUS),
    "13 unaligned dkim": (
        office(proof=(("Authentication-Results", f"{OURS}; dkim=pass header.d=boese.example; dmarc=none"),)),
        SUSPICIOUS,
    ),
    "13 a verdict in the envelope": (office(proof=(("Authentication-Results", ENVELOPE),)), SUSPICIOUS),
    "15 customer says ok": (by(stage.CUSTOMER, "customer", "customer/received"), MESSAGE),
    "16 customer guesses a token": (
        office(("In-Reply-To", UNKNOWN), sender=stage.CUSTOMER, proof=(passed("kunde.example"),)),
        NOBODY,
    ),
    "20 the review attached": (_attached, MESSAGE),
    "21 forwarded to the customer": (by(stage.CUSTOMER, "office", "office/review"), SUSPICIOUS),
    "21 forwarded to a stranger": (by(EVIL, "office", "office/review"), SUSPICIOUS),
    "22 the desk's token in the office's hand": (by(OFFICE, "medifit", "desk/request"), REFUSED),
    "22 the customer's token in the office's hand": (by(OFFICE, "customer", "customer/received"), REFUSED),
    "22 the desk decides": (by(DESK, "medifit", "desk/request"), NOBODY),
    "22 the office's token in the desk's hand": (by(DESK, "office", "office/review"), NOBODY),
    "25 absence": (office(("Auto-Submitted", "auto-replied"), ("Subject", "Abwesenheitsnotiz: Anfrage")), NOBODY),
    "26 absence by its subject": (office(("Subject", "Abwesenheitsnotiz")), NOBODY),
    "27 absence by its header": (office(("Auto-Submitted", "auto-replied")), NOBODY),
    "28 read receipt": (office(("Subject", "Gelesen: Anfrage"), ("Content-Type", REPORT)), NOBODY),
    "33 ticket system": (office(("Auto-Submitted", "auto-generated")), MESSAGE),
    "37 OK, then ABLEHNEN": (says("OK\n\nABLEHNEN"), REFUSED),
    "38 OK?": (says("OK?"), REFUSED),
    "38 nicht OK": (says("nicht OK"), REFUSED),
    "38 OK, aber": (says("OK, aber 19 Uhr"), REFUSED),
    "42 text and HTML differ": (says(_alternative("OK", "<p>ABLEHNEN</p>"), ALTERNATIVE), REFUSED),
    "43 unknown banner": (says("Fremde Post, bitte prüfen!\nok"), REFUSED),
    "44 in the signature": (says("Gruß\n\n-- \nOK"), REFUSED),
    "46 between quotes": (says("> ok\n\nvielleicht\n\n> ok"), REFUSED),
    "47 opaque": (says("MIAG", "application/pkcs7-mime; smime-type=enveloped-data"), REFUSED),
    "53 mailbot to itself": (
        lambda scene: letter(
            (passed("soccer-kirche.example"), ("From", MAILBOT), ("In-Reply-To", scene.review["Message-ID"]))
        ),
        NOBODY,
    ),
    "53 a copy of its own mail": (lambda scene: scene.review.as_bytes(), NOBODY),
    "58 no From": (lambda scene: letter((("In-Reply-To", scene.review["Message-ID"]),)), SUSPICIOUS),
}


@pytest.mark.parametrize("case", CASES)
def test_attack(scene: Scene, case: str) -> None:
    """Nothing changes; the office is told or asked back, and nobody who wrote it as a stranger or robot gets a mail."""
    build, expected = CASES[case]
    _changes_nothing(scene, build(scene), expected)


@pytest.mark.parametrize("shape", [*SHAPES, "empty-outlook"])
def test_empty_answer(scene: Scene, shape: str) -> None:
    """36: the review sent back by each mail program, with nothing written, decides nothing; the office hears why."""
    office_mails = _changes_nothing(scene, says(shaped(scene.review, shape, ""))(scene), REFUSED)
    assert "stand kein Text" in text_of(office_mails[0])


def _changes_nothing(scene: Scene, raw: bytes, expected: list[str]) -> list[Message]:
    before = scene.booking()
    got = scene.arrives(raw)
    assert scene.booking() == before
    assert kinds(got["office"]) == expected
    # A customer who wrote hears that his message was passed on; that is no decision.
    assert kinds(got["customer"]) in ([], ["customer/noted"])
    assert not got["platzwart"]
    assert kinds(got["medifit"]) in ([], ["desk/refused"])
    return got["office"]


def test_a_token_proves_where_the_provider_writes_nothing(scene: Scene) -> None:
    """5: with `trust: token` a verdict in our server's name is the attacker's own; address and token alone count."""
    rules = scene.daemon.flow.rules
    believed = replace(rules.people["office"], trust=Proof.TOKEN)
    scene.daemon.flow.rules = replace(rules, people={**rules.people, "office": believed})
    try:
        _changes_nothing(scene, office(("In-Reply-To", UNKNOWN))(scene), SUSPICIOUS)
        _changes_nothing(scene, by(OFFICE, "customer", "customer/received")(scene), SUSPICIOUS)
    finally:
        scene.daemon.flow.rules = rules


def test_two_machines_without_a_mark_stop(scene: Scene) -> None:
    """54: after three answers within an hour the same address gets no more about the same booking."""
    got = scene.arrives(*(says("Vielen Dank für Ihre Nachricht!")(scene) for _ in range(5)))
    assert kinds(got["office"]) == ["office/refused"] * 3


def test_hidden_words_of_a_customer_are_not_shown(scene: Scene) -> None:
    """19: what the customer's HTML hides stands in no mail to the office."""
    html = "<p>Guten Tag</p><p style='display:none'>VERSTECKT ok</p>"
    build = by(stage.CUSTOMER, "customer", "customer/received", html, ("Content-Type", 'text/html; charset="utf-8"'))
    (mail,) = _changes_nothing(scene, build(scene), MESSAGE)
    assert "Guten Tag" in text_of(mail)
    assert "VERSTECKT" not in text_of(mail)


def test_a_stranger_s_letter_stays_unread(scene: Scene) -> None:
    """10, 12, 16: it is left in the inbox and not stored."""
    raw = office(("In-Reply-To", UNKNOWN), sender=EVIL, proof=(PASS_EVIL,))(scene)
    _changes_nothing(scene, raw, NOBODY)
    assert raw in scene.world.servers.messages("mailbot")
    assert raw not in [path.read_bytes() for path in (scene.world.data / "letters").rglob("*.eml")]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_honest_answer_in_each_shape(scene: Scene, shape: str) -> None:
    """34: an answer set by each mail program is understood, its reason whole."""
    reference = f"{shape.upper():X<12.12}".replace("-", "Y")
    review = scene.asked(reference, weeks=7)
    scene.arrives(answer(review, shaped(review, shape, "nein: Halle gesperrt")))
    booking = scene.booking(reference)
    assert (booking.state, booking.reason) == (State.REJECTED, "Halle gesperrt")
