"""What was restored takes the place of what was there, for every mailbot in one step; the old things are kept aside.

All happens inside data/, for the folder above it may not be ours (systemd's StateDirectory) and the lock stays where it
is. From the moment the plan lies there, nobody reads or writes the books before the swap is done, whatever crashes.
Fails with DiskError where the disk says no.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import count
from pathlib import Path

import orjson

from mailbot.record import archive, durable, sendings, storage
from mailbot.record.backups import KEPT_FOLDERS

# Where a restore is made ready, and the plan of the swap.
READY, PLAN = "restoring", "restoring.json"
ASIDE = "before-restore-"

EVERYTHING = (storage.NAME, storage.FORMER, archive.NAME, sendings.NAME, *KEPT_FOLDERS)
# Going back by one commit leaves everything else as it is.
BOOKS_ONLY = (storage.NAME, storage.FORMER, sendings.NAME)


def is_under_way(data: Path) -> bool:
    """Tell whether a restore was decided and is not done yet."""
    return (data / PLAN).exists()


def begin(data: Path) -> Path:
    """Give the empty folder in which a restore is made ready; what a broken-off one left there goes."""
    durable.remove_tree(data / READY)
    durable.own_folder(data / READY)
    return data / READY


def swap(data: Path, names: Iterable[str], aside: str) -> Path:
    """Put what is ready in place of these names; returns the folder that keeps what was there."""
    ready = [name for name in names if (data / READY / name).exists()]
    # What the restored books lack goes too: it belongs to the others.
    plan = {"ready": ready, "lacking": [name for name in names if name not in ready], "aside": aside}
    durable.write_new(data / PLAN, orjson.dumps(plan))
    finish(data)
    return data / aside


def finish(data: Path) -> None:
    """Do what is left of a swap that was decided, and clear away one that was not. Only for who holds the lock."""
    raw = durable.read(data / PLAN)
    if raw is not None:
        plan = orjson.loads(raw)
        aside = data / plan["aside"]
        for name in plan["lacking"]:
            _move_away(data / name, aside / name)
        for name in plan["ready"]:
            # What is not ready any more was put in place before the crash.
            if (data / READY / name).exists():
                _move_away(data / name, aside / name)
                durable.move(data / READY / name, data / name)
        durable.remove(data / PLAN)
    durable.remove_tree(data / READY)


def _move_away(path: Path, aside: Path) -> None:
    if path.exists():
        durable.own_folder(aside.parent)
        durable.move(path, aside)


def asides(data: Path) -> list[Path]:
    """Give the folders that keep what was there before a restore, oldest first."""
    return sorted(path for path in data.glob(f"{ASIDE}*") if path.is_dir())


def aside_name(data: Path, now: datetime) -> str:
    """Name the folder that will keep what a restore at this moment replaces; there is none of that name yet."""
    names = (f"{ASIDE}{now:%Y%m%dT%H%M%S}-{number}" for number in count(1))
    return next(name for name in names if not (data / name).exists())


def kept_since(folder: Path, now: datetime) -> datetime:
    """Tell since when such a folder is kept, in the zone of `now`; a name nobody can read is of today."""
    try:
        return datetime.strptime(folder.name.removeprefix(ASIDE).partition("-")[0], "%Y%m%dT%H%M%S").replace(
            tzinfo=now.tzinfo
        )
    except ValueError:
        return now


def drop(folder: Path) -> None:
    """Remove such a folder."""
    durable.remove_tree(folder)
