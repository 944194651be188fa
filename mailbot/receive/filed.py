"""The folders that letters were filed to: looked through after a restore, and emptied of what is to be erased.

A letter is known again by its bytes alone, and only what was named so is expunged, by UID: never by a bare EXPUNGE,
which would take other people's marked letters. Fails with TryLaterError as the mailbox does.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import replace

from mailbot.model.rules import MailboxRules
from mailbot.receive.fetching import slices
from mailbot.receive.mailbox import Mailbox


class Filed(Mailbox):
    """One folder of the account, opened if it is there: it is never made here."""

    def __init__(self, rules: MailboxRules, folder: str, token: Callable[[], str] | None) -> None:
        super().__init__(replace(rules, inbox=folder), token)
        self.is_there = False

    def _select(self) -> None:
        self.is_there = bool(self._client.folder_exists(self._folders.native(self.rules.inbox)))
        if self.is_there:
            super()._select()

    def remove(self, letters: Collection[tuple[int, str]]) -> tuple[int, bool]:
        """Erase the letters of these (size, SHA-256); returns how many were found, and whether they are gone.

        Without UIDPLUS they are only marked as deleted: a person has to purge the folder.
        """
        digests = {digest for _, digest in letters}
        with self._telling("did not erase letters"):
            uids = [uid for uid, size in self._sizes().items() if size in {size for size, _ in letters}]
            found = [uid for uid, raw in self.fetch(uids).items() if hashlib.sha256(raw).hexdigest() in digests]
            can_expunge = self._client.has_capability("UIDPLUS")
            for some in slices(found):
                self._client.add_flags(some, [b"\\Deleted"], silent=True)
                if can_expunge:
                    self._client.uid_expunge(some)
        return len(found), not found or bool(can_expunge)

    def _sizes(self) -> dict[int, int]:
        sizes: dict[int, int] = {}
        for some in slices(self._search("ALL")):
            sizes |= {uid: answer[b"RFC822.SIZE"] for uid, answer in self._client.fetch(some, ["RFC822.SIZE"]).items()}
        return sizes
