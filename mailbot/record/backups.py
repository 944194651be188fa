"""One file that holds everything under data/: written while the daemon works, checked, and unpacked again.

A tar.gz whose first member says what it is and whose last one holds the checksum of every other. The open books are
copied first, the archive and the files after them: what the books mention was there before them. Decides nothing.
Fails with DiskError where the disk says no, AskHumanError where a file is no whole backup of mailbot's.
"""

import gzip
import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from mailbot.errors import AskHumanError, TryLaterError
from mailbot.record import archive, durable, known, sendings, storage
from mailbot.record.archive import Archive
from mailbot.record.files import EXPORTS, LETTERS, MAILS

FORMAT = 1
HEAD, SUMS = "mailbot-backup.json", "checksums.json"
KEPT_FOLDERS = (LETTERS, MAILS, EXPORTS, known.FOLDER)
# Nothing else is ever unpacked, so that no name leads out of the folder.
_SAFE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_NAMES = re.compile(
    rf"{re.escape(storage.NAME)}|{re.escape(archive.NAME)}|{re.escape(sendings.NAME)}"
    rf"|(?:{LETTERS}|{MAILS})/\d{{4}}-\d{{2}}/{_SAFE}|(?:{EXPORTS}|{known.FOLDER})/{_SAFE}"
)
# More often than this a commit or an erasure comes in between only where something is wrong.
_LOOKS = 20
# No backup takes so long, in seconds.
_UNFINISHED, _LEFT_AFTER = ".mailbot-backup-", 86400.0
_FAULTS = (tarfile.TarError, zlib.error, EOFError, ValueError, LookupError, OSError)


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup says of itself: when it was taken, and the generation of the open books in it."""

    at: datetime
    generation: int


def write(data: Path, file: Path, zone: ZoneInfo, at: datetime) -> Head:
    """Write a backup of a data folder that may be at work, check it, and put it in place in one step.

    Raises AskHumanError where the file cannot be written there.
    """
    with beside(file) as folder:
        for _ in range(_LOOKS):
            before = known.erasures(data)
            try:
                head = _copy_books(data, folder, zone, at)
                _pack(data, folder, folder / file.name, head)
            except FileNotFoundError:
                # A letter was erased while it was to be copied: look at everything anew.
                continue
            check(folder / file.name)
            durable.move(folder / file.name, file)
            if known.erasures(data) == before:
                return head
    raise TryLaterError(f"{data} changes too fast to be copied; try again")


def pack(data: Path, file: Path, head: Head) -> None:
    """Put a folder that nobody works on into a backup's file, checked, in the place of the old one in one step."""
    with beside(file) as folder:
        for name in (storage.NAME, archive.NAME, sendings.NAME):
            if (data / name).exists():
                shutil.copyfile(data / name, folder / name)
        _pack(data, folder, folder / file.name, head)
        check(folder / file.name)
        durable.move(folder / file.name, file)


def head_of(file: Path) -> Head | None:
    """Tell what backup lies in a file, None where it is no backup of mailbot's at all."""
    try:
        with tarfile.open(file, "r:gz") as tar:
            first = tar.next()
            stream = tar.extractfile(first) if first and first.name == HEAD else None
            return _head(stream.read(10_000)) if stream else None
    except _FAULTS:
        return None


def check(file: Path) -> Head:
    """Read a backup to its end and hold it against its checksums. Raises AskHumanError."""
    heads = [_head(content) for name, content in _members(file) if name == HEAD]
    return heads[0]


def count(file: Path, folder: str) -> int:
    """Count the files of one kind in a backup. Raises AskHumanError."""
    return sum(name.startswith(f"{folder}/") for name, _ in _members(file))


def unpack(file: Path, folder: Path) -> Head:
    """Lay what a backup holds into an empty folder. Raises AskHumanError (no whole backup) and DiskError."""
    head = None
    durable.own_folder(folder)
    for name, content in _members(file):
        if name == HEAD:
            head = _head(content)
        else:
            durable.write_new(folder / name, content)
    assert head
    return head


