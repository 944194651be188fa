"""One process works on a data folder: it holds data/lock, and its pid stands in there. Guards nothing else.

The system gives the lock back when the process dies, however it dies, so a stale file is no obstacle.
Fails with StopError 75 where another process holds it, with DiskError where the file cannot be written.
"""

import fcntl
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mailbot.errors import EXIT_TRY_LATER, StopError
from mailbot.record import durable

# holder() touches the lock for an instant; who takes it at that very moment tries once more.
_ONCE_MORE = 0.05


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, and since when; `pid` is 0 in the instant before it stands in the file."""

    pid: int
    since: datetime


class Lock:
    """The held lock of one data folder. Take it with take(), give it back with release()."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @classmethod
    def take(cls, data: Path) -> "Lock":
        """Take the lock at once. Raises StopError (75) that names the pid of the process that has it."""
        durable.own_folder(data)
        path = data / "lock"
        with durable.translated(path):
            fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            if not _take(fd):
                pid = _holder(fd).pid
                os.close(fd)
                raise StopError(f"{data} is in use by another mailbot (pid {pid})", EXIT_TRY_LATER)
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        return cls(fd)

    @staticmethod
    def holder(data: Path) -> Holder | None:
        """Tell which process works on this folder, None where none does; needs no right to write."""
        try:
            fd = os.open(data / "lock", os.O_RDONLY)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise durable.disk_error(data / "lock", "read", error) from error
        try:
            return None if _is_free(fd, fcntl.LOCK_SH) else _holder(fd)
        finally:
            os.close(fd)

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two processes lock two files of one name."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _take(fd: int) -> bool:
    if _is_free(fd, fcntl.LOCK_EX):
        return True
    time.sleep(_ONCE_MORE)
    return _is_free(fd, fcntl.LOCK_EX)


def _is_free(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(fd: int) -> Holder:
    # The file was last written when its holder took the lock.
    digits = os.pread(fd, 20, 0).decode("ascii", "replace").strip()
    return Holder(int(digits) if digits.isdecimal() else 0, datetime.fromtimestamp(os.fstat(fd).st_mtime, UTC))
