"""The backups that mailbot wrote and where they lie, so that what is erased is erased there too; a file for each.

Files of their own, because a backup is written beside a running daemon, without its lock. Holds no people's data.
Fails with DiskError where the disk says no.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from mailbot.record import durable

FOLDER = "backups"
_ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Known:
    """One backup: where it was written, and when."""

    path: Path
    at: datetime


def note(data: Path, path: Path, at: datetime) -> None:
    """Remember a backup; the same place again is the same backup."""
    words = {"path": str(path), "at": at.isoformat()}
    durable.write_new(_file(data, path), orjson.dumps(words))


def forget(data: Path, path: Path) -> None:
    """Remember a backup no more."""
    durable.remove(_file(data, path))


def backups(data: Path) -> list[Known]:
    """Give the backups that are remembered, oldest first; what nobody can read there is passed over."""
    found = []
    for file in (data / FOLDER).glob("*.json"):
        try:
            words = orjson.loads(durable.read(file) or b"")
            found.append(Known(Path(words["path"]), datetime.fromisoformat(words["at"])))
        except (LookupError, TypeError, ValueError):
            continue
    return sorted(found, key=lambda backup: (backup.at, backup.path))


def erasures(data: Path) -> bytes:
    """Give a word that changes with each erasure, so that a copy made meanwhile is made again."""
    return durable.read(data / FOLDER / _ERASED) or b""


def mark_erased(data: Path, word: str) -> None:
    """Change that word."""
    durable.write_new(data / FOLDER / _ERASED, word.encode())


def half_erased(data: Path) -> list[Path]:
    """Give what a crash left of such words; notes of backups may be at work beside the daemon and are left alone."""
    return list((data / FOLDER).glob(f".{_ERASED}.*{durable.TEMPORARY}"))


def _file(data: Path, path: Path) -> Path:
    return data / FOLDER / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}.json"
