"""What is due now: the passing of time as arrivals, asked of the books. A missed tick loses nothing.

Decides nothing: each arrival goes through dispatch like a letter. Keys are `clock:what:ref:date`; what was handled
under its key is not due again.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from mailbot.decide.mending import is_told
from mailbot.decide.orders import offices
from mailbot.decide.suspicions import may_tell, untold
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival
from mailbot.model.events import MailEnded, SuspicionsGathered
from mailbot.model.people import CLOCK
from mailbot.model.rules import Rules


def due(books: Books, now: datetime, rules: Rules) -> list[Arrival]:
    """Give what is due at `now`, in the order of QUESTIONS."""
    found = [arrival for question in QUESTIONS for arrival in question(books, now, rules)]
    return [arrival for arrival in found if books.handled(arrival.key) is None]


def _mails_given_up(books: Books, now: datetime, rules: Rules) -> Iterator[Arrival]:
    """Ask which mails failed, bounced or ended uncertain without the office being told."""
    for row in books.undelivered():
        if not is_told(books, row):
            ended_on = (row.finished_at or row.created_at).date()
            yield Arrival(f"clock:mail_ended:{row.id}:{ended_on}", CLOCK, MailEnded(row.id, row.answer))


def _suspicions(books: Books, now: datetime, rules: Rules) -> Iterator[Arrival]:
    """Ask which offices are to be told of unproven letters, now that their hour is over."""
    for office in offices(rules):
        letters = untold(books, office, rules) if may_tell(books, office, now) else []
        if letters:
            yield Arrival(f"clock:suspicions:{letters[0].key}:{now.date()}", CLOCK, SuspicionsGathered(office.key))


# Asked in this order; the day's clock events (payment due, time ran short, review overdue, digest, lists) join here.
QUESTIONS: tuple[Callable[[Books, datetime, Rules], Iterator[Arrival]], ...] = (_mails_given_up, _suspicions)
