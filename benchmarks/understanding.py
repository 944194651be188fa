"""Set answers by every mail program around our real mails, and print for each how they were understood.

Run `.venv/bin/python benchmarks/understanding.py [ROUNDS]`; leaves with 1 where one was misunderstood, or fewer than 95
of 100 honest answers needed no question back. The same cases on every run.
"""

import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from understanding import CLIENTS, cases, verdict  # noqa: E402  # the tests' own mail programs; only a checkout has them

HEAD = f"{'':24}{'honest':>8}{'understood':>12}{'asked back':>12}{'wrong':>7}   {'unclear':>8}{'wrong':>7}"


def line(name: str, honest: Counter[str], unclear: Counter[str]) -> str:
    """Give one program's line."""
    share = honest["understood"] / max(honest.total(), 1)
    left = f"{name:24}{honest.total():8}{share:12.1%}{honest['asked back']:12}{honest['wrong']:7}"
    return f"{left}   {unclear.total():8}{unclear['wrong']:7}"


def main() -> int:
    """Read all letters and print the table."""
    honest: dict[str, Counter[str]] = {client: Counter() for client in CLIENTS}
    unclear: dict[str, Counter[str]] = {client: Counter() for client in CLIENTS}
    begun = time.perf_counter()
    for case in cases(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        (unclear if case.meant.event is None else honest)[case.client][verdict(case)] += 1
    print(HEAD, *(line(name, honest[name], unclear[name]) for name in CLIENTS), sep="\n")
    whole, doubts = sum(honest.values(), Counter[str]()), sum(unclear.values(), Counter[str]())
    print(line("all", whole, doubts))
    print(f"{whole.total() + doubts.total()} letters in {time.perf_counter() - begun:.0f} s")
    is_good = whole["wrong"] == doubts["wrong"] == 0 and whole["understood"] >= 0.95 * whole.total()
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
