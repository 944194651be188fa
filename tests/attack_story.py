"""The story of test_attacks and test_defences: one daemon, one booking under review, letters laid into its mailbox.

Letters are bytes exactly as a server would have them, verdict included. Between letters two hours pass, so that no
pause of one case hides the next.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from itertools import count
from pathlib import Path
from typing import Any

from world import MAILBOT, OFFICE, RULES, TEMPLATES, World, digits_in, html_of, next_saturday, text_of

from mailbot import stage
from mailbot.daemon import Daemon
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import Booking
from mailbot.model.rules import Person, Rules
from mailbot.send.compose import Composer

CODE = "QNBZAQPTAITT"
OURS = "mx.soccer-kirche.example"
EVIL = "evil@boese.example"
DESK = "theke@medifit.example"
REPLIES = Path(__file__).parent / "letters" / "replies"
SHAPES = sorted(path.stem for path in REPLIES.glob("*.txt") if path.stem != "empty-outlook")
UNKNOWN = f"<{'a' * 26}@soccer-kirche.example>"
NUMBERS = count()

USUAL = stage.stage_rules(RULES)
# Templates are compiled once for all scenes by the same rules.
COMPOSERS: list[tuple[Rules, Composer]] = []

Headers = tuple[tuple[str, str], ...]


def passed(domain: str) -> tuple[str, str]:
    """Give the verdict our server writes for mail of this domain that passed."""
    return "Authentication-Results", f"{OURS}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"


PASS, PASS_EVIL = passed("kruempel.example"), passed("boese.example")
FAIL = ("Authentication-Results", f"{OURS}; dmarc=fail header.from=kruempel.example")


@dataclass
class Scene:
    """A world with one daemon for all cases. `past` grows with each letter; `ids` are Message-IDs by (person, kind)."""

    world: World
    account: str = "mailbot"
    past: timedelta = timedelta(0)
    daemon: Daemon = field(init=False)
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    review: Message = field(init=False)

    @classmethod
    def on(cls, world: World, account: str = "mailbot") -> "Scene":
        """Start the daemon; the caller closes it."""
        made, begun = cls(world, account), world.clock()
        world.clock = lambda: begun + made.past
        made.daemon = world.open()
        return made

    def asked(self, code: str = CODE, weeks: int = 8) -> Message:
        """Let a request arrive, and give its review."""
        request = stage.Request(code, "Kim Kunde", next_saturday(self.world.rules, weeks=weeks), 60)
        mail = stage.notice(request, MAILBOT, self.world.clock())
        got = self.arrives(b"Authentication-Results: " + passed("youcanbook.me")[1].encode() + b"\n" + mail.as_bytes())
        self.ids |= {(name, str(mail["Mailbot-Kind"])): str(mail["Message-ID"]) for name in got for mail in got[name]}
        self.review = next(mail for mail in got["office"] if mail["Mailbot-Kind"] == "office/review")
        return self.review

    def arrives(self, *letters: bytes) -> dict[str, list[Message]]:
        """Let letters arrive two hours after the last; gives the new mails of each person.

        What the clock sends in those two hours (a digest, a reminder) is not theirs and is passed over.
        """
        self.past += timedelta(hours=2)
        self.daemon.once()
        self.news()
        for raw in letters:
            self.world.servers.deliver(self.account, raw)
        self.daemon.once()
        return self.news()

    def news(self) -> dict[str, list[Message]]:
        """Give each person's mails since the last look."""
        found: dict[str, list[Message]] = {}
        for name in ("office", "medifit", "platzwart", "customer"):
            raws = self.world.servers.messages(name)
            found[name] = [message_from_bytes(raw, policy=default) for raw in raws[self.world.read.get(name, 0) :]]
            self.world.read[name] = len(raws)
        return found

    def booking(self, code: str = CODE) -> Booking:
        """Give a booking as it is in the books."""
        found = self.daemon.flow.books().booking(code)
        assert found
        return found


def _changed(
    rules: Rules, account: str, *, subaddress: bool = False, people: Mapping[str, Person] | None = None
) -> Rules:
    mailbox, smtp = replace(rules.mailbox, subaddress=subaddress), rules.smtp
    if account != "mailbot":
        mailbox, smtp = replace(mailbox, user=account), replace(smtp, sender_address=OFFICE)
    return replace(rules, mailbox=mailbox, smtp=smtp, people=people or rules.people)


