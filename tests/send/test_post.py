"""The post as a thread: what it takes, writes down and gives back, on scripted servers and a real one."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from mailbot.errors import DiskError
from mailbot.model.mail import Outcome, Phase, SendingResult
from mailbot.model.rules import SmtpRules
from mailbot.send.post import Post
from mailbot.send.smtp import Patience

SENDER, TO = "buchung@sk.example", "max@example.org"
SHORT = Patience(connect=0.5, command=0.5, body=0.5, dot=0.4, idle=0.2)
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)

Eventually = Callable[[Callable[[], bool]], None]


class Desk:
    """The intake's side of a post: its journal, its bell, and all results so far."""

    def __init__(self, rules: SmtpRules) -> None:
        self.journal: list[SendingResult] = []
        self.rung = threading.Event()
        self.all: list[SendingResult] = []
        self.fault: BaseException | None = None
        self.post = Post(rules, self.write_down, self.rung.set, clock=lambda: AT, patience=SHORT)

    def write_down(self, result: SendingResult) -> None:
        if self.fault:
            raise self.fault
        self.journal.append(result)

    def put(self, *mail_ids: str) -> None:
        for mail_id in mail_ids:
            self.post.put(mail_id, f"Subject: {mail_id}\r\n\r\nx\r\n".encode(), SENDER, TO)

    def got(self, count: int) -> list[tuple[str, Outcome]]:
        """Wait for that many results, as the intake does."""
        while len(self.all) < count:
            assert self.rung.wait(5), f"only {self.all}"
            self.rung.clear()
            self.all += self.post.results()
        return [(result.mail_id, result.outcome) for result in self.all]


@pytest.fixture
def desk(rules: SmtpRules) -> Iterator[Desk]:
    made = Desk(rules)
    yield made
    made.fault = None
    made.post.close(timeout=5)


def test_mails_leave_in_the_order_they_came(server: Any, desk: Desk) -> None:
    """Each mail is sent once, in order, over one connection, and its result given back once."""
    names = [f"m{number}" for number in range(20)]
    desk.put(*names)
    assert desk.got(20) == [(name, Outcome.SENT) for name in names]
    assert [body.split()[1].decode() for body in server.taken] == names
    assert server.connections == 1
    assert desk.post.is_idle()
    assert desk.post.results() == []


def test_journal_before_data_and_after_the_answer(server: Any, desk: Desk) -> None:
    """The line before DATA says uncertain, the line after the dot what the server said; none before that."""
    server.script["RCPT"] = ["451 later"]
    server.script["DOT"] = ["554 no"]
    desk.put("early", "refused", "sent")
    desk.got(3)
    assert [(line.mail_id, line.outcome, line.phase) for line in desk.journal] == [
        ("refused", Outcome.UNCERTAIN, Phase.DATA),
        ("refused", Outcome.REFUSED, Phase.DOT),
        ("sent", Outcome.UNCERTAIN, Phase.DATA),
        ("sent", Outcome.SENT, Phase.DOT),
    ]
    assert desk.journal[-1] == SendingResult("sent", Outcome.SENT, AT, Phase.DOT, "250 2.0.0 taken")


def test_silence_after_the_dot_leaves_the_line_before_data(server: Any, desk: Desk) -> None:
    """Where no answer came, the journal's last word stays uncertain, and so is the result."""
    server.script["DOT"] = ["SILENT"]
    desk.put("m1")
    assert desk.got(1) == [("m1", Outcome.UNCERTAIN)]
    assert [line.outcome for line in desk.journal] == [Outcome.UNCERTAIN]


def test_a_greylisted_mail_blocks_no_other(server: Any, desk: Desk) -> None:
    """A mail put off does not hold up those behind it."""
    server.script["RCPT"] = ["451 greylisted"]
    desk.put("m1", "m2", "m3")
    assert desk.got(3) == [("m1", Outcome.LATER), ("m2", Outcome.SENT), ("m3", Outcome.SENT)]


def test_no_connection_puts_everything_off_at_once(server: Any, desk: Desk) -> None:
    """Where the server is away, nobody waits through a time-out for each mail."""
    server.script["GREETING"] = ["SILENT"]
    desk.put("m1", "m2", "m3")
    assert sorted(desk.got(3)) == [("m1", Outcome.LATER), ("m2", Outcome.LATER), ("m3", Outcome.LATER)]
    assert server.connections == 1
    assert desk.journal == []
    desk.put("m1")
    assert desk.got(4)[3] == ("m1", Outcome.SENT)


