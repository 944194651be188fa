"""A mail that the post has in hand when it becomes wrong: its correction comes behind it, and the history is true."""

from dataclasses import replace
from datetime import timedelta

import pytest
from smtp_line import SHORT, Line
from world import text_of

from mailbot.model.booking import State
from mailbot.model.mail import Sending

CONFIRMED, PAYMENT, CANCELLED = "customer/confirmed", "customer/payment", "customer/cancelled"


def _in_hand(line: Line, action: str, dot: float = 20.0) -> None:
    """Approve, and let the server take the code mail's dot and do this; other mails go on beside it."""
    line.patience = replace(SHORT, command=20.0, dot=dot, silence=0.1)
    line.restart()
    line.server.script["DOT"] = [action]
    line.says("office/review", "ok")
    line.daemon.collector.collect()
    line.daemon.flow.deliver()
    line.until(lambda: line.daemon.flow.with_post == {line.row(CONFIRMED).id}, line.look)


def _over(line: Line) -> None:
    """Let the stay pass while the mail is in hand."""
    line.past += line.booking().stay.end - line.world.clock() + timedelta(minutes=1)
    line.daemon.flow.due()


def _cancelled(line: Line) -> None:
    """Let the office cancel while the mail is in hand: its office/done has arrived beside it."""
    line.says("office/done", "storno: Wasserschaden")
    line.daemon.collector.collect()


def _goes_on(line: Line) -> None:
    """Let everything leave that does not wait for the mail in hand."""
    line.look()
    line.until(lambda: line.daemon.flow.with_post == {line.row(CONFIRMED).id}, line.look)


def _story(line: Line) -> str:
    """Ask why, and give what the office reads."""
    line.answers("office/done", "warum")
    return " ".join(text_of([mail for mail in line.taken() if mail["Mailbot-Kind"] == "office/history"][-1]).split())


def test_a_correction_does_not_overtake_what_it_corrects(line: Line) -> None:
    """While a server is silent about a code mail, the office's `storno` waits behind it; what is read last is true."""
    _in_hand(line, "HOLD 250 ok")
    _cancelled(line)
    _goes_on(line)
    assert line.booking().state is State.CANCELLED
    assert CANCELLED not in line.kinds()
    assert [line.kinds().count(kind) for kind in ("office/done", "desk/decided")] == [2, 2], "nobody else waits"
    line.server.go.set()
    line.daemon.settle()
    kinds = [kind for kind in line.kinds() if kind.startswith("customer/")]
    assert kinds[-2:] == [CONFIRMED, CANCELLED]
    assert (line.state(CONFIRMED), line.copies(CONFIRMED)) == (Sending.SENT, 1)
    done = " ".join(text_of([mail for mail in line.taken() if mail["Mailbot-Kind"] == "office/done"][-1]).split())
    assert "kennt Kim Kunde schon" in done


def test_a_stay_that_is_over_while_its_code_mail_is_in_hand(line: Line) -> None:
    """The customer gets the code mail late and the bill behind it, one invoice, and reads that it is one."""
    _in_hand(line, "HOLD 250 ok")
    _over(line)
    assert line.state(CONFIRMED) is Sending.WITHDRAWN
    _goes_on(line)
    assert PAYMENT not in line.kinds()
    line.server.go.set()
    line.daemon.settle()
    kinds = [kind for kind in line.kinds() if kind.startswith("customer/")]
    assert kinds[-2:] == [CONFIRMED, PAYMENT]
    bill = " ".join(text_of(line.taken()[line.kinds().index(PAYMENT)]).split())
    assert "bezahlt wird sie nur einmal" in bill
    assert [paper.number for paper in line.daemon.flow.books().invoices()] == [line.booking().invoice]
    story = _story(line)
    assert "soweit es noch nicht hinausgegangen war" in story
    assert "kunde@kunde.example, gesendet am" in story


@pytest.mark.parametrize("ends", [Line.look, Line.crash])
def test_no_word_about_a_mail_that_became_wrong(line: Line, ends: object) -> None:
    """Where the server never answers it is not tried again, its correction follows, and the history says perhaps."""
    _in_hand(line, "HOLD 250 ok" if ends is Line.crash else "SILENT", dot=20.0 if ends is Line.crash else 3.0)
    _over(line)
    ends(line)  # type: ignore[operator]  # a method of Line
    line.until(lambda: PAYMENT in line.kinds(), line.look)
    line.restart()
    line.daemon.settle()
    row = line.row(CONFIRMED)
    assert (row.state, row.uncertain, line.copies(CONFIRMED)) == (Sending.WITHDRAWN, 1, 0)
    assert line.copies(PAYMENT) == 1
    assert "zurückgezogen, vielleicht aber schon angekommen" in _story(line)
