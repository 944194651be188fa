"""A trouble outlives a restart: its ten minutes, what the office knows of it, and the hour of the second way out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from scripted_smtp import Scripted
from smtp_line import on_line
from world import World, text_of

from mailbot import keeping
from mailbot.daemon import Daemon
from mailbot.embedded import EmbeddedServers
from mailbot.errors import DiskError, TryLaterError
from mailbot.model.rules import AlarmRules, Security, SmtpRules
from mailbot.record import durable
from mailbot.troubles import NAME

BACK = "Das Postfach ist wieder erreichbar"
AWAY = "Das Postfach kann nicht bearbeitet werden"


@dataclass
class Nights:
    """Daemons on one data folder, one after the other; `past` is how much time went by."""

    world: World
    past: timedelta = timedelta(0)

    @contextmanager
    def daemon(self, **later: float) -> Iterator[Daemon]:
        """Start a daemon so much later, and stop it."""
        self.past += timedelta(**later)
        daemon = self.world.open()
        try:
            yield daemon
            daemon.settle()
        finally:
            daemon.close()

    def alarms(self) -> list[str]:
        """Give the texts of the alarms that came since the last look."""
        mails = [mail for mail in self.world.new("office") if mail["Mailbot-Kind"] == "office/alarm"]
        return [" ".join(text_of(mail).split()) for mail in mails]


@pytest.fixture
def nights(servers: EmbeddedServers, tmp_path: Path) -> Nights:
    world = World.on(servers, tmp_path / "data")
    made, begun = Nights(world), world.clock()
    world.clock = lambda: begun + made.past
    return made


def away() -> None:
    """Stand for a server that does not answer."""
    raise TryLaterError("The mail server is away.")


def well() -> None:
    """Stand for a server that answers."""


def test_restarts_do_not_begin_the_ten_minutes_anew(nights: Nights) -> None:
    """Restarted every minute with its mailbox away, mailbot tells after ten, and once only."""
    told = []
    for _ in range(14):
        with nights.daemon(minutes=1) as daemon:
            daemon._guarded("mailbox", away)
        told.append(len(nights.alarms()))
    assert told == [0] * 10 + [1] + [0] * 3


def test_it_works_again_is_told_after_a_restart(nights: Nights) -> None:
    """A trouble that was told before a restart is told to be over behind it, once; the next one begins anew."""
    with nights.daemon() as daemon:
        daemon._guarded("mailbox", away)
        nights.past += timedelta(minutes=11)
        daemon._guarded("mailbox", away)
    (alarm,) = nights.alarms()
    assert AWAY in alarm
    with nights.daemon(hours=8) as daemon:
        daemon._guarded("mailbox", well)
        assert daemon.troubles == {}
    (over,) = nights.alarms()
    assert BACK in over
    with nights.daemon(minutes=20) as daemon:
        daemon._guarded("mailbox", well)
        daemon._guarded("mailbox", away)
    assert nights.alarms() == []


def test_what_presses_does_not_begin_to_wait_anew(nights: Nights) -> None:
    """Since when the mailbox is tried in vain is known over restarts: a waiting `ok` counts in time for the stay."""
    world = nights.world
    world.rules = replace(world.rules, schedule=replace(world.rules.schedule, undo=timedelta(minutes=10)))
    world.request(start=world.clock() + timedelta(hours=5))
    world.turn()
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    states = []
    for _ in range(5):
        with nights.daemon(minutes=5) as daemon:
            daemon._guarded("mailbox", away)
            daemon.flow.due()
        (booking,) = world.bookings().values()
        states.append(booking.state.value)
    assert states == ["requested"] * 3 + ["confirmed"] * 2


def test_a_shut_way_out_is_not_well_before_a_mail_left(servers: EmbeddedServers, tmp_path: Path) -> None:
    """After a restart the office is not told that mails leave again until one did."""
    with on_line(servers, tmp_path) as line:
        line.server.script["GREETING"] = ["DROP"] * 100
        line.request()

        def tick(**later: float) -> None:
            line.past += timedelta(**later)
            line.daemon._guarded("post", line.daemon._deliver)
            line.until(lambda: not line.daemon.flow.with_post, line.daemon.flow.deliver)

        for minutes in (0, 1, 10):
            tick(minutes=minutes)
        assert line.row("office/alarm").state.value == "queued"
        line.restart()
        for _ in range(3):
            tick(minutes=1)
        line.server.script["GREETING"] = []
        assert [mail.kind for mail in line.daemon.flow.books().mails()].count("office/alarm") == 1
        for minutes in (15, 1, 1):
            tick(minutes=minutes)
        assert [mail.kind for mail in line.daemon.flow.books().mails()].count("office/alarm") == 2
        assert "läuft wieder" in text_of(line.taken()[-1])


def test_the_second_way_keeps_its_hour(servers: EmbeddedServers, tmp_path: Path) -> None:
    """Once an hour, over any number of restarts."""
    elsewhere = Scripted()
    with on_line(servers, tmp_path) as line:
        smtp = SmtpRules("127.0.0.1", "Kirche", "buchung@sk.example", port=elsewhere.port, security=Security.NONE)
        line.world.rules = replace(line.world.rules, alarm=AlarmRules("owner@elsewhere.example", smtp))
        count = []
        for minutes in (0, 11, 5, 5, 49, 2):
            line.past += timedelta(minutes=minutes)
            line.restart()
            line.daemon._guarded("post", away)
            count.append(len(elsewhere.taken))
    elsewhere.close()
    assert count == [0, 1, 1, 1, 1, 2]


def _full(step: str) -> None:
    raise OSError(28, "No space left on device")


def test_what_cannot_be_noted_is_told_all_the_same(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk neither note nor alarm can be written: the second way tells; with room the note is made good."""
    elsewhere: list[tuple[str, ...]] = []
    with nights.daemon() as daemon:
        with monkeypatch.context() as full:
            full.setattr(durable, "on_step", _full)
            full.setattr(daemon.second_way, "tell", lambda _, sentences, now: elsewhere.append(sentences))
            for minutes in (0, 11, 5):
                nights.past += timedelta(minutes=minutes)
                daemon._guarded("mailbox", away)
        assert any(AWAY in line for line in elsewhere[-1])
        assert not (nights.world.data / NAME).exists()
        nights.past += timedelta(minutes=1)
        daemon._guarded("mailbox", away)
        assert b'"mailbox"' in (nights.world.data / NAME).read_bytes()
    assert len(nights.alarms()) == 1


