"""Bills that wait for a word: the office answered about them, and is asked back what it meant.

Only what the answer was about waits: its booking, or of a digest the numbers it named. Decides nothing else.
"""

from dataclasses import replace

from mailbot.decide import deadlines
from mailbot.decide.conditions import Case
from mailbot.decide.wording import at_moment
from mailbot.model.booking import Booking
from mailbot.model.digest_events import ItemsAnswered
from mailbot.model.events import Answer, Doubted
from mailbot.model.mail import MatterKind
from mailbot.model.people import Role


def bills_put_off(case: Case) -> tuple[Booking, ...]:
    """Put off the bills that a reviewer's answer was about: he said something, and is asked what he meant."""
    if case.by.role is not Role.REVIEWER:
        return ()
    meant = [case.booking] if case.booking else [case.books.booking(code) for code in _codes_named(case)]
    found = [booking for booking in meant if booking and booking.is_open and booking.released_at]
    return tuple(replace(booking, doubted_at=case.given.now) for booking in found if _is_own(case, booking))


def bill_waits(put_off: tuple[Booking, ...], case: Case) -> str:
    """Say until when bills were put off, "" where none was."""
    times = [at for booking in put_off if (at := deadlines.payment_at(booking, case.given.rules))]
    return f" Berechnet wird deshalb erst: {at_moment(min(times))}." if times else ""


def _codes_named(case: Case) -> list[str]:
    """Give the bookings whose numbers an answer to a digest named; all it showed, where nobody can tell which."""
    assert isinstance(case.event, Answer)
    matter, numbers = case.event.matter, _numbers(case.event)
    shown = case.books.digest(matter.ref) if matter.kind is MatterKind.DIGEST else None
    codes = [code for code, _ in shown.items] if shown else []
    # A number that the digest did not show is a slip for any other.
    is_clear = bool(numbers) and all(1 <= number <= len(codes) for number in numbers)
    return [codes[number - 1] for number in numbers] if is_clear else codes


def _numbers(event: Answer) -> tuple[int, ...]:
    if isinstance(event, ItemsAnswered):
        return tuple(number for number, _ in event.items)
    return event.numbers if isinstance(event, Doubted) else ()


def _is_own(case: Case, booking: Booking) -> bool:
    resource = case.given.rules.resources.get(booking.stay.resource)
    return resource is not None and resource.reviewer == case.by.person
