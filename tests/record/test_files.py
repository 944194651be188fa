"""The files beside the ledger: kept, found again, swept; and commands handed to the daemon."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.errors import AskHumanError, DiskError
from mailbot.model.books import Books
from mailbot.model.letter import Handled
from mailbot.model.mail import OutMail
from mailbot.record import durable
from mailbot.record.files import Files

RAW = b"Subject: x\r\n\r\nh\xe4llo\r\n"
DIGEST = sha256(RAW).hexdigest()
DAY = 86400


@pytest.fixture
def at(zone: ZoneInfo) -> datetime:
    return datetime(2026, 11, 23, 12, tzinfo=zone)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "data")


def test_letters_are_found_by_content(tmp_path: Path, files: Files, at: datetime, steps: list[str]) -> None:
    """A letter is kept once under its hash in its month, and found without knowing the month."""
    path = files.keep_letter("letter:1", DIGEST, RAW, at)
    assert path == tmp_path / "data" / "letters" / "2026-11" / f"{DIGEST}.eml"
    steps.clear()
    assert files.keep_letter("letter:2", DIGEST, RAW, at) == path
    assert steps == []
    assert files.read_letter(DIGEST) == RAW
    assert files.read_letter("0" * 64) is None


def test_full_disk_names_the_letter(files: Files, at: datetime) -> None:
    """A letter that cannot be kept is named by its key."""
    durable.on_step = _full
    try:
        with pytest.raises(DiskError, match=r"letter:1 cannot be kept: .*there is no room left"):
            files.keep_letter("letter:1", DIGEST, RAW, at)
    finally:
        durable.on_step = durable._ignore


def test_mails_are_read_as_they_were_kept(tmp_path: Path, files: Files, at: datetime) -> None:
    """A mail's path below data/ gives its bytes back; where the file is gone a person must look."""
    path = files.keep_mail("m1", RAW, at)
    assert path == "mails/2026-11/m1.eml"
    assert files.read_mail(path) == RAW
    (tmp_path / "data" / path).unlink()
    with pytest.raises(AskHumanError, match=r"m1\.eml is gone"):
        files.read_mail(path)


@pytest.mark.parametrize("name", ["../m1", "a/b", "", ".hidden", "a\nb"])
def test_names_stay_in_their_folder(files: Files, at: datetime, name: str) -> None:
    """No name leads out of the folder it belongs in."""
    for keep in (lambda: files.keep_mail(name, RAW, at), lambda: files.drop_arrival(name, {})):
        with pytest.raises(ValueError, match="a file name of ours"):
            keep()


def test_everything_is_private(tmp_path: Path, files: Files, at: datetime) -> None:
    """Folders are 0700 and files 0600."""
    files.keep_letter("letter:1", DIGEST, RAW, at)
    files.keep_mail("m1", RAW, at)
    files.drop_arrival("x", {})
    found = list((tmp_path / "data").rglob("*"))
    assert {oct(path.stat().st_mode & 0o777) for path in found if path.is_dir()} == {"0o700"}
    assert {oct(path.stat().st_mode & 0o777) for path in found if path.is_file()} == {"0o600"}


def test_sweep_takes_only_what_a_crash_left(
    tmp_path: Path, files: Files, at: datetime, mail: Callable[[str], OutMail]
) -> None:
    """Mails no row mentions go, half-written files go; letters only between two days and four weeks, unmentioned."""
    data = tmp_path / "data"
    books = Books.of([replace(mail("m1"), path=files.keep_mail("m1", RAW, at)), Handled("k", DIGEST, at, "requested")])
    files.keep_mail("orphan", RAW, at)
    files.keep_letter("k", DIGEST, RAW, at)
    for age, name in ((1, "1" * 64), (3, "3" * 64), (27, "2" * 64), (29, "9" * 64), (3, DIGEST)):
        path = files.keep_letter("k", name, RAW, at)
        os.utime(path, (time.time() - age * DAY,) * 2)
    (data / "mails" / "2026-11" / ".m2.eml.0123.tmp").write_bytes(b"half")
    (data / "letters" / ".x.tmp").write_bytes(b"half")
    assert files.sweep(books) == 5
    left = sorted(path.name for path in data.rglob("*") if path.is_file())
    assert left == sorted(["m1.eml", f"{DIGEST}.eml", f"{'1' * 64}.eml", f"{'9' * 64}.eml"])
    assert files.sweep(books) == 0


def test_commands_go_to_the_daemon_and_back(tmp_path: Path, files: Files) -> None:
    """A command is given to the daemon, oldest first, its outcome to who waits; then nothing of either is left."""
    for name in ("b", "a", "c"):
        files.drop_arrival(name, {"command": name})
        time.sleep(0.01)
    assert files.arrivals() == [("b", {"command": "b"}), ("a", {"command": "a"}), ("c", {"command": "c"})]
    daemon = threading.Timer(0.05, lambda: files.answer_arrival("a", {"exit": 0, "said": ["done"]}))
    daemon.start()
    assert files.wait_answer("a", 5) == {"exit": 0, "said": ["done"]}
    daemon.join()
    assert [name for name, _ in files.arrivals()] == ["b", "c"]
    assert files.wait_answer("b", 0) is None
    assert sorted(path.name for path in (tmp_path / "data" / "arrivals").iterdir()) == ["b.json", "c.json"]


def test_command_survives_a_crash_before_its_answer(
    files: Files, stop_at: Callable[[int, BaseException], None], stopped: BaseException, steps: list[str]
) -> None:
    """At whatever step answering stops, the command still lies there or the answer does."""
    files.drop_arrival("x", {"command": "letter"})
    steps.clear()
    files.answer_arrival("x", {"exit": 0})
    count = len(steps)
    assert files.wait_answer("x", 0) == {"exit": 0}
    for number in range(count):
        durable.on_step = durable._ignore
        files.drop_arrival("x", {"command": "letter"})
        stop_at(number, stopped)
        with pytest.raises(type(stopped)):
            files.answer_arrival("x", {"exit": 0})
        assert files.arrivals() == [("x", {"command": "letter"})]
        files.answer_arrival("x", {"exit": 0})
        assert files.wait_answer("x", 0) == {"exit": 0}


def test_unreadable_command_is_answered(tmp_path: Path, files: Files) -> None:
    """A file that is no command does not stop the daemon; it is answered as bad input, and strangers are left."""
    files.drop_arrival("x", {})
    folder = tmp_path / "data" / "arrivals"
    (folder / "x.json").write_text("[1, 2")
    (folder / "not ours.json").write_text("{}")
    assert files.arrivals() == []
    answer = files.wait_answer("x", 0)
    assert answer is not None
    assert answer["exit"] == 65
    assert not (folder / "x.json").exists()


def test_old_answers_are_swept(tmp_path: Path, files: Files) -> None:
    """An answer nobody fetched for a day goes at the next start; a fresh one stays."""
    for name, age in (("old", 2 * DAY), ("new", 0)):
        files.answer_arrival(name, {"exit": 0})
        os.utime(tmp_path / "data" / "arrivals" / f"{name}.answer.json", (time.time() - age,) * 2)
    assert files.sweep(Books()) == 1
    assert files.wait_answer("new", 0) == {"exit": 0}


def _full(step: str) -> None:
    raise OSError(28, step)
