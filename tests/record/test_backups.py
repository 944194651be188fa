"""A backup taken while everything changes is whole, and a restore that dies at any step leaves old books or new."""

import io
import os
import shutil
import tarfile
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.errors import AskHumanError, StopError
from mailbot.model.mail import OutMail, Sending
from mailbot.model.records import Setting
from mailbot.record import backups, durable, known, restoring
from mailbot.record.files import Files
from mailbot.record.ledger import Ledger

StopAt = Callable[[int, BaseException], None]
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))


def test_a_backup_amid_commits_lacks_nothing(tmp_path: Path, zone: ZoneInfo, mail: Callable[[str], OutMail]) -> None:
    """While mails are committed and moved to the archive, each backup has every row up to a moment, and its bytes."""
    data, file = tmp_path / "data", tmp_path / "b.tar.gz"
    ledger, files, is_over = Ledger.open(data, zone), Files(data), threading.Event()

    def work() -> None:
        number = 0
        while not is_over.is_set() and number < 3000:
            number += 1
            row = mail(f"m{number:05d}")
            path = files.keep_mail(row.id, b"x" * 100, NOON)
            ledger.commit([replace(row, path=path, state=Sending.SENT), Setting("count", str(number))])
            if number % 7 == 0:
                ledger.archive([row for row in ledger.books().mails() if row.id != f"m{number:05d}"])

    # A daemon: where a claim below fails, the writer must not keep the run waiting.
    writer = threading.Thread(target=work, daemon=True)
    ledger.commit([Setting("count", "0")])
    writer.start()
    counts = []
    for round_number in range(8):
        backups.write(data, file, zone, NOON)
        folder = tmp_path / str(round_number)
        backups.unpack(file, folder)
        books = Ledger.open(folder, zone, read_only=True).books()
        count = int(books.setting("count") or 0)
        rows = {row.id: row.path for row in books.every(OutMail)}
        assert {f"m{number:05d}" for number in range(1, count + 1)} <= rows.keys()
        assert [
            path for path in rows.values() if not (folder / path).exists() and path <= f"mails/2026-11/m{count:05d}"
        ] == []
        counts.append(count)
        shutil.rmtree(folder)
    is_over.set()
    writer.join()
    assert counts[-1] > counts[0], "nothing was committed meanwhile"
    assert not list(tmp_path.glob(".*"))


