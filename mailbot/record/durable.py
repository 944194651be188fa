"""How bytes become durable: the only place that writes, renames, appends or removes anything below data/.

Every step that a crash may fall between is announced to `on_step` first, so that tests count the steps and stop at
each. Never decides what is written. Fails with DiskError where the disk says no (no room, read-only, no rights,
broken): what was there before is then still there, whole.
"""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from mailbot.errors import DiskError

TEMPORARY = ".tmp"

_WORDS = {
    errno.ENOSPC: "there is no room left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "the rights of mailbot's user do not allow it",
    errno.EPERM: "the rights of mailbot's user do not allow it",
    errno.EIO: "the disk reports an error",
    errno.ENOENT: "the folder is gone",
    errno.EMFILE: "too many files are open",
}


def _ignore(step: str) -> None:
    del step


# Tests put their own function here; it is called before each durable step with its name.
on_step: Callable[[str], None] = _ignore


def step(name: str) -> None:
    """Announce a durable step that is about to be done."""
    on_step(name)


@contextlib.contextmanager
def translated(path: Path, verb: str = "written") -> Iterator[None]:
    """Turn the system's errors about `path` into DiskError with one plain sentence."""
    try:
        yield
    except OSError as error:
        raise disk_error(path, verb, error) from error


def disk_error(path: Path, verb: str, error: OSError) -> DiskError:
    """Build the error that says in one plain sentence what the disk refuses and why."""
    why = _WORDS.get(error.errno or 0, error.strerror or type(error).__name__)
    return DiskError(f"{path} cannot be {verb}: {why}")


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, mode 0700, durable."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with translated(folder):
        step(f"mkdir {folder.name}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        sync_folder(folder.parent)


def own_folder(folder: Path) -> None:
    """Make mailbot's own folder, and take away what rights others have to an existing one."""
    make_folder(folder)
    with translated(folder):
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    step(f"fsync folder {folder.name}")
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_new(path: Path, content: bytes, *, former: Path | None = None) -> None:
    """Put a whole file, mode 0600, in place in one step: a reader sees the old bytes or the new, never a part.

    With `former` the file that stood there stays under that name. Raises DiskError.
    """
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    with translated(path):
        try:
            _write_synced(temporary, content, path.name)
            if former is not None:
                _keep(path, former)
            step(f"rename {path.name}")
            temporary.replace(path)
        except OSError:
            # Room is given back at once; what a crash leaves is swept at the next start.
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def _write_synced(path: Path, content: bytes, name: str) -> None:
    step(f"write {name}")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _write_all(fd, content)
        step(f"fsync {name}")
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(fd, left) :]


def _keep(path: Path, former: Path) -> None:
    """Give the standing file its second name; a link first, so that `path` is missing at no moment."""
    if not path.exists():
        return
    link = former.with_name(f".{former.name}{TEMPORARY}")
    link.unlink(missing_ok=True)
    step(f"link {former.name}")
    link.hardlink_to(path)
    step(f"rename {former.name}")
    link.replace(former)
    # rename(2) does nothing where both names are already one file (after a crash between the two renames).
    link.unlink(missing_ok=True)


def open_append(path: Path) -> int:
    """Open a file for append_line, mode 0600, made durable where it is new. The caller closes the descriptor."""
    make_folder(path.parent)
    with translated(path):
        is_new = not path.exists()
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        if is_new:
            sync_folder(path.parent)
        return fd


def append_line(fd: int, line: bytes, path: Path) -> None:
    """Append one line (without its newline) and make it durable; `path` is only for the error's sentence.

    A line that does not fit as a whole is taken back. Raises DiskError.
    """
    with translated(path):
        end = os.fstat(fd).st_size
        try:
            step(f"append {path.name}")
            _write_all(fd, line + b"\n")
            step(f"fdatasync {path.name}")
            os.fdatasync(fd)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(fd, end)
            raise


def cut(fd: int, size: int, path: Path) -> None:
    """Shorten an append-only file to `size` bytes: what a crash left behind its last whole line. Raises DiskError."""
    with translated(path):
        step(f"cut {path.name}")
        os.ftruncate(fd, size)
        os.fdatasync(fd)


def remove(path: Path) -> None:
    """Remove a file; one that is already gone is as well. Not made durable by itself. Raises DiskError."""
    with translated(path, "removed"):
        step(f"remove {path.name}")
        path.unlink(missing_ok=True)


def move(path: Path, target: Path) -> None:
    """Give a file or folder another place on the same disk, durable in one step. Raises DiskError."""
    make_folder(target.parent)
    with translated(path, "moved"):
        step(f"move {path.name}")
        path.replace(target)
        sync_folder(target.parent)
        sync_folder(path.parent)


def remove_tree(folder: Path) -> None:
    """Remove a folder with all in it; one that is already gone is as well. Raises DiskError."""
    with translated(folder, "removed"):
        if folder.is_dir():
            step(f"remove folder {folder.name}")
            shutil.rmtree(folder)


def read(path: Path) -> bytes | None:
    """Read a whole file, None where there is none. Raises DiskError."""
    with translated(path, "read"):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def sweep(folder: Path) -> None:
    """Remove the temporary files a crash left in a folder. Only for who holds the lock. Raises DiskError."""
    if folder.is_dir():
        for path in folder.glob(f".*{TEMPORARY}"):
            remove(path)
