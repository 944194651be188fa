"""The bell that wakes the daemon: a named pipe in data/, rung by the post, by signals and by commands in a terminal.

Ringing never blocks and never fails: where nobody listens, whoever comes next looks anyway.
"""

import contextlib
import os
import select
import stat
from pathlib import Path


class Bell:
    """The daemon's end of the bell. `fd` can be waited on beside a socket."""

    def __init__(self, data: Path) -> None:
        path = _path(data)
        if not path.exists() or not stat.S_ISFIFO(path.stat().st_mode):
            path.unlink(missing_ok=True)
            os.mkfifo(path, 0o600)
        # Read and write at once: so the pipe stays open when nobody rings (Linux, fifo(7)).
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def ring(self) -> None:
        """Wake whoever waits. May be called from any thread or signal handler."""
        # A full pipe rings already; a closed one has nobody to wake.
        with contextlib.suppress(OSError):
            os.write(self.fd, b"!")

    def wait(self, seconds: float) -> None:
        """Sleep until the bell is rung or the time is over."""
        select.select([self.fd], [], [], max(0.0, seconds))

    def hush(self) -> None:
        """Take note of every ring so far."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self.fd, 4096):
                pass

    def close(self) -> None:
        """Take the bell down."""
        os.close(self.fd)


def ring_at(data: Path) -> None:
    """Ring the bell of the daemon that works in this data folder, if one does."""
    with contextlib.suppress(OSError):
        fd = os.open(_path(data), os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(fd, b"!")
        finally:
            os.close(fd)


def _path(data: Path) -> Path:
    return data / "bell"
