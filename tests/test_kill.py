"""The real process, killed at random moments while mail comes in: nothing is lost, nothing doubled, no code astray."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from world import MAILBOT, OFFICE, RULES, World, digits_in, html_of, next_saturday, text_of, write_rules

from mailbot import config, stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import Booking, State
from mailbot.model.books import Books
from mailbot.model.mail import Sending
from mailbot.record.ledger import Ledger

NOTICES = 15
KILLS = 4
SEED = 20261121
ENV = {"MAILBOT_IMAP_PASSWORD": stage.PASSWORD, "MAILBOT_SMTP_PASSWORD": stage.PASSWORD}
PROGRAM = Path(sys.executable).parent / "mailbot"
LETTERS = str.maketrans("0123456789", "ABCDEFGHIJ")


@dataclass
class Town:
    """Everybody outside the process that is killed: who requests, who answers, and what each of them got."""

    world: World
    rules_path: Path
    dice: random.Random
    answered: set[str] = field(default_factory=set)
    requested: int = 0

    def command(self, *words: str) -> list[str]:
        return [
            str(PROGRAM),
            "--rules",
            str(self.rules_path),
            "--data",
            str(self.world.data),
            *words,
        ]

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the process; returns when it is at work."""
        log = self.world.data.parent / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                self.command("run"), env=os.environ | ENV, stdout=subprocess.DEVNULL, stderr=file
            )
        while b"started" not in log.read_bytes():
            assert process.poll() is None, log.read_text()
            time.sleep(0.01)
        return process

    def live(self, seconds: float) -> None:
        """Let requests come in, and the office answer what it got."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.requested < NOTICES:
                start = next_saturday(self.world.rules) + timedelta(days=self.requested)
                self.requested += 1
                self.world.request(f"QQQQQQQ{self.requested:05}".translate(LETTERS), start)
            self.answer()
            time.sleep(0.1)

    def answer(self) -> None:
        """Answer each review once, every third with no."""
        for mail in self.world.mails("office"):
            code = str(mail["Mailbot-Booking"])
            if mail["Mailbot-Kind"] == "office/review" and code not in self.answered:
                self.answered.add(code)
                self.world.answer(mail, "nein: Halle gesperrt" if len(self.answered) % 3 == 0 else "ok", OFFICE)

    def books(self) -> Books:
        return Ledger.open(self.world.data, self.world.rules.site.timezone, read_only=True).books()

    def is_quiet(self) -> bool:
        """Tell whether every request is decided, every letter filed and every mail gone."""
        books = self.books()
        is_decided = len(books.bookings()) == NOTICES and not books.waiting()
        return is_decided and not books.queued() and not self.world.servers.messages("mailbot")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    base = stage.stage_rules(RULES)
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as servers:
        path = tmp_path / "rules.yaml"
        write_rules(path, servers.imap_port, servers.smtp_port)
        rules = config.load(path, ENV)
        world = World(servers, rules, tmp_path / "data", lambda: datetime.now(rules.site.timezone))
        yield Town(world, path, random.Random(SEED))


def test_a_killed_process_loses_and_doubles_nothing(town: Town) -> None:
    """Killed again and again while notices and answers come in, mailbot ends with each handled exactly once."""
    subprocess.run(town.command("codes", "generate"), env=os.environ | ENV, check=True, capture_output=True)
    for _ in range(KILLS):
        process = town.start()
        town.live(town.dice.uniform(0.02, 0.6))
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL, "it ended by itself"
    process = town.start()
    until = time.monotonic() + 20
    while time.monotonic() < until and not town.is_quiet():
        town.live(0.2)
    process.terminate()
    assert process.wait(10) == 0
    assert town.is_quiet()
    _each_once(town.books())
    _mails_are_copies(town)
    _codes_are_the_customers(town)


def _each_once(books: Books) -> None:
    wanted = {f"QQQQQQQ{number:05}".translate(LETTERS) for number in range(1, NOTICES + 1)}
    assert {booking.source_reference for booking in books.bookings()} == wanted
    confirmed = [booking for booking in books.bookings() if booking.state is State.CONFIRMED]
    assert len(confirmed) == NOTICES - NOTICES // 3
    numbers = sorted(int(invoice.number.rpartition("-")[2]) for invoice in books.invoices())
    assert numbers == list(range(1, len(confirmed) + 1))
    assert sorted(booking.invoice or "" for booking in confirmed) == [invoice.number for invoice in books.invoices()]


def _mails_are_copies(town: Town) -> None:
    books, world = town.books(), town.world
    got = Counter((name, str(mail["Message-ID"])) for name in _people(world) for mail in world.mails(name))
    at = {address: name for name, address in stage.accounts(world.rules).items()}
    rows = {(at[row.to], row.message_id): row for row in books.mails()}
    assert set(got) <= set(rows)
    for key, row in rows.items():
        # A mail begun twice without an answer is not sent again; then a person was told.
        least = 0 if row.state is Sending.UNCERTAIN else 1
        assert least <= got[key] <= 2, (row.kind, row.state, got[key])
    # A mail_failed may speak of one booking twice: of two mails.
    wanted = Counter(
        (row.kind, row.person, row.matter.ref) for row in books.mails() if row.kind != "office/mail_failed"
    )
    assert max(wanted.values()) == 1, wanted
    uncertain = [row for row in books.mails() if row.state is Sending.UNCERTAIN]
    told = [row for row in books.mails() if row.kind == "office/mail_failed"]
    assert len(told) == len(uncertain)


def _codes_are_the_customers(town: Town) -> None:
    books, world = town.books(), town.world
    codes = {code.code for code in books.door_codes()}
    for name in _people(world):
        for mail in world.mails(name):
            if (name, mail["Mailbot-Kind"]) == ("office", "office/codes"):
                continue  # the season's list is the office's
            shown = digits_in(f"{mail['Subject']}\n{text_of(mail)}\n{html_of(mail)}") & codes
            booking = books.booking(str(mail["Mailbot-Booking"]))
            assert shown == _may_show(name, str(mail["Mailbot-Kind"]), booking), (name, mail["Mailbot-Kind"])


def _may_show(name: str, kind: str, booking: Booking | None) -> set[str]:
    is_it = booking and (name, kind) == ("customer", "customer/confirmed") and booking.state is State.CONFIRMED
    return {booking.door_code or ""} if booking and is_it else set()


def _people(world: World) -> list[str]:
    return [name for name, address in stage.accounts(world.rules).items() if address != MAILBOT]
