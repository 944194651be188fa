"""ATTACKS 79 to 91 end to end: a code mail over SMTP servers that fail, to the end of its row and what people got."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from smtp_line import SHORT, Line, on_line
from world import text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.mail import Matter, MatterKind, Sending, urgency

CONFIRMED, FAILED, ALARM = "customer/confirmed", "office/mail_failed", "office/alarm"
PHONE = "0171 / 23 45 678"


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
        line.server.script["AUTH"] = ["DROP"] * 20
        line.request()
        assert line.kinds() == []
        line.server.script["AUTH"] = []
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
    line.until(lambda: len(line.daemon.flow.with_post) == 1, line.look)
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
    assert "noch nicht hinaus" in told
    assert "angekommen" not in told + str(line.taken()[-1]["Subject"])
    line.server.recipients.clear()
    line.later(minutes=60)
    assert (line.copies(CONFIRMED), line.state(CONFIRMED)) == (1, Sending.SENT)
    assert str(line.taken()[-1]["Subject"]).startswith("Entwarnung")
    assert "doch noch hinausgegangen" in " ".join(text_of(line.taken()[-1]).split())


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
    line.server.script["RCPT"] = ["421 4.7.0 too many messages"] * 20
    line.answers("office/review", "ok")
    assert line.kinds()[4:] == []
    line.server.script["RCPT"] = []
    line.later(minutes=1)
    rows = {mail.message_id: mail for mail in line.daemon.flow.books().mails()}
    left = [rows[str(mail["Message-ID"])] for mail in line.taken()[4:]]
    assert len(left) == 4
    assert left == sorted(left, key=urgency)


def test_90_a_crash_between_the_dot_and_its_answer(line: Line) -> None:
    """90: what may have been taken counts as an attempt and goes once more, at once, under the same Message-ID."""
    line.server.script["DOT"] = ["TAKE SILENT"]
    line.patience = replace(SHORT, dot=20.0)
    line.restart()
    line.says("office/review", "ok")
    line.daemon.collector.collect()
    line.daemon.flow.deliver()
    line.until(lambda: line.copies(CONFIRMED) == 1)
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
