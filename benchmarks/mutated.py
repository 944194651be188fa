"""Break real letters by the thousand and see what becomes of them: nothing may raise, order or harm (ATTACKS 59).

Run `.venv/bin/python benchmarks/mutated.py [COUNT [SEED [FOLDER]]]`; prints how many letters, how they were understood,
the slowest, and every harm. FOLDER holds more letters (*.eml) to begin with. Ends with 1 where one did harm or took
more than 2 s.
"""

import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import mutating  # noqa: E402  # the tests' own letters; only a checkout has them

SECONDS = 2.0


def main() -> int:
    """Judge so many letters without proof, and as many with it; returns 1 where one did harm."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    more = [path.read_bytes() for path in sorted(Path(sys.argv[3]).rglob("*.eml"))] if len(sys.argv) > 3 else []
    worst = 0
    for is_proven in (False, True):
        events: Counter[str] = Counter()
        harms: list[str] = []
        slowest = 0.0
        for number, raw in enumerate(mutating.mutated(count, seed, more)):
            begun = time.process_time()
            harms += _harms(raw, number, events, is_proven=is_proven)
            slowest = max(slowest, time.process_time() - begun)
        worst |= bool(harms) or slowest > SECONDS
        print(
            f"{count} letters {'with' if is_proven else 'without'} proof: {len(harms)} harms, slowest {slowest:.2f} s"
        )
        print("  " + ", ".join(f"{name} {number}" for name, number in events.most_common()))
        print("\n".join(harms[:20]))
    return int(worst)


def _harms(raw: bytes, number: int, events: Counter[str], *, is_proven: bool) -> list[str]:
    try:
        found = mutating.judged(raw if is_proven else mutating.unproven(raw))
    except Exception as error:  # noqa: BLE001  # the one thing that is looked for
        return [f"letter {number}: {type(error).__name__}: {error}"]
    events[type(found.event).__name__] += 1
    return [] if is_proven else [f"letter {number}: {wrong}" for wrong in mutating.harm(found)]


if __name__ == "__main__":
    sys.exit(main())
