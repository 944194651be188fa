"""The end of the process, or a full disk, at every durable step of a commit: the old books or the new, never a part."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.errors import DiskError, StopError
from mailbot.model.mail import Outcome, OutMail, Phase, Sending, SendingResult
from mailbot.model.records import Setting
from mailbot.record import durable
from mailbot.record.files import Files
from mailbot.record.ledger import Ledger

StopAt = Callable[[int, BaseException], None]

COMMIT_STEPS = [
    "write ledger.json",
    "fsync ledger.json",
    "link ledger.previous.json",
    "rename ledger.previous.json",
    "rename ledger.json",
    "fsync folder data",
]


@pytest.fixture
def data(tmp_path: Path, zone: ZoneInfo) -> Path:
    """Make books of three generations; a=2 and b=2 stand in the newest."""
    ledger = Ledger.open(tmp_path / "data", zone)
    for number in "012":
        ledger.commit([Setting("a", number), Setting("b", number)])
    ledger.close()
    return tmp_path / "data"


def values(data: Path, zone: ZoneInfo) -> tuple[str | None, str | None]:
    books = Ledger.open(data, zone, read_only=True).books()
    return books.setting("a"), books.setting("b")


def test_the_steps_of_a_commit(data: Path, zone: ZoneInfo, steps: list[str]) -> None:
    """A commit is these steps and no others; a step more needs a look at what its crash leaves."""
    ledger = Ledger.open(data, zone)
    steps.clear()
    ledger.commit([Setting("a", "3"), Setting("b", "3")])
    assert steps == COMMIT_STEPS


@pytest.mark.parametrize("number", range(len(COMMIT_STEPS)))
def test_crash_at_each_step(data: Path, zone: ZoneInfo, stop_at: StopAt, stopped: BaseException, number: int) -> None:
    """After a crash the books are the old or the new ones, readable at once, and the next commits go on from there."""
    ledger = Ledger.open(data, zone)
    stop_at(number, stopped)
    with pytest.raises(type(stopped)):
        ledger.commit([Setting("a", "3"), Setting("b", "3")])
    expected = "3" if COMMIT_STEPS[number] == "fsync folder data" else "2"
    assert values(data, zone) == (expected, expected)
    for again in ("4", "5"):
        resumed = Ledger.open(data, zone)
        resumed.commit([Setting("a", again), Setting("b", again)])
        resumed.close()
        assert values(data, zone) == (again, again)
        left = sorted(path.name for path in data.iterdir())
        assert left == ["ledger.json", "ledger.previous.json", "sendings.log"]


@pytest.mark.parametrize("number", range(len(COMMIT_STEPS)))
@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_disk_trouble_at_each_step(data: Path, zone: ZoneInfo, stop_at: StopAt, number: int, trouble: int) -> None:
    """When the disk says no the books in memory are as before, no half file is left, and the next commit succeeds."""
    ledger = Ledger.open(data, zone)
    before = ledger.books()
    stop_at(number, OSError(trouble, os.strerror(trouble)))
    with pytest.raises(DiskError, match=r"ledger\.json cannot be written: "):
        ledger.commit([Setting("a", "3"), Setting("b", "3")])
    assert ledger.books() is before
    assert not list(data.glob(".ledger.json*"))
    ledger.commit([Setting("b", "4")])
    assert ledger.books().setting("a") == "2"
    assert values(data, zone) == ("2", "4")


def test_new_folder_and_files_are_durable(tmp_path: Path, zone: ZoneInfo, steps: list[str]) -> None:
    """Every new name is followed by an fsync of its folder before anything relies on it."""
    files = Files(tmp_path / "data")
    Ledger.open(tmp_path / "data", zone).close()
    assert steps == [
        "mkdir data",
        f"fsync folder {tmp_path.name}",
        "fsync folder data",
    ]
    steps.clear()
    files.drop_arrival("x", {})
    assert steps == [
        "mkdir arrivals",
        "fsync folder data",
        "write x.json",
        "fsync x.json",
        "rename x.json",
        "fsync folder arrivals",
    ]


KILLED = """
import sys
from pathlib import Path
from zoneinfo import ZoneInfo
from mailbot.model.records import Setting
from mailbot.record.ledger import Ledger
ledger = Ledger.open(Path(sys.argv[1]), ZoneInfo("Europe/Berlin"))
number = int(ledger.books().setting("a") or 0)
print("begun", flush=True)
while True:
    number += 1
    ledger.commit([Setting("a", str(number)), Setting("b", str(number)), Setting("pad", "x" * 200_000)])
    print(number, flush=True)
