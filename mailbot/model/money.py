"""Money in EUR as Decimal: invoices, payments and discounts as they are kept. Prices are gross; see decide/billing."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar


class InvoiceKind(StrEnum):
    """Name the two papers of § 14 UStG mailbot issues; EN 16931 type codes 380 and 384."""

    INVOICE = "invoice"
    CANCELLATION = "cancellation"


@dataclass(frozen=True, slots=True)
class Invoice:
    """An issued invoice, never changed afterwards (GoBD). A cancellation names in `cancels` what it takes back.

    `gross` = `net` + `vat`; for a cancellation all three are negative. `served_from`/`served_to` are the time of
    service. `recipient` is the name and postal lines as printed; `series` is "" or "PROBE" (rehearsal).
    """

    TABLE: ClassVar[str] = "invoices"

    number: str
    kind: InvoiceKind
    booking: str
    resource: str
    issued_on: date
    due_on: date
    served_from: datetime
    served_to: datetime
    recipient: tuple[str, ...]
    gross: Decimal
    net: Decimal
    vat: Decimal
    vat_percent: Decimal
    list_price: Decimal
    discount_percent: Decimal | None = None
    cancels: str | None = None
    series: str = ""

    @property
    def key(self) -> str:
        """Give the ledger key: the invoice number."""
        return self.number


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in for one booking; `by` as in Booking.decided_by. `letter` is the key of what told us."""

    TABLE: ClassVar[str] = "payments"

    id: str
    booking: str
    amount: Decimal
    at: datetime
    by: str
    letter: str | None = None

    @property
    def key(self) -> str:
        """Give the ledger key: the payment's own id."""
        return self.id


@dataclass(frozen=True, slots=True)
class Counter:
    """The last number given out in one series, such as `invoice/SK/2026`; it moves in the commit that uses it."""

    TABLE: ClassVar[str] = "counters"

    name: str
    value: int

    @property
    def key(self) -> str:
        """Give the ledger key: the series' name."""
        return self.name


@dataclass(frozen=True, slots=True)
class MailedDiscount:
    """A discount in percent that the office gave a customer by mail, for stays from `since` to `until`, both included.

    `customer` is the folded e-mail address, `until` None has no end; `by` as in Booking.decided_by. It counts beside
    those of rules.yaml: they never add up, the best one counts.
    """

    TABLE: ClassVar[str] = "discounts"

    id: str
    customer: str
    percent: Decimal
    since: date
    until: date | None
    at: datetime
    by: str

    @property
    def key(self) -> str:
        """Give the ledger key: the discount's own id."""
        return self.id


@dataclass(frozen=True, slots=True)
class Price:
    """What a stay costs: gross EUR before (`listed`) and after (`asked`) the one best discount, with its reason.

    `discount_terms` say of one given by mail, in German, until when it lasts and since when the office has given it.
    """

    listed: Decimal
    asked: Decimal
    discount_percent: Decimal | None = None
    discount_reason: str | None = None
    discount_terms: str | None = None
