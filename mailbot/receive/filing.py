"""Where letters are filed: moved by UID, or copied and expunged by UID, or marked and left. On mailbox.py's connection.

Never a bare EXPUNGE: it would take letters that other people marked as deleted. Lets the connection's errors through.
"""

from collections.abc import Sequence
from typing import Any

from imapclient import IMAPClient  # type: ignore[import-untyped]  # the library ships no types

from mailbot.receive.folders import Folders

KEYWORD = b"$Mailbot"


class Filing:
    """Filing on one connection; `copied` outlives it: (UIDVALIDITY, UID, folder) of copies whose original is there."""

    def __init__(self, client: Any, folders: Folders, uidvalidity: int, copied: set[tuple[int, int, str]]) -> None:
        self._client = client
        self._folders = folders
        self._uidvalidity = uidvalidity
        self._copied = copied
        self.can_mark = False

    def mark(self, uids: Sequence[int]) -> None:
        """Leave letters where they are, with the keyword $Mailbot where the server keeps keywords."""
        if self.can_mark:
            self._client.add_flags(uids, [KEYWORD], silent=True)

    def move(self, uids: Sequence[int], name: str) -> None:
        """Bring letters to a folder, which is made where it is missing; those that are gone are passed over."""
        if self._client.has_capability("MOVE"):
            self._carried(self._client.move, uids, name)
        elif self._client.has_capability("UIDPLUS"):
            self._copy(uids, name)
            self._client.add_flags(uids, [b"\\Deleted"], silent=True)
            self._client.uid_expunge(uids)
        else:
            self.mark(uids)

    def _copy(self, uids: Sequence[int], name: str) -> None:
        # Where the server lets us copy and not delete, each further try would lay one more copy there.
        keys = {uid: (self._uidvalidity, uid, name) for uid in uids}
        if fresh := [uid for uid in uids if keys[uid] not in self._copied]:
            self._carried(self._client.copy, fresh, name)
            self._copied.update(keys[uid] for uid in fresh)

    def _carried(self, carry: Any, uids: Sequence[int], name: str) -> None:
        try:
            carry(uids, self._folders.there(name))
        except IMAPClient.AbortError:
            raise
        except IMAPClient.Error:
            # Somebody may have removed or renamed the folder since: find or make it once more.
            self._folders.forget(name)
            carry(uids, self._folders.there(name))
