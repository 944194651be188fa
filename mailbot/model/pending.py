"""An answer that does not count yet: until `takes_effect_at` it can be taken back (`schedule.undo`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from mailbot.model.events import Approved, Changed, Rejected
from mailbot.model.people import Actor
from mailbot.model.talk_events import Asked, Cancelled

# What can be taken back: whatever changes a booking or is read by its customer.
Undoable = Approved | Rejected | Changed | Asked | Cancelled


@dataclass(frozen=True, slots=True)
class PendingDecision:
    """The one answer about a booking that waits. Exactly one of the five answers is set; a field each, as the ledger
    could not tell them apart otherwise.
    """

    TABLE: ClassVar[str] = "pending_decisions"

    booking: str
    by: Actor
    at: datetime
    takes_effect_at: datetime
    approved: Approved | None = None
    rejected: Rejected | None = None
    changed: Changed | None = None
    asked: Asked | None = None
    cancelled: Cancelled | None = None

    @classmethod
    def of(cls, by: Actor, answer: Undoable, at: datetime, takes_effect_at: datetime) -> "PendingDecision":
        """Let an answer to a booking's mail wait."""
        return cls(
            answer.matter.ref,
            by,
            at,
            takes_effect_at,
            approved=answer if isinstance(answer, Approved) else None,
            rejected=answer if isinstance(answer, Rejected) else None,
            changed=answer if isinstance(answer, Changed) else None,
            asked=answer if isinstance(answer, Asked) else None,
            cancelled=answer if isinstance(answer, Cancelled) else None,
        )

    @property
    def key(self) -> str:
        """Give the ledger key: the booking code."""
        return self.booking

    @property
    def answer(self) -> Undoable:
        """Give the answer that waits."""
        found = self.approved or self.rejected or self.changed or self.asked or self.cancelled
        assert found
        return found
