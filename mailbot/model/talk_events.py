"""What is said about a booking beside the review: the office's questions, notes and payments, the customer's own mails.

Joined into Event in events.py. A customer's word decides nothing; only an answered question opens a new round.
"""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

from mailbot.model.answers import Answer
from mailbot.model.mail import Matter


@dataclass(frozen=True, slots=True)
class Asked(Answer):
    """`frage: …`: a question that the customer reads; a request is held until he answers."""

    question: str = field(default="", kw_only=True, repr=False)


@dataclass(frozen=True, slots=True)
class Cancelled(Answer):
    """`storno: …`: what was confirmed is off, with the reason the customer reads ("" where none was given)."""

    reason: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class Noted(Answer):
    """`notiz …`: a note inside the office, in one line; from the desk it is passed on to the office."""

    text: str = field(default="", kw_only=True, repr=False)


@dataclass(frozen=True, slots=True)
class Paid(Answer):
    """`bezahlt 40`: money came in for the booking, gross EUR; None means all that is still open."""

    amount: Decimal | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class WhyAsked(Answer):
    """`warum`: the whole history of the booking is wanted."""


@dataclass(frozen=True, slots=True)
class TakenBack(Answer):
    """`zurück`: an answer that has not taken effect yet shall never do so."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A customer answered a question of the office's; `text` is what he wrote, in lines."""

    matter: Matter
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WithdrawalWished:
    """A customer wrote that he wants to cancel; `text` is the whole of it."""

    matter: Matter
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChangeWished:
    """A customer wrote that he wants other times; they are named as far as they could be read, local."""

    matter: Matter
    text: str = field(repr=False)
    day: date | None = None
    start: time | None = None
    end: time | None = None


@dataclass(frozen=True, slots=True)
class UndoEnded:
    """The time in which an answer about this booking could be taken back is over: now it counts."""

    booking: str


TalkEvent = (
    Asked | Cancelled | Noted | Paid | WhyAsked | TakenBack | Answered | WithdrawalWished | ChangeWished | UndoEnded
)
