"""TinyDB's storage for the open books: one batch is ONE new file, and the generation before it is kept.

TinyDB's own JSONStorage overwrites in place and writes once per table; a Storage of one's own is its documented
extension point. The bytes of the last durable generation are the truth: a batch works on dicts decoded from them and
only the tables it touched are encoded anew. The only user of orjson.
Fails with DiskError where the file cannot be written (the batch did not happen) and StopError 74 where it is damaged.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from tinydb.storages import Storage

from mailbot.errors import EXIT_LEDGER_DAMAGED, StopError
from mailbot.record import durable

NAME = "ledger.json"
FORMER = "ledger.previous.json"
FORMAT = 1

Tables = dict[str, dict[str, Any]]

# The file is {"sha256":"…64 hex digits…","ledger":{…}} and a newline: valid JSON, and the sum covers all after it.
_HEAD, _MIDDLE, _END = b'{"sha256":"', b'","ledger":', b"}\n"
_DIGITS = slice(len(_HEAD), len(_HEAD) + 64)
_BODY = slice(_DIGITS.stop + len(_MIDDLE), -len(_END))


@dataclass(frozen=True, slots=True)
class Generation:
    """One state of the open books: its number, 0 before the first batch, and each table as JSON."""

    number: int = 0
    tables: dict[str, bytes] = field(default_factory=dict)


def load(path: Path) -> Generation | None:
    """Read a generation and hold it against its checksum; None where there is no file. Raises StopError (74)."""
    raw = durable.read(path)
    if raw is None:
        return None
    body = raw[_BODY]
    is_whole = raw.startswith(_HEAD) and raw.endswith(_END) and raw[_DIGITS.stop : _BODY.start] == _MIDDLE
    if not is_whole or hashlib.sha256(body).hexdigest().encode() != raw[_DIGITS]:
        raise StopError(
            f"{path} is damaged: torn or edited, expected the checksum it was written with", EXIT_LEDGER_DAMAGED
        )
    ledger = orjson.loads(body)
    if ledger["format"] != FORMAT:
        raise StopError(f"{path} has format {ledger['format']}, expected {FORMAT}", EXIT_LEDGER_DAMAGED)
    return Generation(ledger["generation"], {name: orjson.dumps(table) for name, table in ledger["tables"].items()})


def dump(generation: Generation) -> bytes:
    """Give the bytes of the file that holds a generation."""
    parts = [b'{"format":%d,"generation":%d,"tables":{' % (FORMAT, generation.number)]
    for number, (name, raw) in enumerate(generation.tables.items()):
        parts += [b"," if number else b"", orjson.dumps(name), b":", raw]
    parts.append(b"}}")
    # Summed up and joined part by part: the whole is copied once, which counts at a megabyte.
    checksum = hashlib.sha256()
    for part in parts:
        checksum.update(part)
    return b"".join((_HEAD, checksum.hexdigest().encode(), _MIDDLE, *parts, _END))


class LedgerStorage(Storage):
    """Keep TinyDB's tables in one folder. Write inside batch(); a write outside is a batch of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._path = folder / NAME
        self._former = folder / FORMER
        self._generation = self._load()
        self._tables = _decoded(self._generation)
        self._batch: Tables | None = None

    @property
    def generation(self) -> int:
        """Give the number of the newest durable generation."""
        return self._generation.number

    def read(self) -> Tables | None:
        """Give every table: the batch's own working copy, else fresh values nobody else holds."""
        return _decoded(self._generation) if self._batch is None else self._batch

    def write(self, data: Tables) -> None:
        """Take what TinyDB made of the tables; durable when the batch ends."""
        if self._batch is None:
            self._save(data)
        else:
            self._batch = data

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make everything written inside one step; where it raises, none of it happened."""
        self._batch = dict(self._tables)
        try:
            yield
            self._save(self._batch)
        except BaseException:
            # TinyDB's update() changes documents in place: only the durable bytes are known to be as before.
            self._tables = _decoded(self._generation)
            raise
        finally:
            self._batch = None

    def _save(self, tables: Tables) -> None:
        # Every write of a TinyDB table makes a new dict for it; a table that is the same dict is unchanged.
        raw = {
            name: self._generation.tables[name] if table is self._tables.get(name) else orjson.dumps(table)
            for name, table in tables.items()
        }
        generation = Generation(self._generation.number + 1, raw)
        durable.write_new(self._path, dump(generation), former=self._former)
        self._generation, self._tables = generation, tables

    def _load(self) -> Generation:
        """Read the newest generation; where it is damaged, say whether the one before it is sound."""
        try:
            newest = load(self._path)
        except StopError as error:
            raise StopError(f"{error}{self._way_out()}", error.exit_code) from error
        if newest is None and self._former.exists():
            raise StopError(f"{self._path} is missing{self._way_out()}", EXIT_LEDGER_DAMAGED)
        return newest or Generation()

    def _way_out(self) -> str:
        try:
            former = load(self._former)
        except StopError:
            former = None
        if former is None:
            return f"; {FORMER} is of no use either: `mailbot restore F` goes on from a backup"
        return (
            f"; {FORMER} is sound (generation {former.number}): `mailbot restore --previous` goes on from it, and "
            "letters that came since are handled again"
        )


def _decoded(generation: Generation) -> Tables:
    return {name: orjson.loads(raw) for name, raw in generation.tables.items()}
