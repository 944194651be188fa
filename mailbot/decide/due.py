"""What is due now: the passing of time as arrivals, asked of the books. A missed tick loses nothing.

Decides nothing: each arrival goes through dispatch like a letter. Keys are `clock:what:ref:date`; what was handled
under its key is not due again.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from mailbot.decide import deadlines, undoing
from mailbot.decide.desk_codes import lists_due
from mailbot.decide.digest import digest_due
from mailbot.decide.late_codes import codes_late, codes_left
from mailbot.decide.mending import is_told
from mailbot.decide.orders import offices
from mailbot.decide.overtaken import mails_overtaken
from mailbot.decide.suspicions import may_tell, untold
from mailbot.decide.unheard import codes_unheard
from mailbot.decide.watching import held_by_cap
from mailbot.model.books import Books
from mailbot.model.day_events import TimeRanShort
from mailbot.model.decisions import Arrival
from mailbot.model.events import Event, MailEnded, SuspicionsGathered
from mailbot.model.people import CLOCK
from mailbot.model.rules import Rules
from mailbot.model.talk_events import UndoEnded

# How long what presses waits for a mailbox that cannot be read.
PATIENCE = timedelta(minutes=10)


def due(
    books: Books, now: datetime, rules: Rules, read_at: datetime | None = None, tried_since: datetime | None = None
) -> list[Arrival]:
    """Give what is due at `now`, in the order of QUESTIONS, then of AFTER_READING.

    `read_at` is when the last complete look into the mailbox began, None where there was none yet; then `tried_since`
    tells since when one is tried.
    """
    found = [arrival for question in QUESTIONS for arrival in question(books, now, rules)]
    for ask in AFTER_READING:
        for at, arrival in ask(books, now, rules):
            if _was_read(at, now, read_at) or _is_pressing(books, arrival.event, at, now, read_at or tried_since):
                found.append(arrival)
    return [arrival for arrival in found if books.handled(arrival.key) is None]


def _mails_given_up(books: Books, now: datetime, rules: Rules) -> Iterator[Arrival]:
    """Ask which mails failed, bounced or ended uncertain without the office being told."""
    for row in books.undelivered():
        if not is_told(books, row):
            ended_on = (row.finished_at or row.created_at).date()
            yield Arrival(f"clock:mail_ended:{row.id}:{ended_on}", CLOCK, MailEnded(row.id, row.answer))


def _undo_ended(books: Books, now: datetime, rules: Rules) -> Iterator[deadlines.Due]:
    """Ask which answers can be taken back no longer, and count now."""
    for pending in books.pending_decisions():
        if deadlines.is_reached(pending.takes_effect_at, now):
            key = f"clock:undo_ended:{pending.booking}:{pending.at.isoformat()}"
            yield pending.takes_effect_at, Arrival(key, CLOCK, UndoEnded(pending.booking))


def _suspicions(books: Books, now: datetime, rules: Rules) -> Iterator[Arrival]:
    """Ask which offices are to be told of unproven letters, now that their hour is over."""
    for office in offices(rules):
        letters = untold(books, office, rules) if may_tell(books, office, now) else []
        if letters:
            yield Arrival(f"clock:suspicions:{letters[0].key}:{now.date()}", CLOCK, SuspicionsGathered(office.key))


def _was_read(at: datetime, now: datetime, read_at: datetime | None) -> bool:
    """Tell whether the mailbox was read since a moment: an answer that lies there unread counts first."""
    # A look by a clock that was put back since tells nothing about now.
    return read_at is not None and deadlines.is_reached(read_at, now) and deadlines.is_reached(at, read_at)


def _is_pressing(books: Books, event: Event, at: datetime, now: datetime, since: datetime | None) -> bool:
    """Tell whether something can wait no longer for a mailbox that stays away; a fresh start gives it some minutes."""
    if since is None or not deadlines.is_reached(since, now) or not deadlines.is_reached(since + PATIENCE, now):
        return False
    # Who plays tonight cannot wait.
    until = at + PATIENCE if isinstance(event, TimeRanShort) else None
    if isinstance(event, UndoEnded):
        until = undoing.counts_unread_at(books, event.booking, at, PATIENCE)
    return until is not None and deadlines.is_reached(until, now)


# Asked in this order, at every look: what harms nobody where an answer lies unread in the mailbox.
QUESTIONS: tuple[Callable[[Books, datetime, Rules], Iterator[Arrival]], ...] = (
    _mails_given_up,
    _suspicions,
    lists_due,
    codes_unheard,
    mails_overtaken,
    codes_late,
    codes_left,
    held_by_cap,
)

# What costs a person something: each gives the moment it became due, and waits until the mailbox was read since then.
AFTER_READING: tuple[Callable[[Books, datetime, Rules], Iterator[deadlines.Due]], ...] = (
    _undo_ended,
    deadlines.payment_due,
    deadlines.review_missed,
    deadlines.time_ran_short,
    deadlines.review_overdue,
    deadlines.last_reminder,
    # Last, so that it shows what the clock has left waiting.
    digest_due,
)
