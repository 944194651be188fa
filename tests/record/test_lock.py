"""One process works on a data folder."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailbot.errors import EXIT_TRY_LATER, DiskError, StopError
from mailbot.record.lock import Lock

HOLD = """
import sys, time
from pathlib import Path
from mailbot.record.lock import Lock
Lock.take(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def hold(data: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(data)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_second_process_is_refused_with_the_first_ones_pid(tmp_path: Path) -> None:
    """While one process holds the folder another is refused (75) and told the pid; kill -9 frees it at once."""
    data = tmp_path / "data"
    process = hold(data)
    try:
        with pytest.raises(StopError, match=f"is in use by another mailbot .pid {process.pid}.") as caught:
            Lock.take(data)
        assert caught.value.exit_code == EXIT_TRY_LATER
        holder = Lock.holder(data)
        assert holder is not None
        assert holder.pid == process.pid
        assert abs(datetime.now(UTC) - holder.since) < timedelta(minutes=1)
    finally:
        process.kill()
        process.wait()
    assert Lock.holder(data) is None
    Lock.take(data).release()


def test_released_lock_is_free(tmp_path: Path) -> None:
    """After release(), which may come twice, the same process may take it again."""
    for _ in range(2):
        lock = Lock.take(tmp_path)
        with pytest.raises(StopError):
            Lock.take(tmp_path)
        lock.release()
        lock.release()


def test_nobody_holds_what_does_not_exist(tmp_path: Path) -> None:
    """Asking for the holder makes nothing and needs nothing."""
    assert Lock.holder(tmp_path / "none") is None
    assert not (tmp_path / "none").exists()


def test_lock_and_folder_are_private(tmp_path: Path) -> None:
    """The folder is 0700 and the lock 0600, also where the folder was open to others."""
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    Lock.take(data).release()
    assert [oct(path.stat().st_mode & 0o777) for path in (data, data / "lock")] == ["0o700", "0o600"]


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A place where no folder can be is said in one sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match="file/data cannot be written"):
        Lock.take(tmp_path / "file" / "data")
    assert os.listdir(tmp_path) == ["file"]
