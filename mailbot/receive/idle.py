"""IDLE (RFC 2177): one wait for news on a connection that mailbox.py opened.

Looks at the socket to know that something is there, then reads whole lines; imapclient's idle_check() loses half a line
and gives [] at once and for ever on a dead connection. Errors of imaplib and the socket go through.
"""

import imaplib
import select
import ssl
from collections.abc import Iterable
from time import monotonic
from typing import Any


def idle(client: Any, seconds: float, wake_fd: int, answer_seconds: float) -> bool:
    """Wait once; tell whether there is a reason to look: mail came, or `wake_fd` is readable.

    News that the server told since `forget_news` count too. Every answer must come within `answer_seconds`.
    """
    tag = _begin(client)
    told = client._imap.untagged_responses
    until = monotonic() + seconds
    is_rung = False
    while not is_rung and "EXISTS" not in told:
        if not _has_buffered(client, answer_seconds):
            ready = readable([client.socket().fileno(), wake_fd], until - monotonic())
            is_rung = wake_fd in ready
            if not ready - {wake_fd}:
                break
        _hear(client, tag)
    client.idle_done()
    return is_rung or "EXISTS" in told


def forget_news(client: Any) -> None:
    """Drop what the server told unasked so far; else imaplib keeps it for ever."""
    client._imap.untagged_responses.clear()


def readable(fds: Iterable[int], seconds: float) -> set[int]:
    """Give those file descriptors that can be read, were closed or failed within the time."""
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    return {fd for fd, _ in poll.poll(max(0.0, seconds) * 1000)}


def _begin(client: Any) -> object:
    # imapclient's idle() takes news that come before the `+` for an error; some servers send them.
    client._idle_tag = tag = client._imap._command("IDLE")
    while _hear(client, tag) is not None:
        pass
    return tag


def _hear(client: Any, tag: object) -> object:
    """Read one whole line; None stands for the `+`. Raises where the server ends IDLE or the connection."""
    imap = client._imap
    line = imap._get_response()
    if imap.tagged_commands[tag] or "BYE" in imap.untagged_responses:
        raise imaplib.IMAP4.abort(f"IDLE was ended: {line!r}")
    return line


def _has_buffered(client: Any, answer_seconds: float) -> bool:
    """Tell whether news were read together with the line before, or lie in the TLS layer: poll() sees neither."""
    sock = client.socket()
    sock.setblocking(False)
    try:
        return bool(client._imap.file.peek(1))
    except ssl.SSLWantReadError:
        return False
    finally:
        sock.settimeout(answer_seconds)
