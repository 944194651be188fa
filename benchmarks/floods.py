"""Floods, measured: letters built to take for ever, and 500 booking notices within ten minutes (ATTACKS 55, 57).

Run `.venv/bin/python benchmarks/floods.py [letters|bookings]`. Each letter is read in its own process, within 2 s
of its processor time and 300 MB with Python. The notices come to a daemon that may send 500 mails an hour; what must
hold is printed, as held or BROKEN. Leaves with 1 where something took more, decided something, or broke.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from floods import FLOODS  # noqa: E402  # the tests' own letters; only a checkout has them
from smtp_line import Line, on_line  # noqa: E402  # the same
from understanding import read  # noqa: E402  # the same
from world import RULES, next_saturday  # noqa: E402  # the same

from mailbot import stage  # noqa: E402  # after the path above
from mailbot.embedded import EmbeddedServers  # noqa: E402  # the same
from mailbot.model.booking import State  # noqa: E402  # the same
from mailbot.model.events import Approved, Changed, Rejected  # noqa: E402  # the same
from mailbot.model.mail import urgency  # noqa: E402  # the same

MOST_SECONDS, MOST_MEGABYTES = 2.0, 300
BOOKINGS, MINUTES, PER_HOUR = 500, 10, 500
KINDS = ("desk/request", "office/review", "customer/received", "subscriber/request")


def measured(name: str) -> tuple[str, str, float, int]:
    """Read one letter; gives its name, what came of it, seconds and megabytes."""
    raw = FLOODS[name]()
    begun = time.process_time()
    event = read(raw)
    taken = time.process_time() - begun
    is_decision = isinstance(event, Approved | Rejected | Changed)
    said = f"DECIDED {type(event).__name__}" if is_decision else type(event).__name__
    return name, said, taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def letters() -> int:
    """Measure all of them and print the slowest first."""
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        found = pool.map(measured, FLOODS, chunksize=1)
    for name, said, seconds, megabytes in sorted(found, key=lambda row: -row[2]):
        print(f"{name:40}{said:22}{seconds:7.2f} s{megabytes:6} MB")
    bad = [row for row in found if row[1].startswith("DECIDED") or row[2] > MOST_SECONDS or row[3] > MOST_MEGABYTES]
    print(f"{len(found)} letters, {len(bad)} over {MOST_SECONDS:.0f} s or {MOST_MEGABYTES} MB")
    return len(bad)


def arrive(line: Line, codes: list[str]) -> None:
    """Let the notices arrive, a tenth of them each minute."""
    begin, each = next_saturday(line.world.rules, weeks=2), len(codes) // MINUTES
    for number, code in enumerate(codes):
        line.world.request(code, begin + timedelta(days=number // 4, hours=-(number % 4)))
        if number % each == each - 1:
            line.past += timedelta(minutes=1)
            line.daemon.once()


def sent(line: Line) -> Counter[tuple[str, str]]:
    """Count what the mail server took, by kind and booking."""
    return Counter((str(mail["Mailbot-Kind"]), str(mail["Mailbot-Booking"])) for mail in line.taken())


def is_in_order(line: Line, before: Counter[tuple[str, str]], after: Counter[tuple[str, str]]) -> bool:
    """Tell whether no mail left while a more urgent one had to wait for the next hour."""
    waiting = [urgency(mail)[0] for mail in line.daemon.flow.books().queued()]
    left = {kind for kind, _ in after - before}
    ranks = [urgency(mail)[0] for mail in line.daemon.flow.books().mails() if mail.kind in left]
    return not waiting or not ranks or max(ranks) <= min(waiting)


def held(line: Line, codes: list[str]) -> Iterator[tuple[str, bool]]:
    """Let them arrive and then the hours pass; give what must hold, and whether it does."""
    arrive(line, codes)
    books = line.daemon.flow.books()
    stored = {booking.code for booking in books.bookings() if booking.state is State.REQUESTED}
    yield f"{len(stored)} bookings stored, none lost and none twice", stored == set(codes)
    so_far = sent(line)
    told = so_far["office/alarm", "None"]
    yield f"{so_far.total()} mails left at once, the alarm among them", so_far.total() == PER_HOUR and told == 1
    while line.daemon.flow.books().queued():
        before = so_far
        line.later(minutes=60, seconds=1)
        so_far = sent(line)
        count = (so_far - before).total()
        is_fine = 0 < count <= PER_HOUR and is_in_order(line, before, so_far)
        yield f"{count} mails in the next hour, the most urgent first", is_fine
    all_of_them = Counter({(kind, code): 1 for kind in KINDS for code in codes})
    rest = so_far - all_of_them
    yield f"{(so_far & all_of_them).total()} mails about them, each once", so_far & all_of_them == all_of_them
    yield f"{rest.total()} other mail: the office is told once", dict(rest) == {("office/alarm", "None"): 1}


def bookings() -> int:
    """Send 500 notices; prints what holds and how long it took, and gives how much broke."""
    base = stage.stage_rules(RULES)
    codes = ["FLOOD" + "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{n:03}") + "XYZK" for n in range(BOOKINGS)]
    begun, broken = time.process_time(), 0
    with tempfile.TemporaryDirectory() as folder:
        servers = EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id)
        with servers, on_line(servers, Path(folder), per_hour=PER_HOUR) as line:
            for said, is_so in held(line, codes):
                print(f"{said:60}{'held' if is_so else 'BROKEN'}")
                broken += not is_so
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{BOOKINGS} bookings in {time.process_time() - begun:.0f} s, with both mail servers in {megabytes} MB")
    return broken


def main(words: list[str]) -> int:
    """Measure what is named, else both; returns 1 where something is wrong."""
    wanted = [step for step in (letters, bookings) if not words or step.__name__ in words]
    return 1 if sum(step() for step in wanted) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
