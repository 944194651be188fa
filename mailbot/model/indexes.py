"""How records are found other than by key: the words each is filed under, and what the archive answers from.

Nothing here holds records; books.py keeps the indexes of what is open, the archive those of what is finished.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from mailbot.model.booking import Booking, Stay
from mailbot.model.codes import DoorCode
from mailbot.model.letter import Handled
from mailbot.model.mail import UNDELIVERED, Matter, OutMail, Sending
from mailbot.model.money import Invoice, MailedDiscount, Payment
from mailbot.model.records import HistoryLine, Record

# The tables whose finished records leave the open books; all others are small, or never finished.
ARCHIVED = frozenset(kind.TABLE for kind in (Booking, DoorCode, Invoice, Payment, Handled, OutMail, HistoryLine))


@dataclass(frozen=True, slots=True)
class Index:
    """How records of one table are found other than by key: `by` gives the words a record is found under.

    `is_archived` tells that finished records are found by it too; the others ask for what is going on.
    """

    name: str
    table: str
    by: Callable[[Any], Iterable[str]]
    is_archived: bool = False


def days(stay: Stay) -> Iterator[str]:
    """Give the word of each local day a stay touches."""
    day = stay.start.date()
    while day <= stay.end.date():
        yield f"{stay.resource}/{day.isoformat()}"
        day += timedelta(days=1)


def hour(at: datetime | None) -> str:
    """Give the word of a moment's clock hour, "" for none."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H}" if at else ""


def matter_word(matter: Matter) -> str:
    """Give the word of a matter."""
    return f"{matter.kind}/{matter.ref}"


INDEXES: tuple[Index, ...] = (
    Index("bookings_on", Booking.TABLE, lambda b: days(b.stay)),
    Index("bookings_of", Booking.TABLE, lambda b: [b.customer.email.casefold()], is_archived=True),
    Index(
        "bookings_by_reference",
        Booking.TABLE,
        lambda b: [f"{b.source}/{b.source_reference}"] * bool(b.source_reference),
        is_archived=True,
    ),
    Index("bookings_open", Booking.TABLE, lambda b: ["open"] * b.is_open),
    Index("bookings_astray", Booking.TABLE, lambda b: ["astray"] * b.is_astray),
    Index("invoices_of", Invoice.TABLE, lambda i: [i.booking], is_archived=True),
    Index("payments_of", Payment.TABLE, lambda p: [p.booking], is_archived=True),
    Index("discounts_of", MailedDiscount.TABLE, lambda d: [d.customer]),
    Index("handled_by_digest", Handled.TABLE, lambda h: [h.digest] * bool(h.digest), is_archived=True),
    Index("handled_by_id", Handled.TABLE, lambda h: [h.id_digest] * bool(h.id_digest)),
    Index("mails_by_token", OutMail.TABLE, lambda m: [m.token], is_archived=True),
    Index("mails_about", OutMail.TABLE, lambda m: [matter_word(m.matter)], is_archived=True),
    Index("mails_queued", OutMail.TABLE, lambda m: ["queued"] * (m.state is Sending.QUEUED)),
    Index("mails_failed", OutMail.TABLE, lambda m: ["failed"] * (m.state in UNDELIVERED)),
    Index("mails_sent_in", OutMail.TABLE, lambda m: [hour(m.finished_at)] * (m.state is Sending.SENT)),
    Index("history_of", HistoryLine.TABLE, lambda h: [h.ref], is_archived=True),
    Index("history_from", HistoryLine.TABLE, lambda h: [h.arrival] * bool(h.arrival), is_archived=True),
    # By day, for a word that all lines share would make each new line as dear as the whole history.
    Index("history_by", HistoryLine.TABLE, lambda h: [f"{h.by.partition(' ')[0]}/{h.at.date().isoformat()}"]),
)

INDEXES_OF: dict[str, tuple[Index, ...]] = {
    table: tuple(index for index in INDEXES if index.table == table) for table in {index.table for index in INDEXES}
}
ARCHIVED_INDEXES = frozenset(index.name for index in INDEXES if index.is_archived)


class Shelf(Protocol):
    """Where finished records stand: each is found by key or by an archived index, and none is loaded without need."""

    def get(self, table: str, key: str) -> Record | None:
        """Find a finished record by its key."""

    def find(self, index: str, word: str) -> list[Record]:
        """Find the finished records that an archived index files under a word, oldest first."""

    def all(self, table: str) -> Iterator[Record]:
        """Give every finished record of a table, by key."""

    def keys(self, table: str) -> Iterator[str]:
        """Give the keys of every finished record of a table."""
