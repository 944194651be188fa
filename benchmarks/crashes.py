"""Crash every single durable step of every kind of letter and clock event, and see that the end is the same.

Run `.venv/bin/python benchmarks/crashes.py [--every 1] [--power]`. `make test` ends some steps of each round of
tests/crash_rounds.py; this ends each one (or every so manyth), with --power as a power cut that loses what was not
synced. Prints rounds, steps and ends that differ; exits with 1 where one does. Takes a quarter of an hour.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

# The tests' own rounds; only a checkout has them.
from crash_rounds import Played, play
from power_cut import Disk


def main() -> int:
    """Play the rounds once, then end each of their steps."""
    words = argparse.ArgumentParser()
    words.add_argument("--every", type=int, default=1)
    words.add_argument("--power", action="store_true")
    given = words.parse_args()
    begun, total, differing = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for here in play(Path(folder)):
            steps = [n for n, step in enumerate(here.steps) if given.power or not step.startswith(("fsync", "fdata"))]
            wrong = [n for n in steps[:: given.every] if not _is_same(here, n, is_cut=given.power)]
            total, differing = total + len(steps[:: given.every]), differing + len(wrong)
            print(f"{here.round.at} {here.round.name:<14} {len(steps):>4} steps", flush=True)
            for n in wrong:
                print(f"  differs: step {n}, {here.steps[n]}", flush=True)
    print(f"{total} steps ended, {differing} ends differ, {time.monotonic() - begun:.0f} seconds")
    return 1 if differing else 0


def _is_same(here: Played, step: int, *, is_cut: bool) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        act = here.before.copy(Path(folder) / "act")
        disk = Disk.of(act.data)
        with disk.watching():
            act.stop_at(step)
        if is_cut:
            disk.leave(Path(folder) / "left", is_name_kept=step % 2 == 1)
            act.data = Path(folder) / "left"
        return here.ends(act) == here.expected


if __name__ == "__main__":
    sys.exit(main())