def test_a_backup_that_met_an_erasure_is_made_again(
    tmp_path: Path, zone: ZoneInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is erased while a backup is written does not survive in it."""
    data, file = tmp_path / "data", tmp_path / "b.tar.gz"
    ledger = Ledger.open(data, zone)
    ledger.commit([Setting("secret", "Max")])
    check = backups.check
    checked: list[Path] = []

    def erase_meanwhile(path: Path) -> backups.Head:
        if not checked:
            ledger.commit([Setting("secret", "")])
            known.mark_erased(data, "now")
        checked.append(path)
        return check(path)

    monkeypatch.setattr(backups, "check", erase_meanwhile)
    backups.write(data, file, zone, NOON)
    backups.unpack(file, tmp_path / "again")
    assert Ledger.open(tmp_path / "again", zone, read_only=True).books().setting("secret") == ""


def test_known_backups_are_remembered_once(tmp_path: Path) -> None:
    """The list of backups names each place once, with its newest time, and can lose one."""
    known.note(tmp_path, Path("/mnt/a"), NOON)
    known.note(tmp_path, Path("/mnt/b"), NOON.replace(hour=11))
    known.note(tmp_path, Path("/mnt/a"), NOON.replace(hour=13))
    assert [str(b.path) for b in known.backups(tmp_path)] == ["/mnt/b", "/mnt/a"]
    known.forget(tmp_path, Path("/mnt/b"))
    assert [b.at.hour for b in known.backups(tmp_path)] == [13]


class Died(BaseException):
    """What a step raises: nothing after it happens."""


@pytest.fixture
def old_and_new(tmp_path: Path, zone: ZoneInfo) -> tuple[Path, Path]:
    """Make a data folder whose books say "new", with an export, and a backup whose books say "old", with a letter."""
    data, file = tmp_path / "data", tmp_path / "b.tar.gz"
    ledger, files = Ledger.open(data, zone), Files(data)
    ledger.commit([Setting("books", "old")])
    letter = files.keep_letter("letter:1", "a" * 64, b"old letter", NOON)
    backups.write(data, file, zone, NOON)
    ledger.commit([Setting("books", "new")])
    files.keep_export("buchungen.xlsx", b"new export")
    letter.unlink()
    ledger.close()
    return data, file


def _restore(data: Path, file: Path, zone: ZoneInfo) -> None:
    restoring.finish(data)
    ready = restoring.begin(data)
    backups.unpack(file, ready)
    restoring.swap(data, restoring.EVERYTHING, "before-restore-x")


def _seen(data: Path) -> tuple[bool, bool]:
    return any((data / "letters").rglob("*.eml")), any((data / "exports").glob("*.xlsx"))


def test_a_restore_may_die_at_every_step(
    tmp_path: Path,
    zone: ZoneInfo,
    old_and_new: tuple[Path, Path],
    steps: list[str],
    stop_at: StopAt,
) -> None:
    """Wherever a restore dies, the next start has all of the old things or all of the restored; never some of each."""
    data, file = old_and_new
    calm = tmp_path / "calm"
    shutil.copytree(data, calm)
    durable.on_step = steps.append
    _restore(calm, file, zone)
    count = len(steps)
    assert count > 25
    assert (calm / "before-restore-x" / "exports" / "buchungen.xlsx").read_bytes() == b"new export"
    was_both = set()
    for number in range(count):
        case = tmp_path / f"case{number}"
        shutil.copytree(data, case)
        stop_at(number, Died())
        with pytest.raises(Died):
            _restore(case, file, zone)
        stop_at(-1, Died())
        if restoring.is_under_way(case):
            with pytest.raises(StopError, match="is being restored"):
                Ledger.open(case, zone, read_only=True)
        ledger = Ledger.open(case, zone)
        words = ledger.books().setting("books")
        assert _seen(case) == ((True, False) if words == "old" else (False, True)), (number, steps[number])
        assert not (case / restoring.READY).exists()
        was_both.add(words)
        ledger.close()
    assert was_both == {"old", "new"}


@pytest.mark.parametrize("raw", [b"", b"\x1f\x8b", b"hello"])
def test_what_is_no_backup_is_told_so(tmp_path: Path, raw: bytes) -> None:
    """A file of something else has no head, and is refused in one sentence."""
    file = tmp_path / "x"
    file.write_bytes(raw)
    assert backups.head_of(file) is None
    with pytest.raises(AskHumanError, match="is no whole backup of mailbot's"):
        backups.check(file)


def test_an_edited_backup_is_refused(tmp_path: Path, zone: ZoneInfo, old_and_new: tuple[Path, Path]) -> None:
    """A backup in which somebody changed a letter, or from which one was taken, is not whole, however well packed."""
    _, file = old_and_new
    for name, change in (("edited", b"new letter"), ("missing", None)):
        other = tmp_path / name
        with tarfile.open(file) as old, tarfile.open(other, "w:gz") as new:
            for member in old:
                stream = old.extractfile(member)
                assert stream
                content = stream.read()
                if member.name.startswith("letters/"):
                    if change is None:
                        continue
                    content = change
                new.addfile(member, io.BytesIO(content))
        with pytest.raises(AskHumanError, match="its checksums do not fit"):
            backups.check(other)


def test_what_a_dead_backup_left_is_cleared_away(
    tmp_path: Path, zone: ZoneInfo, old_and_new: tuple[Path, Path]
) -> None:
    """People's data that a killed backup left half packed goes with the next one; one at work is left alone."""
    data, file = old_and_new
    dead, at_work = (tmp_path / f".mailbot-backup-{name}" for name in ("dead", "at-work"))
    for folder in (dead, at_work):
        folder.mkdir()
        (folder / "ledger.json").write_bytes(b"people")
    os.utime(dead, (0, 0))
    backups.write(data, file, zone, NOON)
    assert (dead.exists(), at_work.exists()) == (False, True)
