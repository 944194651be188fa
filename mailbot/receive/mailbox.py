"""The watched mailbox over IMAP: what is new, its bytes, where it is filed, and waiting for more.

The only user of imapclient. Never marks as read, never expunges what was not named, decides nothing. Every failure
of the server, the network or the library leaves as TryLaterError with one sentence; the mailbox is closed then, and
connect() begins anew. A letter that the server lists but does not give is such a failure too.
"""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from logging import WARNING, getLogger
from time import monotonic
from typing import Any

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]  # the library ships no types

from mailbot.errors import TryLaterError
from mailbot.model.letter import Head
from mailbot.model.rules import MailboxRules, Security
from mailbot.receive.folders import Folders
from mailbot.receive.headers import HEAD_LIMIT, one_line
from mailbot.receive.idle import forget_news, idle, readable
from mailbot.receive.parse import head

KEYWORD = b"$Mailbot"
SLICE = 50
# A black hole is noticed within a minute: IDLE is begun anew after 30 s, and no answer takes longer than 25 s.
IDLE_SECONDS, ANSWER_SECONDS, CONNECT_SECONDS = 30.0, 25.0, 20.0
# Below this, beginning IDLE costs more than looking again.
SHORT_WAIT = 1.0

# What imapclient, imaplib and their parsers raise on servers' answers; imaplib's own error is a bare Exception.
_FAULTS = (IMAPClient.Error, OSError, AssertionError, LookupError, TypeError, ValueError)

# It logs what goes over the wire, letters included.
getLogger("imapclient").setLevel(WARNING)


