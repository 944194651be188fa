"""What happens on the office's day beside notices and reviews: codes given out by phone, and the passing of time.

Joined into Event in events.py. Nothing here decides anything. An event of the clock names what has become due, and
since when (`at`): it may be handled much later, after a night without power, and its mails then say so.
"""

from dataclasses import dataclass, field
from datetime import datetime

from mailbot.model.answers import Answer


@dataclass(frozen=True, slots=True)
class Released(Answer):
    """`ausgegeben`: the door code was given out by phone, a fact. `code` is the booking code, "" the mail's own."""

    code: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class TimeRanShort:
    """The last office minute in which a request could be answered in time is over. `booking` is its code."""

    booking: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentDue:
    """The office day after a code was given out by phone has come: the bill goes out. `booking` is its code."""

    booking: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewOverdue:
    """Requests of one office have waited too long: `bookings` are their codes, in the order of their starts.

    `is_last` tells that they were pointed out before and the office's second address is asked.
    """

    bookings: tuple[str, ...]
    at: datetime
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class ReviewMissed:
    """A stay is over, an office day has passed, and nobody ever decided about it. `booking` is its code."""

    booking: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StayPassed:
    """A stay is over, and mails that only help before it have not left yet. `booking` is its code."""

    booking: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CodeUnheard:
    """A confirmed stay is near, and no server took the mail with its door code. `booking` is the booking's code."""

    booking: str
    at: datetime


DayEvent = Released | TimeRanShort | PaymentDue | ReviewOverdue | ReviewMissed | StayPassed | CodeUnheard
