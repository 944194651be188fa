"""`übernehmen`, end to end: a notice without proof yields nothing, to nobody, until the office says it is real."""

import re
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest
from attack_story import CODE, DESK, EVIL, USUAL, Scene, answer, kinds, letter, notice, passed, staged, start_in
from world import OFFICE, digits_in, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import State

SECOND, THIRD = "KJHGFDSAPOIU", "LMNOPQRSTUVW"
SUSPICIOUS = "office/suspicious"
DEPUTY = "chefin@kruempel.example"
TAKEN_IN = {
    "office": ["office/review"],
    "medifit": ["desk/request"],
    "platzwart": ["subscriber/request"],
    "customer": ["customer/received"],
}


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    with EmbeddedServers(stage.accounts(USUAL), stage.PASSWORD, USUAL.trust.authserv_id) as running:
        yield running


@pytest.fixture
def scene(servers: EmbeddedServers, tmp_path: Path) -> Iterator[Scene]:
    with staged(servers, tmp_path) as made:
        yield made


def unproven(scene: Scene, code: str = CODE, weeks: int = 8, **more: str) -> bytes:
    """Write a booking notice on which our server noted nothing."""
    raw = notice(Start=start_in(scene, weeks), Buchungscode=code, **more)
    return re.sub(rb"Authentication-Results: [^\r]+\r\n", b"", raw)


def told(got: dict[str, list[Message]]) -> dict[str, list[str]]:
    return {name: kinds(mails) for name, mails in got.items() if mails}


def codes(scene: Scene) -> list[str]:
    return sorted(booking.code for booking in scene.daemon.flow.books().bookings())


def test_a_forged_notice_yields_no_code_by_phone(scene: Scene) -> None:
    """Nobody but the office hears of it; the desk's list and its `ausgegeben CODE` know no such booking."""
    assert told(scene.arrives(unproven(scene))) == {"office": ["office/suspicious"]}
    given_out = letter((passed("medifit.example"), ("From", DESK), ("Subject", f"ausgegeben {CODE}")), "")
    got = scene.arrives(given_out)
    assert told(got) == {"medifit": ["desk/refused"]}
    got = scene.arrives(letter((passed("medifit.example"), ("From", DESK), ("Subject", "liste")), ""))
    assert CODE not in text_of(got["medifit"][0])
    assert "Kim" not in text_of(got["medifit"][0])
    assert codes(scene) == []


@pytest.mark.parametrize("sender", [OFFICE, DEPUTY])
def test_the_office_takes_it_in(scene: Scene, sender: str) -> None:
    """`übernehmen`, also the deputy's: from there on it is a request like any other, and can be approved."""
    (suspicious,) = scene.arrives(unproven(scene))["office"]
    assert told(scene.arrives(answer(suspicious, "übernehmen", sender))) == TAKEN_IN
    review = scene.world.last("office", "office/review")
    assert kinds(scene.arrives(answer(review, "ok", sender))["customer"]) == ["customer/confirmed"]
    assert scene.booking().decided_by == f"office {sender}"


def test_twice(scene: Scene) -> None:
    """A second `übernehmen`, also the deputy's, is refused and says why; nothing comes twice."""
    (suspicious,) = scene.arrives(unproven(scene))["office"]
    scene.arrives(answer(suspicious, "übernehmen"))
    before = scene.booking()
    got = scene.arrives(answer(suspicious, "übernehmen, danke"))
    assert told(got) == {"office": ["office/refused"]}
    assert "schon übernommen" in " ".join(text_of(got["office"][0]).split())
    scene.arrives(answer(suspicious, "übernehmen", DEPUTY))
    mails = scene.daemon.flow.books().mails()
    assert [mail.kind for mail in mails if mail.to == DEPUTY] == ["office/refused"]
    assert (codes(scene), scene.booking()) == ([CODE], before)


