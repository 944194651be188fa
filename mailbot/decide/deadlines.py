"""When a booking falls due for the clock: the moments, worked out from the books, and the questions due.py asks.

Every deadline is worked out anew from what is recorded, so a missed tick, a restart or changed rules lose nothing.
Moments are compared and halved in UTC: in the nights of DST two local times of one zone lie. An answer that waits to
take effect (`schedule.undo`) is an answer. Changes nothing.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from mailbot.decide import office_days, orders
from mailbot.model.booking import Booking
from mailbot.model.books import Books
from mailbot.model.day_events import PaymentDue, ReviewMissed, ReviewOverdue, TimeRanShort
from mailbot.model.decisions import Arrival, Given
from mailbot.model.events import Event
from mailbot.model.people import CLOCK
from mailbot.model.rules import Person, Rules

# A reminder is for what starts within so many office days; what is later will be in a digest first.
SOON_DAYS = 3
# One office is reminded at most once in this time, of everything that waits too long by then.
BUNDLE = timedelta(hours=1)
# A mail that leaves so much after its moment says so.
LATE = timedelta(hours=1)
# A bill that is later than this may have been written by hand: it is announced anew, so long before it leaves.
FORGOTTEN, NOTICE = timedelta(days=7), timedelta(minutes=30)

Due = tuple[datetime, Arrival]


def time_ran_short(books: Books, now: datetime, rules: Rules) -> Iterator[Due]:
    """Ask which requests nobody can answer in time any more: no office minute is left before start − margin."""
    for booking in _undecided(books, rules):
        if booking.short_notice or booking.released_at or booking.stay.is_over(now):
            continue
        at = short_at(booking, now, rules)
        if at and is_reached(at, now):
            yield at, _arrival("short", booking, at, TimeRanShort(booking.code, at))


def payment_due(books: Books, now: datetime, rules: Rules) -> Iterator[Due]:
    """Ask which codes given out by phone are to be billed now; the first given out first."""
    released = [b for b in _undecided(books, rules) if b.released_at]
    for booking in sorted(released, key=lambda b: (_utc(b.released_at or now), b.code)):
        due_at, at = payment_at(booking, rules), bill_at(books, booking, now, rules)
        if due_at and at and is_reached(at, now):
            yield at, _arrival("payment", booking, due_at, PaymentDue(booking.code, due_at))


def review_missed(books: Books, now: datetime, rules: Rules) -> Iterator[Due]:
    """Ask which stays are over, with an office morning since, about which nobody ever decided."""
    for booking in _undecided(books, rules):
        if booking.released_at or not booking.stay.is_over(now):
            continue
        at = missed_at(books, booking, rules)
        if is_reached(at, now):
            yield at, _arrival("missed", booking, at, ReviewMissed(booking.code, at))


def review_overdue(books: Books, now: datetime, rules: Rules) -> Iterator[Due]:
    """Ask each office that is open now about requests that wait too long, all in one; each request once a round."""
    for office, waiting in _by_office(books, now, rules):
        if not office_days.is_open(office, now) or _was_reminded_lately(waiting, now):
            continue
        found = [(at, b) for b in waiting if b.reminded_at is None and (at := overdue_at(books, b, office, now, rules))]
        yield from _bundled("reminder", [(at, b) for at, b in found if is_reached(at, now)], is_last=False)


def last_reminder(books: Books, now: datetime, rules: Rules) -> Iterator[Due]:
    """Ask about requests of which half the time between the reminder and the start is over, in vain; once a round."""
    for office, waiting in _by_office(books, now, rules):
        if len(office.emails) < 2:
            continue
        found = [(at, b) for b in waiting if b.escalated_at is None and (at := last_reminder_at(b))]
        yield from _bundled("escalation", [(at, b) for at, b in found if is_reached(at, now)], is_last=True)


def short_at(booking: Booking, now: datetime, rules: Rules) -> datetime | None:
    """Give the end of the last office minute before start − margin, None while there is one left after `now`."""
    resource = orders.resource_named(booking.stay.resource, rules)
    office, limit = orders.office_of(resource, rules), _utc(booking.stay.start) - resource.short_notice.margin
    ahead = office_days.next_opening(office, now)
    if ahead is not None and _utc(ahead) < limit:
        return None
    last = office_days.last_open_moment(office, booking.received_at, limit)
    return (last or booking.received_at).astimezone(now.tzinfo)


def payment_at(booking: Booking, rules: Rules) -> datetime | None:
    """Give when a booking whose code was given out by phone is billed, None where none was."""
    if booking.released_at is None:
        return None
    # Who answered what could not be done was asked back, and has a morning to say what he meant.
    said = max(booking.released_at, booking.doubted_at or booking.released_at, key=_utc)
    return _next_office_morning(booking, said.date(), rules.schedule.short_notice_payment, rules)


def bill_at(books: Books, booking: Booking, now: datetime, rules: Rules) -> datetime | None:
    """Give when a bill really leaves: as payment_at says; where that day was missed, when the office can still act.

    That is an office day; and after more than a week a digest has announced it anew, half an hour of office time ago.
    """
    at = payment_at(booking, rules)
    if at is None or now.date() <= at.date():
        return at
    yesterday = now.date() - timedelta(days=1)
    morning = _next_office_morning(booking, yesterday, rules.schedule.short_notice_payment, rules)
    if _utc(now) - _utc(at) <= FORGOTTEN:
        return morning
    item = (booking.code, booking.round)
    shown = (digest.at for digest in books.digests() if item in digest.items and is_reached(at, digest.at))
    office = orders.office_of_booking(booking, rules)
    announced = office_days.after_office_time(office, next(shown, now), NOTICE)
    return max(morning, announced, key=_utc)


def missed_at(books: Books, booking: Booking, rules: Rules) -> datetime:
    """Give when an undecided request lapses: at the digest of the first office day after the stay's end.

    A request that came, or was moved, when its stay was over already is shown to the office for a day first.
    """
    # Midnight sharp still belongs to the evening before.
    ended = booking.stay.end - timedelta(microseconds=1)
    day = max(ended.date(), asked_at(books, booking).date())
    return _next_office_morning(booking, day, rules.schedule.digest, rules)


def asked_at(books: Books, booking: Booking) -> datetime:
    """Give since when the office is asked about the open round: by its review, or by the customer's answer with it."""
    mails = books.mails_about(orders.about(booking))
    kinds = ("office/review", "office/message")
    reviews = (m.created_at for m in mails if m.kind in kinds and m.round == booking.round)
    return next(reviews, booking.received_at)