class Mailbox:
    """One folder of one account. Not for use by two threads."""

    def __init__(self, rules: MailboxRules, token: Callable[[], str] | None) -> None:
        self.rules = rules
        self.uidvalidity = 0
        self._token = token
        self._open: Any = None
        self._folders = Folders(None)
        self._seen = 0
        self._can_mark = False

    @property
    def folder(self) -> str:
        """Name account and folder: `user@host/INBOX`."""
        return f"{self.rules.user}@{self.rules.host}/{self.rules.inbox}"

    @property
    def uid_next(self) -> int:
        """Give the lowest UID that the next letter can have, as far as is known."""
        return self._seen + 1

    def connect(self) -> None:
        """Log in and open the folder for writing; does nothing while connected. Raises TryLaterError."""
        if self._open is not None:
            return
        with self._telling("cannot be reached"):
            self._open = _connection(self.rules)
            self._folders = Folders(self._open)
        with self._telling("refused the log-in"):
            self._log_in()
        with self._telling(f"does not open the folder {self.rules.inbox} for writing"):
            self._select()

    def close(self) -> None:
        """Log out and hang up, whatever state the connection is in."""
        client, self._open = self._open, None
        if client is None:
            return
        with contextlib.suppress(*_FAULTS):
            client.socket().settimeout(1.0)
            client.logout()
        with contextlib.suppress(*_FAULTS):
            client.shutdown()

    def new(self, after_uid: int, also: Sequence[int] = (), limit: int = 200) -> list[Head]:
        """Give the heads of letters above `after_uid`, and of those in `also` that are still there, by UID.

        At most `limit`, the lowest: call again from the highest until nothing comes. Raises TryLaterError.
        """
        with self._telling("did not list the new letters"):
            fresh = self._above(after_uid)
            self._seen = max([self._seen, *fresh])
            return self._heads(sorted({*fresh, *also})[:limit])

    def since(self, day: date) -> list[int]:
        """Give the UIDs of letters that came in on this day (INTERNALDATE) or later, ascending."""
        with self._telling("did not search the folder"):
            return sorted(self._search("SINCE", day))

    def notices_before(self, day: date, senders: Sequence[str]) -> list[Head]:
        """Give the heads of letters that came in before this day from these addresses or @domains, by UID."""
        with self._telling("did not search the folder"):
            uids = {uid for sender in senders for uid in self._search("BEFORE", day, "FROM", sender)}
            return self._heads(sorted(uids))

    def newest_from(self, sender: str) -> Head | None:
        """Give the head of the newest letter in the inbox from this address or @domain, None where there is none."""
        with self._telling("did not search the folder"):
            uids = self._search("FROM", sender)
            return next(iter(self._heads([max(uids)])), None) if uids else None

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Give the bytes of these letters without marking them as read; letters that are gone are absent."""
        with self._telling("did not give a letter"):
            self._client.noop()
            answers = self._answers(uids, ["BODY.PEEK[]"], _body)
            return {uid: body for uid, answer in answers.items() if (body := _body(answer)) is not None}

    def file(self, uids: Sequence[int], folder_name: str) -> None:
        """Move letters to a folder, made where it is missing; "" leaves them with the keyword $Mailbot.

        Where the server can neither MOVE nor expunge by UID they stay too: a bare EXPUNGE would take others' letters.
        """
        with self._telling(f"did not file letters to {folder_name or 'their place'}"):
            # To commands by UID a letter that the server has not told of is not there, and no error either.
            self._client.noop()
            for some in slices(uids):
                if not folder_name:
                    self._mark(some)
                else:
                    self._move(some, folder_name)

    def wait(self, seconds: float, wake_fd: int) -> None:
        """Return when mail may have come, `wake_fd` is readable, or the time is over. Raises TryLaterError."""
        with self._telling("is gone"):
            until = monotonic() + seconds
            forget_news(self._client)
            if self._above(self._seen):
                return
            if seconds < SHORT_WAIT or not self._client.has_capability("IDLE"):
                readable([wake_fd], seconds)
                self._client.noop()
                return
            while (left := until - monotonic()) > 0:
                if idle(self._client, min(left, IDLE_SECONDS), wake_fd, ANSWER_SECONDS):
                    return

    def check(self) -> list[str]:
        """Prove that the folder opens for writing and that letters can be filed; one plain line for each."""
        self.connect()
        lines = [f"{self.folder}: opens for reading and writing"]
        for name in filter(None, (self.rules.done, self.rules.trouble)):
            with self._telling(f"does not let us make the folder {name}"):
                lines.append(f"{self._folders.there(name)}: is there")
        with self._telling("is gone"):
            ways = [way for way in ("IDLE", "MOVE", "UIDPLUS") if not self._client.has_capability(way)]
        if ways:
            lines.append(f"the server lacks {', '.join(ways)}: mailbot does without")
        return lines

    def _log_in(self) -> None:
        client, rules = self._client, self.rules
        if rules.oauth and self._token:
            client.oauth2_login(rules.oauth.user, self._token())
        elif f"{rules.user}{rules.password}".isascii():
            client.login(rules.user, rules.password or "")
        else:
            # LOGIN is ASCII only (RFC 3501); SASL PLAIN is UTF-8 (RFC 4616).
            client.plain_login(rules.user, rules.password or "")
        # Many servers say what they can only after log-in; ask now, not amid the first work.
        client.capabilities()

    def _select(self) -> None:
        # imaplib raises where the server opens the folder for reading only.
        status = self._client.select_folder(self._folders.native(self.rules.inbox))
        self.uidvalidity = int(status[b"UIDVALIDITY"])
        self._seen = int(status[b"UIDNEXT"]) - 1 if b"UIDNEXT" in status else max(self._above(0), default=0)
        flags = (*status.get(b"PERMANENTFLAGS", ()), *status.get(b"FLAGS", ()))
        self._can_mark = b"\\*" in status.get(b"PERMANENTFLAGS", ()) or KEYWORD in flags

    def _above(self, uid: int) -> list[int]:
        # `n:*` names the last letter even where its UID is below n (RFC 3501 section 6.4.8).
        return [found for found in self._search("UID", f"{uid + 1}:*") if found > uid]

    def _search(self, *criteria: object) -> list[int]:
        # Some servers show a letter to SEARCH only after they told of it (RFC 3501 section 7.3.1); NOOP lets them.
        self._client.noop()
        return list(self._client.search(criteria))

    def _heads(self, uids: Sequence[int]) -> list[Head]:
        wanted = ["RFC822.SIZE", "INTERNALDATE", f"BODY.PEEK[HEADER]<0.{HEAD_LIMIT}>"]
        answers = self._answers(uids, wanted, _head_parts)
        parts = {uid: parts for uid, answer in answers.items() if (parts := _head_parts(answer))}
        return [head(uid, *parts[uid]) for uid in sorted(parts)]

    def _answers(self, uids: Sequence[int], wanted: list[str], read: Callable[[Any], object]) -> dict[int, Any]:
        """Fetch in slices; what came without its content is asked for once more, and must then be gone or there."""
        answers: dict[int, Any] = {}
        for some in slices(uids):
            answers |= self._client.fetch(some, wanted)
            lacking = [uid for uid in some if read(answers.get(uid, {})) is None]
            for uid in self._search("UID", ",".join(map(str, lacking))) if lacking else ():
                if uid in lacking:
                    answers |= self._client.fetch([uid], wanted)
                    if read(answers.get(uid, {})) is None:
                        raise TryLaterError(
                            f"The mail server lists letter {uid} in {self.folder} but does not give it."
                        )
        return answers

    def _mark(self, uids: Sequence[int]) -> None:
        if self._can_mark:
            self._client.add_flags(uids, [KEYWORD], silent=True)

    def _move(self, uids: Sequence[int], name: str) -> None:
        can_move, can_expunge = (self._client.has_capability(way) for way in ("MOVE", "UIDPLUS"))
        if not can_move and not can_expunge:
            self._mark(uids)
            return
        carry = self._client.move if can_move else self._client.copy
        try:
            carry(uids, self._folders.there(name))
        except IMAPClient.AbortError:
            raise
        except IMAPClient.Error:
            # Somebody may have removed or renamed the folder since: find or make it once more.
            self._folders.forget(name)
            carry(uids, self._folders.there(name))
        if not can_move:
            self._client.add_flags(uids, [b"\\Deleted"], silent=True)
            self._client.uid_expunge(uids)

    @property
    def _client(self) -> Any:
        if self._open is None:
            raise TryLaterError(f"There is no connection to the mail server {self.rules.host}:{self.rules.port}.")
        return self._open

    @contextlib.contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        """Turn whatever the library, the socket or the server's answer raises into TryLaterError, and hang up."""
        try:
            yield
        except TryLaterError:
            self.close()
            raise
        except _FAULTS as error:
            self.close()
            server = f"{self.rules.host}:{self.rules.port}"
            raise TryLaterError(f"The mail server {server} {what}: {_reason(error)}") from error


