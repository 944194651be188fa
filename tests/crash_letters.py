"""The letters and commands of crash_rounds.py, and the office they come to."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from crash_box import Box
from crash_scene import Scene
from world import MAILBOT, OFFICE, RULES, TEMPLATES

from mailbot import stage
from mailbot.embedded.servers import stamped
from mailbot.model.rules import Rules
from mailbot.record.files import Files
from mailbot.send.compose import Composer

DESK = "theke@medifit.example"
GONE = "weg@kunde.example"
FORGOTTEN = "vorbei@kunde.example"
STRANGER = "wer@anderswo.example"
BASE = stage.stage_rules(RULES)
BERLIN = BASE.site.timezone
LETTERS = str.maketrans("0123456789", "ABCDEFGHIJ")
SAID = "Authentication-Results: mx.soccer-kirche.example; "


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def rules() -> Rules:
    """Give the office's rules with the season around the rounds."""
    church = BASE.resources["kirche"]
    season = replace(church.door_codes, season_from=date(2026, 9, 15), season_to=date(2027, 5, 31))
    resources = {"kirche": replace(church, door_codes=season)}
    mailbox = replace(BASE.mailbox, max_letter=30_000)
    return replace(BASE, resources=resources, mailbox=mailbox, smtp=replace(BASE.smtp, per_hour=100_000))


def begin(data: Path) -> Scene:
    """Give the scene before the first start."""
    here = rules()
    return Scene(data, at("2026-11-23T09:00"), here, Composer(TEMPLATES, here), Box(here))


def ref(number: int) -> str:
    """Give the reference of the stay of this number."""
    return f"QQQQQQQ{number:05}".translate(LETTERS)


# The stays: what becomes of each stands in the rounds.
STAYS = {
    1: "2026-11-28T19:30",
    2: "2026-11-29T18:00",
    3: "2026-12-04T18:00",
    4: "2026-12-05T18:00",
    5: "2026-12-06T15:00",
    6: "2026-12-07T18:00",
    7: "2026-12-08T18:00",
    8: "2026-12-09T18:00",
    9: "2026-11-26T19:30",
    10: "2026-12-10T18:00",
    11: "2026-12-11T18:00",
    12: "2026-12-12T18:00",
    13: "2026-11-26T16:00",
    14: "2026-12-14T18:00",
    15: "2026-12-15T18:00",
    16: "2026-12-16T18:00",
    17: "2026-11-25T19:30",
    18: "2026-12-18T18:00",
    19: "2026-12-19T18:00",
    20: "2026-12-20T18:00",
}


def notice(
    scene: Scene,
    number: int,
    *,
    sender: str = stage.NOTICES,
    days_ago: int = 0,
    subject: str = "",
    start: str = "",
    name: str = "Kim Kunde",
    but: tuple[str, str] = ("", ""),
) -> None:
    """Let a notice arrive, with other words in the place of one."""
    begins = at(start or STAYS[number])
    mail = stage.notice(stage.Request(ref(number), name, begins, 60), MAILBOT, scene.now)
    mail.replace_header("Message-ID", f"<notice{number}.{len(scene.arrived)}@youcanbook.me>")
    if subject:
        mail.replace_header("Subject", subject)
    text = str(mail.get_content())
    assert but[0] in text
    text = text.replace(*but) if but[0] else text
    mail.set_content(text)
    deliver(scene, mail, sender, days_ago)


def deliver(scene: Scene, mail: EmailMessage, sender: str, days_ago: int = 0) -> None:
    """Lay a letter into the mailbox with the verdict of the server that took it."""
    raw = stamped(mail.as_bytes().replace(b"\n", b"\r\n"), sender, MAILBOT, scene.rules.trust.authserv_id)
    scene.box.deliver(raw, scene.now - timedelta(days=days_ago))


def says(scene: Scene, text: str, kind: str, number: int = 0, sender: str = OFFICE, *, has: str = "") -> None:
    """Let somebody answer the newest mail of a kind, about the stay of this number, with these words in it."""
    mail = scene.mail(kind, ref(number) if number else "", has)
    headers = {name: str(value) for name, value in mail.items()}
    headers["Subject"] = f"{kind} {number}"
    answer = stage.reply(headers, text, sender, scene.now)
    answer.replace_header("Message-ID", f"<answer{scene.box.last}@{sender.rpartition('@')[2]}>")
    deliver(scene, answer, sender)


def writes(scene: Scene, subject: str, text: str, sender: str) -> None:
    """Let somebody write a mail of his own."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, MAILBOT, subject
    mail["Date"], mail["Message-ID"] = format_datetime(scene.now), f"<own{scene.box.last}@{sender.rpartition('@')[2]}>"
    mail.set_content(f"{text}\n")
    deliver(scene, mail, sender)


def bounces(scene: Scene, action: str, message_id: str) -> None:
    """Let a server report about a mail."""
    raw = (Path(__file__).parent / "letters" / "bounce-failed.eml").read_bytes()
    raw = raw.replace(b"Action: failed", f"Action: {action}".encode())
    raw = raw.replace(b"Status: 5.1.1", b"Status: 4.4.1" if action == "delayed" else b"Status: 5.1.1")
    raw = raw.replace(b"<customeraaaaaaaaaaaaaaaaaa@soccer-kirche.example>", message_id.encode())
    scene.box.deliver(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), scene.now)


def commands(scene: Scene, name: str, **payload: object) -> None:
    """Lay a command down, as a terminal beside the daemon does."""
    Files(scene.data).drop_arrival(name, payload)
