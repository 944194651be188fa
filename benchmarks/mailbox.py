"""Measure what a pass costs where a mailbox is hard: fifty letters of ours of 20 MB, and 50,000 letters of strangers.

Run `.venv/bin/python benchmarks/mailbox.py [LARGE] [STRANGERS]` as root with Dovecot installed; each pass runs in a
process of its own, which prints its seconds and its peak of memory. The letters need LARGE x 20 MB of room in /tmp.
"""

import base64
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
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

# A reference has no digits: A to J stand for 0 to 9.
DIGITS = str.maketrans("0123456789", "ABCDEFGHIJ")
# Base64 in lines, as mailers write it: 20 MB, made once.
FILLER = b"SGFsbGUg" * 9 + b"SGFs\r\n"
ATTACHED = FILLER * (20_000_000 // len(FILLER))
STRANGER = b"From: oma%d@privat.example\r\nSubject: Kuchen %d\r\nMessage-ID: <%d@privat.example>\r\n%s\r\n%s\r\n"
TRACE = b"Received: from mx%d.privat.example by mx.soccer-kirche.example; Sat, 21 Nov 2026 08:00:00 +0000\r\n" * 15


def notice(rules: Rules, number: int, attached: bytes) -> bytes:
    """Write a proven notice with a file attached, given in base64."""
    now = datetime.now(rules.site.timezone)
    start = (now + timedelta(days=2 + number)).replace(hour=18, minute=0, second=0, microsecond=0)
    request = stage.Request(f"QQQQQQQ{number:05d}".translate(DIGITS), "Kim Kunde", start, 60)
    mail = stage.notice(request, rules.smtp.sender_address, now)
    if attached:
        mail.add_attachment(b"HERE", maintype="application", subtype="pdf", filename="plan.pdf")
    verdict = f"Authentication-Results: {rules.trust.authserv_id}; dmarc=pass header.from=youcanbook.me\r\n"
    raw = mail.as_bytes().replace(b"\n", b"\r\n").replace(base64.b64encode(b"HERE") + b"\r\n", attached)
    return verdict.encode() + raw


def stranger(number: int) -> bytes:
    """Write a letter that is none of ours, with a head as long as they are today."""
    traces = TRACE % ((number,) * 15)
    return STRANGER % (number, number, number, traces, b"Das Rezept ist geheim.\r\n" * 20)


class Maildir:
    """An account's mailbox on disk, filled without a server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True)
        self._count = 0

    def put(self, raw: bytes, days_ago: float = 0.0) -> None:
        self._count += 1
        at = time.time() - days_ago * 86400
        path = self._folder / "cur" / f"{int(at)}.M{self._count}P1.bench,S={len(raw)}:2,"
        path.write_bytes(raw)
        os.utime(path, (at, at))

    def close(self) -> None:
        """Give all of it to the server's user."""
        subprocess.run(["chown", "-R", "mail:mail", str(self._folder.parent)], check=True)


def one_pass(imap: str, user: str, smtp: str, data: str) -> None:
    """Make one pass and print what it cost; the work of the process of its own."""
    quiet()
    base = stage.stage_rules(ROOT / "rules.yaml")
    box = {"host": "127.0.0.1", "port": int(imap), "user": user, "password": stage.PASSWORD}
    out = {"host": "127.0.0.1", "port": int(smtp), "user": None, "password": None}
    rules = replace(
        base,
        mailbox=replace(base.mailbox, security="none", **box),  # type: ignore[arg-type]  # plain values by name
        smtp=replace(base.smtp, security="none", **out),  # type: ignore[arg-type]  # plain values by name
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    daemon = Daemon.open(rules, Path(data), templates_beside(ROOT / "rules.yaml"))
    try:
        for name in ("first pass", "next pass"):
            begun = time.perf_counter()
            count = daemon.collector.collect()
            taken, peak = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            mark = daemon.flow.books().watermark(daemon.collector.mailbox.folder)
            print(
                f"    {name:<11} {count:>3} letters {taken:6.1f} s   peak {peak:.0f} MB (before {before:.0f} MB)"
                f"   waiting {len(mark.again) if mark else 0}"
                f"   ledger {(Path(data) / 'ledger.json').stat().st_size:,} bytes"
            )
    finally:
        daemon.close()


def main(large: int, strangers: int) -> None:
    """Fill two mailboxes and make a pass over each."""
    if "Dovecot" in missing():
        raise SystemExit("Dovecot is not installed, or we are not root: nothing to measure on")
    rules = stage.stage_rules(ROOT / "rules.yaml")
    dovecot = Dovecot()
    work = Path(tempfile.mkdtemp(prefix="mailbot-bench-"))
    try:
        dovecot.start()
        with EmbeddedServers(stage.accounts(rules), stage.PASSWORD, rules.trust.authserv_id) as servers:
            for what, count in (("letters of ours of 20 MB", large), ("letters of strangers", strangers)):
                account = dovecot.account()
                box = Maildir(dovecot.home / "mail" / account.user / "Maildir")
                for number in range(count):
                    if what.endswith("MB"):
                        box.put(notice(rules, number, ATTACHED))
                    else:
                        box.put(stranger(number), days_ago=10 * (1 - number / count))
                for number in range(3):
                    box.put(notice(rules, 100 + number, b""))
                box.close()
                print(f"{count} {what}, and 3 small notices:", flush=True)
                words = [str(account.port), account.user, str(servers.smtp_port), str(work / account.user)]
                subprocess.run([sys.executable, __file__, "pass", *words], check=True)
    finally:
        dovecot.stop()
        shutil.rmtree(work)


if __name__ == "__main__":
    if sys.argv[1:2] == ["pass"]:
        one_pass(*sys.argv[2:])
    else:
        main(*(int(word) for word in (sys.argv[1:] + ["50", "50000"][len(sys.argv) - 1 :])))
