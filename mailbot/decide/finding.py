"""Which booking a notice speaks of, and which stay it wants: by reference, else by the customer's e-mail and times.

Decides nothing. A reference becomes the booking code only where it looks like one and can be no door code; it names
a known booking only in a notice of that booking's own customer, for customers may type one.
"""

import re
from datetime import UTC, datetime, timedelta
from random import Random

from mailbot.decide import codes
from mailbot.model.booking import LIVING, Booking, Customer, Stay
from mailbot.model.books import Books
from mailbot.model.events import Notice, NoticeKind
from mailbot.model.rules import Resource
from mailbot.model.words import folded

# At least one letter: a reference of digits alone could be taken for a door code.
REFERENCE = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9-]{3,31}")
# No stay is longer; an end further off is a slip, and one slot is assumed instead.
LONGEST = timedelta(days=7)
PHONE_DIGITS = range(6, 16)


def bookings_named(books: Books, notice: Notice) -> list[Booking]:
    """Give the bookings a notice may mean: none is a new one, several mean that nobody can tell."""
    if notice.reference:
        known = books.booking_by_reference(notice.source, notice.reference)
        return [known] if known else []
    if not notice.email:
        return []
    theirs = [b for b in books.bookings_of(notice.email) if b.source == notice.source and _is_meant(b)]
    at_start = [booking for booking in theirs if booking.stay.start == notice.start]
    if at_start or notice.kind is NoticeKind.NEW or (notice.kind is NoticeKind.WITHDRAWN and notice.start):
        return at_start[:1]
    return [booking for booking in theirs if booking.state in LIVING]


def is_anothers(booking: Booking, notice: Notice) -> bool:
    """Tell whether a notice with a booking's reference names somebody else as its customer.

    Where it names no e-mail, or the booking knows none, nothing speaks against it; an office may have mended it.
    """
    if not notice.email or not booking.customer.email:
        return False
    named = Customer(notice.name or "", notice.email, phone=notice.phone)
    return not is_same_person(named, booking.customer)


def is_same_person(one: Customer, other: Customer) -> bool:
    """Tell whether two customers share their e-mail address, their phone number, or their name."""
    if one.email.casefold() == other.email.casefold():
        return True
    numbers = [re.sub(r"\D", "", who.phone or "")[-8:] for who in (one, other)]
    is_same_phone = len(numbers[0]) >= min(PHONE_DIGITS) and numbers[0] == numbers[1]
    return is_same_phone or folded(one.name) == folded(other.name) != ""


def one_meant(books: Books, notice: Notice, now: datetime) -> Booking | None:
    """Give the one living booking, not yet over, that a move or withdrawal without a reference can mean, else None.

    A withdrawal names e-mail and start, perhaps of a time that only the page still shows; a move only the new start,
    so the customer must have no other booking.
    """
    if notice.email is None or notice.start is None:
        return None
    theirs = [b for b in books.bookings_of(notice.email) if b.source == notice.source and b.state in LIVING]
    ahead = [booking for booking in theirs if not booking.stay.is_over(now)]
    fitting = [booking for booking in ahead if booking.stay.start == notice.start]
    if notice.kind is NoticeKind.WITHDRAWN:
        astray = (b for b in books.bookings_of(notice.email) if b.source == notice.source and b not in fitting)
        fitting += [booking for booking in astray if _is_freed(booking, notice)]
    if notice.kind is NoticeKind.MOVED and not fitting:
        fitting = ahead
    return fitting[0] if len(fitting) == 1 else None


def _is_freed(booking: Booking, notice: Notice) -> bool:
    shown = booking.shown.stay if booking.shown and booking.is_astray else None
    return shown is not None and shown.start == notice.start


def _is_meant(booking: Booking) -> bool:
    """Leave out what is finished, but keep a cancellation that came before its booking."""
    return booking.state in LIVING or booking.decided_at == booking.received_at


def stay_wanted(notice: Notice, booking: Booking | None, resource: Resource) -> Stay | None:
    """Give the stay a notice asks for, None where it names no start.

    Without an end a known booking keeps its length (and, at the same start, its end); a new one takes one slot.
    """
    if notice.start is None:
        return None
    if has_end(notice):
        assert notice.end
        return Stay(resource.key, notice.start, notice.end)
    length = _length(booking.stay) if booking else resource.slot
    return Stay(resource.key, notice.start, later(notice.start, length))


def shown_after(notice: Notice, shown: Stay) -> Stay | None:
    """Give the stay the page shows after a notice, None where it names no start; without an end it keeps its length."""
    if notice.start is None:
        return None
    end = notice.end if has_end(notice) and notice.end else kept_length(shown, notice.start)
    return Stay(shown.resource, notice.start, end)


def has_end(notice: Notice) -> bool:
    """Tell whether the notice names an end that can be one."""
    if notice.start is None or notice.end is None:
        return False
    return timedelta(0) < notice.end - notice.start <= LONGEST


def _length(stay: Stay) -> timedelta:
    return stay.end.astimezone(UTC) - stay.start.astimezone(UTC)


def later(start: datetime, length: timedelta) -> datetime:
    """Give the moment `length` of real time later, in the same zone: a night of DST changes no length."""
    return (start.astimezone(UTC) + length).astimezone(start.tzinfo)


def kept_length(stay: Stay, start: datetime) -> datetime:
    """Give the end of a stay of the same length that starts at `start`."""
    return later(start, _length(stay))


def booking_code_for(books: Books, notice: Notice, dice: Random) -> str:
    """Give a new booking its code: the notice's own reference where it can be one, else a new one."""
    reference = notice.reference or ""
    if REFERENCE.fullmatch(reference) and books.booking(reference) is None:
        return reference
    return codes.new_booking_code(books, dice)
