"""A mailbot whose mailbox and post office are lists in memory; everything between them is the real thing, on disk.

Servers are played elsewhere (test_story.py, test_real_flow.py); a season of thousands of mails needs none of them.
The clock stands until somebody moves it, and chance comes from a seed, so a season is the same on every run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from random import Random

from mailbot.bell import Bell
from mailbot.collect import Collector
from mailbot.commands import Commands
from mailbot.daemon import Daemon
from mailbot.flow import Flow
from mailbot.model.booking import Booking
from mailbot.model.decisions import Arrival
from mailbot.model.letter import Head
from mailbot.model.mail import Outcome, Phase, SendingResult
from mailbot.model.money import Invoice
from mailbot.model.rules import Rules
from mailbot.receive import parse
from mailbot.receive.mailbox import Mailbox
from mailbot.record.files import Files
from mailbot.record.ledger import Ledger
from mailbot.record.lock import Lock
from mailbot.send.compose import Composer
from mailbot.send.post import Post

FOLDER = "buchung@mx/INBOX"


class Letterbox(Mailbox):
    """The watched mailbox: letters lie in `inbox` by UID until they are filed, `filed` says where."""

    def __init__(self) -> None:
        self.inbox: dict[int, tuple[datetime, bytes]] = {}
        self.filed: dict[int, str] = {}
        self.last = 0
        self.uidvalidity = 7

    @property
    def folder(self) -> str:
        return FOLDER

    @property
    def uid_next(self) -> int:
        return self.last + 1

    def put(self, at: datetime, raw: bytes) -> None:
        """Let a letter arrive."""
        self.last += 1
        self.inbox[self.last] = (at, raw)

    def connect(self) -> None:
        pass

    def close(self) -> None:
        pass

    def new(self, after_uid: int, also: Sequence[int] = (), limit: int = 200) -> list[Head]:
        uids = [uid for uid in self.inbox if uid > after_uid or uid in also][:limit]
        return [self._head(uid) for uid in uids]

    def since(self, day: date) -> list[int]:
        return [uid for uid, (at, _) in self.inbox.items() if at.date() >= day]

    def notices_before(self, day: date, senders: Sequence[str]) -> list[Head]:
        return []

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        return {uid: self.inbox[uid][1] for uid in uids if uid in self.inbox}

    def file(self, uids: Sequence[int], folder_name: str) -> None:
        for uid in uids:
            self.inbox.pop(uid, None)
            self.filed[uid] = folder_name

    def _head(self, uid: int) -> Head:
        at, raw = self.inbox[uid]
        return parse.head(uid, len(raw), at, raw.partition(b"\n\n")[0] + b"\n\n")


class Postman(Post):
    """A post office that delivers at once: `deliver` gets the envelope's recipient and the bytes."""

    def __init__(
        self,
        journal: Callable[[SendingResult], None],
        wake: Callable[[], None],
        clock: Callable[[], datetime],
        deliver: Callable[[str, bytes], None],
    ) -> None:
        self._note, self._ring, self._now, self._deliver_to = journal, wake, clock, deliver
        self._done: list[SendingResult] = []

    def put(self, mail_id: str, raw: bytes, sender: str, to: str) -> None:
        result = SendingResult(mail_id, Outcome.SENT, self._now(), Phase.DOT, "250 ok", 1)
        self._note(result)
        self._deliver_to(to, raw)
        self._done.append(result)
        self._ring()

    def cancel(self, mail_id: str) -> bool:
        return False

    def results(self) -> list[SendingResult]:
        done, self._done = self._done, []
        return done

    def is_idle(self) -> bool:
        return True

    def close(self, timeout: float) -> None:
        pass


@dataclass
class Machine:
    """A daemon that can be turned, stopped and started again; `deliver` takes what it sends."""

    rules: Rules
    data: Path
    composer: Composer
    now: datetime
    dice: Random
    deliver: Callable[[str, bytes], None]
    letters: Letterbox = field(default_factory=Letterbox)
    daemon: Daemon | None = None

    def start(self) -> None:
        """Take the lock and read the books from disk."""
        lock = Lock.take(self.data)
        ledger, files, bell = Ledger.open(self.data, self.rules.site.timezone), Files(self.data), Bell(self.data)
        files.sweep(ledger.books())
        post = Postman(ledger.journal, bell.ring, self._clock, self.deliver)
        flow = Flow(self.rules, ledger, files, self.composer, post, self._clock, self.dice)
        flow.resume()
        self.daemon = Daemon(self.rules, flow, Collector(flow, self.letters), Commands(flow), lock, bell)

    def stop(self) -> None:
        """Close the books; nothing happens until the next start()."""
        self._on.close()
        self.daemon = None

    def turn(self) -> None:
        """Make one pass, as `mailbot once` does but for the night's copy of the table."""
        self._on.collector.collect()
        self._on.commands.serve()
        self._on.flow.due()
        self._on.settle()

    def command(self, arrival: Arrival) -> None:
        """Handle an arrival of no letter, and send what it wrote."""
        self._on.flow.handle([arrival])
        self._on.settle()

    def bookings(self) -> list[Booking]:
        """Give the table of bookings."""
        return self._on.flow.books().bookings()

    def invoices(self) -> list[Invoice]:
        """Give every invoice, by number."""
        return self._on.flow.books().invoices()

    @property
    def commits(self) -> int:
        """Give how many commits there were ever."""
        return self._on.flow.ledger.generation

    def _clock(self) -> datetime:
        return self.now

    @property
    def _on(self) -> Daemon:
        assert self.daemon, "the daemon is off"
        return self.daemon
