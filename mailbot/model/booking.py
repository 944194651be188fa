"""A booking: who wants the pitch when, and where the request stands. Codes and invoices are records of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar


class State(StrEnum):
    """Name where a request stands; decide/states.py holds the only table of how it moves."""

    REQUESTED = "requested"
    HELD = "held"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


# How the office reads a state, and no other words for it: in mails, tables and history lines.
STATE_WORDS: Mapping[State, str] = {
    State.REQUESTED: "angefragt",
    State.HELD: "Rückfrage offen",
    State.CONFIRMED: "bestätigt",
    State.REJECTED: "abgelehnt",
    State.CANCELLED: "storniert",
    State.LAPSED: "verfallen",
}
# What still wants its time: two such stays of one resource clash.
LIVING = (State.REQUESTED, State.HELD, State.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Stay:
    """A time on one resource; `start` and `end` are aware datetimes in the site's time zone, `end` excluded.

    Compared in UTC: two local times of the hour that comes twice would be compared by the hands of the clock.
    """

    resource: str
    start: datetime
    end: datetime

    @property
    def day(self) -> date:
        """Give the local date of the start: the date a door code is asked by."""
        return self.start.date()

    def overlaps(self, other: "Stay") -> bool:
        """Tell whether both use the same resource at the same moment; touching ends do not overlap."""
        if self.resource != other.resource:
            return False
        return _utc(self.start) < _utc(other.end) and _utc(other.start) < _utc(self.end)

    def is_over(self, now: datetime) -> bool:
        """Tell whether the stay's end has passed at `now`."""
        return _utc(self.end) <= _utc(now)


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who books; only `name` and `email` are certain. `language` is "de" or "en", of the notice."""

    name: str
    email: str
    phone: str | None = None
    street: str | None = None
    city: str | None = None
    language: str = "de"

    @property
    def address(self) -> str | None:
        """Give the postal address in one line, or None where nothing of it is known."""
        return ", ".join(part for part in (self.street, self.city) if part) or None


@dataclass(frozen=True, slots=True)
class Links:
    """The notice's own links; None where it had none. Shown to the office only."""

    cancel: str | None = None
    move: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the booking page shows for a booking: a time, or None where it is free; `by_office` on the office's word."""

    stay: Stay | None
    by_office: bool = False


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking, newest version. `code` is the booking code and payment reference, never a door code.

    `round` counts the review rounds: an approval counts only in the open one. `price` is gross EUR after discounts:
    what would be asked, and once it is confirmed what is; None where no price line fits. `list_price` is the same
    before discounts. `agreed_price` or `agreed_discount` (percent) is what this round's `ok` named, if it did.
    `sequence` is the iCalendar SEQUENCE. `decided_by` and `released_by` read `office buero@kruempel.example`, or
    `clock`. `assumed_end` tells that the notice named no end and one `slot` was taken. `reminded_at` and `escalated_at`
    tell when the office, and then its second address, was reminded of the open round. `doubted_at` tells when the
    office last gave an answer that could not be done, with the code out by phone: the bill waits for another morning.
    `shown` is what the booking page last said, None where nobody knows: a booking of no page, or of books written
    before this was kept.
    """

    TABLE: ClassVar[str] = "bookings"

    code: str
    state: State
    stay: Stay
    customer: Customer
    received_at: datetime
    source: str | None = None
    source_reference: str | None = None
    remark: str | None = None
    links: Links = Links()
    extras: tuple[tuple[str, str], ...] = ()
    assumed_end: bool = False
    short_notice: bool = False
    round: int = 1
    sequence: int = 0
    moves: int = 0
    price: Decimal | None = None
    list_price: Decimal | None = None
    discount_percent: Decimal | None = None
    agreed_price: Decimal | None = None
    agreed_discount: Decimal | None = None
    door_code: str | None = field(default=None, repr=False)
    invoice: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None
    question: str | None = None
    released_at: datetime | None = None
    released_by: str | None = None
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
    doubted_at: datetime | None = None
    shown: Shown | None = None

    @property
    def key(self) -> str:
        """Give the ledger key: the booking code."""
        return self.code

    @property
    def is_open(self) -> bool:
        """Tell whether the office's decision is still awaited."""
        return self.state in (State.REQUESTED, State.HELD)

    @property
    def held(self) -> Stay | None:
        """Give the time the books keep for it, None where nothing is promised."""
        return self.stay if self.state is State.CONFIRMED else None

    @property
    def is_astray(self) -> bool:
        """Tell whether, of a decided booking, the booking page shows another time than the books keep."""
        is_decided = self.state in (State.CONFIRMED, State.REJECTED, State.CANCELLED)
        return is_decided and self.shown is not None and self.shown.stay != self.held


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
