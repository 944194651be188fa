"""The answer to `belegung`: which times of the coming weeks are taken, others anonymous, the asker's own in detail.

Whoever asks is proven to write from his address, and the answer goes there and nowhere else. Changes nothing.
"""

from collections.abc import Iterator
from datetime import UTC, date, timedelta

from mailbot.decide import orders
from mailbot.model.booking import LIVING, Booking, State, Stay
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.list_events import OccupancyAsked
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import Actor, Reader, Role
from mailbot.model.records import Setting
from mailbot.model.rules import Resource

KIND = "customer/occupancy"
DAYS = 28
A_DAY = 3
# Addresses cost nothing: what strangers may ask together in an hour must leave room for the mails about bookings.
STRANGERS_AN_HOUR = 30
STRANGERS = "occupancy_strangers"
MOST_OWN = 50

# A taken time: when, whether it is the asker's own, and whether it is confirmed.
Taken = tuple[Stay, bool, bool]
Day = tuple[date, tuple[Taken, ...]]


def occupancy_asked(books: Books, by: Actor, event: OccupancyAsked, given: Given) -> Decision:
    """Send the coming weeks to the address that asked, at most three times a day."""
    matter = Matter(MatterKind.OCCUPANCY, event.address.casefold())
    today = given.now.date()
    asked = [mail for mail in books.mails_about(matter) if mail.created_at.astimezone(given.now.tzinfo).date() == today]
    own = books.bookings_of(event.address)
    counted = () if own else _counted(books, given)
    if len(asked) >= A_DAY or counted is None or not orders.may_write_to(event.address, given.rules):
        return Decision(notes=(("mailbot", "Eine Frage nach der Belegung blieb ohne Antwort."),), outcome="too often")
    facts = {
        "since": today,
        "until": today + timedelta(days=DAYS - 1),
        "calendars": tuple((r, tuple(_days(books, r, event.address, given))) for r in given.rules.resources.values()),
        "own": tuple(_shown(booking) for booking in own if not booking.stay.is_over(given.now))[:MOST_OWN],
    }
    mail = MailOrder(KIND, _reader(own, event, given), matter, orders.new_token(given.dice), 0, facts, is_reply=True)
    note = ("mailbot", "Die Belegung der nächsten Wochen wurde erfragt.")
    return Decision(counted, (mail,), notes=(note,), outcome="told")


def _counted(books: Books, given: Given) -> tuple[Setting, ...] | None:
    """Count one stranger more in this hour of the clock; None where there were enough."""
    hour = given.now.astimezone(UTC).strftime("%Y-%m-%dT%H")
    known, _, count = (books.setting(STRANGERS) or "").partition(" ")
    so_far = int(count) if known == hour else 0
    return None if so_far >= STRANGERS_AN_HOUR else (Setting(STRANGERS, f"{hour} {so_far + 1}"),)


def _reader(own: list[Booking], event: OccupancyAsked, given: Given) -> Reader:
    """Write to a known customer by name and in his language; in the other where he, or a stranger, asked in that."""
    if not own:
        return Reader(Role.CUSTOMER, "", event.address, language=event.language)
    newest = max(own, key=lambda booking: booking.received_at).customer
    is_foreign = event.language != given.rules.site.language
    language = event.language if is_foreign else newest.language
    return Reader(Role.CUSTOMER, newest.name, event.address, language=language)


def _shown(booking: Booking) -> Booking:
    """Give an own booking in detail; the door code travels only in the mail that brings it."""
    return orders.without_code(booking)


def _days(books: Books, resource: Resource, address: str, given: Given) -> Iterator[Day]:
    """Give each day that is open or has something taken; what is over is left out."""
    for n in range(DAYS):
        day = given.now.date() + timedelta(days=n)
        taken = {
            (booking.stay, booking.customer.email.casefold() == address.casefold(), booking.state is State.CONFIRMED)
            for booking in books.on(resource.key, day)
            if booking.stay.day == day and booking.state in LIVING and not booking.stay.is_over(given.now)
        }
        if taken or resource.open.spans[day.weekday()] or not any(resource.open.spans):
            yield day, tuple(sorted(taken, key=lambda one: (one[0].start, one[0].end, one[1:])))
