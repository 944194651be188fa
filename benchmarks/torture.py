"""Torture: mailbot is killed about every second while 500 notices come in and the office answers each of them.

Run `.venv/bin/python benchmarks/torture.py [--notices 500] [--seed N] [--life 1.0] [--real]`. --real takes Debian's
Dovecot and Postfix (as root) instead of the embedded servers. --life is how many seconds mailbot lives after each
start on average: a machine busy with other things needs more, or nothing is ever finished between two kills.
When all is handled the end is held against what was promised; exits with 1 where a promise was broken.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

# The tests' own town; only a checkout has it.
from killed_town import Town, embedded_town, real_town
from real_servers import missing

NO_EVERY = 9
# Notices in a tenth of a second: a few in each start and life.
PACE = 0.06
# Where it gets no further under the kills they end after so many seconds, and it may finish in peace.
KILLED_FOR, FINISHED_WITHIN = 3600.0, 900.0


def torture(town: Town, life: float) -> list[float]:
    """Kill and start again until all is handled, then let it finish; gives how long each life lasted."""
    town.generate_codes()
    lives: list[float] = []
    until = time.monotonic() + KILLED_FOR
    while not town.is_all_handled() and time.monotonic() < until:
        town.start()
        begun = time.monotonic()
        # Mostly shorter than the average, sometimes much longer.
        town.live(town.dice.expovariate(1 / life))
        town.kill()
        lives.append(time.monotonic() - begun)
        if town.kills % 10 == 0:
            print(f"  {town.kills} kills: {town.requested} requested, {len(town.decided)} answered", flush=True)
    town.start()
    until = time.monotonic() + FINISHED_WITHIN
    while not town.is_quiet() and time.monotonic() < until:
        town.live(1.0)
    town.stop()
    return lives


def report(town: Town, lives: list[float], seconds: float) -> int:
    """Print what came of it; gives the exit code."""
    broken = town.violations()
    yes = sum(town.decided.values())
    letters = town.requested + len(town.decided)
    print(f"letters    {letters}: {town.requested} notices, {yes} ok, {len(town.decided) - yes} nein")
    print(f"kills      {town.kills}, {statistics.mean(lives):.2f} s after each start on average")
    print(f"seconds    {seconds:.0f}")
    print(f"copies     {town.copies()} mails came twice, with the same Message-ID")
    print(f"violations {len(broken)}")
    for line in broken[:50]:
        print(f"  {line}")
    return 1 if broken else 0


def main() -> int:
    """Build the town and torture it."""
    words = argparse.ArgumentParser()
    words.add_argument("--notices", type=int, default=500)
    words.add_argument("--seed", type=int, default=20261121)
    words.add_argument("--life", type=float, default=1.0)
    words.add_argument("--real", action="store_true")
    given = words.parse_args()
    if given.real and missing():
        print(f"{' and '.join(missing())}: not installed, or not root")
        return 1
    build = real_town if given.real else embedded_town
    with (
        tempfile.TemporaryDirectory() as folder,
        build(Path(folder), given.seed, notices=given.notices, no_every=NO_EVERY, pace=PACE) as town,
    ):
        begun = time.monotonic()
        lives = torture(town, given.life)
        return report(town, lives, time.monotonic() - begun)


if __name__ == "__main__":
    sys.exit(main())
