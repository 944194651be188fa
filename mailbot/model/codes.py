"""Door codes: one per day (or slot) and resource, made before the season. Never part of a log, subject or error."""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar


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