"""


def test_kill_at_any_moment(tmp_path: Path, zone: ZoneInfo) -> None:
    """SIGKILL in the middle of commits loses none that was reported done, and tears none."""
    data, reported = tmp_path / "data", 0
    for round_number in range(5):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(data)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.05 + round_number * 0.013)
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        # The last line may be half of one: the pipe was cut too.
        lines = rest.split("\n")[:-1]
        reported = int(lines[-1]) if lines else reported
        a, b = values(data, zone)
        assert a == b
        assert int(a or 0) in (reported, reported + 1)


def written(mail: OutMail, *outcomes: Outcome) -> list[SendingResult]:
    return [SendingResult(mail.id, outcome, mail.created_at, Phase.DATA, "word") for outcome in outcomes]


@pytest.mark.parametrize(
    ("outcomes", "counts"),
    [
        ([Outcome.UNCERTAIN], [Outcome.UNCERTAIN]),
        ([Outcome.UNCERTAIN, Outcome.SENT], [Outcome.SENT]),
        ([Outcome.UNCERTAIN, Outcome.LATER], [Outcome.LATER]),
        ([Outcome.UNCERTAIN, Outcome.REFUSED], [Outcome.REFUSED]),
        ([], []),
    ],
)
def test_what_the_post_wrote_down_survives(
    tmp_path: Path,
    zone: ZoneInfo,
    mail: Callable[[str], OutMail],
    outcomes: list[Outcome],
    counts: list[Outcome],
) -> None:
    """After a crash before the commit the last word about an attempt counts, once, with the attempt's number."""
    row = mail("m1")
    ledger = Ledger.open(tmp_path, zone)
    ledger.commit([row, mail("m2")])
    for result in written(row, *outcomes):
        ledger.journal(result)
    again = Ledger.open(tmp_path, zone)
    results = again.sendings()
    assert [(result.outcome, result.attempt, result.mail_id) for result in results] == [(o, 1, "m1") for o in counts]
    assert again.sendings() == ()
    shown = Ledger.open(tmp_path, zone, read_only=True).books().mail("m1")
    assert shown is not None
    assert (shown.state is Sending.SENT) == (counts == [Outcome.SENT])


def test_counted_attempts_are_not_counted_again(tmp_path: Path, zone: ZoneInfo, mail: Callable[[str], OutMail]) -> None:
    """A crash after the commit that counted an attempt finds nothing new; the next attempt is new again."""
    row = mail("m1")
    ledger = Ledger.open(tmp_path, zone)
    ledger.commit([row])
    ledger.journal(written(row, Outcome.UNCERTAIN)[0])
    ledger.commit([replace(row, uncertain=1)])
    assert Ledger.open(tmp_path, zone).sendings() == ()
    ledger.journal(written(row, Outcome.UNCERTAIN)[0])
    (result,) = Ledger.open(tmp_path, zone).sendings()
    assert result.attempt == 2


def test_torn_last_line_is_no_line(tmp_path: Path, zone: ZoneInfo, mail: Callable[[str], OutMail]) -> None:
    """Half a line at the end, as a crash leaves it, is cut off; one in the middle is damage."""
    ledger = Ledger.open(tmp_path, zone)
    ledger.commit([mail("m1"), mail("m2")])
    ledger.journal(written(mail("m1"), Outcome.SENT)[0])
    ledger.close()
    log = tmp_path / "sendings.log"
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"mail_id":"m2","outc')
    shown = Ledger.open(tmp_path, zone, read_only=True).books()
    assert shown.mail("m2") == mail("m2")
    ledger = Ledger.open(tmp_path, zone)
    assert log.read_bytes() == whole
    ledger.journal(written(mail("m2"), Outcome.SENT)[0])
    assert {result.mail_id for result in Ledger.open(tmp_path, zone).sendings()} == {"m1", "m2"}
    log.write_bytes(whole + b"half a line\n" + whole)
    with pytest.raises(StopError, match=r"sendings\.log: line 2 is damaged"):
        Ledger.open(tmp_path, zone)


@pytest.mark.parametrize("number", [0, 1])
def test_full_disk_leaves_no_half_line(
    tmp_path: Path, zone: ZoneInfo, mail: Callable[[str], OutMail], stop_at: StopAt, number: int
) -> None:
    """A line that could not be made durable is taken back, so that the next one stands alone."""
    ledger = Ledger.open(tmp_path, zone)
    ledger.commit([mail("m1")])
    stop_at(number, OSError(errno.ENOSPC, "full"))
    with pytest.raises(DiskError, match=r"sendings\.log cannot be written: there is no room left on the disk"):
        ledger.journal(written(mail("m1"), Outcome.UNCERTAIN)[0])
    assert (tmp_path / "sendings.log").read_bytes() == b""
    ledger.journal(written(mail("m1"), Outcome.SENT)[0])
    assert [result.outcome for result in Ledger.open(tmp_path, zone).sendings()] == [Outcome.SENT]


def test_journal_is_emptied_once_the_books_know_it(
    tmp_path: Path, zone: ZoneInfo, mail: Callable[[str], OutMail], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The post's file does not grow for ever, and never loses a line the books do not know."""
    monkeypatch.setattr("mailbot.record.sendings.FULL", 100)
    log = tmp_path / "sendings.log"
    ledger = Ledger.open(tmp_path, zone)
    ledger.commit([mail("m1"), mail("m2")])
    for name in ("m1", "m2"):
        ledger.journal(written(mail(name), Outcome.SENT)[0])
    ledger.commit([replace(mail("m1"), state=Sending.SENT)])
    assert [result.mail_id for result in Ledger.open(tmp_path, zone).sendings()] == ["m2"]
    durable.on_step = _full
    try:
        with pytest.raises(DiskError):
            ledger.commit([replace(mail("m2"), state=Sending.SENT)])
    finally:
        durable.on_step = durable._ignore
    assert log.stat().st_size > 0
    ledger.commit([replace(mail("m2"), state=Sending.SENT)])
    assert log.read_bytes() == b""


def _full(step: str) -> None:
    raise OSError(errno.ENOSPC, step)