def _torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def _strange(path: Path) -> None:
    path.write_text('{"troubles": {"mailbox": {"since": "gestern", "told": 1}}, "elsewhere": []}')


def _unknown(path: Path) -> None:
    path.write_text('{"troubles": {"nix": {"since": "2026-11-22T09:00:00+01:00", "told": true}}, "elsewhere": {}}')


@pytest.mark.parametrize("spoil", [_torn, _strange, _unknown])
def test_a_damaged_note_stops_nothing(nights: Nights, spoil: Callable[[Path], None]) -> None:
    """What cannot be read is as if it were not there."""
    with nights.daemon() as daemon:
        daemon._guarded("mailbox", away)
    spoil(nights.world.data / NAME)
    with nights.daemon() as daemon:
        assert daemon.troubles == {}
        daemon._guarded("mailbox", away)
        assert list(daemon.troubles) == ["mailbox"]


def test_no_backup_holds_it_and_no_restore_turns_it_back(nights: Nights) -> None:
    """What is wrong with this machine is true whatever books lie on it."""
    file = nights.world.data.parent / "b.tar.gz"
    with nights.daemon() as daemon:
        daemon._guarded("mailbox", away)
    before = (nights.world.data / NAME).read_bytes()
    keeping.backup(nights.world.rules, nights.world.data, file, nights.world.clock())
    with nights.daemon(minutes=11) as daemon:
        daemon._guarded("mailbox", away)
    assert len(nights.alarms()) == 1
    told = (nights.world.data / NAME).read_bytes()
    assert told != before
    keeping.restore(nights.world.rules, nights.world.data, file, nights.world.clock(), None)
    assert (nights.world.data / NAME).read_bytes() == told
    with nights.daemon(minutes=1) as daemon:
        daemon._guarded("mailbox", away)
    assert nights.alarms() == []


def test_what_works_again_lets_a_waiting_alarm_go(nights: Nights) -> None:
    """The disk has room again just before the alarm's next try: what stood still and goes on is told all the same."""
    with nights.daemon() as daemon:
        daemon.second_way.tell = lambda *_: None  # type: ignore[method-assign]  # it would reach the same mailbox here
        commit, daemon.flow.ledger.commit = daemon.flow.ledger.commit, _no_room  # type: ignore[method-assign]  # a full disk
        for minutes in (0, 11):
            nights.past += timedelta(minutes=minutes)
            daemon._guarded("mailbox", away)
        daemon.flow.ledger.commit = commit  # type: ignore[method-assign]  # and room again
        daemon.troubles["mailbox"].again_at = nights.world.clock()
        daemon._guarded("mailbox", well)
        assert daemon.troubles == {}
    assert sorted(AWAY in text for text in nights.alarms()) == [False, True]


def _no_room(changes: object) -> None:
    raise DiskError("data cannot be written: there is no room left on the disk")