def overdue_at(books: Books, booking: Booking, office: Person, now: datetime, rules: Rules) -> datetime | None:
    """Give since when a request has waited too long, None while it starts too late to be pressing."""
    day = now.date()
    for _ in range(SOON_DAYS):
        day = office_days.next_office_day(office, day)
    if booking.stay.day > day:
        return None
    return office_days.after_office_time(office, asked_at(books, booking), rules.schedule.review_reminder)


def last_reminder_at(booking: Booking) -> datetime | None:
    """Give the middle between the reminder and the start, None where nobody was reminded or it began before."""
    if booking.reminded_at is None or _utc(booking.reminded_at) >= _utc(booking.stay.start):
        return None
    half = (_utc(booking.stay.start) - _utc(booking.reminded_at)) / 2
    return (_utc(booking.reminded_at) + half).astimezone(booking.stay.start.tzinfo)


def is_reached(at: datetime, now: datetime) -> bool:
    """Tell whether a moment has come."""
    return _utc(at) <= _utc(now)


def late_since(at: datetime, now: datetime) -> datetime | None:
    """Give the moment a mail was due where it leaves much later, for the mail to say so."""
    return at if _utc(now) - _utc(at) > LATE else None


def letter_late_since(given: Given) -> datetime | None:
    """Give when the letter came in that is handled now, where that is long ago, for the mails about it to say so."""
    return late_since(given.came_at, given.now) if given.came_at else None


def _undecided(books: Books, rules: Rules) -> list[Booking]:
    """Give what waits for an answer, by start; what rules.yaml no longer knows must not stop the clock for the rest."""
    waiting = (b for b in books.waiting() if not books.pending(b.code))
    return [booking for booking in waiting if booking.stay.resource in rules.resources]


def _by_office(books: Books, now: datetime, rules: Rules) -> Iterator[tuple[Person, list[Booking]]]:
    """Give each office with the requests that wait for it: not over, no code given out, by start."""
    waiting = [b for b in _undecided(books, rules) if not b.released_at and not b.stay.is_over(now)]

    def office_key(booking: Booking) -> str:
        return orders.resource_named(booking.stay.resource, rules).reviewer

    for key, found in groupby(sorted(waiting, key=office_key), office_key):
        yield rules.people[key], list(found)


def _was_reminded_lately(waiting: list[Booking], now: datetime) -> bool:
    # A clock that was put back may have left a reminder in the future: it holds up nothing.
    return any(b.reminded_at and timedelta(0) <= _utc(now) - _utc(b.reminded_at) < BUNDLE for b in waiting)


def _bundled(what: str, found: list[tuple[datetime, Booking]], *, is_last: bool) -> Iterator[Due]:
    if not found:
        return
    at = max((at for at, _ in found), key=_utc)
    event = ReviewOverdue(tuple(booking.code for _, booking in found), at, is_last)
    yield at, _arrival(what, found[0][1], at, event)


def _arrival(what: str, booking: Booking, at: datetime, event: Event) -> Arrival:
    return Arrival(f"clock:{what}:{booking.code}/{booking.round}:{at.date()}", CLOCK, event)


def _next_office_morning(booking: Booking, day: date, clock: time, rules: Rules) -> datetime:
    office = orders.office_of_booking(booking, rules)
    return datetime.combine(office_days.next_office_day(office, day), clock, rules.site.timezone)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
