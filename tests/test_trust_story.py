"""How much proof each one needs, end to end: dmarc, dkim or token for a person, and what a source never gets by with.

Numbers in the docstrings are the lines of ATTACKS.md.
"""

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from attack_story import CODE, DESK, OURS, PASS, UNKNOWN, USUAL, Scene, answer, kinds, letter, notice, staged, start_in
from world import MAILBOT, OFFICE

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import State
from mailbot.model.rules import Proof, Rules, Trust

SECOND = "KJHGFDSAPOIU"
# As Microsoft 365 writes it (FIELD-NOTES): no id in front, folded, comments.
M365 = (
    "spf=pass (sender IP is 40.107.1.2)\r\n smtp.mailfrom=kruempel.example; dkim=pass (signature was\r\n verified)"
    " header.d=kruempel.example;dmarc={} action=none\r\n header.from=kruempel.example;compauth=pass reason=100"
)


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    with EmbeddedServers(stage.accounts(USUAL), stage.PASSWORD, USUAL.trust.authserv_id) as running:
        yield running


@pytest.fixture
def scene(servers: EmbeddedServers, tmp_path: Path) -> Iterator[Scene]:
    with staged(servers, tmp_path) as made:
        yield made


def verdict(text: str) -> tuple[str, str]:
    return "Authentication-Results", text


def judged(scene: Scene, *fields: tuple[str, str], sender: str = OFFICE, body: str = "ok") -> bytes:
    """Write an answer to the last review under these verdicts, topmost first."""
    return letter(
        (*fields, ("From", sender), ("Subject", "AW: x"), ("In-Reply-To", str(scene.review["Message-ID"]))), body
    )


def trusting(scene: Scene, **changes: object) -> None:
    """Change whom the rules believe, for the rest of the story."""
    rules: Rules = scene.daemon.flow.rules
    people = dict(rules.people)
    for name, proof in changes.items():
        if name in people:
            people[name] = replace(people[name], trust=proof)  # type: ignore[arg-type]  # tests name Proofs
    trust = changes.get("trust", rules.trust)
    scene.daemon.flow.rules = replace(rules, people=people, trust=trust)  # type: ignore[arg-type]  # a Trust


# what the office's trust asks, the verdicts topmost first, and whether its `ok` counts
ASKED: dict[str, tuple[Proof | None, tuple[str, ...], bool]] = {
    "13 dkim, unaligned second": (
        Proof.DKIM,
        (f"{OURS}; dkim=fail header.d=kruempel.example; dkim=pass header.d=boese.example",),
        False,
    ),
    "13 dkim, aligned second": (
        Proof.DKIM,
        (f"{OURS}; dkim=pass header.d=list.example; dkim=pass header.i=@kruempel.example",),
        True,
    ),
    "dkim asked, dmarc passed": (Proof.DKIM, (f"{OURS}; dmarc=pass header.from=kruempel.example",), False),
    "dmarc asked, dkim passed": (Proof.DMARC, (f"{OURS}; dkim=pass header.d=kruempel.example; dmarc=none",), False),
    "the house's own is dmarc": (None, (f"{OURS}; dmarc=pass header.from=KRUEMPEL.example",), True),
    "fail on top, ours below": (None, (f"{OURS}; dmarc=fail header.from=kruempel.example", PASS[1]), False),
    "none on top, ours below": (None, (f"{OURS}; none", PASS[1]), False),
    "another's on top": (None, ("mx.anders.example; dmarc=fail", PASS[1]), True),
    "token asked, nothing noted": (Proof.TOKEN, (), True),
}


@pytest.mark.parametrize("case", ASKED)
def test_each_person_its_own_proof(scene: Scene, case: str) -> None:
    """What `trust` asks of a person must be there, in the topmost header of ours; anything else is not enough."""
    proof, values, counts = ASKED[case]
    scene.asked()
    trusting(scene, office=proof)
    got = scene.arrives(judged(scene, *(verdict(value) for value in values)))
    assert kinds(got["office"]) == (["office/done"] if counts else ["office/suspicious"])
    assert scene.booking().state is (State.CONFIRMED if counts else State.REQUESTED)


@pytest.mark.parametrize(
    ("without_id", "values", "counts"),
    [
        (True, (M365.format("pass"),), True),
        (False, (M365.format("pass"),), False),
        (True, (M365.format("fail"), M365.format("pass")), False),
        (True, (M365.format("fail"), PASS[1]), False),
        (True, ("mx.anders.example; dmarc=pass header.from=kruempel.example",), False),
    ],
)
def test_a_header_without_id(scene: Scene, without_id: bool, values: tuple[str, ...], counts: bool) -> None:
    """6: Microsoft's header counts where it is configured, and only the topmost; elsewhere it is no evidence."""
    scene.asked()
    trusting(scene, trust=Trust(OURS, without_id=without_id))
    scene.arrives(judged(scene, *(verdict(value) for value in values)))
    assert scene.booking().state is (State.CONFIRMED if counts else State.REQUESTED)


