"""The archive: what is finished, in one SQLite file that is never loaded whole. The only user of sqlite3.

A record is written here first and dropped from the open books by the next commit, so a crash leaves it in both, never
in neither. Found by key and by the archived indexes of model/indexes.py. Knows nothing of what records mean.
Fails with DiskError where the disk says no, StopError 74 where the file is damaged.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from mailbot.errors import EXIT_LEDGER_DAMAGED, DiskError, StopError
from mailbot.model.indexes import INDEXES_OF, Index
from mailbot.model.records import Record
from mailbot.record import codec, durable

NAME = "archive.sqlite"
FORMAT = 1
# A reader that meets a writer waits; a writer is one transaction of one night.
_PATIENCE = 10.0
_REMEMBERED = 5_000

_SCHEMA = f"""
CREATE TABLE records (name TEXT NOT NULL, key TEXT NOT NULL, document BLOB NOT NULL, PRIMARY KEY (name, key))
  WITHOUT ROWID;
CREATE TABLE words (idx TEXT NOT NULL, word TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (idx, word, key))
  WITHOUT ROWID;
CREATE INDEX words_of ON words (key, idx);
PRAGMA user_version = {FORMAT};
"""
_FOUND = """SELECT key, document FROM records WHERE name = ? AND key IN
            (SELECT key FROM words WHERE idx = ? AND word = ?) ORDER BY key"""
_TABLE_OF = {index.name: index.table for indexes in INDEXES_OF.values() for index in indexes}


class Archive:
    """The finished records of one data folder; a Shelf for the books. Open it with open()."""

    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        self._path = path
        self._zone = zone
        self._connection: sqlite3.Connection | None = None
        self._lately: dict[tuple[str, str], Record] = {}

    @classmethod
    def open(cls, data: Path, zone: ZoneInfo, *, read_only: bool = False) -> "Archive":
        """Open the archive of a data folder; its file is made with the first record. Raises DiskError, StopError."""
        archive = cls(data / NAME, zone)
        if archive._path.exists():
            archive._connect("ro" if read_only else "rw")
        return archive

    def _connect(self, mode: str) -> sqlite3.Connection:
        with _translated(self._path):
            # The post asks the books from its own thread; SQLite serialises what comes from two.
            address = f"{self._path.resolve().as_uri()}?mode={mode}"
            connection = sqlite3.connect(
                address, uri=True, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA synchronous = FULL")
            # What is erased is overwritten: `forget` means it.
            connection.execute("PRAGMA secure_delete = ON")
            (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found != FORMAT:
            raise StopError(f"{self._path} has format {found}, expected {FORMAT}", EXIT_LEDGER_DAMAGED)
        self._connection = connection
        return connection

    def put(self, records: Iterable[Record]) -> None:
        """Write finished records, durable in one step; a record that is there already is replaced. Raises DiskError."""
        if not (records := list(records)):
            return
        if self._connection is None:
            with _translated(self._path):
                _make(self._path)
            self._connect("rw")
        with self._transaction(f"write {NAME}") as connection:
            for record in records:
                document = orjson.dumps(codec.encode(record))
                self._drop(connection, record.TABLE, record.key)
                connection.execute("INSERT INTO records VALUES (?, ?, ?)", (record.TABLE, record.key, document))
                connection.executemany(
                    "INSERT OR IGNORE INTO words VALUES (?, ?, ?)",
                    [
                        (i.name, word, record.key)
                        for i in INDEXES_OF.get(record.TABLE, ())
                        for word in _words(i, record)
                    ],
                )

    def drop(self, keys: Sequence[tuple[str, str]]) -> None:
        """Erase records by (table, key), durable and overwritten with zeros in one step. Raises DiskError."""
        if self._connection is None or not keys:
            return
        with self._transaction(f"erase from {NAME}") as connection:
            for table, key in keys:
                self._drop(connection, table, key)

    def get(self, table: str, key: str) -> Record | None:
        """Find a finished record by its key."""
        rows = self._rows("SELECT key, document FROM records WHERE name = ? AND key = ?", table, key)
        return next((self._record(table, *row) for row in rows), None)

    def find(self, index: str, word: str) -> list[Record]:
        """Find the finished records that an archived index files under a word, by key."""
        table = _TABLE_OF[index]
        return [self._record(table, *row) for row in self._rows(_FOUND, table, index, word)]

    def all(self, table: str) -> Iterator[Record]:
        """Give every finished record of a table, by key, one at a time."""
        for row in self._rows("SELECT key, document FROM records WHERE name = ? ORDER BY key", table):
            yield self._record(table, *row)

    def keys(self, table: str) -> Iterator[str]:
        """Give the keys of every finished record of a table."""
        return (key for key, _ in self._rows("SELECT key, x'' FROM records WHERE name = ?", table))

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy, also while others read and write. Raises DiskError."""
        if self._connection is None:
            return
        with _translated(path):
            copy = sqlite3.connect(path)
            try:
                self._connection.backup(copy)
            finally:
                copy.close()

    def close(self) -> None:
        """Close the file."""
        if self._connection:
            self._connection.close()

    def _rows(self, statement: str, *values: str) -> Iterator[tuple[str, bytes]]:
        if self._connection is None:
            return
        with _translated(self._path):
            yield from self._connection.execute(statement, values)

    def _record(self, table: str, key: str, document: bytes) -> Record:
        """Read a record, one that was asked for lately from memory: a matter that comes up comes up more than once."""
        if known := self._lately.get((table, key)):
            return known
        if len(self._lately) >= _REMEMBERED:
            self._lately.clear()
        record = codec.decode(table, key, orjson.loads(document), self._zone, str(self._path))
        self._lately[table, key] = record
        return record

    @contextmanager
    def _transaction(self, step: str) -> Iterator[sqlite3.Connection]:
        assert self._connection is not None
        self._lately.clear()
        with _translated(self._path):
            durable.step(step)
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    @staticmethod
    def _drop(connection: sqlite3.Connection, table: str, key: str) -> None:
        connection.execute("DELETE FROM records WHERE name = ? AND key = ?", (table, key))
        names = [(key, index.name) for index in INDEXES_OF.get(table, ())]
        connection.executemany("DELETE FROM words WHERE key = ? AND idx = ?", names)


def _words(index: Index, record: Record) -> list[str]:
    return list(index.by(record)) if index.is_archived else []


def _make(path: Path) -> None:
    """Make an empty archive, mode 0600, in place in one step."""
    durable.make_folder(path.parent)
    temporary = path.with_name(f".{path.name}{durable.TEMPORARY}")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    connection = sqlite3.connect(temporary)
    try:
        connection.executescript(_SCHEMA)
    finally:
        connection.close()
    durable.step(f"rename {path.name}")
    temporary.replace(path)
    durable.sync_folder(path.parent)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn SQLite's and the system's errors about `path` into ours, each one plain sentence."""
    try:
        with durable.translated(path):
            yield
    except sqlite3.OperationalError as error:
        raise DiskError(f"{path} cannot be used: {error}") from error
    except sqlite3.DatabaseError as error:
        raise StopError(
            f"{path} is damaged ({error}): `mailbot restore F` goes on from a backup", EXIT_LEDGER_DAMAGED
        ) from error
