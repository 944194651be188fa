"""The watched mailbox over IMAP: what is new, its bytes, where it is filed, and waiting for more.

With connection.py, fetching.py, filing.py, folders.py and idle.py, which work on its connection, the only user of
imapclient. Never marks as read, never expunges what was not named, decides nothing. Every failure of the server, the
network or the library leaves as TryLaterError with one sentence; the mailbox is closed then, and connect() begins anew.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from time import monotonic
from typing import Any

from mailbot.errors import TryLaterError
from mailbot.model.letter import Head
from mailbot.model.rules import MailboxRules
from mailbot.receive.connection import FAULTS, Patience, connected, hung_up_after, log_in, reason
from mailbot.receive.fetching import BODY, HEAD, body, fetched, head_parts, slices
from mailbot.receive.filing import KEYWORD, Filing
from mailbot.receive.folders import Folders
from mailbot.receive.idle import forget_news, idle, readable
from mailbot.receive.parse import head

# What the heads of one look may take of memory, roughly; a header field costs some beside its text.
HEADS_ROOM, FIELD_COST = 20_000_000, 200
# How many of a sender's letters are looked at for the newest: UIDs follow filing, not dates.
NEWEST = 200
# A search line must not grow beyond what servers read.
LONGEST_ID = 500


class Mailbox:
    """One folder of one account. Not for use by two threads."""

    def __init__(self, rules: MailboxRules, token: Callable[[], str] | None, patience: Patience | None = None) -> None:
        self.rules = rules
        self.uidvalidity = 0
        self._token = token
        self._patience = patience or Patience()
        self._open: Any = None
        self._seen = 0
        self._secret = rules.password or ""
        self._copied: set[tuple[int, int, str]] = set()
        self._folders = Folders(None)
        self._filing = Filing(None, self._folders, 0, self._copied)

    @property
    def folder(self) -> str:
        """Name account and folder: `user@host/INBOX`."""
        return f"{self.rules.user}@{self.rules.host}/{self.rules.inbox}"

    @property
    def uid_next(self) -> int:
        """Give the lowest UID that the next letter can have, as far as is known."""
        return self._seen + 1

    def beside(self, inbox: str) -> "Mailbox":
        """Give another folder of the same account, over a connection of its own that is still to be made."""
        return Mailbox(replace(self.rules, inbox=inbox), self._token, self._patience)

    def connect(self) -> None:
        """Log in and open the folder for writing; does nothing while connected. Raises TryLaterError."""
        if self._open is not None:
            return
        with self._telling("cannot be reached"):
            self._open = connected(self.rules, self._patience)
            self._folders = Folders(self._open)
        with self._telling("refused the log-in"):
            # A token is asked for anew each time: an old one may have expired.
            token = self._token() if self.rules.oauth and self._token else None
            self._secret = token or self.rules.password or ""
            log_in(self._open, self.rules, token)
        with self._telling(f"does not open the folder {self.rules.inbox} for writing"):
            self._select()

    def close(self) -> None:
        """Log out and hang up, whatever state the connection is in."""
        client, self._open = self._open, None
        if client is None:
            return
        with contextlib.suppress(*FAULTS):
            client.socket().settimeout(1.0)
            client.logout()
        with contextlib.suppress(*FAULTS):
            client.shutdown()

    def new(self, after_uid: int, also: Sequence[int] = (), limit: int = 200) -> list[Head]:
        """Give the heads of letters above `after_uid`, and of those in `also` that are still there, by UID.

        At most `limit`, the lowest, and fewer where heads are huge: call again from the highest until nothing comes.
        Raises TryLaterError.
        """
        with self._telling("did not list the new letters"):
            fresh = self._above(after_uid)
            self._seen = max([self._seen, *fresh])
            heads: list[Head] = []
            room = HEADS_ROOM
            for one in self._heads(sorted({*fresh, *also})):
                heads.append(one)
                room -= sum(len(name) + len(value) + FIELD_COST for name, value in one.headers)
                if len(heads) == limit or room <= 0:
                    break
            return heads

    def since(self, day: date) -> list[int]:
        """Give the UIDs of letters that came in on this day (INTERNALDATE) or later, ascending."""
        with self._telling("did not search the folder"):
            return sorted(self._search("SINCE", day))

    def notices_before(self, day: date, senders: Sequence[str]) -> Iterable[Head]:
        """Give the heads of letters that came in before this day from these addresses or @domains, by UID."""
        with self._telling("did not search the folder"):
            uids = {uid for sender in senders for uid in self._search("BEFORE", day, "FROM", sender)}
            yield from self._heads(sorted(uids))

    def heads_from(self, sender: str) -> Iterator[Head]:
        """Give the heads of the newest letters whose From holds this address or @domain, maybe in a name, by UID."""
        with self._telling("did not search the folder"):
            yield from self._heads(sorted(self._search("FROM", sender))[-NEWEST:])

    def with_id(self, message_id: str) -> list[int]:
        """Give the UIDs of letters with this Message-ID, ascending; of all letters where it is none to ask for."""
        is_plain = message_id.isascii() and message_id.isprintable() and 0 < len(message_id) <= LONGEST_ID
        with self._telling("did not search the folder"):
            return sorted(self._search("HEADER", "MESSAGE-ID", message_id) if is_plain else self._search("ALL"))

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Give the bytes of these letters without marking them as read; letters that are gone are absent.

        All lie in memory at once: ask for few, by their sizes.
        """
        with self._telling("did not give a letter"):
            self._client.noop()
            found: dict[int, bytes] = {}
            for some in slices(uids):
                found |= fetched(self._client, some, BODY, body, self._listed)
            return found

    def file(self, uids: Sequence[int], folder_name: str) -> None:
        """Move letters to a folder, made where it is missing; "" leaves them with the keyword $Mailbot.

        Where the server can neither MOVE nor expunge by UID they stay too: a bare EXPUNGE would take others' letters.
        """
        with self._telling(f"did not file letters to {folder_name or 'their place'}"):
            # To commands by UID a letter that the server has not told of is not there, and no error either.
            self._client.noop()
            for some in slices(uids):
                if folder_name:
                    self._filing.move(some, folder_name)
                else:
                    self._filing.mark(some)

    def wait(self, seconds: float, wake_fd: int) -> None:
        """Return when mail may have come, `wake_fd` is readable, or the time is over. Raises TryLaterError."""
        with self._telling("is gone", seconds):
            until = monotonic() + seconds
            forget_news(self._client)
            if self._above(self._seen):
                return
            if seconds < self._patience.short or not self._client.has_capability("IDLE"):
                readable([wake_fd], seconds)
                self._client.noop()
                return
            while (left := until - monotonic()) > 0:
                if idle(self._client, min(left, self._patience.idle), wake_fd, self._patience.answer):
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

    def _select(self) -> None:
        # imaplib raises where the server opens the folder for reading only.
        status = self._client.select_folder(self._folders.native(self.rules.inbox))
        self.uidvalidity = int(status[b"UIDVALIDITY"])
        self._seen = int(status[b"UIDNEXT"]) - 1 if b"UIDNEXT" in status else max(self._above(0), default=0)
        self._filing = Filing(self._open, self._folders, self.uidvalidity, self._copied)
        # A keyword that the server only knows in this session would say tomorrow that nothing was done.
        kept = status.get(b"PERMANENTFLAGS", status.get(b"FLAGS", ()))
        self._filing.can_mark = b"\\*" in kept or KEYWORD in kept

    def _above(self, uid: int) -> list[int]:
        # `n:*` names the last letter even where its UID is below n (RFC 3501 section 6.4.8).
        return [found for found in self._search("UID", f"{uid + 1}:*") if found > uid]

    def _search(self, *criteria: object) -> list[int]:
        # Some servers show a letter to SEARCH only after they told of it (RFC 3501 section 7.3.1); NOOP lets them.
        self._client.noop()
        return list(self._client.search(criteria))

    def _heads(self, uids: Sequence[int]) -> Iterator[Head]:
        """Look at letters one slice after the other, by UID; nobody holds them all."""
        for some in slices(uids):
            parts = fetched(self._client, some, HEAD, head_parts, self._listed)
            for uid in sorted(parts):
                yield head(uid, *parts.pop(uid))

    def _listed(self, uids: Sequence[int]) -> list[int]:
        found = self._search("UID", ",".join(map(str, uids)))
        return [uid for uid in found if uid in uids]

    @property
    def _client(self) -> Any:
        if self._open is None:
            raise TryLaterError(f"There is no connection to the mail server {self.rules.host}:{self.rules.port}.")
        return self._open

    @contextlib.contextmanager
    def _telling(self, what: str, beside: float = 0.0) -> Iterator[None]:
        """Turn whatever the library, the socket or the server's answer raises into TryLaterError, and hang up.

        A server that talks on for ever is hung up on too; `beside` are the seconds that the step waits by itself.
        """
        try:
            with hung_up_after(self._open, self._patience.whole + beside):
                yield
        except TryLaterError:
            self.close()
            raise
        except FAULTS as error:
            self.close()
            server = f"{self.rules.host}:{self.rules.port}"
            raise TryLaterError(f"The mail server {server} {what}: {reason(error, self._secret)}") from error
