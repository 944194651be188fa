"""The records the ledger keeps: those of bookings, codes, money, letters and mails, and the four small ones below.

A record is a frozen value with a table, a key and newer versions; nothing here knows how it is stored.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from mailbot.model.booking import Booking
from mailbot.model.codes import CodeProposal, DoorCode
from mailbot.model.digests import Digest
from mailbot.model.events import Notice
from mailbot.model.letter import Handled, Watermark
from mailbot.model.mail import OutMail
from mailbot.model.money import Counter, Invoice, MailedDiscount, Payment
from mailbot.model.pending import PendingDecision


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of a matter's history, in plain German; `ref` is a booking code, letter key, or `mailbot`.

    `key` sorts in time; `by` reads as Booking.decided_by; `arrival` is the key of what caused it.
    """

    TABLE: ClassVar[str] = "history"

    key: str
    ref: str
    at: datetime
    by: str
    line: str = field(repr=False)
    arrival: str = ""


@dataclass(frozen=True, slots=True)
class OpenLetter:
    """A letter that waits for the office: an incomplete notice, or one that is not proven. `key` is the letter's.

    `claimed` is the listed address an unproven one says it is from, "" where it names none; `office` is the key of the
    office whose matter a stranger answered, "" where nobody did or it is gone.
    """

    TABLE: ClassVar[str] = "open_letters"

    key: str
    received_at: datetime
    subject: str
    why: str
    is_unproven: bool
    notice: Notice | None = None
    missing: tuple[str, ...] = ()
    round: int = 1
    claimed: str = ""
    office: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """A fact about mailbot itself that must survive a restart, such as when the office was last told of an alarm."""

    TABLE: ClassVar[str] = "settings"

    name: str
    value: str

    @property
    def key(self) -> str:
        """Give the ledger key: the setting's name."""
        return self.name


@dataclass(frozen=True, slots=True)
class Gone:
    """That the record of this table and key is dropped from the open books."""

    table: str
    key: str


Record = (
    Booking
    | DoorCode
    | Invoice
    | Payment
    | Counter
    | Handled
    | Watermark
    | OutMail
    | HistoryLine
    | OpenLetter
    | Setting
    | PendingDecision
    | CodeProposal
    | Digest
    | MailedDiscount
)
RECORDS: tuple[type[Record], ...] = (
    Booking,
    DoorCode,
    Invoice,
    Payment,
    Counter,
    Handled,
    Watermark,
    OutMail,
    HistoryLine,
    OpenLetter,
    Setting,
    PendingDecision,
    CodeProposal,
    Digest,
    MailedDiscount,
)
Change = Record | Gone
