"""Mails that became wrong while they lay with the post, were in its hand, or were not even handed over."""

from dataclasses import replace

from smtp_line import CODE, SHORT, Line

from mailbot import stage
from mailbot.model.booking import State
from mailbot.model.mail import Sending

CONFIRMED = "customer/confirmed"


def _approve_and_hold(line: Line, phase: str) -> None:
    """Approve, and stop the code mail at this phase."""
    line.patience = replace(SHORT, command=20.0, dot=20.0, silence=20.0)
    line.restart()
    line.server.script[phase] = ["HOLD 250 ok"]
    line.says("office/review", "ok")
    line.daemon.collector.collect()
    heard = len(line.server.said)
    line.daemon.flow.deliver()
    word = {"RCPT": "RCPT", "DOT": "DATA"}[phase]
    line.until(lambda: any(one.startswith(word) for one in line.server.said[heard:]))


def _moved_by_the_source(line: Line) -> None:
    """Let YouCanBook.me cancel the booking, whose code mail becomes wrong."""
    request = stage.Request(CODE, "Kim Kunde", line.booking().stay.start, 60)
    mail = stage.notice(request, "buchung@soccer-kirche.example", line.world.clock())
    del mail["Subject"]
    mail["Subject"] = "Buchung storniert: Kim Kunde"
    line.world.send(mail, stage.NOTICES)
    line.daemon.collector.collect()


def test_withdrawn_in_hand_before_data_is_called_back(line: Line) -> None:
    """A mail that became wrong while the server had heard its address only is never sent; its correction is."""
    _approve_and_hold(line, "RCPT")
    _moved_by_the_source(line)
    assert line.booking().state is State.CANCELLED
    line.server.go.set()
    line.daemon.settle()
    assert (line.state(CONFIRMED), line.copies(CONFIRMED)) == (Sending.WITHDRAWN, 0)
    assert line.state("customer/cancelled") is Sending.SENT
    assert line.kinds().count("customer/cancelled") == 1


def test_withdrawn_in_hand_after_data_is_sent_and_corrected(line: Line) -> None:
    """A mail that became wrong after its dot ends as sent, for it was, and its correction follows it."""
    _approve_and_hold(line, "DOT")
    _moved_by_the_source(line)
    assert line.state(CONFIRMED) is Sending.WITHDRAWN
    line.server.go.set()
    line.daemon.settle()
    assert (line.state(CONFIRMED), line.copies(CONFIRMED)) == (Sending.SENT, 1)
    kinds = line.kinds()
    assert kinds.index(CONFIRMED) < kinds.index("customer/cancelled")


def test_withdrawn_in_hand_and_a_crash(line: Line) -> None:
    """What the server took of a withdrawn mail before a crash is in the journal, and the row ends as sent."""
    _approve_and_hold(line, "DOT")
    _moved_by_the_source(line)
    line.server.go.set()
    line.until(line.daemon.flow.post.is_idle)
    line.crash()
    line.daemon.settle()
    assert (line.state(CONFIRMED), line.copies(CONFIRMED)) == (Sending.SENT, 1)


def test_written_and_withdrawn_in_one_batch_keeps_its_file(line: Line) -> None:
    """A mail that a later letter of the same pass withdraws never leaves; its file is kept and found."""
    line.says("office/review", "ok")
    request = stage.Request(CODE, "Kim Kunde", line.booking().stay.start, 60)
    mail = stage.notice(request, "buchung@soccer-kirche.example", line.world.clock())
    del mail["Subject"]
    mail["Subject"] = "Buchung storniert: Kim Kunde"
    line.world.send(mail, stage.NOTICES)
    line.daemon.once()
    row = line.row(CONFIRMED)
    assert (row.state, line.copies(CONFIRMED)) == (Sending.WITHDRAWN, 0)
    assert (line.world.data / row.path).read_bytes()
    line.restart()
    assert (line.world.data / row.path).exists()
