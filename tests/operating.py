"""An office's folder as its operator has it: a rules file on embedded servers, a data folder, and the command line.

Most commands run in this process; `start()` gives a process of its own where signals, limits or two of them count.
"""

import contextlib
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailbot import cli, stage
from mailbot.embedded import EmbeddedServers

ROOT = Path(__file__).resolve().parent.parent
SECRETS = {"MAILBOT_IMAP_PASSWORD": stage.PASSWORD, "MAILBOT_SMTP_PASSWORD": stage.PASSWORD}


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Office:
    """One operator's folder. `env` is what the environment holds beside the system's own."""

    folder: Path
    servers: EmbeddedServers
    env: dict[str, str] = field(default_factory=lambda: dict(SECRETS))

    @classmethod
    def on(cls, servers: EmbeddedServers, folder: Path) -> "Office":
        """Lay the office's own rules file onto the servers and the season around today."""
        text = (ROOT / "rules.yaml").read_text(encoding="utf-8")
        for pattern, port in (("imap", servers.imap_port), ("smtp", servers.smtp_port)):
            wanted = rf"host: {pattern}\.soccer-kirche\.example\n  port: \d+\n  security: \w+"
            text = re.sub(wanted, f"host: 127.0.0.1\n  port: {port}\n  security: none", text)
        today = datetime.now(UTC).date()
        season = f"season: {{from: {today - timedelta(days=9)}, to: {today + timedelta(days=90)}}}"
        text = re.sub(r"season: \{.*\}", season, text)
        # The desk's rolling list leaves by the time of day; these tests count mails.
        text = re.sub(r"\n  list: \{to: .*\}", "", text)
        (folder / "rules.yaml").write_text(text, encoding="utf-8")
        return cls(folder, servers)

    @property
    def rules(self) -> Path:
        """Give the rules file."""
        return self.folder / "rules.yaml"

    @property
    def data(self) -> Path:
        """Give the data folder."""
        return self.folder / "data"

    def change_rules(self, old: str, new: str) -> None:
        """Edit the rules file, as an operator does."""
        text = self.rules.read_text(encoding="utf-8")
        assert old in text
        self.rules.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *words: str) -> Ran:
        """Run one command in this process."""
        out, err = io.StringIO(), io.StringIO()
        words = ("--rules", str(self.rules), "--data", str(self.data), *words)
        with _environment(self.env), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.run_words(list(words))
        return Ran(code, out.getvalue(), err.getvalue())

    @contextlib.contextmanager
    def start(self, *words: str, **more: object) -> Iterator["subprocess.Popen[str]"]:
        """Start a command in a process of its own, its log in `log`; it is ended if it has not."""
        command = [sys.executable, "-m", "mailbot", "--rules", str(self.rules), "--data", str(self.data), *words]
        env = {"PATH": os.environ["PATH"], **self.env}
        with self.log.open("ab") as log:
            process: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]  # `more` is the caller's
                command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True, **more
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(30)

    @property
    def log(self) -> Path:
        """Give what processes of their own wrote."""
        return self.folder / "log"

    def logged(self, word: str, seconds: float = 60.0) -> bool:
        """Wait until a word stands in the log."""
        return soon(lambda: self.log.exists() and word in self.log.read_text(), seconds)

    def request(self, reference: str = "QNBZAQPTAITT") -> None:
        """Let a booking notice arrive in the watched mailbox."""
        now = datetime.now().astimezone()
        start = (now + timedelta(days=7)).replace(hour=19, minute=30, second=0, microsecond=0)
        to = self.servers.accounts["mailbot"]
        mail = stage.notice(stage.Request(reference, "Kim Kunde", start, 60), to, now)
        stage.post(self.servers, mail, stage.NOTICES, to)


@contextlib.contextmanager
def _environment(more: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    for name in SECRETS:
        os.environ.pop(name, None)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def soon(is_so: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Wait until something is so; tells whether it came to that."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