@pytest.mark.parametrize("sender", [OFFICE, DESK])
def test_token_is_no_proof_for_others(scene: Scene, sender: str) -> None:
    """5: with `trust: token` the address without its token, or with another's, is nobody; `liste` is not served."""
    scene.asked()
    trusting(scene, office=Proof.TOKEN, medifit=Proof.TOKEN)
    other = "office/review" if sender == DESK else "desk/request"
    ids = [UNKNOWN, "<x@y.example>", scene.ids["medifit" if sender == OFFICE else "office", other]]
    for answered in (*ids, scene.ids["customer", "customer/received"]):
        raw = letter((PASS, ("From", sender), ("Subject", "liste"), ("In-Reply-To", answered)), "ausgegeben")
        got = scene.arrives(raw)
        assert set(kinds(got["office"])) <= {"office/suspicious"}
        assert (got["medifit"], got["customer"]) == ([], [])
    assert (scene.booking().state, scene.booking().released_at) == (State.REQUESTED, None)


@pytest.mark.parametrize("require", list(Proof))
def test_a_source_always_needs_proof(scene: Scene, require: Proof) -> None:
    """A notice without verdict, even with `trust: token` and a token of ours, makes no booking."""
    scene.asked()
    trusting(scene, trust=Trust(OURS, require))
    raw = notice(Start=start_in(scene), Buchungscode=SECOND)
    bare = re.sub(rb"Authentication-Results: [^\r]+\r\n", b"", raw)
    answering = b"In-Reply-To: " + str(scene.review["Message-ID"]).encode() + b"\r\n" + bare
    for forged in (bare, answering):
        got = scene.arrives(forged)
        assert {name: kinds(mails) for name, mails in got.items() if mails} == {"office": ["office/suspicious"]}
    assert [booking.code for booking in scene.daemon.flow.books().bookings()] == [CODE]


def test_an_old_answer_sent_once_more_is_dead(scene: Scene) -> None:
    """14: the same signed `ok`, under new Received lines, decides nothing about a new booking of the same customer."""
    said = answer(scene.asked())
    scene.arrives(said)
    scene.asked(SECOND, weeks=9)
    again = b"Received: from boese.example by mx.soccer-kirche.example\r\n" + said
    got = scene.arrives(again)
    assert kinds(got["office"]) == ["office/refused"]
    assert not got["customer"]
    assert scene.booking(SECOND).state is State.REQUESTED


def test_ok_after_the_office_s_own_cancellation(scene: Scene) -> None:
    """24: what the office cancelled stays cancelled; `ok` hears so, and nothing is sent to the customer."""
    review = scene.asked()
    scene.arrives(answer(review))
    assert kinds(scene.arrives(answer(review, "storno: Wasserschaden"))["customer"]) == ["customer/cancelled"]
    before = scene.booking()
    got = scene.arrives(answer(review))
    assert (kinds(got["office"]), got["customer"], scene.booking()) == (["office/refused"], [], before)


HOSTILE_IDS = [
    "<" + "x" * 5000 + "@y.example>",
    "<a@b.example>\r\n\tBcc: <opfer@x.example>",
    "=?utf-8?q?=3Ca=40b=3E=0D=0ABcc=3A_opfer=40x=2Eexample?=",
    "ohne Klammern \x0b\u2028 ok",
    f"<{'b' * 26}@soccer-kirche.example>",
    "<>",
]


@pytest.mark.parametrize("foreign", HOSTILE_IDS, ids=[str(n) for n in range(len(HOSTILE_IDS))])
def test_a_hostile_message_id(scene: Scene, foreign: str) -> None:
    """49: what others name themselves adds no field, no long line and no encoded word to our heads."""
    fields = (PASS, ("From", OFFICE), ("Message-ID", foreign), ("Subject", "hilfe\x0bx: y"), ("References", foreign))
    raw = letter((*fields, ("In-Reply-To", str(scene.asked()["Message-ID"]))), "hilfe")
    before = len(scene.world.servers.messages("office"))
    scene.arrives(re.sub(rb"Message-ID: <attack[^\r]+\r\n", b"", raw))
    new = scene.world.servers.messages("office")[before:]
    assert len(new) == 1
    head = new[0].partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    own = [name for name in names if name != b"Received"]
    assert len(own) == len(set(own))
    assert b"Bcc" not in names
    assert max(map(len, new[0].split(b"\r\n"))) <= 998
    ids = [
        line for line in re.sub(rb"\r\n[ \t]", b" ", head).split(b"\r\n") if line.startswith((b"In-", b"Ref", b"Mess"))
    ]
    assert not any(b"=?" in line for line in ids)
    assert all(line.isascii() for line in ids)


def test_nothing_secret_is_logged(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """50: through a whole story, refusals and forgeries included, no door code and no token stands in the log."""
    said = io.StringIO()
    # Loggers keep the stream they first wrote to, which may be an earlier test's.
    fresh = structlog.wrap_logger(
        structlog.PrintLogger(said), [structlog.processors.KeyValueRenderer()], structlog.make_filtering_bound_logger(0)
    )
    for name in [name for name in sys.modules if name.startswith("mailbot.")]:
        if hasattr(sys.modules[name], "log"):
            monkeypatch.setattr(f"{name}.log", fresh)
    review = scene.asked()
    scene.arrives(judged(scene), answer(review, "ok?"), answer(review))
    books = scene.daemon.flow.books()
    logged = said.getvalue()
    assert "office/done" in logged
    assert scene.booking().door_code
    assert str(scene.booking().door_code) not in logged
    assert not [mail.kind for mail in books.mails() if mail.token in logged]
    assert stage.CUSTOMER not in logged
    assert MAILBOT not in logged
