"""Door codes: one per day (or slot) and resource, made before the season. Never part of a log, subject or error."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from mailbot.model.booking import Booking


@dataclass(frozen=True, slots=True)
class DoorCode:
    """The code of one resource on one day; `slot` is the slot's local start `HH:MM`, None where codes are per day."""

    TABLE: ClassVar[str] = "door_codes"

    resource: str
    day: date
    slot: str | None
    code: str = field(repr=False)

    @property
    def key(self) -> str:
        """Give the ledger key `resource/2026-11-28/19:00`, the last part empty where codes are per day."""
        return door_code_key(self.resource, self.day, self.slot)


def door_code_key(resource: str, day: date, slot: str | None) -> str:
    """Build the key by which a door code is looked up."""
    return f"{resource}/{day.isoformat()}/{slot or ''}"


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line of the desk's list: a booking, or (None) a day or slot that nobody has asked for yet.

    `booking` holds only what the desk may see, `phone` the last digits of the customer's number. `code` is None where
    none is to be given out: `is_taken` tells that the time is somebody else's, `warning` what else to look out for.
    """

    resource: str
    day: date
    slot: str | None
    booking: Booking | None
    phone: str = ""
    code: str | None = field(default=None, repr=False)
    is_taken: bool = False
    warning: str = ""


@dataclass(frozen=True, slots=True)
class CodeProposal:
    """Another code for a day (or slot), proposed to the office: it counts only once the office says the lock knows it.

    `round` tells a newer proposal for the same day from the older; `asked_by` reads as Booking.decided_by.
    """

    TABLE: ClassVar[str] = "code_proposals"

    resource: str
    day: date
    slot: str | None
    code: str = field(repr=False)
    asked_at: datetime
    asked_by: str
    round: int = 1

    @property
    def key(self) -> str:
        """Give the ledger key: that of the door code it would replace."""
        return door_code_key(self.resource, self.day, self.slot)
