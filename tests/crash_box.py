"""A watched mailbox in memory, with the face of receive.Mailbox: what it holds outlives every crash of who reads it."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from world import MAILBOT

from mailbot.model.letter import Head
from mailbot.model.rules import Rules
from mailbot.receive.parse import head
from mailbot.record import durable

INBOX = "INBOX"


@dataclass
class Box:
    """The watched mailbox, with the face of receive.Mailbox: folders of (UID, arrival, bytes).

    `vanishing` are letters that are gone when they are fetched; a pass that comes to its end finds them no more.
    """

    rules: Rules
    uidvalidity: int = 7
    last: int = 0
    folders: dict[str, list[tuple[int, datetime, bytes]]] = field(default_factory=dict)
    vanishing: frozenset[int] = frozenset()

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

    def vanish(self) -> None:
        """Let the last letter be gone when it is fetched."""
        self.vanishing = frozenset({self.last})

    def take_away(self) -> None:
        """Let what vanishes be gone for good."""
        if self.vanishing:
            self.folders[INBOX] = [letter for letter in self._inbox() if letter[0] not in self.vanishing]
        self.vanishing = frozenset()

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
        return {uid: raw for uid, _, raw in self._inbox() if uid in uids and uid not in self.vanishing}

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


@dataclass
class Filed:
    """A folder that letters were filed to, with the face of receive.filed.Filed."""

    box: Box
    name: str

    @property
    def is_there(self) -> bool:
        return self.name in self.box.folders

    def connect(self) -> None: ...

    def close(self) -> None: ...

    def with_id(self, message_id: str) -> list[int]:
        lying = self.box.folders.get(self.name, [])
        return [uid for uid, at, raw in lying if head(uid, len(raw), at, raw).get("Message-ID") == message_id]

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        return {uid: raw for uid, _, raw in self.box.folders[self.name] if uid in uids}

    def file(self, uids: Sequence[int], folder_name: str) -> None:
        durable.step("letters refiled")
        moved = [letter for letter in self.box.folders[self.name] if letter[0] in uids]
        self.box.folders[self.name] = [letter for letter in self.box.folders[self.name] if letter[0] not in uids]
        self.box.folders.setdefault(folder_name, []).extend(moved)

    def remove(self, letters: Collection[tuple[int, str]]) -> tuple[int, bool]:
        lying = self.box.folders[self.name]
        left = [letter for letter in lying if (len(letter[2]), hashlib.sha256(letter[2]).hexdigest()) not in letters]
        self.box.folders[self.name] = left
        durable.step("letters erased")
        return len(lying) - len(left), True
