"""A letter that waited in the trouble folder leaves it when the office has dealt with it, on any server."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from attack_story import CODE, USUAL, Scene, answer, letter, notice, passed, staged, start_in
from between import Between

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.errors import TryLaterError
from mailbot.model.letter import Handled
from mailbot.record import durable

DONE, TROUBLE = "Mailbot/Erledigt", "Mailbot/Unklar"
SECOND = "KJHGFDSAPOIU"


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    with EmbeddedServers(stage.accounts(USUAL), stage.PASSWORD, USUAL.trust.authserv_id) as running:
        yield running


@pytest.fixture
def scene(servers: EmbeddedServers, tmp_path: Path) -> Iterator[Scene]:
    with staged(servers, tmp_path) as made:
        yield made


def _unproven(scene: Scene, code: str = CODE, weeks: int = 8) -> bytes:
    raw = notice(Start=start_in(scene, weeks), Buchungscode=code)
    return re.sub(rb"Authentication-Results: [^\r]+\r\n", b"", raw)


def _nameless(scene: Scene) -> bytes:
    """Write a notice that lacks its name."""
    raw = notice(Start=start_in(scene))
    assert b"Name: Kim Kunde\r\n" in raw
    return raw.replace(b"Name: Kim Kunde\r\n", b"")


def _lies(scene: Scene, folder: str) -> list[bytes]:
    return scene.world.servers.messages("mailbot", folder)


def _has_letter(folder: list[bytes], raw: bytes) -> bool:
    return any(raw in found for found in folder)


def _since(scene: Scene) -> tuple[int, int]:
    """Tell how many letters lie in trouble and done."""
    return len(_lies(scene, TROUBLE)), len(_lies(scene, DONE))


@pytest.mark.parametrize("how", ["übernehmen", "NAME: Kim Kunde"])
def test_what_the_office_dealt_with_is_filed(scene: Scene, how: str) -> None:
    """`übernehmen` and a missing line take the letter in: it is done, stays known, and what still waits stays."""
    trouble, done = _since(scene)
    raw = _unproven(scene) if how == "übernehmen" else _nameless(scene)
    (told,) = scene.arrives(raw)["office"]
    scene.arrives(letter((passed("youcanbook.me"), ("From", stage.NOTICES), ("Subject", "Hallo")), "Neuigkeiten"))
    assert _since(scene) == (trouble + 2, done)
    scene.arrives(answer(told, how))
    assert CODE in {booking.code for booking in scene.daemon.flow.books().bookings()}
    # The letter, and the office's answer to it.
    assert _since(scene) == (trouble + 1, done + 2)
    assert _has_letter(_lies(scene, DONE), raw)
    assert not _has_letter(_lies(scene, TROUBLE), raw)
    scene.arrives(raw)
    assert _since(scene) == (trouble + 1, done + 3), "the same bytes once more are only filed"


def test_a_doubtful_answer_leaves_it(scene: Scene) -> None:
    """While the office has not dealt with it, it waits where it lay."""
    trouble, done = _since(scene)
    (told,) = scene.arrives(_nameless(scene))["office"]
    scene.arrives(answer(told, "DATUM: gestern oder so"))
    assert _since(scene) == (trouble + 1, done + 1)


def test_it_was_in_the_books_already(scene: Scene) -> None:
    """A letter that told nothing new is done too, once the office said that it is real."""
    trouble, done = _since(scene)
    (told,) = scene.arrives(_unproven(scene))["office"]
    scene.arrives(notice(Start=start_in(scene)))
    scene.arrives(answer(told, "übernehmen"))
    assert _since(scene) == (trouble, done + 3)


def test_several_in_one_pass(scene: Scene) -> None:
    """Two letters dealt with in the same commit both go."""
    trouble, done = _since(scene)
    (first,) = scene.arrives(_unproven(scene))["office"]
    (second,) = scene.arrives(_unproven(scene, SECOND, 9))["office"]
    scene.arrives(answer(first, "übernehmen"), answer(second, "übernehmen"))
    assert _since(scene) == (trouble, done + 4)


LESSER = {
    "all of it": ((), (0, 2)),
    "no MOVE": ((r" MOVE\b",), (0, 2)),
    "no MOVE, no UIDPLUS": ((r" MOVE\b", r" UIDPLUS\b"), (0, 0)),
}


@pytest.mark.parametrize("name", LESSER)
def test_whatever_the_server_can_do(tmp_path: Path, name: str) -> None:
    """By MOVE, by COPY and UID EXPUNGE, or not at all; asked once, and never with a bare EXPUNGE."""
    hides, moved = LESSER[name]
    servers = EmbeddedServers(stage.accounts(USUAL), stage.PASSWORD, USUAL.trust.authserv_id)
    with servers, Between(servers.imap_port, hides) as server, staged(servers, tmp_path) as scene:
        scene.daemon.close()
        mailbox = replace(scene.world.rules.mailbox, port=server.port)
        scene.world.rules = replace(scene.world.rules, mailbox=mailbox)
        scene.daemon = scene.world.open()
        begin = _since(scene)
        (told,) = scene.arrives(_unproven(scene))["office"]
        scene.arrives(answer(told, "übernehmen"))
        trouble, done = _since(scene)
        assert (trouble - begin[0], done - begin[1]) == moved
        assert scene.daemon.flow.books().setting("to_refile") is None
        assert not [line for line in server.heard if line.upper().endswith(" EXPUNGE")]


def test_it_may_die_at_every_step(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before any step of the moving, the next pass moves it; nothing is handled twice."""
    trouble, done = _since(scene)
    (told,) = scene.arrives(_unproven(scene))["office"]
    daemon = scene.daemon
    scene.world.servers.deliver("mailbot", answer(told, "übernehmen"))
    daemon.collector.collect()
    assert _since(scene) == (trouble + 1, done + 1)
    steps, died = 0, True

    class DeadError(BaseException):
        """The process ends here."""

    while died:
        count = iter(range(steps, -1, -1))

        def dies(step: str, count: Iterator[int] = count) -> None:
            if next(count, 0) == 0:
                raise DeadError

        with monkeypatch.context() as killing:
            killing.setattr(durable, "on_step", dies)
            try:
                daemon._file()
                died = False
            except DeadError:
                steps += 1
        assert _since(scene) == (trouble, done + 2)
    assert steps >= 3
    handled = [r for r in daemon.flow.books().records() if isinstance(r, Handled) and r.filed_to == "trouble"]
    assert handled == []
    assert daemon.flow.books().setting("to_refile") is None


def test_while_the_server_is_away_it_waits(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is away is asked again with the next pass."""
    trouble, done = _since(scene)
    (told,) = scene.arrives(_unproven(scene))["office"]
    scene.world.servers.deliver("mailbot", answer(told, "übernehmen"))
    scene.daemon.collector.collect()
    here = scene.daemon.flow.rules
    scene.daemon.flow.rules = replace(here, mailbox=replace(here.mailbox, port=1))
    with pytest.raises(TryLaterError):
        scene.daemon._file()
    scene.daemon.flow.rules = here
    scene.daemon._file()
    assert _since(scene) == (trouble, done + 2)