def bundled(scene: Scene) -> Message:
    """Let three letters come at once: the first is told at once, the two others together an hour later."""
    second, third = ("Zweite Person", SECOND, 9), ("Dritte Person", THIRD, 10)
    others = [unproven(scene, code, weeks, name=name) for name, code, weeks in (second, third)]
    got = scene.arrives(unproven(scene), *others)
    assert told(got) == {"office": ["office/suspicious"]}
    scene.arrives()
    mail = scene.world.last("office", "office/suspicious")
    assert [name in text_of(mail) for name in ("Kim Kunde", "Zweite Person", "Dritte Person")] == [False, True, True]
    return mail


def test_several_by_their_numbers(scene: Scene) -> None:
    """One mail lists several; each number takes in its own letter, in any order, and no other."""
    mail = bundled(scene)
    assert told(scene.arrives(answer(mail, "2 übernehmen"))) == TAKEN_IN
    assert codes(scene) == [THIRD]
    assert told(scene.arrives(answer(mail, "2 übernehmen"))) == {"office": ["office/refused"]}
    assert told(scene.arrives(answer(mail, "1 übernehmen"))) == TAKEN_IN
    assert codes(scene) == [SECOND, THIRD]


@pytest.mark.parametrize("said", ["übernehmen", "3 übernehmen", "0 übernehmen", "1 übernehmen?", "nicht übernehmen"])
def test_a_doubtful_number(scene: Scene, said: str) -> None:
    """A number that is not in the list, none where there are several, or a doubt: nothing is taken in."""
    mail = bundled(scene)
    assert told(scene.arrives(answer(mail, said))) == {"office": ["office/refused"]}
    assert codes(scene) == []


def test_it_was_in_the_books_already(scene: Scene) -> None:
    """The proven copy came in the meantime: `übernehmen` says that it stands there already, and nothing is sent."""
    (suspicious,) = scene.arrives(unproven(scene))["office"]
    assert told(scene.arrives(notice(Start=start_in(scene)))) == TAKEN_IN
    before = scene.booking()
    got = scene.arrives(answer(suspicious, "übernehmen"))
    assert told(got) == {"office": ["office/refused"]}
    assert "stand schon so" in " ".join(text_of(got["office"][0]).split())
    assert scene.booking() == before
    assert scene.daemon.flow.books().open_letters() == []


def test_a_forged_move_and_a_forged_withdrawal(scene: Scene) -> None:
    """They touch no confirmed booking, and take its code from nobody, before the office says so."""
    scene.arrives(answer(scene.asked()))
    before = scene.booking()
    off = unproven(scene, Grund="egal").replace(b"Subject: Neue Buchung", b"Subject: Storniert: Kim Kunde")
    moved = unproven(scene, weeks=9).replace(b"Subject: Neue Buchung", b"Subject: Verschoben: Kim Kunde")
    for forged in (off, moved, unproven(scene, weeks=9)):
        assert told(scene.arrives(forged)) == {"office": ["office/suspicious"]}
        assert scene.booking() == before
    moving = scene.world.mails("office")[-2]
    assert moving["Mailbot-Kind"] == "office/suspicious"
    got = scene.arrives(answer(moving, "übernehmen"))
    assert kinds(got["customer"]) == ["customer/move_received"]
    assert (scene.booking().state, scene.booking().door_code) == (State.REQUESTED, None)


@pytest.mark.parametrize(("sender", "who", "kind"), [(DESK, "medifit", "desk/refused"), (EVIL, "office", SUSPICIOUS)])
def test_nobody_else_may(scene: Scene, sender: str, who: str, kind: str) -> None:
    """The desk and a stranger who got hold of the mail take in nothing."""
    (suspicious,) = scene.arrives(unproven(scene))["office"]
    assert told(scene.arrives(answer(suspicious, "übernehmen", sender))) == {who: [kind]}
    assert codes(scene) == []


def test_no_notice(scene: Scene) -> None:
    """A forged letter of a person is no notice: there is nothing to take in, and the office hears where it lies."""
    (suspicious,) = scene.arrives(letter((("From", OFFICE), ("Subject", "ok"))))["office"]
    got = scene.arrives(answer(suspicious, "übernehmen"))
    assert told(got) == {"office": ["office/refused"]}
    assert codes(scene) == []
    assert digits_in(text_of(got["office"][0])) == set()
