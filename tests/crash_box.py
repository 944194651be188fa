"""A watched mailbox in memory, with the face of receive.Mailbox: what it holds outlives every crash of who reads it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from world import MAILBOT

from mailbot.model.letter import Head
from mailbot.model.rules import Rules
from mailbot.receive.parse import head

INBOX = "INBOX"


@dataclass
class Box:
    """The watched mailbox, with the face of receive.Mailbox: folders of (UID, arrival, bytes)."""

    rules: Rules
    uidvalidity: int = 7
    last: int = 0
    folders: dict[str, list[tuple[int, datetime, bytes]]] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        return f"{MAILBOT}/{INBOX}"

    @property
    def uid_next(self) -> int:
        return self.last + 1

    def deliver(self, raw: bytes, at: datetime) -> None:
        """Let a letter arrive."""
        self.last += 1
        self.folders.setdefault(INBOX, []).append((self.last, at, raw))

    def copy(self) -> "Box":
        return replace(self, folders={name: list(letters) for name, letters in self.folders.items()})

    def connect(self) -> None: ...

    def close(self) -> None: ...

    def new(self, after_uid: int, also: Sequence[int] = (), limit: int = 200) -> list[Head]:
        return self._heads(lambda uid, _: uid > after_uid or uid in also)[:limit]

    def since(self, day: date) -> list[int]:
        return [found.uid for found in self._heads(lambda _, at: at.date() >= day)]

    def notices_before(self, day: date, senders: Sequence[str]) -> list[Head]:
        old = self._heads(lambda _, at: at.date() < day)
        return [found for found in old if any(sender in found.get("From") for sender in senders)]

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        return {uid: raw for uid, _, raw in self._inbox() if uid in uids}

    def file(self, uids: Sequence[int], folder_name: str) -> None:
        moved = [letter for letter in self._inbox() if letter[0] in uids]
        self.folders[INBOX] = [letter for letter in self._inbox() if letter[0] not in uids]
        self.folders.setdefault(folder_name, []).extend(moved)

    def _inbox(self) -> list[tuple[int, datetime, bytes]]:
        return self.folders.get(INBOX, [])

    def _heads(self, is_meant: Callable[[int, datetime], bool]) -> list[Head]:
        return [
            head(uid, len(raw), at, raw.partition(b"\r\n\r\n")[0])
            for uid, at, raw in self._inbox()
            if is_meant(uid, at)
        ]
