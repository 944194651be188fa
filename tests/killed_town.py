"""A town around a mailbot that is killed: who requests, who answers, what each of them got, and what must be true then.

Everybody but mailbot lives in this process; mailbot is the real program, ended with SIGKILL and started again. The
mail servers are the embedded ones or Debian's. For tests/test_kill.py (a few letters) and benchmarks/torture.py.
"""

import os
import random
import signal
import smtplib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from pathlib import Path

from real_servers import Dovecot, Postfix
from town_promises import broken, reference
from world import ROOT, RULES, next_saturday, write_rules

from mailbot import config, stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.books import Books
from mailbot.model.rules import Rules
from mailbot.record.ledger import Ledger

ENV = {"MAILBOT_IMAP_PASSWORD": stage.PASSWORD, "MAILBOT_SMTP_PASSWORD": stage.PASSWORD}
NO = "nein: Halle gesperrt"
# Stays lie on so many days, one hour of the day after the other.
DAYS = 120


@dataclass
class Town:
    """Everybody outside the process that is killed. `letters` gives a person's letters, oldest first.

    `pace` is how many notices come in a tenth of a second, on average. `decided` holds what the office answered,
    booking code to whether it approved.
    """

    rules: Rules
    rules_path: Path
    people: dict[str, str]
    letters: Callable[[str], Sequence[bytes]]
    dice: random.Random
    notices: int
    no_every: int = 3
    pace: float = 1.0
    decided: dict[str, bool] = field(default_factory=dict)
    requested: int = 0
    looked_at: int = 0
    kills: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def data(self) -> Path:
        """Give the data folder of the one who is killed."""
        return self.rules_path.parent / "data"

    def command(self, *words: str) -> list[str]:
        """Give the words of a command in this town."""
        program = [sys.executable, "-m", "mailbot", "--rules", str(self.rules_path), "--data", str(self.data)]
        return [*program, *words]

    def generate_codes(self) -> None:
        """Make the season's door codes."""
        subprocess.run(self.command("codes", "generate"), cwd=ROOT, env=os.environ | ENV, check=True)

    def start(self) -> None:
        """Start mailbot; returns when it is at work. Life goes on meanwhile."""
        log = self.data.parent / "log"
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                self.command("run"), cwd=ROOT, env=os.environ | ENV, stdout=subprocess.DEVNULL, stderr=file
            )
        while b"started" not in log.read_bytes():
            assert self.process.poll() is None, log.read_text()
            self.live(0.1)

    def kill(self) -> None:
        """End it at once, wherever it is."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(10) == -signal.SIGKILL, "it ended by itself"
        self.kills += 1

    def stop(self) -> None:
        """Let it end as it does when the machine is shut down."""
        assert self.process
        self.process.terminate()
        assert self.process.wait(30) == 0

    def end(self) -> None:
        """Leave no process behind, whatever happened."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def live(self, seconds: float) -> None:
        """Let requests come in, and the office answer what it got."""
        until = time.monotonic() + seconds
        while True:
            if self.requested < self.notices and self.dice.random() < self.pace:
                self._request()
            self._answer()
            if time.monotonic() >= until:
                return
            time.sleep(0.1)

    def _request(self) -> None:
        n, now = self.requested, datetime.now(self.rules.site.timezone)
        self.requested += 1
        start = next_saturday(self.rules, hour=10 + 2 * (n // DAYS)) + timedelta(days=n % DAYS)
        mail = stage.notice(stage.Request(reference(n), "Kim Kunde", start, 60), self.people["mailbot"], now)
        mail.set_content(str(mail.get_content()).replace(stage.CUSTOMER, self.people["customer"]))
        self._send([mail], stage.NOTICES)

    def _answer(self) -> None:
        """Answer each review once, every so manyth with no."""
        raws, answers = self.letters("office")[self.looked_at :], []
        self.looked_at += len(raws)
        for review in map(BytesHeaderParser(policy=default).parsebytes, raws):
            code = str(review["Mailbot-Booking"])
            if review["Mailbot-Kind"] == "office/review" and code not in self.decided:
                self.decided[code] = (len(self.decided) + 1) % self.no_every != 0
                headers = {name: str(value) for name, value in review.items()}
                now = datetime.now(self.rules.site.timezone)
                answers.append(stage.reply(headers, "ok" if self.decided[code] else NO, self.people["office"], now))
        self._send(answers, self.people["office"])

    def _send(self, mails: Sequence[EmailMessage], sender: str) -> None:
        if not mails:
            return
        with smtplib.SMTP("127.0.0.1", self.rules.smtp.port) as smtp:
            for mail in mails:
                smtp.send_message(mail, sender, [self.people["mailbot"]])

    def books(self) -> Books:
        """Read the books beside whoever works on them."""
        return Ledger.open(self.data, self.rules.site.timezone, read_only=True).books()

    def is_all_handled(self) -> bool:
        """Tell whether every request is decided and every letter filed."""
        if len(self.decided) < self.notices or self.letters("mailbot"):
            return False
        books = self.books()
        return not books.waiting() and len(books.booking_codes()) == self.notices

    def is_quiet(self) -> bool:
        """Tell whether every mail is gone, too."""
        return self.is_all_handled() and not self.books().queued()

    def copies(self) -> int:
        """Count the mails that came twice."""
        names = [name for name in self.people if name != "mailbot"]
        ids = [
            (name, BytesHeaderParser().parsebytes(raw)["Message-ID"]) for name in names for raw in self.letters(name)
        ]
        return sum(times == 2 for times in Counter(ids).values())

    def violations(self) -> list[str]:
        """Hold the end against what was promised; gives each broken promise in one line."""
        left = len(self.letters("mailbot"))
        mails = {
            name: [message_from_bytes(raw, policy=default) for raw in self.letters(name)]
            for name in self.people
            if name != "mailbot"
        }
        lines = broken(self.books(), mails, self.people, self.decided, self.notices)
        return [f"{left} letters are left in the inbox", *lines] if left else lines


@contextmanager
def embedded_town(folder: Path, seed: int, **more: float) -> Iterator[Town]:
    """Build a town on the embedded servers, its books and rules in this folder."""
    base = stage.stage_rules(RULES)
    people = stage.accounts(base)
    with EmbeddedServers(people, stage.PASSWORD, base.trust.authserv_id) as servers:
        rules = _rules(folder, servers.imap_port, servers.smtp_port)
        dice = random.Random(seed)
        town = Town(rules, folder / "rules.yaml", people, servers.messages, dice, **more)  # type: ignore[arg-type]  # its own fields
        try:
            yield town
        finally:
            town.end()


@contextmanager
def real_town(folder: Path, seed: int, **more: float) -> Iterator[Town]:
    """Build a town on Dovecot and Postfix. Both must be there (see real_servers.missing)."""
    dovecot = Dovecot()
    postfix = Postfix(dovecot)
    try:
        dovecot.start()
        postfix.start()
        users = {name: dovecot.account().user for name in LOCAL_PARTS}
        named = {LOCAL_PARTS[name]: user for name, user in users.items() if name != "customer"}
        rules = _rules(folder, dovecot.imap_port, postfix.smtp_port, **named)
        people = {**stage.accounts(rules), "customer": f"{users['customer']}@kunde.example"}
        dice = random.Random(seed)
        letters = _Maildirs(dovecot.home / "mail", users)
        town = Town(rules, folder / "rules.yaml", people, letters, dice, **more)  # type: ignore[arg-type]  # its own fields
        try:
            yield town
        finally:
            town.end()
    finally:
        postfix.stop()
        dovecot.stop()


LOCAL_PARTS = {
    "mailbot": "buchung",
    "office": "buero",
    "deputy": "chefin",
    "medifit": "theke",
    "platzwart": "platzwart",
    "customer": "kunde",
}


class _Maildirs:
    """What lies in the inboxes of a Dovecot, read from its files: nobody but mailbot logs in."""

    def __init__(self, home: Path, users: dict[str, str]) -> None:
        self._home, self._users = home, users
        self._read: dict[str, dict[Path, bytes]] = {}

    def __call__(self, name: str) -> Sequence[bytes]:
        folder = self._home / self._users[name] / "Maildir"
        found = [path for part in ("new", "cur") for path in (folder / part).glob("*")]
        if name == "mailbot":
            return [b""] * len(found)
        known = self._read.setdefault(name, {})
        for path in sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name)):
            if path not in known:
                known[path] = path.read_bytes()
        return list(known.values())


def _rules(folder: Path, imap_port: int, smtp_port: int, **addresses: str) -> Rules:
    path = folder / "rules.yaml"
    write_rules(path, imap_port, smtp_port, **addresses)
    # Far more leaves here within an hour than a provider would take.
    path.write_text(path.read_text(encoding="utf-8").replace("per_hour: 500", "per_hour: 100000"), encoding="utf-8")
    return config.load(path, ENV)
