"""A mailbox as a test looks at it: over IMAP with the standard library, on whatever server it lies."""

import imaplib
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from mailbot.model.rules import MailboxRules, Security


@dataclass(frozen=True, slots=True)
class Account:
    """One fresh account of a server."""

    port: int
    user: str
    password: str = field(default="demo", repr=False)
    host: str = "127.0.0.1"

    def rules(self, **others: object) -> MailboxRules:
        """Give the rules that watch this account."""
        wanted: dict[str, object] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "security": Security.NONE,
        }
        return MailboxRules(**(wanted | others))  # type: ignore[arg-type]  # tests name the fields they change

    @contextmanager
    def opened(self, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """Log in beside the one who watches, with the folder selected."""
        with imaplib.IMAP4(self.host, self.port, timeout=10) as imap:
            imap.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            imap.login(self.user, self.password)
            imap.select(folder)
            yield imap

    def deliver(self, raw: bytes, at: datetime | None = None, folder: str = "INBOX") -> int:
        """Put a letter into a folder and give its UID."""
        when = imaplib.Time2Internaldate(at) if at else ""
        with self.opened(folder) as imap:
            return _uid(imap.append(folder, "", when, raw)[1][0])

    def deliver_all(self, raws: Sequence[bytes]) -> list[int]:
        """Put letters into the inbox and give their UIDs."""
        with self.opened() as imap:
            return [_uid(imap.append("INBOX", "", "", raw)[1][0]) for raw in raws]

    def letters(self, folder: str = "INBOX") -> list[bytes]:
        """Give the bytes of every letter in a folder, in order."""
        with self.opened(folder) as imap:
            if imap.state != "SELECTED":
                return []
            pieces = imap.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
            return [piece[1] for piece in pieces if isinstance(piece, tuple)]

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """Give the flags of every letter in a folder, in order, without the one for recent."""
        with self.opened(folder) as imap:
            lines = imap.uid("FETCH", "1:*", "(FLAGS)")[1]
            found = [re.search(rb"FLAGS \(([^)]*)\)", line) for line in lines if isinstance(line, bytes)]
            return [set(flags[1].decode().split()) - {"\\Recent"} for flags in found if flags]

    def remove(self, uid: int) -> None:
        """Expunge a letter, as a person does in another program."""
        with self.opened() as imap:
            imap.uid("STORE", str(uid), "+FLAGS", "(\\Deleted)")
            imap.expunge()

    def folders(self) -> str:
        """Give the server's list of subscribed folders, as it writes it."""
        with self.opened() as imap:
            return "\n".join(line.decode() for line in imap.lsub()[1] if isinstance(line, bytes))


def _uid(answer: bytes) -> int:
    found = re.search(rb"APPENDUID \d+ (\d+)", answer)
    assert found, answer
    return int(found[1])
