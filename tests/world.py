"""The whole story in a test: embedded servers, a daemon in a temporary folder, and people who write and read mail.

Letters go in over SMTP as in real life; what people got is read from their mailboxes. Time is the test's own.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path
from typing import cast

from mailbot import stage
from mailbot.daemon import Daemon
from mailbot.embedded import EmbeddedServers
from mailbot.entries import Entry
from mailbot.model.booking import Booking
from mailbot.model.decisions import Arrival
from mailbot.model.events import CodesGenerated
from mailbot.model.people import OPERATOR
from mailbot.model.rules import Resource, Rules
from mailbot.send.compose import Composer

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "rules.yaml"
TEMPLATES = ROOT / "templates"
OFFICE = "buero@kruempel.example"
MAILBOT = "buchung@soccer-kirche.example"


def write_rules(path: Path, imap_port: int, smtp_port: int, **addresses: str) -> None:
    """Write the office's own rules file with these servers on loopback and a season around today.

    `addresses` replace local parts: `buchung="user001"`.
    """
    text, today = RULES.read_text(encoding="utf-8"), datetime.now(UTC)
    season = f"{{from: {today - timedelta(days=30):%Y-%m-%d}, to: {today + timedelta(days=200):%Y-%m-%d}}}"
    changes = {
        r"host: (imap|smtp)\..*": "host: 127.0.0.1",
        r"port: 993": f"port: {imap_port}",
        r"port: 587": f"port: {smtp_port}",
        r"security: (tls|starttls)\b": "security: none",
        r"season: \{.*\}": f"season: {season}",
        # The desk's rolling list leaves by the time of day; these tests count mails.
        r"\n  list: \{to: .*\}": "",
        **{rf"\b{old}@": f"{new}@" for old, new in addresses.items()},
    }
    for pattern, new in changes.items():
        text, count = re.subn(pattern, new, text)
        assert count, pattern
    path.write_text(text, encoding="utf-8")


def next_saturday(rules: Rules, hour: int = 19, weeks: int = 1) -> datetime:
    """Give a time that always lies ahead, inside opening hours and the season."""
    now = datetime.now(rules.site.timezone)
    day = now + timedelta(days=(5 - now.weekday()) % 7 + 7 * weeks)
    return day.replace(hour=hour, minute=30, second=0, microsecond=0)


@dataclass(slots=True)
class World:
    """Everybody of the story. `turn()` makes one pass of a fresh daemon, as `mailbot once` does.

    `begins` tells how many mails lay in each mailbox before: worlds may share servers, one after the other.
    """

    servers: EmbeddedServers
    rules: Rules
    data: Path
    clock: Callable[[], datetime]
    begins: dict[str, int] = field(default_factory=dict)
    composer: tuple[Rules, Composer] | None = None
    read: dict[str, int] = field(default_factory=dict)

    @classmethod
    def on(cls, servers: EmbeddedServers, data: Path, *, has_desk_list: bool = False, **changes: object) -> "World":
        """Lay the office's rules onto the servers and make the season's codes.

        Without `has_desk_list` nobody gets the rolling list of codes, which would come every morning.
        """
        base = stage.stage_rules(RULES)
        if not has_desk_list:
            base = replace(base, resources={key: _unlisted(r) for key, r in base.resources.items()})
        rules = replace(stage.on_servers(base, servers), **changes)  # type: ignore[arg-type]  # tests name Rules fields
        begins = {name: len(servers.messages(name)) for name in stage.accounts(base)}
        world = cls(servers, rules, data, lambda: datetime.now(rules.site.timezone), begins)
        world.command(Arrival("command:codes:test", OPERATOR, CodesGenerated(is_quiet=True)))
        return world

    def open(self) -> Daemon:
        """Start a daemon; the caller closes it."""
        if self.composer is None or self.composer[0] is not self.rules:
            self.composer = (self.rules, Composer(TEMPLATES, self.rules))
        return Daemon.open(self.rules, self.data, TEMPLATES, clock=self.clock, composer=self.composer[1])

    def turn(self, *, take_all: bool = False) -> None:
        """Make one pass with a daemon that is started and stopped for it."""
        daemon = self.open()
        try:
            daemon.once(take_all=take_all)
        finally:
            daemon.close()

    def command(self, arrival: Arrival) -> list[Entry]:
        """Let the flow handle an arrival of no letter."""
        daemon = self.open()
        try:
            return daemon.flow.handle([arrival])
        finally:
            daemon.close()

    def bookings(self) -> dict[str, Booking]:
        """Give the bookings on disk, by code."""
        daemon = self.open()
        try:
            return {booking.code: booking for booking in daemon.flow.books().bookings()}
        finally:
            daemon.close()

    def send(self, mail: EmailMessage | bytes, sender: str) -> None:
        """Send a mail to mailbot's own address over SMTP."""
        if isinstance(mail, bytes):
            mail = message_from_bytes(mail, policy=default.clone(raise_on_defect=False))
        stage.post(self.servers, mail, sender, MAILBOT)

    def request(self, reference: str = "QNBZAQPTAITT", start: datetime | None = None, **more: object) -> stage.Request:
        """Let a booking notice arrive."""
        start = start or next_saturday(self.rules)
        request = stage.Request(reference, "Kim Kunde", start, 60, **more)  # type: ignore[arg-type]  # its own fields
        self.send(stage.notice(request, MAILBOT, self.clock()), stage.NOTICES)
        return request

    def answer(self, mail: Message, text: str, sender: str = OFFICE) -> None:
        """Answer a mail of mailbot's, as a person with a mail client does."""
        headers = {name: str(value) for name, value in mail.items()}
        self.send(stage.reply(headers, text, sender, self.clock()), sender)

    def mails(self, name: str) -> list[Message]:
        """Give every mail in a person's mailbox, oldest first."""
        raws = self.servers.messages(name)[self.begins.get(name, 0) :]
        return [message_from_bytes(raw, policy=default) for raw in raws]

    def new(self, name: str) -> list[Message]:
        """Give the mails in a person's mailbox since the last look."""
        mails = self.mails(name)
        fresh, self.read[name] = mails[self.read.get(name, 0) :], len(mails)
        return fresh

    def kinds(self) -> dict[str, list[str]]:
        """Give the kinds of mail each person got since the last look, by person."""
        people = [name for name in stage.accounts(self.rules) if name != "mailbot"]
        return {name: [str(mail["Mailbot-Kind"]) for mail in self.new(name)] for name in people}

    def last(self, name: str, kind: str) -> Message:
        """Give the newest mail of a kind in a person's mailbox."""
        return [mail for mail in self.mails(name) if mail["Mailbot-Kind"] == kind][-1]


def _unlisted(resource: Resource) -> Resource:
    return replace(resource, door_codes=replace(resource.door_codes, list_to=None))


def text_of(mail: Message) -> str:
    """Give a mail's text as its reader sees it."""
    body = cast("EmailMessage", mail).get_body(("plain",))
    return str(body.get_content()) if body else ""


def html_of(mail: Message) -> str:
    """Give a mail's HTML."""
    body = cast("EmailMessage", mail).get_body(("html",))
    return str(body.get_content()) if body else ""


def attached(mail: Message) -> list[str]:
    """Give the file names of what is attached."""
    parts = cast("EmailMessage", mail).iter_attachments()
    return [name for part in parts if (name := part.get_filename())]


def digits_in(text: str) -> set[str]:
    """Give every run of six digits, with or without thin gaps: what could be a door code."""
    return set(re.findall(r"(?<!\d)\d{6}(?!\d)", re.sub(r"(?<=\d)[ \u00a0\u2009\u202f](?=\d)", "", text)))
