"""ATTACKS 88 and 95: the way out is shut, or nothing can be written down, and a person hears of it all the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

import pytest
from scripted_smtp import Scripted
from smtp_line import Line, on_line
from world import RULES, text_of

from mailbot import running, stage
from mailbot.embedded import EmbeddedServers
from mailbot.errors import DiskError
from mailbot.model.mail import Sending
from mailbot.model.rules import AlarmRules, Rules, Security, SmtpRules
from mailbot.record import durable
from mailbot.send.second_way import SecondWay

OWNER = "owner@elsewhere.example"
ALARM = "office/alarm"
SECRET = "hunter2hunter2"


@pytest.fixture
def elsewhere() -> Iterator[Scripted]:
    """Give a second SMTP server, which works."""
    server = Scripted()
    yield server
    server.close()


def _alarm(elsewhere: Scripted) -> AlarmRules:
    return AlarmRules(OWNER, _smtp(elsewhere))


def _smtp(server: Scripted) -> SmtpRules:
    return SmtpRules("127.0.0.1", "Soccer-Kirche", "buchung@sk.example", port=server.port, security=Security.NONE)


def _tick(line: Line, **later: float) -> None:
    """Let time pass, then let the daemon look at its way out."""
    line.past += timedelta(**later)
    line.daemon._guarded("post", line.daemon._deliver)
    line.until(lambda: not line.daemon.flow.with_post, line.daemon.flow.deliver)


def _mails(server: Scripted) -> list[Message]:
    return [message_from_bytes(raw, policy=default) for raw in server.taken]


@contextmanager
def _shut(servers: EmbeddedServers, folder: Path, elsewhere: Scripted) -> Iterator[Line]:
    """Give a line whose server offers no STARTTLS, with a second way."""
    with on_line(servers, folder, security=Security.STARTTLS, user="u", password=SECRET) as line:
        line.daemon.second_way = SecondWay(replace(line.world.rules, alarm=_alarm(elsewhere)))
        line.request()
        yield line


def test_88_tls_fails_closed_and_is_an_alarm(servers: EmbeddedServers, tmp_path: Path, elsewhere: Scripted) -> None:
    """88: not a word of mail or log-in leaves in clear text; after ten minutes the second way says so, once an hour."""
    with _shut(servers, tmp_path, elsewhere) as line:
        _tick(line)
        _tick(line, minutes=9)
        assert elsewhere.taken == []
        _tick(line, minutes=2)
        _tick(line, minutes=30)
        (mail,) = _mails(elsewhere)
        assert (mail["To"], mail["Mailbot-Kind"], mail["Auto-Submitted"]) == (OWNER, ALARM, "auto-generated")
        assert "Mails gehen nicht hinaus; sie warten." in text_of(mail)
        assert "STARTTLS" in text_of(mail)
        _tick(line, minutes=40)
        assert len(elsewhere.taken) == 2
        assert line.state(ALARM) is Sending.QUEUED
        assert {one.split()[0] for one in line.server.said} == {"EHLO"}
        secrets = {SECRET, *(row.token for row in line.daemon.flow.books().mails())}
        assert not any(secret in raw.decode() for raw in elsewhere.taken for secret in secrets)


def test_what_waited_leaves_when_mails_can_leave_again(servers: EmbeddedServers, tmp_path: Path) -> None:
    """One mail that got through ends the pause of all others, and the office hears that it is over."""
    with on_line(servers, tmp_path) as line:
        line.server.script["GREETING"] = ["DROP"] * 100
        line.request()
        _tick(line)
        _tick(line, minutes=11)
        rows = line.daemon.flow.books().queued()
        assert len(rows) == 5
        # All but one are in a long pause.
        in_hours = line.world.clock() + timedelta(hours=5)
        line.daemon.flow.ledger.commit([replace(row, due_at=in_hours) for row in rows[1:]])
        line.server.script["GREETING"] = []
        _tick(line, minutes=15)
        assert len(line.kinds()) == 5
        _tick(line, minutes=1)
        _tick(line, minutes=1)
        assert len(line.kinds()) == 6
        assert "läuft wieder" in text_of(line.taken()[-1])
        assert line.daemon.troubles == {}


def test_95_a_full_disk_is_told_without_books(
    servers: EmbeddedServers, tmp_path: Path, elsewhere: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """95: where no alarm can be written down it leaves by the second way, and nothing else does."""
    with on_line(servers, tmp_path) as line:
        line.daemon.second_way = SecondWay(replace(line.world.rules, alarm=_alarm(elsewhere)))
        line.world.request()

        def refuse(step: str) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as full:
            full.setattr(durable, "on_step", refuse)
            for minutes in (0, 11, 1, 5):
                line.past += timedelta(minutes=minutes)
                line.daemon._guarded("mailbox", line.daemon.collector.collect)
        (mail,) = _mails(elsewhere)
        assert "Ein Alarm konnte nicht aufgeschrieben werden." in text_of(mail)
        assert "Das Postfach kann nicht bearbeitet werden" in text_of(mail)
        assert line.kinds() == []
        line.past += timedelta(minutes=5)
        line.daemon.once()
        assert len(line.kinds()) >= 4


def test_95_a_start_on_a_full_disk_is_told(
    servers: EmbeddedServers, tmp_path: Path, elsewhere: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """95: a daemon that cannot start for its disk ends with 73, and a person hears of it by the second way, once."""
    with on_line(servers, tmp_path) as line:
        line.server.script["GREETING"] = ["DROP"] * 100
        line.request()
        rules, data, clock = replace(line.world.rules, alarm=_alarm(elsewhere)), line.world.data, line.world.clock

    def refuse(step: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "on_step", refuse)
    with pytest.raises(DiskError, match="no room left"):
        running._opened(running.Workplace(rules, data, RULES.parent / "templates", clock))
    (mail,) = _mails(elsewhere)
    assert "mailbot startet nicht" in text_of(mail)
    assert "no room left" in text_of(mail)


def test_without_alarm_in_the_rules_it_is_the_office_over_the_usual_server(elsewhere: Scripted) -> None:
    """Nothing need be configured: then the usual server carries it to the office's first address."""
    base = stage.stage_rules(RULES)
    rules = replace(base, smtp=_smtp(elsewhere), alarm=AlarmRules())
    assert _told(rules) == ["buero@kruempel.example"]
    assert not SecondWay(rules).is_another
    assert [mail["To"] for mail in _mails(elsewhere)] == ["buero@kruempel.example"]


