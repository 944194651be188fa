"""Nothing is lost and nothing doubled, wherever a pass dies: every durable step is crashed once, then resumed.

The pass runs in a forked process that ends at once at the given step, as after a power cut. What is compared is what
people see: bookings, letters left, which mails each person got, and whether copies are the same mail. The steps of the
intake and those of the post (its journal) are crashed one after the other.
"""

import pickle
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest
from world import MAILBOT, OFFICE, RULES, World, next_saturday

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.embedded.servers import stamped
from mailbot.model.booking import State
from mailbot.record.ledger import Ledger

DRIVER = Path(__file__).parent / "crash_driver.py"
DIED = 137
Facts = tuple[State, str | None, str | None]


class Stage:
    """Servers, and passes of `mailbot once` on them, each in a process of its own that may die at a step."""

    def __init__(self, folder: Path) -> None:
        base = stage.stage_rules(RULES)
        self.zone, self.authserv_id = base.site.timezone, base.trust.authserv_id
        self.servers = EmbeddedServers(stage.accounts(base), stage.PASSWORD, self.authserv_id)
        self.servers.start()
        path = folder / "rules.pickle"
        path.write_bytes(pickle.dumps(stage.on_servers(base, self.servers)))
        command = [sys.executable, str(DRIVER), str(path)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, data: Path, thread: str = "intake", dies_at: int = 0) -> int:
        """Make one pass that dies at this step of this thread (0: never); returns its exit code."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{thread} {dies_at} {data}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self) -> None:
        """Let process and servers go."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)
        self.servers.stop()


@pytest.fixture(scope="module")
def on_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    running = Stage(tmp_path_factory.mktemp("stage"))
    yield running
    running.end()


@dataclass(frozen=True)
class Scene:
    """What an act begins with: a data folder, and the letters that have just come; how the bookings end, by start."""

    data: Path
    letters: tuple[bytes, ...]
    ends: tuple[State, ...]


class Act:
    """Begins as the scene left books and letters; a pass may die in it, and people see what became of it."""

    def __init__(self, on_stage: Stage, data: Path, scene: Scene) -> None:
        self.on_stage, self.data = on_stage, data
        shutil.copytree(scene.data, data, ignore=shutil.ignore_patterns("bell", "lock"))
        self.begins = {name: len(on_stage.servers.messages(name)) for name in on_stage.servers.accounts}
        for raw in scene.letters:
            on_stage.servers.deliver("mailbot", raw)

    def finish(self, thread: str = "intake", dies_at: int = 0) -> bool:
        """Make a pass that dies at this step, then passes until all is quiet; tells whether the first one died."""
        died = self.on_stage.run(self.data, thread, dies_at) == DIED
        for _ in range(2):
            assert self.on_stage.run(self.data) == 0
        return died

    def seen(self) -> tuple[dict[str, Facts], list[str], dict[str, Counter[str]], int, int]:
        """Give what must not depend on any crash; asserts that copies are copies of one mail."""
        servers, kinds = self.on_stage.servers, {}
        for name in servers.accounts:
            if name == "mailbot":
                continue
            mails = [message_from_bytes(raw) for raw in servers.messages(name)[self.begins[name] :]]
            copies = Counter((str(mail["Mailbot-Kind"]), str(mail["Message-ID"])) for mail in mails)
            assert max(copies.values(), default=1) <= 2, copies
            kinds[name] = Counter(kind for kind, _ in copies)
        books = Ledger.open(self.data, self.on_stage.zone, read_only=True).books()
        bookings = {booking.code: (booking.state, booking.invoice, booking.decided_by) for booking in books.bookings()}
        numbers = [invoice.number for invoice in books.invoices()]
        return bookings, numbers, kinds, len(servers.messages("mailbot")), len(books.queued())


def _letter(on_stage: Stage, mail: EmailMessage, sender: str) -> bytes:
    raw = mail.as_bytes().replace(b"\n", b"\r\n")
    return stamped(raw, sender, MAILBOT, on_stage.authserv_id)


def _requested(on_stage: Stage, folder: Path, *codes: str) -> Scene:
    """Let notices come to books that hold nothing but door codes."""
    codes = codes or ("QNBZAQPTAITT",)
    world = World.on(on_stage.servers, folder)
    start = next_saturday(world.rules)
    requests = [stage.Request(code, "Kim Kunde", start + timedelta(days=n), 60) for n, code in enumerate(codes)]
    mails = [stage.notice(request, MAILBOT, world.clock()) for request in requests]
    return Scene(
        folder, tuple(_letter(on_stage, mail, stage.NOTICES) for mail in mails), (State.REQUESTED,) * len(mails)
    )


def _answered(on_stage: Stage, folder: Path) -> Scene:
    """Let the office answer one review with ok, the other with nein."""
    before = _requested(on_stage, folder, "KJHGFDSAPOIU", "QNBZAQPTAITT")
    world = World(on_stage.servers, stage.stage_rules(RULES), folder, lambda: datetime.now(on_stage.zone))
    world.begins["office"] = len(on_stage.servers.messages("office"))
    for raw in before.letters:
        on_stage.servers.deliver("mailbot", raw)
    assert on_stage.run(folder) == 0
    reviews = [mail for mail in world.mails("office") if mail["Mailbot-Kind"] == "office/review"]
    reviews.sort(key=lambda mail: str(mail["Mailbot-Booking"]))
    mails = [
        stage.reply({name: str(value) for name, value in review.items()}, text, OFFICE, world.clock())
        for review, text in zip(reviews, ("ok", "nein: Halle gesperrt"), strict=True)
    ]
    return Scene(folder, tuple(_letter(on_stage, mail, OFFICE) for mail in mails), (State.CONFIRMED, State.REJECTED))


@pytest.mark.parametrize(("thread", "at_least"), [("intake", 25), ("post", 16)])
@pytest.mark.parametrize("begin", [_requested, _answered], ids=["notices", "answers"])
def test_a_pass_may_die_at_every_step(
    begin: Callable[[Stage, Path], Scene],
    thread: str,
    at_least: int,
    on_stage: Stage,
    tmp_path: Path,
) -> None:
    """Killed before any one of its durable steps and resumed, a pass ends in the same state as without."""
    scene = begin(on_stage, tmp_path / "scene")
    calm = Act(on_stage, tmp_path / "calm", scene)
    assert not calm.finish()
    expected = calm.seen()
    assert [state for state, _, _ in expected[0].values()] == list(scene.ends)
    assert expected[3:] == (0, 0), "letters or mails are left over"
    step, has_died = 0, True
    while has_died:
        step += 1
        act = Act(on_stage, tmp_path / f"step{step}", scene)
        has_died = act.finish(thread, step)
        assert act.seen() == expected, f"after a crash at step {step} of the {thread}"
    assert step > at_least, "so few steps cannot be a whole pass"
