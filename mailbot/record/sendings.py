"""The post's own append-only file, data/sendings.log: a line before DATA, a line after the server's answer.

The line before says "uncertain", which is what counts if none follows. Each names the row and the number of the
attempt, so a line the books already know is seen to be old, whatever crashed in between. Decides nothing about rows.
Fails with DiskError where a line cannot be made durable, StopError 74 for a line that no mailbot wrote.
"""

import contextlib
import os
import threading
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from mailbot.errors import DiskError
from mailbot.model.books import Books
from mailbot.model.mail import Outcome, OutMail, Sending, SendingResult
from mailbot.record import codec, durable

NAME = "sendings.log"
# So many bytes are worth dropping; a busy day writes about a fifth of it.
FULL = 250_000


class Sendings:
    """The file, open for appending. append() may be called from the post's thread, the rest from the ledger's."""

    def __init__(self, folder: Path, zone: ZoneInfo) -> None:
        self._path = folder / NAME
        self._lock = threading.Lock()
        self._fd = durable.open_append(self._path)
        # Only whole lines count: a crash may leave part of one, and nothing may be glued to it.
        raw = durable.read(self._path) or b""
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):
            durable.cut(self._fd, whole, self._path)
        # Read once: tidy() asks with every commit, and on a busy day the file is long.
        self._written = read(self._path, zone)

    def append(self, result: SendingResult, mail: OutMail | None) -> None:
        """Write down how far a hand-over of this row came. Raises DiskError: then the mail must not be sent."""
        numbered = replace(result, attempt=mail.next_attempt if mail else 0)
        with self._lock:
            durable.append_line(self._fd, codec.encode_result(numbered), self._path)
            self._written.append(numbered)

    def unknown_to(self, books: Books) -> tuple[SendingResult, ...]:
        """Give what the books do not know yet, one result an attempt."""
        return unknown(self._written, books)

    def tidy(self, books: Books, least: int | None = None) -> None:
        """Empty the file when it has grown (to `least` bytes) and the books know every line of it.

        Never fails: there is a next time.
        """
        with self._lock, contextlib.suppress(DiskError):
            if os.fstat(self._fd).st_size >= (least or FULL) and not self.unknown_to(books):
                durable.cut(self._fd, 0, self._path)
                self._written.clear()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            os.close(self._fd)


def read(path: Path, zone: ZoneInfo) -> list[SendingResult]:
    """Read every whole line, oldest first; no file is no line."""
    raw = durable.read(path) or b""
    lines = raw[: raw.rfind(b"\n") + 1].splitlines()
    return [codec.decode_result(line, zone, f"{path}: line {number}") for number, line in enumerate(lines, 1)]


def unknown(results: list[SendingResult], books: Books) -> tuple[SendingResult, ...]:
    """Pick the last line of each attempt that its row does not count yet."""
    last = {(result.mail_id, result.attempt): result for result in results}
    return tuple(result for result in last.values() if _is_unknown(result, books.mail(result.mail_id)))


def _is_unknown(result: SendingResult, mail: OutMail | None) -> bool:
    if mail is None or result.attempt < mail.next_attempt:
        return False
    # What was withdrawn while a server had it in hand left all the same, or may have.
    may_have_left = mail.state is Sending.WITHDRAWN and result.outcome in (Outcome.SENT, Outcome.UNCERTAIN)
    return mail.state is Sending.QUEUED or may_have_left
