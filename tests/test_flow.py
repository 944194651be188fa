"""Committed mails and the post: handed over once, whatever the disk says, and not at all when withdrawn in time."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from world import World

from mailbot.daemon import Daemon
from mailbot.embedded import EmbeddedServers
from mailbot.entries import Entry
from mailbot.errors import DiskError
from mailbot.flow import FOLDED_WITHIN
from mailbot.model.decisions import Arrival, Decision
from mailbot.model.events import CodesGenerated
from mailbot.model.mail import Outcome, Phase, Sending, SendingResult
from mailbot.model.people import OPERATOR
from mailbot.record import durable


@dataclass
class Desk:
    """Stands for the post: keeps what is handed over, and says what a test lets it say."""

    waiting: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    said: list[SendingResult] = field(default_factory=list)

    def put(self, mail_id: str, raw: bytes, sender: str, to: str) -> None:
        self.waiting.append(mail_id)
        self.taken.append(mail_id)

    def cancel(self, mail_id: str) -> bool:
        is_here = mail_id in self.waiting
        self.waiting = [waiting for waiting in self.waiting if waiting != mail_id]
        return is_here

    def results(self) -> list[SendingResult]:
        said, self.said = self.said, []
        return said

    def is_idle(self) -> bool:
        return not self.waiting

    def close(self, timeout: float) -> None: ...


@pytest.fixture
def world(servers: EmbeddedServers, tmp_path: Path) -> World:
    return World.on(servers, tmp_path / "data")


@pytest.fixture
def daemon(world: World) -> Iterator[Daemon]:
    """Give a daemon with one request's four mails committed, and a desk instead of a post."""
    world.request()
    daemon = world.open()
    daemon.flow.post.close(5)
    daemon.flow.post = Desk()  # type: ignore[assignment]  # stands for what crosses the socket
    daemon.collector.collect()
    yield daemon
    daemon.close()


def _desk(daemon: Daemon) -> Desk:
    desk = daemon.flow.post
    assert isinstance(desk, Desk)
    return desk


def _sent(daemon: Daemon, mail_id: str) -> SendingResult:
    _desk(daemon).cancel(mail_id)
    return SendingResult(mail_id, Outcome.SENT, daemon.flow.clock(), Phase.DOT, "250 OK")


def test_a_mail_whose_result_finds_no_room_is_not_sent_again(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a result cannot be committed it is kept, and its mail is not handed over a second time."""
    desk, flow = _desk(daemon), daemon.flow
    flow.deliver()
    assert len(desk.taken) == 4
    desk.said = [_sent(daemon, mail_id) for mail_id in desk.taken]

    def refuse(step: str) -> None:
        if step == "write ledger.json":
            raise OSError(28, "no room")

    with monkeypatch.context() as full:
        full.setattr(durable, "on_step", refuse)
        for _ in range(3):
            with pytest.raises(DiskError):
                flow.deliver()
    flow.deliver()
    assert len(desk.taken) == 4
    assert {mail.state for mail in flow.books().mails()} == {Sending.SENT}


def test_a_withdrawn_mail_is_taken_back_from_the_post(daemon: Daemon) -> None:
    """A mail that lies with the post and has not begun to leave does not leave once it is withdrawn."""
    desk, flow = _desk(daemon), daemon.flow
    flow.deliver()
    row = flow.books().queued()[0]
    withdrawn = replace(row, state=Sending.WITHDRAWN, finished_at=flow.clock())
    arrival = Arrival("command:test", OPERATOR, CodesGenerated())
    flow.record([Entry(arrival, Decision(), (withdrawn,), ())])
    assert row.id not in desk.waiting
    flow.deliver()
    assert desk.taken.count(row.id) == 1
    assert row.id not in flow.with_post


def test_the_hourly_cap_counts_what_lies_with_the_post(daemon: Daemon) -> None:
    """No more mails are handed over than may leave in the hour, however often the post is looked at."""
    flow = daemon.flow
    flow.rules = replace(flow.rules, smtp=replace(flow.rules.smtp, per_hour=2))
    for _ in range(3):
        flow.deliver()
    assert len(_desk(daemon).taken) == 2


def test_one_unreadable_file_holds_up_no_other_mail(daemon: Daemon, world: World) -> None:
    """A mail whose file cannot be read now waits; those behind it are handed over."""
    first = min(daemon.flow.books().queued(), key=lambda mail: mail.kind != "desk/request")
    path = world.data / first.path
    raw = path.read_bytes()
    path.unlink()
    path.mkdir()
    with pytest.raises(DiskError):
        daemon.flow.deliver()
    assert len(_desk(daemon).taken) == 3
    path.rmdir()
    path.write_bytes(raw)
    daemon.flow.deliver()
    assert len(_desk(daemon).taken) == 4


def test_results_are_folded_together_while_the_post_is_busy(daemon: Daemon) -> None:
    """While mails wait, results share a commit; none waits longer than a second, and all are folded at the end."""
    desk, flow = _desk(daemon), daemon.flow
    flow.deliver()
    before, mails = flow.ledger.generation, list(desk.taken)
    desk.said = [_sent(daemon, mails[0])]
    flow.deliver()
    assert flow.ledger.generation == before
    clock = flow.clock
    flow.clock = lambda: clock() + FOLDED_WITHIN
    flow.deliver()
    assert flow.ledger.generation == before + 1
    flow.clock = clock
    desk.said = [_sent(daemon, mail_id) for mail_id in mails[1:]]
    flow.deliver()
    assert flow.ledger.generation == before + 2
    assert not flow.with_post


def test_two_silences_end_as_uncertain_and_a_person_is_told(daemon: Daemon) -> None:
    """A mail that was twice handed over without an answer is not sent a third time; the office hears of it once."""
    desk, flow = _desk(daemon), daemon.flow
    flow.deliver()
    mail_id = next(mail.id for mail in flow.books().queued() if mail.kind == "customer/received")
    for expected in (1, 2):
        assert desk.taken.count(mail_id) == expected
        desk.cancel(mail_id)
        desk.said = [SendingResult(mail_id, Outcome.UNCERTAIN, flow.clock(), Phase.DOT)]
        flow.fold_results()
        flow.resume()
        flow.deliver()
    row = flow.books().mail(mail_id)
    assert row
    assert row.state is Sending.UNCERTAIN
    assert desk.taken.count(mail_id) == 2
    assert [mail.kind for mail in flow.books().mails()].count("office/mail_failed") == 1
