"""Read letters built to take for ever, each in a process of its own, and print time and memory: under 2 s and 300 MB.

Run `.venv/bin/python benchmarks/floods.py`; leaves with 1 where a letter took more, or decided something. Seconds are
the reader's own processor time, so that a busy machine does not fail it; memory is the process's most, with Python.
"""

import multiprocessing
import resource
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from floods import FLOODS  # noqa: E402  # the tests' own letters; only a checkout has them
from understanding import read  # noqa: E402  # the same

from mailbot.model.events import Approved, Changed, Rejected  # noqa: E402  # after the path above

MOST_SECONDS, MOST_MEGABYTES = 2.0, 300


def measured(name: str) -> tuple[str, str, float, int]:
    """Read one letter; gives its name, what came of it, seconds and megabytes."""
    raw = FLOODS[name]()
    begun = time.process_time()
    event = read(raw)
    taken = time.process_time() - begun
    is_decision = isinstance(event, Approved | Rejected | Changed)
    said = f"DECIDED {type(event).__name__}" if is_decision else type(event).__name__
    return name, said, taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> int:
    """Measure all of them and print the slowest first."""
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        found = pool.map(measured, FLOODS, chunksize=1)
    for name, said, seconds, megabytes in sorted(found, key=lambda row: -row[2]):
        print(f"{name:40}{said:22}{seconds:7.2f} s{megabytes:6} MB")
    bad = [row for row in found if row[1].startswith("DECIDED") or row[2] > MOST_SECONDS or row[3] > MOST_MEGABYTES]
    print(f"{len(found)} letters, {len(bad)} over {MOST_SECONDS:.0f} s or {MOST_MEGABYTES} MB")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
