"""Quote our real mails around hostile customer text, 200,000 times, and count the decisions read out of it: none.

Run `.venv/bin/python benchmarks/quoted.py [CASES]`; prints cases, decisions, questions back and time, and leaves with 1
where anything was decided. One process for each core; the same cases on every run.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from hostile import EACH, cases, decided  # noqa: E402  # the tests' own mail programs; only a checkout has them

BATCH = 50


def batch(first: int) -> tuple[int, list[str]]:
    """Read the letters of some seeds; gives their number, and what was decided by which."""
    found: list[str] = []
    count = 0
    for case in cases(range(first, first + BATCH)):
        count += 1
        if event := decided(case):
            found.append(f"seed {first}+ {case.style}, {case.kind}: {type(event).__name__}")
    return count, found


def main() -> int:
    """Run them all, in processes."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    firsts = range(0, -(-wanted // EACH), BATCH)
    begun = time.perf_counter()
    count = 0
    decisions: list[str] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for number, found in pool.map(batch, firsts):
            count += number
            decisions += found
    taken = time.perf_counter() - begun
    print(*decisions[:20], sep="\n", end="\n" if decisions else "")
    print(f"{count} letters, {len(decisions)} decisions, {count - len(decisions)} questions back, {taken:.0f} s")
    return 1 if decisions else 0


if __name__ == "__main__":
    sys.exit(main())
