"""The story over a bad line: a mailbox that works, and a scripted SMTP server between mailbot and its readers.

Letters reach mailbot's mailbox as ever; what people get is what the scripted server took. Time is the test's own, and
so is the post's patience, in which "ten minutes after the dot" are half a second.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

from scripted_smtp import Scripted
from world import World, next_saturday

from mailbot.daemon import Daemon
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import Booking
from mailbot.model.mail import OutMail, Sending
from mailbot.model.rules import Security
from mailbot.send.post import Post
from mailbot.send.smtp import Patience

CODE = "QNBZAQPTAITT"
SHORT = Patience(connect=1.0, command=1.0, body=1.0, dot=0.5, idle=60.0, silence=0.1)


@dataclass
class Line:
    """One daemon at a time. `past` is how much time went by."""

    world: World
    server: Scripted
    patience: Patience = SHORT
    past: timedelta = timedelta(0)
    daemon: Daemon = field(init=False)

    def open(self) -> None:
        """Start a daemon whose post has a test's patience."""
        daemon = self.daemon = self.world.open()
        flow, journal = daemon.flow, daemon.flow.ledger.journal
        flow.post.close(5)
        flow.post = Post(self.world.rules.smtp, journal, daemon.bell.ring, clock=flow.clock, patience=self.patience)

    def restart(self) -> None:
        """Stop the daemon cleanly and start another on the same books."""
        self.daemon.close()
        self.open()

    def crash(self) -> None:
        """End the daemon without a word: what its post had to say is in the journal or lost."""
        self.daemon.flow.post.close(0.05)
        self.daemon.flow.post.results()
        self.daemon.close()
        self.open()

    def later(self, **time: float) -> None:
        """Let time pass, and do what is due then."""
        self.past += timedelta(**time)
        self.daemon.flow.due()
        self.daemon.settle()
        self.daemon.flow.due()
        self.daemon.settle()

    def until(self, is_so: Callable[[], bool], step: Callable[[], object] = lambda: None) -> None:
        """Wait until something is so, with a step between the looks; not for ever."""
        pause = threading.Event()
        for _ in range(1000):
            if is_so():
                return
            pause.wait(0.02)
            step()
        raise AssertionError("it never came to be so")

    def look(self) -> None:
        """Let the daemon look at its post, a second later."""
        self.past += timedelta(seconds=1)
        self.daemon.flow.deliver()

    def request(self, code: str = CODE, weeks: int = 3) -> None:
        """Let a request arrive."""
        self.world.request(code, next_saturday(self.world.rules, weeks=weeks))
        self.daemon.once()

    def answers(self, kind: str, text: str) -> None:
        """Let the office answer the newest mail of a kind; whatever that leads to is tried once."""
        self.says(kind, text)
        self.daemon.once()

    def says(self, kind: str, text: str) -> None:
        """Lay the office's answer into the mailbox, a second later."""
        self.past += timedelta(seconds=1)
        self.world.answer([mail for mail in self.taken() if mail["Mailbot-Kind"] == kind][-1], text)

    def taken(self) -> list[Message]:
        """Give every mail the server took, in order."""
        return [message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=default) for raw in list(self.server.taken)]

    def kinds(self) -> list[str]:
        """Give the kinds of the mails the server took, in order."""
        return [str(mail["Mailbot-Kind"]) for mail in self.taken()]

    def copies(self, kind: str) -> int:
        """Count the copies of a kind, which must all be one and the same mail."""
        ids = [mail["Message-ID"] for mail in self.taken() if mail["Mailbot-Kind"] == kind]
        assert len(set(ids)) <= 1
        return len(ids)

    def row(self, kind: str) -> OutMail:
        """Give the newest row of a kind."""
        return [mail for mail in self.daemon.flow.books().mails() if mail.kind == kind][-1]

    def state(self, kind: str) -> Sending:
        """Tell where the newest row of a kind stands."""
        return self.row(kind).state

    def booking(self, code: str = CODE) -> Booking:
        """Give a booking as it is in the books."""
        found = self.daemon.flow.books().booking(code)
        assert found
        return found


@contextmanager
def on_line(servers: EmbeddedServers, folder: Path, **smtp: object) -> Iterator[Line]:
    """Give a line with a daemon, other SMTP rules where named."""
    world, server = World.on(servers, folder / "data"), Scripted()
    plain = {"port": server.port, "security": Security.NONE, "user": None, "password": None, **smtp}
    world.rules = replace(world.rules, smtp=replace(world.rules.smtp, host="127.0.0.1", **plain))  # type: ignore[arg-type]  # tests name its fields
    line, begun = Line(world, server), world.clock()
    world.clock = lambda: begun + line.past
    line.open()
    try:
        yield line
    finally:
        server.go.set()
        server.close()
        line.daemon.close()
