"""What became of a booking, as every writer of mails about it gets it, and how such a mail is ordered.

Knows no kind of mail and no event: writers.py and its neighbours say what stands in each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.decide import deadlines, orders
from mailbot.model.booking import Booking, Stay
from mailbot.model.books import Books
from mailbot.model.decisions import Given
from mailbot.model.mail import MailOrder
from mailbot.model.money import Invoice, Price
from mailbot.model.people import Actor, Reader
from mailbot.model.rules import Person, Resource

Orders = tuple[MailOrder, ...]
# An answer that stands ready: the keyword of `replies`, what follows it, and what it does.
Ready = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody wrote to the office: `title` and `what` say in German who and why, `text` is his own words.

    `question` is what he was asked, `odd` what to mind about it, `wish` "cancel", "change" or "".
    """

    sender: str
    text: str
    title: str
    what: str
    question: str = ""
    ready: tuple[Ready, ...] = ()
    odd: tuple[str, ...] = ()
    wish: str = ""

    def facts(self, booking: Booking | None, price: Price | None, late: datetime | None) -> dict[str, object]:
        """Give the facts of office/message."""
        return {
            "booking": booking,
            "sender": self.sender,
            "text": self.text,
            "title": self.title,
            "what": self.what,
            "question": self.question,
            "ready": self.ready,
            "oddities": self.odd,
            "price": price,
            "late": late,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a booking, for the mails about it. `books` are those before the decision, `booking` is after.

    `said` and `did` are German: what was understood and done. `link` is YouCanBook.me's own, `link_why` what for.
    `works` are answers to office/done that would work, with what they do.
    `late` is the moment a mail of the clock was due, where it leaves much later. `alarm` and `todo` are the sentences
    of an office/alarm.
    """

    books: Books
    given: Given
    by: Actor
    booking: Booking
    before: Stay | None = None
    price: Price | None = None
    invoice: Invoice | None = None
    cancelled_invoice: Invoice | None = None
    reason: str = ""
    said: str = ""
    did: tuple[str, ...] = ()
    link: str | None = None
    link_why: str = ""
    works: tuple[tuple[str, str], ...] = ()
    oddities: tuple[str, ...] = ()
    knows_code: str | None = None
    is_silent: bool = False
    is_reply: bool = False
    had_calendar: bool = False
    message: Message | None = None
    takes_effect_at: datetime | None = None
    late: datetime | None = None
    alarm: str = ""
    todo: str = ""

    @property
    def resource(self) -> Resource:
        """Give the resource the booking is for."""
        return orders.resource_named(self.booking.stay.resource, self.given.rules)

    @property
    def office(self) -> Person:
        """Give the reviewer responsible for it."""
        return orders.office_of(self.resource, self.given.rules)

    @property
    def desk(self) -> Person | None:
        """Give the desk that gives out its codes by phone."""
        return self.given.rules.people[self.resource.desk] if self.resource.desk else None

    @property
    def came_at(self) -> datetime | None:
        """Give when the letter came in that this follows from, None where it was just now."""
        return deadlines.letter_late_since(self.given)

    @property
    def papers_back(self) -> tuple[str, ...]:
        """Give the papers of a mail that takes a booking back: calendar entry and invoice, where there were any."""
        return ("ics_cancel",) * self.had_calendar + ("invoice",) * (self.invoice is not None)

    @property
    def clashes(self) -> tuple[Booking, ...]:
        """Give the living bookings that overlap, first come first."""
        return tuple(self.books.overlapping(self.booking.stay, but=self.booking.code))


def order(kind: str, reader: Reader, out: Outcome, facts: Mapping[str, object]) -> MailOrder:
    """Order a mail about the booking, in its open round."""
    token = orders.new_token(out.given.dice)
    return MailOrder(kind, reader, orders.about(out.booking), token, out.booking.round, facts)


def to_customer(kind: str, out: Outcome, facts: Mapping[str, object], attach: tuple[str, ...] = ()) -> Orders:
    """Order a mail to the customer; none where no person reads. A door code in `facts` makes it urgent."""
    if not orders.may_write_to(out.booking.customer.email, out.given.rules):
        return ()
    booking = facts["booking"]
    has_code = isinstance(booking, Booking) and booking.door_code is not None
    written = order(kind, orders.customer_reader(out.booking), out, facts)
    return (replace(written, has_code=has_code, attach=attach),)
