"""Whether a booking page still sends: a source of which nothing came for `watch.silence` office days is asked about.

Nothing is stored but the day the watch began, so that a new mailbox is not called silent. Changes no booking.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mailbot.decide import office_days
from mailbot.model.books import Books
from mailbot.model.decisions import Given
from mailbot.model.records import Setting
from mailbot.model.rules import Person

NAME = "watching_since"
# Further back nobody looks: a season may well rest longer.
HORIZON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Quiet:
    """A source that is silent: the office days without a notice, and the day of the last one (None: long ago).

    `is_new` tells that it is worth a mail of its own: once for each such span of office days.
    """

    source: str
    days: int
    last_on: date | None
    is_new: bool


def watch_begun(books: Books, now: datetime) -> tuple[Setting, ...]:
    """Give the record of the first morning; none where the watch has begun before."""
    return () if books.setting(NAME) else (Setting(NAME, now.date().isoformat()),)


def quiet_sources(books: Books, office: Person, given: Given) -> tuple[Quiet, ...]:
    """Give the sources of an office's resources of which nothing came for as many office days as the rules allow."""
    rules, limit = given.rules, max(1, given.rules.silence_office_days)
    found = []
    for source in rules.sources.values():
        resource = rules.resources.get(source.resource)
        if resource is None or resource.reviewer != office.key:
            continue
        last_on = _last_heard(books, source.key, given.now.date())
        days = _office_days_since(office, last_on or _began(books, given), given.now.date())
        if days >= limit:
            found.append(Quiet(source.key, days, last_on, days % limit == 0))
    return tuple(found)


def _began(books: Books, given: Given) -> date:
    began = date.fromisoformat(books.setting(NAME) or given.now.date().isoformat())
    return max(began, given.now.date() - HORIZON)


def _last_heard(books: Books, source: str, today: date) -> date | None:
    days = (today - timedelta(days=n) for n in range(HORIZON.days))
    return next((day for day in days if books.has_heard(source, day)), None)


def _office_days_since(office: Person, since: date, today: date) -> int:
    """Count the whole office days between two days, both left out."""
    days = (since + timedelta(days=n) for n in range(1, max(1, (today - since).days)))
    return sum(office_days.is_office_day(office, day) for day in days)
