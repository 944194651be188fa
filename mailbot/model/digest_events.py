"""What happens around the office's morning: the digest is due, its numbers are answered, mails are held back.

Joined into Event in events.py. Nothing here decides anything.
"""

from dataclasses import dataclass, field
from datetime import datetime

from mailbot.model.answers import Answer


@dataclass(frozen=True, slots=True)
class DigestDue:
    """The morning of an office day has come: `office` is to hear what waits. `at` is the moment it was due."""

    office: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ItemsAnswered(Answer):
    """`1 ok, 2 nein voll`: answers to the numbers of a digest, in the order they were written, each number once.

    Every answer in `items` still carries the digest's own matter; whose booking and round it is stands in the books.
    `notes` are what was written below a number; texts and pages may wrap them differently, so they are not compared.
    """

    items: tuple[tuple[int, Answer], ...] = field(default=(), kw_only=True)
    notes: tuple[tuple[int, str], ...] = field(default=(), kw_only=True, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Paused(Answer):
    """`pause`: mails to customers, desk and subscribers are to wait."""


@dataclass(frozen=True, slots=True)
class Resumed(Answer):
    """`weiter`: what waits because of a pause may leave."""


@dataclass(frozen=True, slots=True)
class PageSettled(Answer):
    """`erledigt`: what was to be done about a booking at its booking page is done."""


@dataclass(frozen=True, slots=True)
class CodeLate:
    """The mail server has put off a customer's mail with a door code for long. `mail` is the outbox row's id."""

    mail: str


@dataclass(frozen=True, slots=True)
class CodesLeft:
    """Mails the office was told to be late left after all. `mails` are the outbox rows' ids."""

    mails: tuple[str, ...]


DigestEvent = DigestDue | ItemsAnswered | Paused | Resumed | PageSettled | CodeLate | CodesLeft
