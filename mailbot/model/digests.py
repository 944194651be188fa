"""A digest as it was shown: which bookings its numbers stand for, so that an answer hours later means the same ones."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from mailbot.model.booking import Booking, Stay


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest of one office: `items` are (booking code, review round), the first being number 1."""

    TABLE: ClassVar[str] = "digests"

    ref: str
    office: str
    at: datetime
    items: tuple[tuple[str, int], ...] = ()

    @property
    def key(self) -> str:
        """Give the ledger key, which is what the mail's matter refers to."""
        return self.ref


@dataclass(frozen=True, slots=True)
class DigestLine:
    """A numbered request as the digest shows it: `odd` in a few German words, `price` gross EUR where one fits.

    `bill_at` tells when a code given out by phone is billed, `series` in German which series it belongs to.
    """

    number: int
    booking: Booking
    odd: tuple[str, ...] = ()
    price: Decimal | None = None
    bill_at: datetime | None = None
    series: str = ""


@dataclass(frozen=True, slots=True)
class PageLine:
    """A numbered booking that the booking page shows otherwise: `to_do` in German, `shown` is the time it has there."""

    number: int
    booking: Booking
    to_do: str
    shown: Stay | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class DoneItem:
    """What became of one number: `said` is what was understood, `did` what followed; not done, `did` says why."""

    number: int
    booking: Booking | None
    said: str
    did: tuple[str, ...]
    is_done: bool
    link: str | None = None
    link_why: str = ""