def test_full_disk_stops_before_data(server: Any, desk: Desk) -> None:
    """Where the journal cannot be written no mail leaves; with room again it does."""
    desk.fault = DiskError("data/sendings.log cannot be written: there is no room left on the disk")
    desk.put("m1")
    assert desk.got(1) == [("m1", Outcome.LATER)]
    desk.fault = None
    desk.put("m1")
    assert desk.got(2)[1] == ("m1", Outcome.SENT)
    assert len(server.taken) == 1


def test_cancel_drops_what_was_not_begun(server: Any, desk: Desk, eventually: Eventually) -> None:
    """A withdrawn mail does not leave unless it is in hand already; the same mail is not taken twice."""
    server.script["DOT"] = ["SILENT"]
    desk.put("m1", "m2", "m3", "m3")
    eventually(lambda: "DATA" in server.said)
    assert not desk.post.cancel("m1")
    assert desk.post.cancel("m2")
    assert not desk.post.cancel("m2")
    assert not desk.post.is_idle()
    desk.put("m1")
    assert desk.got(2) == [("m1", Outcome.UNCERTAIN), ("m3", Outcome.SENT)]
    eventually(desk.post.is_idle)
    assert desk.post.results() == []
    assert len(server.taken) == 1


def test_close_finishes_the_mail_in_hand(server: Any, desk: Desk, eventually: Eventually) -> None:
    """Closing waits for the answer to the dot, drops what waits, and says goodbye."""
    server.script["MAIL"] = ["250 ok"]
    server.script["RCPT"] = ["250 ok SLOW"]
    original = server._do

    def slow(connection: Any, phase: str) -> None:
        if server.script[phase] == ["250 ok SLOW"]:
            server.script[phase] = []
            server.released.wait(0.3)
        original(connection, phase)

    server._do = slow
    desk.put("m1", "m2")
    eventually(lambda: any(line.startswith("RCPT") for line in server.said))
    desk.post.close(timeout=5)
    assert desk.got(1) == [("m1", Outcome.SENT)]
    assert len(server.taken) == 1
    eventually(lambda: server.said[-1] == "QUIT")


def test_close_does_not_wait_for_ever(server: Any, rules: SmtpRules, eventually: Eventually) -> None:
    """A server silent after the dot cannot keep the daemon from stopping; the journal says uncertain."""
    server.script["DOT"] = ["SILENT"]
    journal: list[SendingResult] = []
    post = Post(rules, journal.append, lambda: None, patience=Patience(dot=600))
    post.put("m1", b"Subject: x\r\n\r\n", SENDER, TO)
    eventually(lambda: bool(journal))
    post.close(timeout=0.2)
    assert [line.outcome for line in journal] == [Outcome.UNCERTAIN]
    assert not [thread for thread in threading.enumerate() if thread.name == "post" and thread is post._thread]


def test_a_bug_is_not_silent(desk: Desk) -> None:
    """A fault nobody foresaw ends the thread and comes out where the results are fetched."""
    desk.fault = ZeroDivisionError("a bug")
    desk.put("m1")
    assert desk.rung.wait(5)
    with pytest.raises(RuntimeError, match="the post's thread has ended"):
        desk.post.results()


def test_idle_connection_is_closed_politely(server: Any, desk: Desk, eventually: Eventually) -> None:
    """A connection nobody needs for a while is given back with QUIT, and opened again when needed."""
    desk.put("m1")
    desk.got(1)
    eventually(lambda: server.said[-1] == "QUIT")
    desk.put("m2")
    assert desk.got(2)[1] == ("m2", Outcome.SENT)
    assert server.connections == 2


def test_real_server_takes_the_same_bytes(rules: SmtpRules) -> None:
    """On aiosmtpd fifty mails arrive as they were given, each to its own recipient."""
    taken: dict[str, bytes] = {}

    class Taking:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
            taken[envelope.rcpt_tos[0]] = envelope.content
            return "250 ok"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    controller = Controller(Taking(), hostname="127.0.0.1", port=port)
    controller.start()
    desk = Desk(replace(rules, port=port))
    mails = {f"m{number}@example.org": f"Subject: {number}\r\n\r\n.x\r\n".encode() for number in range(50)}
    for to, raw in mails.items():
        desk.post.put(to, raw, SENDER, to)
    assert {outcome for _, outcome in desk.got(50)} == {Outcome.SENT}
    desk.post.close(timeout=5)
    controller.stop()
    assert taken == mails


