"""ATTACKS 29 to 32 and 92: what comes back after the 250, who hears of it, and the answer that mends it."""

from datetime import timedelta

import pytest
from smtp_line import CODE, Line
from world import text_of

from mailbot import stage
from mailbot.model.booking import State
from mailbot.model.mail import Sending

CONFIRMED, FAILED = "customer/confirmed", "office/mail_failed"
PHONE = "0171 / 23 45 678"


def _report(message_id: str, action: str, status: str, said: str) -> bytes:
    return f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.soccer-kirche.example>
To: buchung@soccer-kirche.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

Buchung {CODE}: {said}
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.soccer-kirche.example

Final-Recipient: rfc822; {stage.CUSTOMER}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}
--B
Content-Type: text/rfc822-headers

Message-ID: {message_id}
--B--
""".replace("\n", "\r\n").encode()


def _arrives(line: Line, raw: bytes) -> list[str]:
    before = len(line.kinds())
    line.past += timedelta(seconds=1)
    line.world.servers.deliver("mailbot", raw)
    line.daemon.once()
    return line.kinds()[before:]


def test_92_a_bounce_after_250_is_an_alarm(line: Line) -> None:
    """29, 92: in the next pass the office has the phone; a second report tells nobody, the booking stays as it is."""
    line.answers("office/review", "ok")
    before, sent = line.booking(), line.row(CONFIRMED)
    report = _report(sent.message_id, "failed", "5.1.1", "550 5.1.1 User unknown")
    assert _arrives(line, report) == [FAILED]
    assert PHONE in text_of(line.taken()[-1])
    assert _arrives(line, report.replace(b"5.1.1", b"5.1.2")) == []
    assert (line.state(CONFIRMED), line.booking()) == (Sending.BOUNCED, before)
    line.answers(FAILED, "EMAIL: neu@kunde.example")
    assert (line.kinds()[-2:].count(CONFIRMED), line.state(CONFIRMED)) == (1, Sending.SENT)


def test_30_a_delay_is_only_noted(line: Line) -> None:
    """30: the receiving server tries on: nobody is told, no row changes."""
    line.answers("office/review", "ok")
    sent = line.row(CONFIRMED)
    assert _arrives(line, _report(sent.message_id, "delayed", "4.4.1", "451 4.4.1 timed out")) == []
    assert line.row(CONFIRMED) == sent


def test_32_a_report_about_no_mail_of_ours_is_left(line: Line) -> None:
    """32: an invented report that names a booking, but no Message-ID of ours, is not ours and stays in the inbox."""
    line.answers("office/review", "ok")
    before = line.booking()
    raw = _report("<invented@elsewhere.example>", "failed", "5.1.1", "550")
    assert _arrives(line, raw) == []
    assert line.booking() == before
    assert raw in line.world.servers.messages("mailbot")


MENDINGS = {
    "two addresses": "EMAIL: a@kunde.example, b@kunde.example",
    "no address": "EMAIL: neu@nirgends",
    "a robot's": "EMAIL: noreply@kunde.example",
    "empty": "EMAIL:",
}


@pytest.mark.parametrize("case", MENDINGS)
def test_29_a_bad_address_mends_nothing(line: Line, case: str) -> None:
    """29: one address a person reads at, else the office is asked back and nothing leaves for the customer."""
    line.answers("office/review", "ok")
    _arrives(line, _report(line.row(CONFIRMED).message_id, "failed", "5.1.1", "550"))
    before = line.booking()
    line.answers(FAILED, MENDINGS[case])
    assert line.kinds()[-1] == "office/refused"
    assert line.booking() == before
    assert line.copies(CONFIRMED) == 1


def test_29_a_cancelled_booking_is_not_confirmed_again(line: Line) -> None:
    """29: cancelled since then: the address is mended, the cancellation goes there, and no code does."""
    line.answers("office/review", "ok")
    _arrives(line, _report(line.row(CONFIRMED).message_id, "failed", "5.1.1", "550"))
    line.answers("office/done", "storno: Wasserschaden")
    assert line.booking().state is State.CANCELLED
    line.answers(FAILED, "EMAIL: neu@kunde.example")
    assert line.copies(CONFIRMED) == 1
    assert line.booking().customer.email == "neu@kunde.example"


def test_29_a_question_to_a_confirmed_customer_goes_again(line: Line) -> None:
    """29: a `frage:` that failed is written again, with its question, to the address the office names."""
    line.answers("office/review", "ok")
    line.answers("office/done", "frage: Bringen Sie eigene Tore mit?")
    question = line.row("customer/question")
    _arrives(line, _report(question.message_id, "failed", "5.1.1", "550"))
    line.answers(FAILED, "EMAIL: neu@kunde.example")
    again = [mail for mail in line.taken() if mail["Mailbot-Kind"] == "customer/question"]
    assert len(again) == 2
    assert "Bringen Sie eigene Tore mit?" in text_of(again[-1])
    assert str(again[-1]["To"]).endswith("neu@kunde.example>")
