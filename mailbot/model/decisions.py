"""The door of the flow: an Arrival comes in, a Decision follows, and both are plain values."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from mailbot.model.events import Event
from mailbot.model.mail import MailOrder
from mailbot.model.people import Actor
from mailbot.model.records import Change
from mailbot.model.rules import Rules


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that entered. `key` is `letter:…`, `clock:what:ref:date` or `command:…`; `by` is who it is, as proven.

    `digest` is the content's SHA-256 for letters, else "". `message_id` and `references` are the letter's own, so
    that an answer joins its thread. `came_at` is when a letter came in, None for anything else.
    """

    key: str
    by: Actor
    event: Event
    digest: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    came_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """Time, chance and settings: decide/ has no other source of them. `now` is aware, in the site's time zone.

    `came_at` is when the letter came in that is decided about, None where it is no letter.
    """

    now: datetime
    dice: Random
    rules: Rules
    came_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from one arrival: new versions of records, mails, queued mails that became wrong (outbox ids),
    history lines as (ref, German sentence), and one word for the log. `to_trouble` files the letter there.

    `exit_code` and `said` are the outcome for a command; `leave` tells that the letter stays untouched.
    """

    changes: tuple[Change, ...] = ()
    mails: tuple[MailOrder, ...] = ()
    withdraws: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    outcome: str = "noted"
    to_trouble: bool = False
    leave: bool = False
    exit_code: int = 0
    said: tuple[str, ...] = field(default=(), repr=False)
