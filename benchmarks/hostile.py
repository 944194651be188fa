"""Measure what a hostile letter costs: each shape of tests/hostile_shapes.py, as a notice, through a pass of its own.

Run `.venv/bin/python benchmarks/hostile.py [WORD]`; prints CPU seconds of the pass, the process's peak memory, and what
became of the letter. Each pass is a process of its own, so that no shape hides behind another; the servers are here.
Ends with 1 where a shape takes more than 2 s or 300 MB (ATTACKS 57). WORD picks the shapes whose name holds it.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from mailbot import stage
from mailbot.daemon import Daemon
from mailbot.embedded import EmbeddedServers
from mailbot.model.decisions import Arrival
from mailbot.model.events import CodesGenerated
from mailbot.model.people import OPERATOR
from mailbot.running import quiet, templates_beside

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from attack_story import letter, passed  # noqa: E402  # the tests' own letters; only a checkout has them
from hostile_shapes import SHAPES  # noqa: E402

SECONDS, MEGABYTES = 2.0, 300
NOTICE = "Name: Kim Kunde\nE-Mail: {email}\nTelefon: 0171 2345678\nStart: {start:%d.%m.%Y} 19:30"


def one_pass(imap_port: int, smtp_port: int, data: Path) -> None:
    """Make one pass in this process; prints its cost and the new outcomes as JSON."""
    quiet()
    base = stage.stage_rules(ROOT / "rules.yaml")
    rules = stage.on_servers(base, _Ports(imap_port, smtp_port))  # type: ignore[arg-type]  # only the ports are read
    daemon = Daemon.open(rules, data, templates_beside(ROOT / "rules.yaml"))
    daemon.flow.handle([Arrival("command:codes", OPERATOR, CodesGenerated(is_quiet=True))])
    before = {mail.id for mail in daemon.flow.books().mails()}
    begun = time.process_time()
    daemon.once()
    seconds = time.process_time() - begun
    kinds = sorted(mail.kind for mail in daemon.flow.books().mails() if mail.id not in before)
    # Not getrusage: its peak is inherited from whoever started this process.
    peak = int(re.findall(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[0]) // 1024
    daemon.close()
    print(json.dumps({"seconds": seconds, "megabytes": peak, "mails": kinds}))


class _Ports:
    def __init__(self, imap_port: int, smtp_port: int) -> None:
        self.imap_port, self.smtp_port = imap_port, smtp_port


def measure(servers: EmbeddedServers, data: Path, raw: bytes) -> dict[str, object]:
    """Lay a letter into the mailbox and let a process of its own make a pass."""
    servers.deliver("mailbot", raw)
    words = [sys.executable, __file__, "--pass", str(servers.imap_port), str(servers.smtp_port), str(data)]
    ran = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Measure every shape; returns 1 where one costs too much."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    base, worst = stage.stage_rules(ROOT / "rules.yaml"), 0
    start = datetime.now(base.site.timezone)
    print(f"{'shape':<32} {'MB':>6}  {'CPU s':>6}  {'peak MB':>7}  mails")
    with tempfile.TemporaryDirectory() as folder, EmbeddedServers(stage.accounts(base), stage.PASSWORD) as servers:
        for name, shape in SHAPES.items():
            if word not in name:
                continue
            fields = (passed("youcanbook.me"), ("From", stage.NOTICES), ("Subject", "Neue Buchung"), *shape.head)
            text = NOTICE.format(email=stage.CUSTOMER, start=start.replace(year=start.year + 1))
            raw = letter(fields, shape.body(text), shape.content)
            found = measure(servers, Path(folder) / name.replace(" ", "-").replace("/", "-"), raw)
            seconds, peak = float(str(found["seconds"])), int(str(found["megabytes"]))
            is_bad = seconds > SECONDS or peak > MEGABYTES
            worst |= is_bad
            mails = " ".join(found["mails"]) if isinstance(found["mails"], list) else ""
            mark = "  TOO MUCH" if is_bad else ""
            print(f"{name:<32} {len(raw) / 1e6:>6.2f}  {seconds:>6.2f}  {peak:>7}  {mails}{mark}", flush=True)
    return int(worst)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--pass"]:
        one_pass(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
    else:
        sys.exit(main())
