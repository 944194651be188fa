"""The story on a real Dovecot and a real Postfix, with a daemon that waits in IDLE.

Postfix writes a verdict in front of each letter, as a provider's filter would: the envelope's domain passed.
"""

import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path

import pytest
from accounts import Account
from real_servers import Dovecot, Postfix
from world import TEMPLATES, digits_in, next_saturday, text_of, write_rules

from mailbot import config, stage
from mailbot.daemon import Daemon
from mailbot.model.booking import State
from mailbot.model.decisions import Arrival
from mailbot.model.events import CodesGenerated
from mailbot.model.people import OPERATOR
from mailbot.model.rules import Rules
from mailbot.send.compose import Composer

pytestmark = pytest.mark.real_server

ENV = {"MAILBOT_IMAP_PASSWORD": "demo", "MAILBOT_SMTP_PASSWORD": "demo"}
CODE = "QNBZAQPTAITT"


@dataclass
class Town:
    """A daemon at work on real servers, and the mailboxes of everybody it writes to."""

    daemon: Daemon
    rules: Rules
    boxes: dict[str, Account]
    smtp_port: int

    def send(self, mail: EmailMessage, sender: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as smtp:
            smtp.send_message(mail, sender, [self.rules.smtp.sender_address])

    def request(self, start_in: int = 0, customer: str = "") -> None:
        start = next_saturday(self.rules) + timedelta(days=start_in)
        now = self.daemon.flow.clock()
        mail = stage.notice(stage.Request(CODE, "Kim Kunde", start, 60), self.rules.smtp.sender_address, now)
        mail.set_content(str(mail.get_content()).replace(stage.CUSTOMER, customer or self.customer))
        self.send(mail, stage.NOTICES)

    @property
    def customer(self) -> str:
        """Give the customer's address."""
        return f"{self.boxes['customer'].user}@kunde.example"

    def office_answers(self, mail: Message, text: str) -> None:
        """Answer a mail of mailbot's as the office."""
        office = f"{self.boxes['office'].user}@kruempel.example"
        headers = {name: str(value) for name, value in mail.items()}
        self.send(stage.reply(headers, text, office, self.daemon.flow.clock()), office)

    def await_mail(self, name: str, kind: str) -> Message:
        """Wait for a person's mail of this kind."""
        return _until(lambda: next((mail for mail in self.mails(name) if mail["Mailbot-Kind"] == kind), None), kind)

    def mails(self, name: str) -> list[Message]:
        return [message_from_bytes(raw, policy=default) for raw in self.boxes[name].letters()]


def _until(step: Callable[[], Message | None], what: str) -> Message:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        if found := step():
            return found
        time.sleep(0.05)
    raise TimeoutError(what)


@pytest.fixture
def town(dovecot: Dovecot, postfix: Postfix, tmp_path: Path) -> Iterator[Town]:
    boxes = {name: dovecot.account() for name in ("mailbot", "office", "medifit", "platzwart", "customer", "boss")}
    users = {
        "buchung": boxes["mailbot"].user,
        "buero": boxes["office"].user,
        "chefin": boxes["boss"].user,
        "theke": boxes["medifit"].user,
        "platzwart": boxes["platzwart"].user,
    }
    path = tmp_path / "rules.yaml"
    write_rules(path, boxes["mailbot"].port, postfix.smtp_port, **users)
    rules = config.load(path, ENV)
    daemon = Daemon.open(rules, tmp_path / "data", TEMPLATES, composer=Composer(TEMPLATES, rules))
    daemon.flow.handle([Arrival("command:codes:test", OPERATOR, CodesGenerated())])
    thread = threading.Thread(target=daemon.run)
    thread.start()
    try:
        yield Town(daemon, rules, boxes, postfix.smtp_port)
    finally:
        daemon.stop()
        thread.join(20)
        daemon.close()


def test_the_story_on_real_servers(town: Town) -> None:
    """A notice becomes four mails while the daemon waits in IDLE, and `ok` sends the customer's code and bill."""
    town.request()
    review = town.await_mail("office", "office/review")
    for name, kind in (
        ("medifit", "desk/request"),
        ("platzwart", "subscriber/request"),
        ("customer", "customer/received"),
    ):
        town.await_mail(name, kind)
    town.office_answers(review, "ok")
    confirmed = town.await_mail("customer", "customer/confirmed")
    town.await_mail("office", "office/done")
    town.daemon.stop()
    booking = town.daemon.flow.books().booking(CODE)
    assert booking
    assert booking.state is State.CONFIRMED
    assert booking.door_code in digits_in(text_of(confirmed))
    # The office got the season's list of codes before.
    assert len(town.mails("office")) == 3
    assert all(len(town.mails(name)) == 2 for name in ("medifit", "platzwart", "customer"))
    assert town.boxes["mailbot"].letters() == []
    assert len(town.boxes["mailbot"].letters("Mailbot/Erledigt")) == 2


def test_a_stranger_is_left_alone_on_real_servers(town: Town) -> None:
    """A private letter stays in the inbox, unread and unflagged, while the notice beside it is handled."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "oma@privat.example", town.rules.smtp.sender_address
    mail["Subject"] = "Kuchen am Sonntag"
    mail.set_content("Das Rezept ist geheim.\n")
    town.send(mail, "oma@privat.example")
    town.request()
    town.await_mail("office", "office/review")
    assert town.boxes["mailbot"].flags() == [set()]


def test_a_forged_notice_makes_no_booking_on_real_servers(town: Town) -> None:
    """A notice whose domain the server did not prove reaches only the office."""
    now = town.daemon.flow.clock()
    request = stage.Request(CODE, "Kim Kunde", next_saturday(town.rules), 60)
    town.send(stage.notice(request, town.rules.smtp.sender_address, now), "evil@elsewhere.example")
    town.await_mail("office", "office/suspicious")
    assert not town.daemon.flow.books().bookings()
    assert town.mails("customer") == []


@pytest.mark.parametrize("address", ["niemand@kunde.example", "sabine@weg.example"])
def test_a_lost_code_mail_on_real_servers(town: Town, address: str) -> None:
    """84, 92: refused by Postfix at once, or accepted and come back: the office has the phone and mends the address."""
    town.request(customer=address)
    town.office_answers(town.await_mail("office", "office/review"), "ok")
    failed = _until(lambda: next((mail for mail in town.mails("office") if _is_about_code(mail)), None), "mail_failed")
    assert "0171" in text_of(failed)
    town.office_answers(failed, f"EMAIL: {town.customer}")
    confirmed = town.await_mail("customer", "customer/confirmed")
    town.daemon.stop()
    booking = town.daemon.flow.books().booking(CODE)
    assert booking
    assert booking.door_code in digits_in(text_of(confirmed))


def _is_about_code(mail: Message) -> bool:
    return mail["Mailbot-Kind"] == "office/mail_failed" and "Türcode" in str(mail["Subject"])
