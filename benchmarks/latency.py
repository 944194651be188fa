"""Measure the way of a notice: from its arrival in the mailbox to the acceptance of customer/received by SMTP.

Run `.venv/bin/python benchmarks/latency.py [N]`; prints median and 95th percentile, in seconds, on the embedded servers
and, where it is installed and we are root, on a real Dovecot. The SMTP server is the embedded one in both.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from mailbot import stage
from mailbot.daemon import Daemon
from mailbot.embedded import EmbeddedServers
from mailbot.model.rules import Rules
from mailbot.running import quiet, templates_beside

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from real_servers import Dovecot, missing  # noqa: E402  # the tests' own Dovecot; only a checkout has it

Deliver = Callable[[bytes], object]


def measure(rules: Rules, servers: EmbeddedServers, deliver: Deliver, count: int) -> list[float]:
    """Deliver notices one by one into the watched mailbox and wait for each customer's mail; seconds each."""
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon.open(rules, Path(folder), templates_beside(ROOT / "rules.yaml"))
        thread = threading.Thread(target=daemon.run)
        thread.start()
        try:
            time.sleep(1.5)
            return [_one(number, rules, servers, deliver) for number in range(count)]
        finally:
            daemon.stop()
            thread.join()
            daemon.close()


def _one(number: int, rules: Rules, servers: EmbeddedServers, deliver: Deliver) -> float:
    now = datetime.now(rules.site.timezone)
    start = (now + timedelta(days=2 + number)).replace(hour=18, minute=0, second=0, microsecond=0)
    request = stage.Request(f"QQQQQQQ{number:05d}".translate(DIGITS), "Kim Kunde", start, 60)
    raw = notice_with_verdict(rules, stage.notice(request, rules.smtp.sender_address, now).as_bytes())
    before = len(servers.messages("customer"))
    begun = time.perf_counter()
    deliver(raw)
    while len(servers.messages("customer")) == before:
        if time.perf_counter() - begun > 20:
            raise SystemExit("no mail to the customer within 20 s")
        time.sleep(0.001)
    taken = time.perf_counter() - begun
    time.sleep(0.3)
    return taken


# A reference has no digits: A to J stand for 0 to 9.
DIGITS = str.maketrans("0123456789", "ABCDEFGHIJ")


def notice_with_verdict(rules: Rules, raw: bytes) -> bytes:
    """Put the verdict on top that the receiving server would write."""
    verdict = f"Authentication-Results: {rules.trust.authserv_id}; dmarc=pass header.from=youcanbook.me\n"
    return verdict.encode() + raw


def report(name: str, seconds: list[float]) -> None:
    """Print one line of numbers."""
    ordered = sorted(seconds)
    p95 = ordered[max(0, round(0.95 * len(ordered)) - 1)]
    print(f"{name:<10} n={len(seconds):<4} median {statistics.median(seconds):.3f} s   p95 {p95:.3f} s")


def main() -> None:
    """Measure on the embedded servers, then on Dovecot."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    base = stage.stage_rules(ROOT / "rules.yaml")
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as servers:
        rules = stage.on_servers(base, servers)
        report("embedded", measure(rules, servers, lambda raw: servers.deliver("mailbot", raw), count))
        if "Dovecot" in missing():
            print("dovecot    not installed, or not root: not measured")
            return
        dovecot = Dovecot()
        try:
            dovecot.start()
            account = dovecot.account()
            box = replace(rules.mailbox, port=account.port, user=account.user, password=account.password)
            report("dovecot", measure(replace(rules, mailbox=box), servers, account.deliver, count))
        finally:
            dovecot.stop()


if __name__ == "__main__":
    main()
