"""The daemon in its daily life: commands beside it, servers that go and come back, signals, and a quiet log."""

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from operating import Office, soon
from world import MAILBOT, OFFICE, World, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.errors import DiskError
from mailbot.record.ledger import Ledger
from mailbot.troubles import LASTING, SENTENCES, Trouble


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as running:
        yield running


class Gate:
    """A door before a server: while it is shut, nobody gets in and whoever is in is thrown out."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._inside: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.open()

    def open(self) -> None:
        if self._door.fileno() < 0:
            self._door = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._let_in, args=(self._door,), daemon=True).start()

    def shut(self) -> None:
        for one in (self._door, *self._inside):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._inside.clear()

    def _let_in(self, door: socket.socket) -> None:
        while True:
            try:
                guest = door.accept()[0]
            except OSError:
                return
            host = socket.create_connection(("127.0.0.1", self._behind))
            self._inside += [guest, host]
            for here, there in ((guest, host), (host, guest)):
                threading.Thread(target=_pass_on, args=(here, there), daemon=True).start()


def _pass_on(here: socket.socket, there: socket.socket) -> None:
    try:
        while some := here.recv(65536):
            there.sendall(some)
        there.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_commands_beside_a_running_daemon(servers: EmbeddedServers, tmp_path: Path) -> None:
    """Commands go through the running daemon and need no secrets; SIGTERM ends it cleanly."""
    office = Office.on(servers, tmp_path)
    with office.start("run") as daemon:
        assert office.logged("started")
        office.env.clear()
        assert office.run("codes", "generate").out == "kirche: 100 door codes made\n"
        assert office.run("codes", "generate").code == 65
        letter = Path(__file__).parent / "letters" / "new-english.eml"
        assert "requested" in office.run("letter", str(letter)).out
        assert f"pid {daemon.pid}" in office.run("status").out
        # What anybody else lays there is answered and stops nobody.
        (office.data / "arrivals" / "strange.json").write_text(json.dumps({"command": "letter"}))
        assert office.run("retry", "nix").code == 1
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(15) == 0
    assert "Traceback" not in office.log.read_text()
    assert office.run("status").out.split()[:3] == ["daemon", "not", "running"]


def test_a_command_whose_answer_was_lost_happens_once(servers: EmbeddedServers, tmp_path: Path) -> None:
    """Found again after a crash, a command that was committed is answered as done, and nothing happens twice."""
    world = World.on(servers, tmp_path / "data")
    daemon = world.open()
    try:
        code = next(iter(daemon.flow.books().door_codes()))
        row = [code.resource, code.day.isoformat(), code.slot, code.code, 1]
        for said in ("nothing new in the list", "carried out before mailbot was interrupted (codes)"):
            daemon.flow.files.drop_arrival("ab12", {"command": "codes import", "file": "codes.csv", "rows": [row]})
            daemon.commands.serve()
            assert daemon.flow.files.wait_answer("ab12", 0) == {"exit": 0, "said": [said]}
        assert daemon.flow.ledger.generation == 2
    finally:
        daemon.close()


def test_every_edge_has_its_words() -> None:
    """Whatever edge stays out of order, the office can be told so, and told when it works again."""
    assert LASTING.keys() == SENTENCES.keys()


def test_the_log_keeps_every_secret(servers: EmbeddedServers, tmp_path: Path) -> None:
    """From the codes to the approved booking, no log line holds a door code, a token or a password."""
    office = Office.on(servers, tmp_path)
    with office.start("run") as daemon:
        assert office.logged("started")
        assert office.run("codes", "generate").code == 0
        office.request("SECRETSECRET")
        assert office.logged("kind='office/review' state='sent'")
        review = message_from_bytes(servers.messages("office")[-1], policy=default)
        headers = {name: str(value) for name, value in review.items()}
        mail = stage.reply(headers, "ok", OFFICE, datetime.now().astimezone())
        stage.post(servers, mail, OFFICE, MAILBOT)
        assert office.logged("kind='customer/confirmed' state='sent'")
        daemon.terminate()
        assert daemon.wait(15) == 0
    (booking,) = json.loads(office.run("bookings", "--json").out)
    books = Ledger.open(office.data, ZoneInfo("Europe/Berlin"), read_only=True).books()
    log = office.log.read_text()
    assert booking["state"] == "confirmed"
    assert not {code.code for code in books.door_codes()} & set(re.findall(r"\b\d{6}\b", log))
    assert not [mail.kind for mail in books.mails() if mail.token in log or mail.message_id in log]
    assert stage.PASSWORD not in re.findall(r"\w+", log)


def test_servers_may_go_and_come_back(servers: EmbeddedServers, tmp_path: Path) -> None:
    """With its server away at the start and again later, the daemon waits, comes back, and handles what arrived."""
    office = Office.on(servers, tmp_path)
    gate = Gate(servers.imap_port)
    gate.shut()
    office.change_rules(f"port: {servers.imap_port}", f"port: {gate.port}")
    assert office.data.exists() is False
    with office.start("run") as daemon:
        assert office.logged("next_try='2s'")
        gate.open()
        assert office.logged("well again")
        gate.shut()
        office.request("COMEBACKCOME")
        gate.open()
        assert soon(lambda: "COMEBACKCOME" in office.run("bookings").out)
        daemon.send_signal(signal.SIGINT)
        assert daemon.wait(15) == 0
    assert "Traceback" not in office.log.read_text()


def test_a_command_outlives_the_daemon_it_was_for(servers: EmbeddedServers, tmp_path: Path) -> None:
    """A command laid down for a process that ends without looking is carried out all the same."""
    office = Office.on(servers, tmp_path)
    holds = "import sys,time;from pathlib import Path;from mailbot.record.lock import Lock;"
    holds += "l=Lock.take(Path(sys.argv[1]));print('held',flush=True);time.sleep(1.5)"
    with subprocess.Popen([sys.executable, "-c", holds, str(office.data)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        assert office.run("codes", "generate").out == "kirche: 100 door codes made\n"


def test_the_office_is_told_when_trouble_lasts(servers: EmbeddedServers, tmp_path: Path) -> None:
    """After ten minutes the office reads in German what is wrong; where that cannot be noted, it is tried again."""
    world = World.on(servers, tmp_path / "data")
    daemon = world.open()
    try:
        now = world.clock()
        since = now - timedelta(minutes=11)
        handle, daemon.flow.ledger.commit = daemon.flow.ledger.commit, _no_room  # type: ignore[method-assign]  # a full disk
        daemon.troubles["mailbox"] = Trouble(since, 3, now)
        daemon._in_trouble("mailbox", "The server is away", now)
        assert not daemon.troubles["mailbox"].is_told
        daemon.flow.ledger.commit = handle  # type: ignore[method-assign]  # and room again
        daemon.troubles["alarm"] = replace(daemon.troubles["alarm"], again_at=now)
        daemon._in_trouble("mailbox", "The server is away", now)
        assert daemon.troubles["mailbox"].is_told
        daemon.settle()
    finally:
        daemon.close()
    text = text_of(world.last("office", "office/alarm"))
    assert "Das Postfach kann nicht bearbeitet werden" in " ".join(text.split())


def test_what_nobody_could_be_told_is_told_afterwards(servers: EmbeddedServers, tmp_path: Path) -> None:
    """Where a full disk took no alarm either, the office reads with room again that work stood still and goes on."""
    world = World.on(servers, tmp_path / "data")
    daemon = world.open()
    try:
        now = world.clock()
        daemon.troubles["mailbox"] = Trouble(now - timedelta(minutes=11), 3, now)
        daemon._guarded("mailbox", lambda: None)
        daemon.troubles["post"] = Trouble(now - timedelta(minutes=9), 3, now)
        daemon._guarded("post", lambda: None)
        daemon.settle()
    finally:
        daemon.close()
    assert [str(mail["Mailbot-Kind"]) for mail in world.mails("office")] == ["office/alarm"] * 2
    texts = [" ".join(text_of(mail).split()) for mail in world.mails("office")]
    assert sorted("kann nicht bearbeitet werden" in text for text in texts) == [False, True]
    assert sorted("wieder erreichbar" in text for text in texts) == [False, True]


def _no_room(changes: object) -> None:
    raise DiskError("data cannot be written: there is no room left on the disk")


def test_a_lost_edge_does_not_keep_the_daemon_awake(servers: EmbeddedServers, tmp_path: Path) -> None:
    """While the clock's work fails, the daemon still sleeps between its turns."""
    world = World.on(servers, tmp_path / "data")
    daemon = world.open()
    try:
        now = world.clock()
        daemon.collector.mailbox.connect()
        daemon.alarm_clock.every(30).seconds.do(lambda: None)
        daemon.troubles["clock"] = Trouble(now - timedelta(minutes=1), 1, now - timedelta(seconds=20))
        waited: list[float] = []
        daemon.collector.mailbox.wait = lambda seconds, wake_fd: waited.append(seconds)  # type: ignore[method-assign]  # how long
        daemon._wait()
        assert waited[0] > 20
    finally:
        daemon.close()


def test_a_clock_that_was_put_back_stops_nothing(servers: EmbeddedServers, tmp_path: Path) -> None:
    """Where the clock was years ahead and is put right, what is due is looked at all the same, and alarms come."""
    world = World.on(servers, tmp_path / "data")
    daemon = world.open()
    looked: list[str] = []
    try:
        now = world.clock()
        daemon.alarm_clock.every(30).seconds.do(looked.append, "due")
        daemon._look_at_clock()
        assert looked == []
        for job in daemon.alarm_clock.jobs:
            assert job.next_run
            job.next_run += timedelta(days=1400)
        daemon._look_at_clock()
        daemon._look_at_clock()
        assert looked == ["due"]
        ahead = now + timedelta(days=1400)
        daemon.troubles["mailbox"] = Trouble(ahead, 3, ahead)
        daemon._in_trouble("mailbox", "The server is away", now)
        assert daemon.troubles["mailbox"].since == now
    finally:
        daemon.close()
