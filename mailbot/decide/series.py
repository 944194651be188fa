"""Recurring bookings: the same person, on the same weekday, at the same time. Shown to the office, never decided by.

A series is at least three living stays of one resource, none more than four weeks after the one before it.
"""

from datetime import date, timedelta
from itertools import pairwise

from mailbot.model.booking import LIVING, Booking
from mailbot.model.books import Books

FEWEST = 3
LONGEST_GAP = timedelta(weeks=4)
WEEKDAYS = ("montags", "dienstags", "mittwochs", "donnerstags", "freitags", "samstags", "sonntags")


def series_of(books: Books, booking: Booking) -> tuple[Booking, ...]:
    """Give the series a booking belongs to, by start, itself included; () where it belongs to none."""
    others = [other for other in books.bookings_of(booking.customer.email) if other.code != booking.code]
    same = sorted(
        (b for b in (*others, booking) if b.state in LIVING and _is_alike(b, booking)), key=lambda b: b.stay.start
    )
    run: list[Booking] = []
    for one in same:
        if run and _gap(run[-1], one) > LONGEST_GAP:
            if booking in run:
                break
            run = []
        run.append(one)
    return tuple(run) if booking in run and len(_days(run)) >= FEWEST else ()


def series_words(books: Books, booking: Booking) -> str:
    """Say which series a booking belongs to: `samstags 19:30 Uhr, Termin 2 von 5 (…)` with its days; "" for none."""
    found = series_of(books, booking)
    if not found:
        return ""
    days, start = _days(found), booking.stay.start
    every = "" if all(later - day == timedelta(weeks=1) for day, later in pairwise(days)) else "nicht jede Woche, "
    place = days.index(booking.stay.day) + 1
    span = f"{days[0]:%d.%m.%Y} bis {days[-1]:%d.%m.%Y}"
    return f"{WEEKDAYS[start.weekday()]} {start:%H:%M} Uhr, {every}Termin {place} von {len(days)} ({span})"


def _is_alike(one: Booking, other: Booking) -> bool:
    first, second = one.stay, other.stay
    is_same_time = (first.start.weekday(), first.start.time()) == (second.start.weekday(), second.start.time())
    return first.resource == second.resource and is_same_time


def _gap(one: Booking, other: Booking) -> timedelta:
    # By days: a week in which the clocks change is a week all the same.
    return other.stay.day - one.stay.day


def _days(found: tuple[Booking, ...] | list[Booking]) -> list[date]:
    return sorted({booking.stay.day for booking in found})