@contextmanager
def beside(file: Path) -> Iterator[Path]:
    """Make a private folder on the backup's own disk for what is not finished yet; a crash's leavings go.

    Raises AskHumanError where it cannot be made.
    """
    try:
        for left in file.parent.glob(f"{_UNFINISHED}*"):
            if time.time() - left.stat().st_mtime > _LEFT_AFTER:
                shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=file.parent))
    except OSError as error:
        said = f"{file}: cannot be written ({error.strerror}), expected a file name in a folder of yours"
        raise AskHumanError(said) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_books(data: Path, folder: Path, zone: ZoneInfo, at: datetime) -> Head:
    """Copy the open books with the post's journal as they belong together, then the archive."""
    for _ in range(_LOOKS):
        books, journal = durable.read(data / storage.NAME), durable.read(data / sendings.NAME)
        # A commit in between may have dropped lines of the journal that only its own generation knows.
        if books == durable.read(data / storage.NAME):
            break
    for name, content in ((storage.NAME, books), (sendings.NAME, journal)):
        if content is not None:
            (folder / name).write_bytes(content)
    generation = storage.load(folder / storage.NAME)
    (folder / archive.NAME).unlink(missing_ok=True)
    finished = Archive.open(data, zone, read_only=True)
    try:
        finished.copy_to(folder / archive.NAME)
    finally:
        finished.close()
    return Head(at, generation.number if generation else 0)


def _pack(data: Path, folder: Path, target: Path, head: Head) -> None:
    try:
        fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "wb") as file:
            with gzip.GzipFile("", "wb", 6, file) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
                _fill(tar, data, folder, head)
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        raise
    except OSError as error:
        raise durable.disk_error(target, "written", error) from error


def _fill(tar: tarfile.TarFile, data: Path, folder: Path, head: Head) -> None:
    sums: dict[str, str] = {}

    def add(name: str, content: bytes, mtime: float) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = len(content), int(mtime), 0o600
        tar.addfile(member, io.BytesIO(content))
        sums[name] = hashlib.sha256(content).hexdigest()

    words = {"format": FORMAT, "at": head.at.isoformat(), "generation": head.generation}
    add(HEAD, orjson.dumps(words), head.at.timestamp())
    for name in (storage.NAME, sendings.NAME, archive.NAME):
        if (folder / name).exists():
            add(name, (folder / name).read_bytes(), head.at.timestamp())
    for path in sorted(path for name in KEPT_FOLDERS for path in (data / name).rglob("*")):
        name = str(path.relative_to(data))
        # Half-written files begin with a dot.
        if _NAMES.fullmatch(name) and path.is_file() and not path.is_symlink():
            add(name, path.read_bytes(), path.stat().st_mtime)
    add(SUMS, orjson.dumps(sums), head.at.timestamp())


def _members(file: Path) -> Iterator[tuple[str, bytes]]:
    """Give what a backup holds, the checksums held against it at the end. Raises AskHumanError."""
    stream = _stream(file)
    while True:
        # Only reading may fail here: what the reader of this does with a member has errors of its own.
        try:
            found = next(stream, None)
        except _FAULTS as error:
            why = (error.strerror or "it cannot be read") if isinstance(error, OSError) and error.strerror else error
            raise AskHumanError(f"{file} is no whole backup of mailbot's ({why}); nothing was changed") from error
        if found is None:
            return
        yield found


def _stream(file: Path) -> Iterator[tuple[str, bytes]]:
    sums: dict[str, str] = {}
    with tarfile.open(file, "r:gz") as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isreg() else None
            if stream is None or not (member.name in (HEAD, SUMS) or _NAMES.fullmatch(member.name)):
                raise ValueError("there is something in it that is not mailbot's")
            if not sums and member.name != HEAD:
                raise ValueError("it does not begin as one")
            content = stream.read()
            if member.name == SUMS:
                if orjson.loads(content) != sums:
                    raise ValueError("its checksums do not fit")
                return
            sums[member.name] = hashlib.sha256(content).hexdigest()
            yield member.name, content
    raise ValueError("it ends too early")


def _head(raw: bytes) -> Head:
    words = orjson.loads(raw)
    if words["format"] != FORMAT:
        raise ValueError(f"it has format {words['format']}, expected {FORMAT}")
    return Head(datetime.fromisoformat(words["at"]), int(words["generation"]))


def remove(file: Path) -> None:
    """Remove a backup that is too old."""
    durable.remove(file)
