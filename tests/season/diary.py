"""What everybody sent and got in a season, as it lay in their mailboxes: the ground of every invariant.

Mails are read from their bytes with Python's own parser, never from mailbot's records.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

_TOKEN = re.compile(r"<[^>]+>")
_GAPS = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f](?=\d)")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that left: `to` is the envelope, `header_to` every address in To, Cc and Bcc."""

    at: datetime
    to: str
    header_to: tuple[str, ...]
    kind: str
    booking: str
    id: str
    reply_to_id: str
    subject: str
    text: str
    html: str
    papers: tuple[tuple[str, str], ...]
    robot_marks: tuple[str, str]
    digest: str

    @property
    def files(self) -> list[str]:
        """Give the names of what is attached."""
        return [name for name, _ in self.papers]

    def shows(self) -> set[str]:
        """Give every run of six digits a reader may see in it, with or without thin gaps."""
        seen = "\n".join((self.text, re.sub(r"#\d{6}\b", "", self.html), *(text for _, text in self.papers)))
        return set(re.findall(r"(?<!\d)\d{6}(?!\d)", _GAPS.sub("", seen)))


@dataclass(slots=True)
class Wrote:
    """A letter to mailbot. `who` is source, office, deputy, desk, customer; `about` a booking code, else ""."""

    at: datetime
    who: str
    id: str
    text: str
    about: str = ""
    is_robot: bool = False
    read_at: datetime | None = None


@dataclass(slots=True)
class Diary:
    """Everything in order. `approvals` names the letters that may confirm a booking, by its code."""

    mails: list[Mail] = field(default_factory=list)
    letters: list[Wrote] = field(default_factory=list)
    approvals: dict[str, list[Wrote]] = field(default_factory=dict)

    def about(self, code: str, *kinds: str) -> list[Mail]:
        """Give the mails of these kinds about a booking, oldest first."""
        return [mail for mail in self.mails if mail.booking == code and mail.kind in kinds]


def read(at: datetime, to: str, raw: bytes) -> Mail:
    """Read a mail's bytes as its reader's mail program does."""
    message = message_from_bytes(raw)
    bodies, papers = {"text/plain": "", "text/html": ""}, []
    for part in message.walk():
        if part.is_multipart():
            continue
        name = part.get_filename()
        if name:
            papers.append((name, "" if name.endswith(".pdf") else _text(part)))
        elif part.get_content_type() in bodies:
            bodies[part.get_content_type()] += _text(part)
    addressed = [value for field_name in ("To", "Cc", "Bcc") for value in message.get_all(field_name, [])]
    return Mail(
        at,
        to,
        tuple(address for _, address in getaddresses(addressed)),
        message["Mailbot-Kind"] or "",
        message["Mailbot-Booking"] or "",
        message["Message-ID"] or "",
        next(iter(_TOKEN.findall(message["In-Reply-To"] or "")), ""),
        str(make_header(decode_header(message["Subject"]))),
        bodies["text/plain"],
        bodies["text/html"],
        tuple(papers),
        (message["Auto-Submitted"] or "", message["X-Auto-Response-Suppress"] or ""),
        hashlib.sha256(raw).hexdigest(),
    )


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    text = payload.decode(part.get_content_charset() or "utf-8", "replace") if isinstance(payload, bytes) else ""
    return text.replace("\r\n", "\n")
