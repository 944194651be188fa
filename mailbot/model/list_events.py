"""What happens around lists: somebody asks for the table, the codes or the occupancy, and the desk's list is due.

Joined into Event in events.py. Nothing here decides anything.
"""

from dataclasses import dataclass, field
from datetime import date, time

from mailbot.model.answers import Answer


@dataclass(frozen=True, slots=True)
class ListAsked(Answer):
    """`liste`, `liste oktober`: the table of bookings, of one month where `month` is named; the desk means its codes.

    `year` is None where only the month was said.
    """

    month: int | None = field(default=None, kw_only=True)
    year: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class CodesAsked(Answer):
    """`liste codes`: the whole season's door codes for the office, the rolling list for the desk."""


@dataclass(frozen=True, slots=True)
class CodesListDue:
    """The desk's rolling list of codes is due: in the morning, or because something in it changed."""

    desk: str


@dataclass(frozen=True, slots=True)
class NewCodeAsked(Answer):
    """`code neu 6.12.`: another door code is wanted for a day (and slot); `code` is the office's own, "" for any.

    `where` is what else was written, folded: the name of a resource, or something nobody knows.
    """

    day: date = field(kw_only=True)
    at: time | None = field(default=None, kw_only=True)
    code: str = field(default="", kw_only=True, repr=False)
    where: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class OccupancyAsked:
    """Somebody proven to write from `address` wants to know which times are taken in the coming weeks."""

    address: str
    language: str = "de"


ListEvent = ListAsked | CodesAsked | CodesListDue | NewCodeAsked | OccupancyAsked