def test_silence_about_one_mail_holds_up_no_other(server: Any, rules: SmtpRules, eventually: Eventually) -> None:
    """While a server says nothing after a dot, the others leave over a second connection; a late 250 is sent."""
    server.script["DOT"] = ["HOLD 250 taken late"]
    results: list[SendingResult] = []
    patience = replace(SHORT, dot=20.0, silence=0.05)
    post = Post(rules, lambda _: None, lambda: None, clock=lambda: AT, patience=patience)
    for mail_id in ("m1", "m2", "m3", "m4"):
        post.put(mail_id, b"Subject: x\r\n\r\nx\r\n", SENDER, TO)
    eventually(lambda: results.extend(post.results()) or len(results) == 3)  # type: ignore[func-returns-value]  # collects
    assert [result.mail_id for result in results] == ["m2", "m3", "m4"]
    assert (server.connections, post.is_idle(), post.cancel("m1")) == (2, False, False)
    server.go.set()
    eventually(lambda: results.extend(post.results()) or len(results) == 4)  # type: ignore[func-returns-value]  # collects
    assert (results[-1].mail_id, results[-1].outcome) == ("m1", Outcome.SENT)
    post.close(timeout=5)


def test_not_more_than_three_connections(server: Any, rules: SmtpRules, eventually: Eventually) -> None:
    """Three silent mails take three connections; the fourth waits for one of them, and none is lost."""
    server.script["DOT"] = ["HOLD 250 late"] * 3
    results: list[SendingResult] = []
    patience = replace(SHORT, dot=20.0, silence=0.05)
    post = Post(rules, lambda _: None, lambda: None, clock=lambda: AT, patience=patience)
    for mail_id in ("m1", "m2", "m3", "m4", "m5"):
        post.put(mail_id, b"Subject: x\r\n\r\nx\r\n", SENDER, TO)
    eventually(lambda: server.said.count("DATA") == 3)
    server.released.wait(0.2)
    assert (server.connections, server.said.count("DATA"), post.cancel("m5")) == (3, 3, True)
    server.go.set()
    eventually(lambda: results.extend(post.results()) or len(results) == 4)  # type: ignore[func-returns-value]  # collects
    assert sorted(result.mail_id for result in results) == ["m1", "m2", "m3", "m4"]
    post.close(timeout=5)


def test_a_mail_is_called_back_until_its_data(server: Any, desk: Desk, eventually: Eventually) -> None:
    """Called back at RCPT it never leaves and has no result; handed over again it does."""
    server.script["RCPT"] = ["HOLD 250 ok"]
    desk.put("m1", "m2")
    eventually(lambda: any(line.startswith("RCPT") for line in server.said))
    assert desk.post.cancel("m1")
    server.go.set()
    assert desk.got(1) == [("m2", Outcome.SENT)]
    assert desk.post.results() == []
    assert len(server.taken) == 1
    assert [line.mail_id for line in desk.journal] == ["m2", "m2"]
    desk.put("m1")
    assert desk.got(2)[1] == ("m1", Outcome.SENT)


def test_called_back_for_nothing_it_goes_on(server: Any, desk: Desk, eventually: Eventually) -> None:
    """Handed over again while it is still in hand, a mail that was called back is sent, once."""
    server.script["RCPT"] = ["HOLD 250 ok"]
    desk.put("m1")
    eventually(lambda: any(line.startswith("RCPT") for line in server.said))
    assert desk.post.cancel("m1")
    desk.put("m1")
    server.go.set()
    assert desk.got(1) == [("m1", Outcome.SENT)]
    assert len(server.taken) == 1


def test_two_turned_away_put_off_the_rest(server: Any, desk: Desk) -> None:
    """One 421 may be about one mail; the second in a row is about us, and nobody else is tried now."""
    server.script["RCPT"] = ["HOLD 421 too many", "421 too many", "421 too many"]
    desk.put("m1", "m2", "m3", "m4")
    server.go.set()
    assert {outcome for _, outcome in desk.got(4)} == {Outcome.LATER}
    assert len([line for line in server.said if line.startswith("RCPT")]) == 2
    server.script["RCPT"] = ["421 it is this one"]
    desk.put("m1", "m2")
    assert desk.got(6)[4:] == [("m1", Outcome.LATER), ("m2", Outcome.SENT)]
