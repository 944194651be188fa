"""Every letter and every event of the clock, crashed, cut off from power, and out of room: the end is the same.

The rounds of crash_rounds.py hold each kind of event; a pass takes a round's letters together. Some steps of each round
are ended here, and every kind of step; benchmarks/crashes.py ends each single one.
"""

import errno
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import get_args

import pytest
import structlog
from crash_rounds import ROUNDS, Played, play
from crash_scene import Scene
from power_cut import Disk

from mailbot.decide.finished import finished
from mailbot.errors import DiskError
from mailbot.model.events import Event
from mailbot.model.letter import Handled
from mailbot.record import archive
from mailbot.record.ledger import Ledger

IDS = [f"{number}-{now.name}" for number, now in enumerate(ROUNDS, 1)]
numbers = pytest.mark.parametrize("number", range(len(ROUNDS)), ids=IDS)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Played]]:
    yield play(tmp_path_factory.mktemp("rounds"))
    # The rounds keep the log quiet; the tests behind them read it.
    structlog.reset_defaults()


def _kinds(union: object) -> set[type]:
    return {kind for part in get_args(union) for kind in (_kinds(part) or {part})}


def test_the_rounds_bring_every_event(played: list[Played]) -> None:
    """Each kind of event is named in a round, and comes there: a new kind needs a letter or a moment of its own."""
    assert {kind for now in ROUNDS for kind in now.brings} == _kinds(Event)
    missing = {p.round.name: {kind.__name__ for kind in p.round.brings} - _names(p) for p in played}
    assert missing == {name: set() for name in missing}


def _names(played: Played) -> set[str]:
    return {kind.__name__ for kind in played.after.events}


def test_what_is_finished_is_archived_exported_and_erased(played: list[Played]) -> None:
    """The last round is months later: what is finished is archived, the night's copy written, old letters go."""
    last = played[-1]
    assert last.expected["archived"]
    assert "letters erased" in last.steps
    assert "erase from archive.sqlite" in last.steps
    assert "write archive.sqlite" in last.steps
    assert any(step.endswith(".xlsx") for step in last.steps)


def _kind(step: str) -> str:
    """Name a step without the file or month it is about."""
    return re.sub(r"\S+\.(eml|json|xlsx)$", r"*.\1", re.sub(r"\d{4}-\d\d(-\d\d)?", "*", step))


def _some(played: list[Played], number: int, is_meant: Callable[[str], bool], each: int = 1) -> list[int]:
    """Pick steps of a round: some, evenly, and one of each kind that has its shortest round here."""
    steps = played[number].steps
    meant = [n for n, step in enumerate(steps) if is_meant(step)]
    homes = {_kind(step): p for p in sorted(played, key=lambda p: -len(p.steps)) for step in p.steps}
    at_home = {_kind(steps[n]): n for n in meant if homes[_kind(steps[n])] is played[number]}
    begin = Random(number).random()
    evenly = {meant[int((n + begin) * len(meant) / each)] for n in range(min(each, len(meant)))}
    return sorted(evenly | set(at_home.values()))


def _is_done(step: str) -> bool:
    # A process that ends leaves the same files before an fsync as after it.
    return not step.startswith(("fsync", "fdatasync"))


@numbers
def test_a_crash_changes_nothing(number: int, played: list[Played], tmp_path: Path) -> None:
    """Ended at a step and made again, a pass ends as it does without, whatever letters it took; nothing left early."""
    here = played[number]
    for step in _some(played, number, _is_done):
        act = here.before.copy(tmp_path / str(step))
        act.stop_at(step)
        _nothing_is_early(act, here)
        assert here.ends(act) == here.expected, f"ended before step {step}, {here.steps[step]}"


def _nothing_is_early(act: Scene, here: Played) -> None:
    """No letter moves and no mail leaves before the commit that says so."""
    books = Ledger.open(act.data, act.rules.site.timezone, read_only=True).books()
    handled = {record.key for record in books.records() if isinstance(record, Handled)}
    moved = {letter[0] for name, letters in act.box.folders.items() if name != "INBOX" for letter in letters}
    keys = {uid: f"letter:{act.box.folder}/{{}}/{uid}" for uid in moved}
    lost = [uid for uid, key in keys.items() if not {key.format(n) for n in (7, 8)} & handled]
    archived = act.data / archive.NAME
    assert lost == [] or archived.exists()
    known = {mail.message_id.encode() for mail in books.mails()}
    # Rows of mails that left in earlier rounds may have been erased meanwhile.
    left = act.arrived[len(here.before.arrived) :]
    assert all(any(message_id in raw for message_id in known) for _, raw in left)


@numbers
def test_a_second_run_changes_nothing(number: int, played: list[Played], tmp_path: Path) -> None:
    """On the end of a round one more pass takes no step at all, but where a server has put mails off."""
    act = played[number].after.copy(tmp_path / "again")
    assert bool(act.steps()) == (act.puts_off is not None)


@numbers
def test_a_power_cut_changes_nothing(number: int, played: list[Played], tmp_path: Path) -> None:
    """What was not synced is lost, names or only contents in turn; every letter is handled once, no mail is missing."""
    here = played[number]
    for turn, step in enumerate(_some(played, number, lambda step: not _is_done(step), each=2)):
        act = here.before.copy(tmp_path / str(step))
        disk = Disk.of(act.data)
        with disk.watching():
            act.stop_at(step)
        disk.leave(tmp_path / f"{step}-left", is_name_kept=turn % 2 == 1)
        act.data = tmp_path / f"{step}-left"
        assert here.ends(act) == here.expected, f"cut before step {step}, {here.steps[step]}"


WRITES = ("write", "append", "mkdir", "rename", "link", "fsync", "fdatasync", "remove", "cut", "erase")


def _full_from(number: int, trouble: int) -> Callable[[str], None]:
    done = [0]

    def refuse(step: str) -> None:
        done[0] += 1
        if done[0] > number and step.startswith(WRITES):
            raise OSError(trouble, os.strerror(trouble))

    return refuse


@numbers
def test_a_full_disk_loses_nothing(number: int, played: list[Played], tmp_path: Path) -> None:
    """From a step on the disk takes nothing: letters stay in the inbox; with room again all goes on by itself."""
    here = played[number]
    some = _some(played, number, lambda step: step.startswith(("write", "rename", "append", "remove")), each=0)
    # The first commit is the one that letters wait for.
    for step in {here.steps.index("write ledger.json"), *some}:
        act = here.before.copy(tmp_path / str(step))
        trouble = errno.ENOSPC if step % 2 else errno.EROFS
        with pytest.raises(DiskError):
            act.turn(_full_from(step, trouble))
        _nothing_is_early(act, here)
        assert here.ends(act) == here.expected, f"full from step {step}, {here.steps[step]}"


def test_a_locked_archive_stops_nothing_else(
    played: list[Played], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody else holds the archive nothing is lost; it is written when he lets go."""
    monkeypatch.setattr(archive, "_PATIENCE", 0.01)
    last = played[-1]
    act = last.before.copy(tmp_path / "act")
    ledger = Ledger.open(act.data, act.rules.site.timezone)
    archive.Archive.open(act.data, act.rules.site.timezone).put(finished(ledger.books(), act.now, act.rules)[:1])
    ledger.close()
    other = sqlite3.connect(act.data / archive.NAME, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DiskError):
        act.turn()
    other.execute("ROLLBACK")
    other.close()
    assert last.ends(act) == last.expected
