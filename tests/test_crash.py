"""Nothing is lost and nothing doubled, wherever a pass dies: every durable step is crashed once, then resumed.

The pass runs in a forked process that ends at once at the given step, as after a power cut. What is compared is what
people see: bookings, letters left, which mails each person got, and whether copies are the same mail.
"""

import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from world import World

from mailbot import stage
from mailbot.embedded import EmbeddedServers

DRIVER = Path(__file__).parent / "crash_driver.py"
DIED = 137


class Passes:
    """Passes of `mailbot once`, each in a process of its own that may die at a step."""

    def __init__(self, rules: object, folder: Path) -> None:
        path = folder / "rules.pickle"
        path.write_bytes(pickle.dumps(rules))
        command = [sys.executable, str(DRIVER), str(path)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, data: Path, dies_at: int = 0) -> int:
        """Make one pass that dies at this step (0: never); returns its exit code."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{dies_at} {data}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self) -> None:
        """Let the process go."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as running:
        yield running


@pytest.fixture(scope="module")
def passes(servers: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Passes]:
    rules = stage.on_servers(stage.stage_rules(Path(__file__).parent.parent / "rules.yaml"), servers)
    running = Passes(rules, tmp_path_factory.mktemp("passes"))
    yield running
    running.end()


class Act:
    """One fresh world in which a pass may die, and what people see of it at the end."""

    def __init__(self, servers: EmbeddedServers, passes: Passes, folder: Path) -> None:
        self.passes = passes
        self.world = World.on(servers, folder)

    def mails(self, name: str) -> list[tuple[str, str]]:
        """Give (kind, Message-ID) of what a person got in this act, with repetitions."""
        mails = self.world.mails(name)
        return [(str(mail["Mailbot-Kind"]), str(mail["Message-ID"])) for mail in mails]

    def finish(self, dies_at: int) -> bool:
        """Make a pass that dies at this step, then passes until all is quiet; tells whether the first one died."""
        died = self.passes.run(self.world.data, dies_at) == DIED
        for _ in range(2):
            assert self.passes.run(self.world.data) == 0
        return died

    def seen(self) -> tuple[object, ...]:
        """Give what must not depend on any crash; asserts that copies are copies of one mail."""
        people = [name for name in self.world.begins if name != "mailbot"]
        for name in people:
            copies = Counter(self.mails(name))
            assert max(copies.values(), default=1) <= 2, copies
        kinds = {name: Counter(kind for kind, _ in set(self.mails(name))) for name in people}
        bookings = {code: (b.state, b.invoice, b.decided_by) for code, b in self.world.bookings().items()}
        return bookings, kinds, len(self.world.servers.messages("mailbot"))


def _requested(act: Act) -> None:
    act.world.request()


def _answered(act: Act) -> None:
    act.world.request()
    act.world.request("KJHGFDSAPOIU", stage.requests(act.world.clock())[1].start)
    act.finish(0)
    reviews = [mail for mail in act.world.mails("office") if mail["Mailbot-Kind"] == "office/review"]
    act.world.answer(reviews[0], "ok")
    act.world.answer(reviews[1], "nein: Halle gesperrt")


@pytest.mark.parametrize("scene", [_requested, _answered], ids=["notices", "answers"])
def test_a_pass_may_die_at_every_step(scene: object, servers: EmbeddedServers, passes: Passes, tmp_path: Path) -> None:
    """Killed before any one of its durable steps and resumed, a pass ends in the same state as without."""
    assert callable(scene)
    calm = Act(servers, passes, tmp_path / "calm")
    scene(calm)
    calm.finish(0)
    expected = calm.seen()
    step, has_died = 0, True
    while has_died:
        step += 1
        act = Act(servers, passes, tmp_path / f"step{step}")
        scene(act)
        has_died = act.finish(step)
        assert act.seen() == expected, f"after a crash at step {step}"
    assert step > 20, "so few steps cannot be a whole pass"
