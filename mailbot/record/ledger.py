"""The ledger: the open books as they lie in data/, and the one place where a change becomes durable.

A commit is one atomic step: afterwards all of it is on disk and in books(), or nothing. Knows tables and keys, and
nothing of what records mean. The only user of TinyDB, with storage.py; beside a running daemon it can be opened to
read without the lock. Fails with DiskError where the disk says no, StopError 74 where a file is damaged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tinydb import TinyDB
from tinydb.table import Document, Table

from mailbot.errors import EXIT_TRY_LATER, StopError
from mailbot.model.books import Books
from mailbot.model.indexes import ARCHIVED
from mailbot.model.mail import Outcome, Sending, SendingResult
from mailbot.model.records import Change, Gone, Record
from mailbot.record import codec, durable, restoring, sendings
from mailbot.record.archive import Archive
from mailbot.record.sendings import Sendings
from mailbot.record.storage import NAME, LedgerStorage

# A reader that met a commit between two files looks again; more often than this, commits come without a pause.
_LOOKS = 20


class _Table(Table):
    # TinyDB numbers documents by default; ours have keys.
    document_id_class = str  # type: ignore[assignment]  # documented by TinyDB, typed for int only


class _Database(TinyDB):
    table_class = _Table


class Ledger:
    """The open books of one data folder. Open it with open(); whoever writes holds the lock."""

    def __init__(self, storage: LedgerStorage, books: Books, archive: Archive, journal: Sendings | None) -> None:
        self._storage = storage
        self._archive = archive
        self._database = _Database(storage=lambda: storage)
        self._books = books
        self._journal = journal
        self._unfolded = journal.unknown_to(books) if journal else ()

    @classmethod
    def open(cls, data: Path, zone: ZoneInfo, *, read_only: bool = False) -> "Ledger":
        """Read the newest generation, its times in `zone`. Raises StopError (74) and DiskError.

        Read-only needs no lock and writes nothing; its books show as sent also what only the post has written down.
        """
        if read_only:
            return cls._look(data, zone)
        durable.own_folder(data)
        restoring.finish(data)
        durable.sweep(data)
        storage = LedgerStorage(data)
        archive = Archive.open(data, zone)
        return cls(storage, _books(storage, archive, zone, data), archive, Sendings(data, zone))

    @classmethod
    def _look(cls, data: Path, zone: ZoneInfo) -> "Ledger":
        if restoring.is_under_way(data):
            said = f"{data} is being restored; where that was broken off, the next start or `mailbot restore` ends it"
            raise StopError(said, EXIT_TRY_LATER)
        for _ in range(_LOOKS):
            newest = _inode(data)
            storage = LedgerStorage(data)
            results = sendings.read(data / sendings.NAME, zone)
            # A commit in between may have dropped lines that only its own generation knows.
            if _inode(data) == newest:
                break
        # After the open books: what left them in between is in the archive already.
        archive = Archive.open(data, zone, read_only=True)
        books = _books(storage, archive, zone, data)
        return cls(storage, books.after(_shown(sendings.unknown(results, books), books)), archive, None)

    @property
    def generation(self) -> int:
        """Give the number of the newest generation, 0 in an empty folder."""
        return self._storage.generation

    def books(self) -> Books:
        """Give the books as they are recorded."""
        return self._books

    def sendings(self) -> tuple[SendingResult, ...]:
        """Give, once, what the post wrote down before the last crash and the books do not know yet.

        To be treated as the post's own results, and before any mail is handed over.
        """
        unfolded, self._unfolded = self._unfolded, ()
        return unfolded

    def journal(self, result: SendingResult) -> None:
        """Make durable how far a hand-over came; for the post's thread. Raises DiskError: then nothing may be sent."""
        assert self._journal is not None
        # The books are replaced as a whole, and a row that is with the post is not changed until its result is here.
        self._journal.append(result, self._books.mail(result.mail_id))

    def commit(self, changes: Sequence[Change]) -> None:
        """Record changes in one atomic step, later versions of a key over earlier ones.

        Raises DiskError; books() is then as before. AskHumanError where a record cannot be written at all.
        """
        assert self._journal is not None
        if not changes:
            return
        after = self._books.after(changes)
        tables = _by_table(changes)
        with self._storage.batch():
            for name, rows in tables.items():
                self._put(name, rows)
        self._books = after
        self._journal.tidy(after)

    def archive(self, finished: Sequence[Record]) -> None:
        """Move finished records from the open books to the archive: written there first, dropped here by a commit.

        Raises DiskError; books() finds them all the while, and what a crash leaves in both is moved again.
        """
        if finished:
            self._archive.put(finished)
            self.commit([Gone(record.TABLE, record.key) for record in finished])

    def erase(self, changes: Sequence[Change]) -> None:
        """Make changes wherever their records lie, in the archive first; a record in neither place stays absent.

        The generation before keeps what was until the next commit. Raises DiskError; to be repeated after a crash.
        """
        finished = [c for c in changes if _table(c) in ARCHIVED and self._archive.get(_table(c), c.key)]
        self._archive.put([c for c in finished if not isinstance(c, Gone)])
        self._archive.drop([(_table(c), c.key) for c in finished if isinstance(c, Gone)])
        opened = {(record.TABLE, record.key) for record in self._books.records()}
        self.commit([c for c in changes if (_table(c), c.key) in opened])

    def empty_journal(self) -> None:
        """Empty the post's file as soon as the books know every line of it: servers' answers name people."""
        assert self._journal is not None
        self._journal.tidy(self._books, least=1)

    def close(self) -> None:
        """Close the files."""
        self._database.close()
        self._archive.close()
        if self._journal:
            self._journal.close()

    def _put(self, name: str, rows: dict[str, dict[str, Any] | None]) -> None:
        table = self._database.table(name)
        # TinyDB walks through the whole table for each call, so a table that only grows is spared one.
        if known := [key for key in rows if table.contains(doc_id=key)]:  # type: ignore[arg-type]  # see _Table
            table.remove(doc_ids=known)  # type: ignore[arg-type]  # see _Table: our keys are strings
        # In the order of the changes: indexes promise it (invoices in the order they were issued).
        table.insert_multiple(
            Document(document, key)  # type: ignore[arg-type]  # see _Table: our keys are strings
            for key, document in rows.items()
            if document is not None
        )


def _table(change: Change) -> str:
    return change.table if isinstance(change, Gone) else change.TABLE


def _by_table(changes: Sequence[Change]) -> dict[str, dict[str, dict[str, Any] | None]]:
    """Sort changes by table and key, newest version only; None is a record that goes."""
    tables: dict[str, dict[str, dict[str, Any] | None]] = {}
    for change in changes:
        name = _table(change)
        rows = tables.setdefault(name, {})
        rows.pop(change.key, None)
        rows[change.key] = None if isinstance(change, Gone) else codec.encode(change)
    return tables


def _books(storage: LedgerStorage, archive: Archive, zone: ZoneInfo, data: Path) -> Books:
    tables = storage.read() or {}
    records = (
        codec.decode(table, key, document, zone, str(data / NAME))
        for table, rows in tables.items()
        for key, document in rows.items()
    )
    return Books.of(records, archive)


def _inode(data: Path) -> tuple[int, int] | None:
    try:
        status = (data / NAME).stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def _shown(results: Iterable[SendingResult], books: Books) -> list[Record]:
    return [
        replace(mail, state=Sending.SENT, finished_at=result.at, answer=result.answer)
        for result in results
        if result.outcome is Outcome.SENT and (mail := books.mail(result.mail_id))
    ]
