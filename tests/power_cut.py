"""A disk that loses what was not synced: the model of what a power cut leaves of a folder, made while it is written to.

Content that no fsync followed is gone, and so is a name whose folder no fsync followed; or the name is there already
and its content is not (is_name_kept): both are allowed by POSIX. SQLite takes care of its own file; it is left.
"""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailbot.record.archive import NAME

Names = dict[str, int]


@dataclass
class Disk:
    """What is safe below a folder: the content of each inode, and the names in each folder (their inodes)."""

    root: Path
    contents: dict[int, bytes] = field(default_factory=dict)
    names: dict[int, Names] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path) -> "Disk":
        """Take all that lies there for safe."""
        disk = cls(root)
        for folder, _, files in os.walk(root):
            disk.names[os.stat(folder).st_ino] = _listed(folder)
            for name in files:
                path = Path(folder, name)
                if stat.S_ISREG(path.stat().st_mode):
                    disk.contents[path.stat().st_ino] = path.read_bytes()
        return disk

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take note of every fsync, and of every file that is begun."""
        opened, synced, data_synced = os.open, os.fsync, os.fdatasync

        def begun(path: Any, flags: int, *more: Any, **named: Any) -> int:
            is_new = bool(flags & os.O_CREAT) and not os.path.lexists(path)
            fd = opened(path, flags, *more, **named)
            if is_new:
                # Its number may have been another file's.
                self.contents[os.fstat(fd).st_ino] = b""
            return fd

        def noted(sync: Callable[[int], None]) -> Callable[[int], None]:
            def sync_and_note(fd: int) -> None:
                sync(fd)
                self._safe(fd)

            return sync_and_note

        try:
            os.open, os.fsync, os.fdatasync = begun, noted(synced), noted(data_synced)  # type: ignore[assignment]  # watched
            yield
        finally:
            os.open, os.fsync, os.fdatasync = opened, synced, data_synced

    def _safe(self, fd: int) -> None:
        path, status = os.readlink(f"/proc/self/fd/{fd}"), os.fstat(fd)
        if stat.S_ISDIR(status.st_mode):
            self.names[status.st_ino] = _listed(path)
        else:
            self.contents[status.st_ino] = Path(path).read_bytes()

    def leave(self, data: Path, *, is_name_kept: bool) -> None:
        """Write what a power cut leaves into another folder."""
        self._leave(self.root, os.stat(self.root).st_ino, data, is_name_kept)

    def _leave(self, now: Path, inode: int, data: Path, is_name_kept: bool) -> None:
        data.mkdir(mode=0o700)
        safe = self.names.get(inode, {})
        names = (safe | _listed(str(now)) if now.is_dir() else safe) if is_name_kept else safe
        for name, entry in names.items():
            if entry in self.names or (now / name).is_dir():
                self._leave(now / name, entry, data / name, is_name_kept)
            elif NAME in name and (now / name).exists():
                shutil.copy2(now / name, data / name)
            elif name not in ("bell", "lock"):
                (data / name).write_bytes(self.contents.get(entry, b""))
                (data / name).chmod(0o600)


def _listed(folder: str) -> Names:
    return {entry.name: entry.inode() for entry in os.scandir(folder)}
