"""FETCH, and what comes back: only what was asked for, whole, or the letter is gone. Works on mailbox.py's connection.

Servers answer unasked, for another letter, or without the content; a letter that is listed all the same and still not
given is a fault of the server (TryLaterError), never taken for vanished.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from mailbot.errors import TryLaterError
from mailbot.receive.headers import HEAD_LIMIT

SLICE = 50
HEAD = ["RFC822.SIZE", "INTERNALDATE", f"BODY.PEEK[HEADER]<0.{HEAD_LIMIT}>"]
BODY = ["BODY.PEEK[]"]

T = TypeVar("T")
Answer = Mapping[bytes, Any]


def fetched(
    client: Any,
    uids: Sequence[int],
    wanted: list[str],
    read: Callable[[Answer], T | None],
    listed: Callable[[Sequence[int]], Sequence[int]],
) -> dict[int, T]:
    """Fetch letters at once and give what `read` finds in each answer; letters that are gone are absent.

    What came without its content is asked for once more by itself; `listed` tells which of them are still there.
    """
    answers = client.fetch(uids, wanted)
    found = {uid: value for uid in uids if (value := read(answers.get(uid, {}))) is not None}
    lacking = [uid for uid in uids if uid not in found]
    for uid in listed(lacking) if lacking else ():
        value = read(client.fetch([uid], wanted).get(uid, {}))
        if value is None:
            raise TryLaterError(f"The mail server lists letter {uid} but does not give it.")
        found[uid] = value
    return found


def slices(uids: Sequence[int]) -> Iterator[list[int]]:
    """Cut UIDs into pieces for one command each."""
    for start in range(0, len(uids), SLICE):
        yield list(uids[start : start + SLICE])


def body(answer: Answer) -> bytes | None:
    """Find the bytes in an answer, None where it came without."""
    return next(
        (value for name, value in answer.items() if name.startswith(b"BODY[") and isinstance(value, bytes)), None
    )


def head_parts(answer: Answer) -> tuple[int, datetime, bytes] | None:
    """Find size, date and header in an answer, None where one lacks."""
    size, at, raw = answer.get(b"RFC822.SIZE"), answer.get(b"INTERNALDATE"), body(answer)
    if not isinstance(size, int) or raw is None:
        return None
    # A date that cannot be read comes as None; the letter is no worse for it.
    return size, at.astimezone(UTC) if isinstance(at, datetime) else datetime.now(UTC), raw