def _is_discreet(scene: Scene) -> None:
    """50, 51: codes only to customers, tokens never in a subject, threads of one's own mails, one recipient each."""
    books = scene.daemon.flow.books()
    codes = {booking.door_code for booking in books.bookings() if booking.door_code}
    issued = {mail.message_id: mail.reader for mail in books.mails()}
    tokens = {mail.token for mail in books.mails()}
    for name in ("office", "medifit", "platzwart", "customer"):
        for mail in (found for found in scene.world.mails(name) if found["Mailbot-Kind"]):
            assert not codes & digits_in(str(mail["Subject"]))
            if mail["Mailbot-Kind"] not in ("customer/confirmed", "customer/payment"):
                assert not codes & digits_in(text_of(mail) + html_of(mail))
            assert not any(token in str(mail["Subject"]) for token in tokens)
            named = set(re.findall(r"<[^>]+>", f"{mail['In-Reply-To']} {mail['References']}"))
            assert {issued[one] for one in named if one in issued} <= {issued[str(mail["Message-ID"])]}
            assert len(mail.get_all("To", [])) == 1
            assert "," not in str(mail["To"])


@contextmanager
def staged(servers: EmbeddedServers, folder: Path, account: str = "mailbot", **changes: Any) -> Iterator[Scene]:
    """Give a scene, with other rules where named; every mail of it is looked through at the end."""
    world = World.on(servers, folder / "data")
    world.rules = _changed(world.rules, account, **changes)
    known = next((composer for rules, composer in COMPOSERS if rules == world.rules), None)
    if known is None:
        known = Composer(TEMPLATES, world.rules)
        COMPOSERS.append((world.rules, known))
    world.composer = (world.rules, known)
    scene = Scene.on(world, account)
    world.read = dict(world.begins)
    yield scene
    _is_discreet(scene)
    scene.daemon.close()


def kinds(mails: Iterable[Message]) -> list[str]:
    """Give the kinds of mails, in order."""
    return [str(mail["Mailbot-Kind"]) for mail in mails]


def answer(mail: Message, body: str = "ok", sender: str = OFFICE, *more: tuple[str, str]) -> bytes:
    """Write a proven person's answer to a mail."""
    fields = (passed(sender.rpartition("@")[2]), ("From", sender), ("Subject", f"AW: {mail['Subject']}"))
    return letter((*more, *fields, ("In-Reply-To", str(mail["Message-ID"]))), body)


def shaped(mail: Message, shape: str, answer: str) -> str:
    """Set an answer around a mail as the mail program of tests/letters/replies does."""
    original = text_of(mail)
    quoted = "\n".join(f"> {line}" for line in original.split("\n"))
    filled = (REPLIES / f"{shape}.txt").read_text("utf-8").replace("{ANSWER}", answer).replace("{QUOTED}", quoted)
    return filled.replace("{ORIGINAL}", original).replace("{SUBJECT}", str(mail["Subject"]))


def letter(headers: Headers, body: str = "ok", content: str = 'text/plain; charset="utf-8"') -> bytes:
    """Write a letter's bytes, header fields as they are."""
    own = (("To", MAILBOT), ("Message-ID", f"<attack-{next(NUMBERS)}@elsewhere.example>"), ("MIME-Version", "1.0"))
    kind = () if any(name == "Content-Type" for name, _ in headers) else (("Content-Type", content),)
    head = "".join(f"{name}: {value}\r\n" for name, value in (*headers, *own, *kind))
    return (head + "\r\n" + body.replace("\n", "\r\n") + "\r\n").encode("utf-8", "surrogateescape")


def notice(email: str = stage.CUSTOMER, name: str = "Kim Kunde", subject: str = "Neue Buchung", **more: str) -> bytes:
    """Write a booking notice by its labels; with other fields where named."""
    fields = {"Name": name, "E-Mail": email, "Telefon": "0171 2345678", "Buchungscode": CODE, **more}
    body = "\n".join(f"{label}: {value}" for label, value in fields.items())
    return letter((passed("youcanbook.me"), ("From", stage.NOTICES), ("Subject", subject)), body)


def start_in(scene: Scene, weeks: int = 8) -> str:
    """Give a start some weeks ahead, as people write it."""
    return f"{next_saturday(scene.world.rules, weeks=weeks):%d.%m.%Y %H:%M}"
