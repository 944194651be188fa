"""Mails that time overtook: still queued, after a pause or an outage, when the stay they were written for is over.

What only helps before a stay is taken back; a mail that carried a door code is written anew without it, for its bill
still has to arrive. Decides nothing about the booking.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from mailbot.decide import orders
from mailbot.decide.conditions import Case
from mailbot.decide.mending import as_it_stands
from mailbot.decide.stale import CALLS, PROMISES, QUESTION
from mailbot.decide.writers import WRITERS
from mailbot.model.booking import Booking, State
from mailbot.model.books import Books
from mailbot.model.day_events import StayPassed
from mailbot.model.decisions import Arrival, Decision, Given
from mailbot.model.mail import MatterKind, OutMail, Sending
from mailbot.model.people import CLOCK, Actor
from mailbot.model.rules import Rules

BEFORE_A_STAY = (
    *(*CALLS, QUESTION, "customer/received", "customer/move_received"),
    *("desk/request", "desk/decided", "subscriber/request", "subscriber/decided"),
)
BILLS = ("customer/confirmed", "customer/payment")


def mails_overtaken(books: Books, now: datetime, rules: Rules) -> Iterator[Arrival]:
    """Ask which stays are over while mails about them, written before, still wait to leave."""
    waiting = {mail.matter.ref for mail in books.queued() if mail.matter.kind is MatterKind.BOOKING}
    for code in sorted(waiting):
        booking = books.booking(code)
        if booking and booking.stay.is_over(now) and _overtaken(books, booking):
            key = f"clock:passed:{code}/{booking.round}.{booking.sequence}:{booking.stay.day}"
            yield Arrival(key, CLOCK, StayPassed(code, booking.stay.end))


def stay_passed(books: Books, by: Actor, event: StayPassed, given: Given) -> Decision:
    """Take back what comes too late to help, and write a bill that lay beside a door code anew."""
    booking = books.booking(event.booking)
    if booking is None or booking.stay.resource not in given.rules.resources or not booking.stay.is_over(given.now):
        return Decision()
    gone = _overtaken(books, booking)
    bills = [mail for mail in gone if mail.kind in BILLS and booking.state is State.CONFIRMED]
    standing = as_it_stands(Case.of(books, by, event, given, booking), booking)
    mails = WRITERS["customer/payment"](replace(standing, late=bills[0].created_at)) if bills else ()
    # What a server has in hand at this moment may leave all the same; the history says of each mail how it ended.
    note = "Was nach dem Termin nicht mehr hilft, wurde zurückgezogen, soweit es noch nicht hinausgegangen war."
    return Decision((), mails, tuple(mail.id for mail in gone), ((booking.code, note),), "overtaken")


def _overtaken(books: Books, booking: Booking) -> list[OutMail]:
    """Give the queued mails that were written before the stay's end and only help until then."""
    ended, mails = booking.stay.end.astimezone(UTC), books.mails_about(orders.about(booking))
    waiting = (mail for mail in mails if mail.state is Sending.QUEUED and mail.created_at.astimezone(UTC) < ended)
    return [mail for mail in waiting if mail.kind in BEFORE_A_STAY or (mail.kind in PROMISES and mail.has_code)]