def _connection(rules: MailboxRules) -> Any:
    # Certificates are checked against the system's authorities.
    context = ssl.create_default_context() if rules.security is not Security.NONE else None
    timeout = SocketTimeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS)
    is_tls = rules.security is Security.TLS
    client = IMAPClient(rules.host, rules.port, ssl=is_tls, ssl_context=context, timeout=timeout)
    client.normalise_times = False
    # imaplib sends a literal and its line end apart; Nagle's algorithm would hold the second back.
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.socket().setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if rules.security is Security.STARTTLS:
        client.starttls(context)
    return client


def slices(uids: Sequence[int]) -> Iterator[list[int]]:
    """Cut UIDs into what one command takes."""
    for start in range(0, len(uids), SLICE):
        yield list(uids[start : start + SLICE])


def _body(answer: Mapping[bytes, Any]) -> bytes | None:
    return next(
        (value for name, value in answer.items() if name.startswith(b"BODY[") and isinstance(value, bytes)), None
    )


def _head_parts(answer: Mapping[bytes, Any]) -> tuple[int, datetime, bytes] | None:
    size, at, raw = answer.get(b"RFC822.SIZE"), answer.get(b"INTERNALDATE"), _body(answer)
    if not isinstance(size, int) or raw is None:
        return None
    # A date that cannot be read comes as None; the letter is no worse for it.
    return size, at.astimezone(UTC) if isinstance(at, datetime) else datetime.now(UTC), raw


def _reason(error: BaseException) -> str:
    said = error.args[0] if isinstance(error, IMAPClient.Error) and error.args else error
    text = one_line(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said))
    return (text or type(error).__name__)[:200]
