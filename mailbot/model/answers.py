"""What events are made of: a notice as a source wrote it, and what every answer of a person carries.

The ground of events.py and its neighbours, which give these their meaning; nothing here happens by itself.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailbot.model.booking import Links
from mailbot.model.mail import Matter


class NoticeKind(StrEnum):
    """Name what a booking notice announces; the words of the pasted template's EREIGNIS line."""

    NEW = "new"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice says, field by field; None is "not given". Times are aware, in the site's time zone.

    `second` lists (field, value) given again after the remark with another value: shown, never used. `doubts` says
    in German why a person must look (weekday and date disagree, two references); `extras` are unknown labels.
    `languages` tells whether the notice spoke German or English.
    """

    source: str
    kind: NoticeKind
    reference: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    city: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    remark: str | None = None
    reason: str | None = None
    links: Links = field(default_factory=Links)
    language: str = "de"
    extras: tuple[tuple[str, str], ...] = ()
    second: tuple[tuple[str, str], ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What every answer carries: the matter and round of its token, and what was written beside the keyword.

    `note` is further text of the author, which stays inside the office.
    """

    matter: Matter
    round: int
    note: str = field(default="", kw_only=True, repr=False)
