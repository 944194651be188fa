"""A mail goes out (a letter comes in): the order decide/ gives, and the row of the outbox that carries it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from mailbot.model.people import Reader, Role


class MatterKind(StrEnum):
    """Name what a token can stand for."""

    BOOKING = "booking"
    LETTER = "letter"
    MAIL = "mail"
    CODES = "codes"
    DIGEST = "digest"
    LIST = "list"
    OCCUPANCY = "occupancy"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Matter:
    """What a mail is about and an answer to it speaks of; `ref` is a booking code, letter key, mail id, or ""."""

    kind: MatterKind
    ref: str = ""


@dataclass(frozen=True, slots=True)
class MailOrder:
    """A mail to be written: which template, for whom, about what, with which facts.

    `kind` is `reader/name`, the template's name. `token` is 26 base32 characters (128 bits), the local part of the
    Message-ID. `round` is the matter's review round. `facts` are values of model/ the template shows;
    `has_code` tells that a door code stands in it. `attach` names papers: "invoice", "ics", "ics_cancel", and
    the lists "table", "codes_csv", "codes_pdf".
    """

    kind: str
    reader: Reader
    matter: Matter
    token: str = field(repr=False)
    round: int = 0
    facts: Mapping[str, object] = field(default_factory=dict, repr=False)
    has_code: bool = False
    attach: tuple[str, ...] = ()
    is_reply: bool = False


class Sending(StrEnum):
    """Name where a row of the outbox stands; DESIGN's crash table says what each means after a restart."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    WITHDRAWN = "withdrawn"
    UNCERTAIN = "uncertain"


# So long a mail is tried that no server takes.
GIVE_UP_AFTER = timedelta(days=2)
# How a row ends when its reader did not get the mail, as far as we know: office/mail_failed says so.
UNDELIVERED = (Sending.FAILED, Sending.BOUNCED, Sending.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class OutMail:
    """A row of the outbox: one mail to one recipient, its bytes lying in `path` below data/.

    `id` is public (logs, file names); `token` is secret. `attempts` counts hand-overs the server refused for now,
    `uncertain` those that ended without an answer after the bytes went out. `due_at` is when to try (again).
    `to` is the envelope's recipient, `reader` the true reader's address: they differ only while rehearsing.
    """

    TABLE: ClassVar[str] = "outbox"

    id: str
    kind: str
    to: str
    role: Role
    person: str
    matter: Matter
    round: int
    token: str = field(repr=False)
    message_id: str = field(repr=False)
    path: str = field(repr=False)
    created_at: datetime
    due_at: datetime
    state: Sending = Sending.QUEUED
    has_code: bool = False
    attempts: int = 0
    uncertain: int = 0
    finished_at: datetime | None = None
    answer: str = ""
    reader: str = ""

    @property
    def key(self) -> str:
        """Give the ledger key: the row's id."""
        return self.id

    @property
    def next_attempt(self) -> int:
        """Give the number of the next hand-over, from 1: what the books know of are those before it."""
        return self.attempts + self.uncertain + 1


# CONTRACT "Mails that leave": the order in which mails leave while the hourly cap holds some back.
_FIRST = {"office/alarm": 0, "office/mail_failed": 1, "customer/call": 2}


def urgency(mail: OutMail) -> tuple[int, datetime, str]:
    """Give the sort key of a queued mail: the most urgent first, then the oldest."""
    rank = _FIRST.get(mail.kind)
    if rank is None:
        rank = 3 if mail.has_code else 4 if mail.kind.startswith("desk/") else 5 if mail.kind == "office/review" else 6
    return rank, mail.created_at, mail.id


@dataclass(frozen=True, slots=True)
class Thread:
    """The letters and mails this mail's reader already knows: In-Reply-To, and References oldest first."""

    in_reply_to: str = field(default="", repr=False)
    references: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Composed:
    """A finished mail: the very bytes that will be sent, its Message-ID with brackets, and its one recipient."""

    raw: bytes = field(repr=False)
    message_id: str = field(repr=False)
    to: str


class Outcome(StrEnum):
    """Name how one hand-over of a mail ended; `uncertain`: the bytes were out and no answer came."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


class Phase(StrEnum):
    """Name how far a hand-over came, in SMTP's order; only after the dot may the server have taken the mail."""

    JOURNAL = "journal"
    CONNECT = "connect"
    TLS = "tls"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class SendingResult:
    """What became of one hand-over. `answer` is the server's word in one clean line, or ours where it said none.

    `attempt` counts a row's hand-overs from 1, as OutMail.next_attempt did; 0 where the post does not know it.
    """

    mail_id: str
    outcome: Outcome
    at: datetime
    phase: Phase
    answer: str = ""
    attempt: int = 0
