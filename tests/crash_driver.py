"""Make passes of `mailbot once` that die at a given durable step: each in a fork of this process, started once.

The argument is a file with the pickled rules. Each line "THREAD STEP FOLDER" on standard input makes one pass on that
data folder that dies before that step of that thread, counted from 1 (0: never), and prints its exit code; 137 where
it died. Each thread's steps are counted by themselves: what the two do at the same time has no order. The intake's
fsyncs do not count: a process that ends leaves the same files before one as before the step that follows it.
"""

import os
import pickle
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from mailbot.daemon import Daemon
from mailbot.model.mail import Thread
from mailbot.model.rules import Rules
from mailbot.record import durable
from mailbot.running import quiet
from mailbot.send.cast import NOW
from mailbot.send.compose import Composer
from mailbot.send.examples import example_orders

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def main() -> None:
    quiet()
    with open(sys.argv[1], "rb") as file:
        rules = pickle.load(file)
    composer = Composer(TEMPLATES, rules)
    # Every template is compiled and every library is loaded once, here, and not in each fork; but no invoice is set:
    # typst starts threads, and a fork of a process with threads may wait for one that is not there.
    for order in example_orders(rules):
        composer.compose(
            replace(order, attach=tuple(name for name in order.attach if name.startswith("ics"))), Thread(), NOW
        )
    for line in sys.stdin:
        thread, step, folder = line.split(" ", 2)
        child = os.fork()
        if child == 0:
            _pass(rules, composer, Path(folder.strip()), thread, int(step))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _pass(rules: Rules, composer: Composer, data: Path, thread: str, dies_at: int) -> None:
    counts: Counter[str] = Counter()

    def on_step(name: str) -> None:
        here = "post" if threading.current_thread().name == "post" else "intake"
        counts[here] += not (here == "intake" and name.startswith("fsync"))
        if here == thread and counts[here] == dies_at > 0:
            os._exit(137)

    durable.on_step = on_step
    clock = lambda: datetime.now(rules.site.timezone)  # noqa: E731  # one line says it
    daemon = Daemon.open(rules, data, TEMPLATES, clock=clock, composer=composer)
    daemon.once()
    daemon.close()
    os._exit(0)


if __name__ == "__main__":
    main()
