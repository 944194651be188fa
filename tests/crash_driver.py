"""Make passes of `mailbot once` that die at a given durable step: each in a fork of this process, started once.

The argument is a file with the pickled rules. Each line "STEP FOLDER" on standard input makes one pass on that data
folder that dies at that step (0: never) and prints its exit code; 137 where it died.
"""

import os
import pickle
import sys
from datetime import datetime
from pathlib import Path

from mailbot.daemon import Daemon
from mailbot.model.rules import Rules
from mailbot.record import durable
from mailbot.running import quiet
from mailbot.send.compose import Composer

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def main() -> None:
    quiet()
    with open(sys.argv[1], "rb") as file:
        rules = pickle.load(file)
    composer = Composer(TEMPLATES, rules)
    composer.check()
    for line in sys.stdin:
        step, folder = line.split(" ", 1)
        child = os.fork()
        if child == 0:
            _pass(rules, composer, Path(folder.strip()), int(step))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _pass(rules: Rules, composer: Composer, data: Path, dies_at: int) -> None:
    count = 0

    def on_step(name: str) -> None:
        nonlocal count
        count += 1
        if count == dies_at:
            os._exit(137)

    durable.on_step = on_step
    clock = lambda: datetime.now(rules.site.timezone)  # noqa: E731  # one line says it
    daemon = Daemon.open(rules, data, TEMPLATES, clock=clock, composer=composer)
    daemon.once()
    daemon.close()
    os._exit(0)


if __name__ == "__main__":
    main()
