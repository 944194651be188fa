"""ATTACKS 79 to 92 end to end: a code mail over SMTP servers that fail, to the end of its row and what people got."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from smtp_line import CODE, SHORT, Line, on_line
from world import RULES, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import State
from mailbot.model.mail import Matter, MatterKind, Sending, urgency

CONFIRMED, FAILED, ALARM = "customer/confirmed", "office/mail_failed", "office/alarm"
PHONE = "0171 / 23 45 678"


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    base = stage.stage_rules(RULES)
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as running:
        yield running


@pytest.fixture
def line(servers: EmbeddedServers, tmp_path: Path) -> Iterator[Line]:
    """Give a line that has worked so far: one request came in, and its four mails left."""
    with on_line(servers, tmp_path) as made:
        made.request()
        yield made


# number and fault -> (phase, what the server does, copies the server has in the end)
BREAKS = {
    "79 connect": ("GREETING", ["DROP"], 1),
    "79 EHLO": ("EHLO", ["DROP"], 1),
    "79 MAIL": ("MAIL", ["DROP"], 1),
    "79 RCPT": ("RCPT", ["DROP"], 1),
    "79 DATA": ("DATA", ["DROP"], 1),
    "79 body": ("BODY", ["DROP"], 1),
    "80 drop after the dot": ("DOT", ["DROP"], 1),
    "80 taken, then drop": ("DOT", ["TAKE DROP"], 2),
    "80 taken, then silent": ("DOT", ["TAKE SILENT"], 2),
    "80 nothing for ten minutes": ("DOT", ["SILENT"], 1),
    "81 250, then RST": ("DOT", ["250 taken RESET"], 1),
    "81 QUIT fails": ("QUIT", ["DROP"], 1),
    "82 greylisted three times": ("RCPT", ["451 later", "250 ok", "250 ok", "250 ok", "451 later", "451 later"], 1),
    "86 turned away at the door": ("GREETING", ["421 too many connections"], 1),
    "87 503 on a new connection": ("MAIL", ["503 sequence"], 1),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_code_mail_arrives_in_the_end(line: Line, case: str) -> None:
    """79 to 82, 86, 87: put off and tried again by schedule, one copy, or two of one Message-ID; no alarm."""
    phase, actions, copies = BREAKS[case]
    line.restart()
    line.server.script[phase] = list(actions)
    line.answers("office/review", "ok")
    # Whatever failed, the other mails of the answer are not lost either.
    for minutes in (1, 5, 15, 30):
        line.later(minutes=minutes)
    line.restart()
    assert line.copies(CONFIRMED) == copies
    assert {mail.state for mail in line.daemon.flow.books().mails()} == {Sending.SENT}
    assert not {FAILED, ALARM} & set(line.kinds())


def test_79_drop_at_log_in(servers: EmbeddedServers, tmp_path: Path) -> None:
    """79 AUTH: a connection lost at log-in puts the mail off, and it arrives once."""
    with on_line(servers, tmp_path, user="u", password="hunter2hunter2") as line:
        line.server.script["AUTH"] = ["DROP"]
        line.request()
        assert line.kinds() == []
        line.later(minutes=1)
        assert sorted(line.kinds()) == ["customer/received", "desk/request", "office/review", "subscriber/request"]


def test_80_silence_after_the_dot_holds_up_no_other_mail(line: Line) -> None:
    """80: a 250 that comes after nine minutes is sent; all other mails left meanwhile."""
    line.patience = replace(SHORT, dot=20.0)
    line.restart()
    line.server.script["DOT"] = ["HOLD 250 taken"]
    line.says("office/review", "ok")
    line.daemon.collector.collect()
    line.daemon.flow.deliver()
    post = line.daemon.flow.post
    while len(line.daemon.flow.with_post) > 1:
        line.daemon.bell.wait(0.1)
        line.daemon.bell.hush()
        line.past += timedelta(seconds=1)
        line.daemon.flow.deliver()
    assert line.row(CONFIRMED).id in line.daemon.flow.with_post
    assert sorted(line.kinds()[4:]) == ["desk/decided", "office/done", "subscriber/decided"]
    assert not post.is_idle()
    line.past += timedelta(minutes=9)
    line.server.go.set()
    line.daemon.settle()
    assert (line.state(CONFIRMED), line.copies(CONFIRMED), line.row(CONFIRMED).uncertain) == (Sending.SENT, 1, 0)


def test_82_a_greylisted_mail_arrives_by_schedule(line: Line) -> None:
    """82: refused for now at 0, 1 and 6 minutes, taken at 21, over a restart and without an alarm."""
    line.server.recipients[stage.CUSTOMER] = "451 4.7.1 greylisted"
    line.answers("office/review", "ok")
    for minutes in (1, 5):
        line.later(minutes=minutes)
    assert (line.row(CONFIRMED).attempts, line.copies(CONFIRMED)) == (3, 0)
    del line.server.recipients[stage.CUSTOMER]
    line.later(minutes=14)
    assert line.copies(CONFIRMED) == 0
    line.later(minutes=1)
    assert (line.copies(CONFIRMED), line.state(CONFIRMED)) == (1, Sending.SENT)
    assert not {FAILED, ALARM} & set(line.kinds())


def test_83_a_code_mail_put_off_for_45_minutes_is_an_alarm(line: Line) -> None:
    """83: once, with the phone; the mail is tried on over restarts and arrives when it is taken."""
    line.server.recipients[stage.CUSTOMER] = "451 4.3.0 try later"
    line.answers("office/review", "ok")
    line.later(minutes=1)
    # Queued rows go at once after a restart.
    line.restart()
    line.daemon.settle()
    assert line.row(CONFIRMED).attempts == 3
    line.later(minutes=43)
    assert FAILED not in line.kinds()
    line.later(minutes=1)
    line.later(minutes=60)
    line.restart()
    line.later(minutes=1)
    assert line.kinds().count(FAILED) == 1
    told = text_of(line.taken()[-1])
    assert PHONE in told
    assert "451 4.3.0 try later" in told
    line.server.recipients.clear()
    line.later(minutes=60)
    assert (line.copies(CONFIRMED), line.state(CONFIRMED)) == (1, Sending.SENT)


def test_83_given_up_after_two_days_is_told_again(line: Line) -> None:
    """83: what nobody took for two days has failed, and the office hears that too."""
    line.server.recipients[stage.CUSTOMER] = "451 later"
    line.answers("office/review", "ok")
    for minutes in (1, 5, 15, 30, 60):
        line.later(minutes=minutes)
    assert line.kinds().count(FAILED) == 1
    line.later(days=2)
    assert line.state(CONFIRMED) is Sending.FAILED
    told = line.daemon.flow.books().mails_about(Matter(MatterKind.MAIL, line.row(CONFIRMED).id))
    assert [mail.kind for mail in told] == [FAILED, FAILED]


REFUSALS = {
    "84 unknown user": ("RCPT", "550 5.1.1 unknown user"),
    "85 too large": ("DOT", "552 5.3.4 too large"),
    "85 content refused": ("DOT", "554 5.7.1 looks like spam"),
    "85 refused at DATA": ("DATA", "554 5.5.1 no"),
    "89 recipient refused": ("RCPT", "553 5.1.3 no such mailbox"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refused_code_mail_is_an_alarm(line: Line, case: str) -> None:
    """84, 85, 89: failed at once, never tried again; the office gets why and the phone, and mends it by an answer."""
    phase, said = REFUSALS[case]
    line.server.script[phase] = [said]
    line.answers("office/review", "ok")
    line.later(minutes=1)
    assert (line.state(CONFIRMED), line.copies(CONFIRMED)) == (Sending.FAILED, 0)
    told = text_of(line.taken()[-1])
    assert line.kinds().count(FAILED) == 1
    assert said in told
    assert PHONE in told
    line.answers(FAILED, "EMAIL: neu@kunde.example")
    again = line.taken()[-2:]
    assert {str(mail["Mailbot-Kind"]) for mail in again} == {CONFIRMED, "office/done"}
    assert "RCPT TO:<neu@kunde.example>" in line.server.said
    assert line.state(CONFIRMED) is Sending.SENT
    assert line.booking().customer.email == "neu@kunde.example"


def test_86_what_was_held_back_leaves_in_order(line: Line) -> None:
    """86: two mails in a row turned away put off the rest; later all leave, the most urgent first."""
    line.server.script["RCPT"] = ["421 4.7.0 too many messages"] * 3
    line.answers("office/review", "ok")
    assert line.kinds()[4:] == []
    connections = line.server.connections
    assert connections <= 4
    line.later(minutes=1)
    rows = {mail.message_id: mail for mail in line.daemon.flow.books().mails()}
    left = [rows[str(mail["Message-ID"])] for mail in line.taken()[4:]]
    assert len(left) == 4
    assert left == sorted(left, key=urgency)


def test_86_the_hourly_cap_slides_over_a_restart(servers: EmbeddedServers, tmp_path: Path) -> None:
    """86: at most per_hour in any hour, restarts or not; the most urgent first, the rest when the hour has slid."""
    with on_line(servers, tmp_path, per_hour=5) as line:
        line.request()
        assert len(line.kinds()) == 4
        line.answers("office/review", "ok")
        line.restart()
        line.later(minutes=30)
        assert len(line.kinds()) == 5
        line.later(minutes=29)
        assert len(line.kinds()) == 5
        line.later(minutes=1, seconds=1)
        # The alarm that the cap is reached comes before the rest.
        assert line.kinds()[4:6] in ([ALARM, CONFIRMED], [CONFIRMED, ALARM])
        assert sorted(line.kinds()[6:]) == ["desk/decided", "office/done", "subscriber/decided"]


def test_90_a_crash_between_the_dot_and_its_answer(line: Line) -> None:
    """90: what may have been taken counts as an attempt and goes once more, at once, under the same Message-ID."""
    line.server.script["DOT"] = ["TAKE SILENT"]
    line.patience = replace(SHORT, dot=20.0)
    line.restart()
    line.says("office/review", "ok")
    line.daemon.collector.collect()
    line.daemon.flow.deliver()
    while line.copies(CONFIRMED) == 0:
        line.daemon.bell.wait(0.05)
    line.crash()
    assert line.row(CONFIRMED).uncertain == 1
    line.daemon.settle()
    assert (line.copies(CONFIRMED), line.state(CONFIRMED)) == (2, Sending.SENT)
    assert FAILED not in line.kinds()


def test_91_two_silences_and_the_answer_that_sends_it_again(line: Line) -> None:
    """91: no third attempt over restarts; the office hears it may have arrived, and its answer sends it again."""
    line.server.script["DOT"] = ["TAKE DROP"]
    line.answers("office/review", "ok")
    line.server.script["DOT"] = ["SILENT"]
    line.later(minutes=1)
    line.later(minutes=60)
    line.restart()
    line.daemon.settle()
    assert (line.copies(CONFIRMED), line.state(CONFIRMED)) == (1, Sending.UNCERTAIN)
    told = text_of(line.taken()[-1])
    assert "vielleicht ist die Mail angekommen" in " ".join(told.split())
    # No-break spaces keep the line to copy in one piece.
    assert f"EMAIL:\u00a0{stage.CUSTOMER}" in told
    line.answers(FAILED, f"EMAIL: {stage.CUSTOMER}")
    ids = {mail["Message-ID"] for mail in line.taken() if mail["Mailbot-Kind"] == CONFIRMED}
    assert len(ids) == 2
    assert line.state(CONFIRMED) is Sending.SENT
    assert line.kinds().count(FAILED) == 1


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


def _approve_and_hold(line: Line, phase: str) -> None:
    """Approve, and stop the code mail at this phase."""
    line.patience = replace(SHORT, command=20.0, dot=20.0, silence=20.0)
    line.restart()
    line.server.script[phase] = [f"HOLD {'250 ok'}"]
    line.says("office/review", "ok")
    line.daemon.collector.collect()
    heard = len(line.server.said)
    line.daemon.flow.deliver()
    word = {"RCPT": "RCPT", "DOT": "DATA"}[phase]
    while not any(one.startswith(word) for one in line.server.said[heard:]):
        line.daemon.bell.wait(0.02)


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
    while not line.daemon.flow.post.is_idle() and line.copies("customer/cancelled") == 0:
        line.daemon.bell.wait(0.02)
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
