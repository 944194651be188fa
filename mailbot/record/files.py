"""The files beside the ledger: letters as they came, mails as they leave, numbers drawn, commands, nightly copies.

Written before the commit that mentions them, each durable by itself; what no commit mentions is swept at the next
start. Never opens a letter or a mail. Everything is 0700 and 0600.
Fails with DiskError where the disk says no, AskHumanError where the bytes of a mail are gone.
"""

import json
import re
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mailbot.errors import EXIT_BAD_INPUT, AskHumanError, DiskError
from mailbot.model.books import Books
from mailbot.record import durable, known

LETTERS, MAILS, ARRIVALS, EXPORTS = "letters", "mails", "arrivals", "exports"
NUMBERS = "numbers.json"
_ANSWER = ".answer"

# A letter no commit mentions is swept only in this window of its age: not while it may still be handled, and not once
# the keys of handled letters may have left the open books (30 days).
_SWEPT_AFTER, _SWEPT_UNTIL = 2 * 86400.0, 28 * 86400.0
_ANSWER_KEPT = 86400.0
_LOOK_EVERY = 0.02

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Files:
    """The files of one data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data

    @property
    def data(self) -> Path:
        """Give the data folder."""
        return self._data

    def keep_letter(self, key: str, digest: str, raw: bytes, at: datetime) -> Path:
        """Keep a letter's bytes under their SHA-256 in the month of `at`; the same bytes again cost nothing.

        Raises DiskError that names the letter's key.
        """
        path = self._data / LETTERS / f"{at:%Y-%m}" / f"{_safe(digest)}.eml"
        try:
            if not path.exists():
                durable.write_new(path, raw)
        except DiskError as error:
            raise DiskError(f"{key} cannot be kept: {error}") from error
        return path

    def read_letter(self, digest: str) -> bytes | None:
        """Give a kept letter's bytes by their SHA-256, None where they were never kept."""
        found = sorted((self._data / LETTERS).glob(f"*/{_safe(digest)}.eml"))
        return durable.read(found[0]) if found else None

    def letters(self, until: str = "9999-99") -> dict[str, Path]:
        """Give the kept letters by their SHA-256, those of this month (`2026-11`) and before."""
        return {path.stem: path for path in self._kept(LETTERS) if path.parent.name <= until}

    def mails(self, until: str) -> list[str]:
        """Give the ids of the kept mails of this month and before."""
        return [path.stem for path in self._kept(MAILS) if path.parent.name <= until]

    def drop_letter(self, digest: str) -> None:
        """Erase a kept letter's bytes."""
        for path in (self._data / LETTERS).glob(f"*/{_safe(digest)}.eml"):
            durable.remove(path)

    def drop_mail(self, path: str) -> None:
        """Erase a mail's bytes by OutMail.path."""
        durable.remove(self._data / path)

    def has_mail(self, path: str) -> bool:
        """Tell whether a mail's bytes still lie here."""
        return (self._data / path).exists()

    def keep_mail(self, mail_id: str, raw: bytes, at: datetime) -> str:
        """Keep a composed mail's bytes in the month of `at`; returns the path below data/ for OutMail.path."""
        path = f"{MAILS}/{at:%Y-%m}/{_safe(mail_id)}.eml"
        durable.write_new(self._data / path, raw)
        return path

    def read_mail(self, path: str) -> bytes:
        """Give a mail's bytes by OutMail.path. Raises AskHumanError where the file is gone."""
        raw = durable.read(self._data / path)
        if raw is None:
            raise AskHumanError(f"{self._data / path} is gone, expected the bytes of a queued mail")
        return raw

    def drawn(self) -> dict[str, int]:
        """Give the highest invoice number that may have been drawn, by counter; what nobody can read is none.

        No restore turns this file back, and no backup holds it.
        """
        known = _loaded(durable.read(self._data / NUMBERS)) or {}
        return {name: value for name, value in known.items() if isinstance(value, int)}

    def note_drawn(self, numbers: Mapping[str, int]) -> None:
        """Note numbers that are about to be recorded, before anything says so elsewhere."""
        known = self.drawn()
        highest = {name: max(value, known.get(name, 0)) for name, value in numbers.items()}
        durable.write_new(self._data / NUMBERS, json.dumps(known | highest).encode())

    def has_export(self, name: str) -> bool:
        """Tell whether a copy of this name was kept."""
        return (self._data / EXPORTS / _safe(name)).exists()

    def keep_export(self, name: str, content: bytes) -> Path:
        """Keep a copy for people under this name, whole or not at all."""
        path = self._data / EXPORTS / _safe(name)
        durable.write_new(path, content)
        return path

    def drop_exports(self, before: str) -> None:
        """Remove the copies whose names sort before this one: their names carry their day."""
        for path in (self._data / EXPORTS).glob("[A-Za-z0-9]*"):
            if path.name < before:
                durable.remove(path)

    def sync_dropped(self) -> None:
        """Make it durable that letters, mails and exports were dropped: a power cut would bring them back."""
        for name in (LETTERS, MAILS, EXPORTS):
            folder = self._data / name
            with durable.translated(folder, "written"):
                for each in (folder, *folder.glob("*/")):
                    if each.is_dir():
                        durable.sync_folder(each)

    def sweep(self, books: Books) -> int:
        """Remove what a crash left behind: files no record mentions, half-written ones, answers nobody fetched.

        Only at start, for who holds the lock. Returns how many files went.
        """
        now = time.time()
        orphans = [path for path in self._kept(MAILS) if books.mail(path.stem) is None]
        orphans += [path for path in self._kept(LETTERS) if self._is_orphan(path, books, now)]
        orphans += [path for path in self._arrivals(_ANSWER) if now - path.stat().st_mtime > _ANSWER_KEPT]
        for name in (MAILS, LETTERS, ARRIVALS, EXPORTS):
            orphans += (self._data / name).rglob(f".*{durable.TEMPORARY}")
        orphans += known.half_erased(self._data)
        for path in orphans:
            durable.remove(path)
        return len(orphans)

    def drop_arrival(self, name: str, payload: dict[str, Any]) -> None:
        """Lay a command down for the running daemon; `name` is unique, and wait_answer() asks by it."""
        durable.write_new(self._arrival(name, ""), json.dumps(payload).encode())

    def arrivals(self) -> list[tuple[str, dict[str, Any]]]:
        """Give the commands that lie there, oldest first, as (name, payload). One nobody can read is answered (65)."""
        found: list[tuple[str, dict[str, Any]]] = []
        paths = [path for path in self._arrivals("") if not path.stem.endswith(_ANSWER)]
        for path in sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name)):
            payload = _loaded(durable.read(path))
            if payload is None:
                said = f"{path} is no command, expected one written by mailbot"
                self.answer_arrival(path.stem, {"exit": EXIT_BAD_INPUT, "said": [said]})
            else:
                found.append((path.stem, payload))
        return found

    def answer_arrival(self, name: str, payload: dict[str, Any]) -> None:
        """Lay the outcome down for who waits, then take the command away: after a crash it is carried out again."""
        durable.write_new(self._arrival(name, _ANSWER), json.dumps(payload).encode())
        durable.remove(self._arrival(name, ""))

    def wait_answer(self, name: str, timeout: float) -> dict[str, Any] | None:
        """Wait for the daemon's outcome and take it away; None when `timeout` seconds passed without one."""
        end = time.monotonic() + timeout
        path = self._arrival(name, _ANSWER)
        while (raw := durable.read(path)) is None:
            if time.monotonic() >= end:
                return None
            time.sleep(_LOOK_EVERY)
        durable.remove(path)
        return _loaded(raw)

    def _arrival(self, name: str, suffix: str) -> Path:
        return self._data / ARRIVALS / f"{_safe(name)}{suffix}.json"

    def _arrivals(self, suffix: str) -> list[Path]:
        return [path for path in (self._data / ARRIVALS).glob(f"*{suffix}.json") if _SAFE.fullmatch(path.name)]

    def _kept(self, name: str) -> list[Path]:
        return [path for path in (self._data / name).glob("*/*.eml") if not path.name.startswith(".")]

    def _is_orphan(self, letter: Path, books: Books, now: float) -> bool:
        age = now - letter.stat().st_mtime
        return _SWEPT_AFTER < age < _SWEPT_UNTIL and books.handled_content(letter.stem) is None


def _safe(name: str) -> str:
    """Let only names pass that stay in their folder; ours always do."""
    if not _SAFE.fullmatch(name):
        raise ValueError("a file name of ours holds letters, digits, dots, dashes and underscores only")
    return name


def _loaded(raw: bytes | None) -> dict[str, Any] | None:
    try:
        payload = json.loads(raw or b"")
    except ValueError:
        return None
    return payload if isinstance(payload, dict) else None
