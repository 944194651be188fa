"""The stage for `make run`, the demo and tests: embedded servers, the office's rules laid onto them, sample requests.

Only addresses, ports and the season differ from real life; the daemon that plays on it is the real one. All people and
requests are invented. Sends over SMTP like anybody else; knows nothing of the flow.
"""

import smtplib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from mailbot import config
from mailbot.embedded import EmbeddedServers
from mailbot.environment import stand_in_env
from mailbot.model.rules import Resource, Rules, Security

CUSTOMER = "kim.kunde@kunde.example"
NOTICES = "notifications@youcanbook.me"
FIRST_AFTER = 1.0
NEXT_AFTER = 30.0
PASSWORD = "demo"  # noqa: S105  # the embedded servers' own, printed for everybody to join

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)


def accounts(rules: Rules) -> dict[str, str]:
    """Give the accounts of the story, name to address: one for each person, the customer's, mailbot's own."""
    people = {key: person.emails[0] for key, person in rules.people.items()}
    return {**people, "customer": CUSTOMER, "mailbot": rules.smtp.sender_address}


def stage_rules(path: Path, now: datetime | None = None) -> Rules:
    """Read the office's rules with stand-in secrets, and lay the season around today. Raises StopError."""
    rules = config.load(path, stand_in_env(path, PASSWORD))
    today = (now or datetime.now(rules.site.timezone)).date()
    begins, ends = today - timedelta(days=30), today + timedelta(days=200)

    def in_season(resource: Resource) -> Resource:
        return replace(resource, door_codes=replace(resource.door_codes, season_from=begins, season_to=ends))

    return replace(rules, resources={key: in_season(resource) for key, resource in rules.resources.items()})


def on_servers(rules: Rules, servers: EmbeddedServers) -> Rules:
    """Point the rules at the embedded servers."""
    mailbox = replace(
        rules.mailbox,
        host="127.0.0.1",
        port=servers.imap_port,
        security=Security.NONE,
        user="mailbot",
        password=PASSWORD,
        oauth=None,
    )
    smtp = replace(
        rules.smtp,
        host="127.0.0.1",
        port=servers.smtp_port,
        security=Security.NONE,
        user=None,
        password=None,
        oauth=None,
    )
    return replace(rules, mailbox=mailbox, smtp=smtp)


@dataclass(frozen=True, slots=True)
class Request:
    """A booking request as YouCanBook.me announces it; times are local."""

    reference: str
    name: str
    start: datetime
    minutes: int
    language: str = "de"
    remark: str = ""

    @property
    def end(self) -> datetime:
        """Give the end of the stay."""
        return self.start + timedelta(minutes=self.minutes)


def requests(now: datetime) -> list[Request]:
    """Give the requests of the story: two for the coming days, an English one, and one for tomorrow."""

    def at(days: int, hour: int, minute: int = 0) -> datetime:
        return (now + timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)

    return [
        Request("QNBZAQPTAITT", "Kim Kunde", at(7, 19, 30), 60, remark="Kindergeburtstag,\nbitte Tore klein stellen"),
        Request("KJHGFDSAPOIU", "Kim Kunde", at(9, 20), 90),
        Request("LMNOPQRSTUVW", "Kim Kunde", at(12, 18), 60, language="en"),
        Request("AAHKLQWERTZU", "Kim Kunde", at(1, 20, 30), 60),
    ]


def notice(request: Request, to: str, now: datetime) -> EmailMessage:
    """Write the mail YouCanBook.me sends for a request, in the request's language."""
    first, last = request.name.split(" ", 1)
    mail = EmailMessage()
    mail["From"] = f"YouCanBook.me <{NOTICES}>"
    mail["To"] = to
    mail["Subject"] = f"Neue Buchung: {request.name}" if request.language == "de" else f"New booking: {request.name}"
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(domain="eu-west-1.youcanbook.me")
    mail["Auto-Submitted"] = "auto-generated"
    labels = GERMAN if request.language == "de" else ENGLISH
    values = (first, last, CUSTOMER, "0171 / 23 45 678", request.remark, request.reference)
    lines = [f"{label}: {value}" for label, value in zip(labels, values, strict=True) if value]
    mail.set_content("\n".join([_when(request), "", *lines]) + "\n")
    return mail


GERMAN = ("Vorname", "Nachname", "E-Mail", "Telefon", "Bemerkung", "Buchungscode")
ENGLISH = ("First name", "Last name", "Email", "Phone", "Notes", "Ref")


def _when(request: Request) -> str:
    start = request.start
    if request.language == "en":
        return f"{start:%B} {start.day}, {start.year} {start:%I:%M %p} ({request.minutes} minutes)"
    day = f"{WEEKDAYS[start.weekday()]}, {start.day}. {MONTHS[start.month - 1]} {start.year}"
    return f"{day} {start:%H:%M} ({request.minutes} Minuten)"


def post(servers: EmbeddedServers, mail: EmailMessage, sender: str, to: str) -> None:
    """Hand a mail to the embedded SMTP server, as a mail client does."""
    with smtplib.SMTP("127.0.0.1", servers.smtp_port) as smtp:
        smtp.send_message(mail, sender, [to])


def reply(original: Mapping[str, str], text: str, sender: str, now: datetime) -> EmailMessage:
    """Write a person's reply to a mail (its headers as a mapping): the text alone, in the mail's thread."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = original.get("Reply-To") or original["From"]
    mail["Subject"] = f"AW: {original['Subject']}"
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail["In-Reply-To"] = original["Message-ID"]
    mail["References"] = original["Message-ID"]
    mail.set_content(text + "\n")
    return mail


def how_to_join(rules: Rules, servers: EmbeddedServers) -> list[str]:
    """Say for each person of the story how any mail client takes part: name, IMAP, SMTP, address."""
    smtp = f"smtp://127.0.0.1:{servers.smtp_port}"
    return [
        f"account {name:<10} imap://{name}:{PASSWORD}@127.0.0.1:{servers.imap_port}    {smtp}    {address}"
        for name, address in accounts(rules).items()
    ]


def let_arrive(rules: Rules, servers: EmbeddedServers, is_over: Callable[[], bool]) -> None:
    """Let the sample requests arrive, the first after a second, the others one by one; returns when it is over."""
    pause = FIRST_AFTER
    for request in requests(datetime.now(rules.site.timezone)):
        until = time.monotonic() + pause
        while time.monotonic() < until:
            if is_over():
                return
            time.sleep(0.1)
        to = rules.smtp.sender_address
        post(servers, notice(request, to, datetime.now(rules.site.timezone)), NOTICES, to)
        pause = NEXT_AFTER