def test_while_rehearsing_it_goes_where_every_mail_goes(elsewhere: Scripted) -> None:
    """`site.rehearsal` holds for this mail too, marked and with its true reader."""
    base = stage.stage_rules(RULES)
    rules = replace(base, site=replace(base.site, rehearsal="probe@kruempel.example"), alarm=_alarm(elsewhere))
    _told(rules)
    (mail,) = _mails(elsewhere)
    assert mail["To"] == "probe@kruempel.example"
    assert [one for one in elsewhere.said if one.startswith("RCPT")] == ["RCPT TO:<probe@kruempel.example>"]
    assert str(mail["Subject"]).startswith("[PROBE] ")
    assert text_of(mail).startswith(f"Probe für {OWNER}")


def test_a_second_way_that_fails_is_tried_again_after_ten_minutes(elsewhere: Scripted) -> None:
    """It never raises; each trouble has its own hour, and a failure rests ten minutes only."""
    way = SecondWay(replace(stage.stage_rules(RULES), alarm=_alarm(elsewhere)))
    now = datetime.now(UTC)
    elsewhere.script["MAIL"] = ["550 no"]
    outcomes = []
    for trouble, minutes in (("post", 0), ("post", 9), ("post", 10), ("alarm", 10), ("post", 69), ("post", 70)):
        done = way.tell(trouble, ("Etwas ist kaputt.",), now + timedelta(minutes=minutes))
        outcomes.append(done.outcome.value if done else "")
    assert outcomes == ["later", "", "sent", "sent", "", "sent"]


def _told(rules: Rules) -> list[str]:
    done = SecondWay(rules).tell("alarm", ("Etwas ist kaputt.",), datetime.now(UTC))
    assert done
    assert done.outcome.value == "sent"
    return [rules.people["office"].emails[0]]
