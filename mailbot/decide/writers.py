"""What stands in each mail that a row of states.py orders: one writer per kind, WRITERS names them all.

A writer gives no order, one or several: nobody reads where there is no desk, a silent approval tells no customer.
Only customer/confirmed and customer/payment carry a door code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.decide import codes, office_days, orders
from mailbot.decide.states import Row
from mailbot.model.booking import Booking, State, Stay
from mailbot.model.books import Books
from mailbot.model.decisions import Given
from mailbot.model.mail import MailOrder
from mailbot.model.money import Invoice, Price
from mailbot.model.people import Actor, Reader
from mailbot.model.rules import Person, Resource

Orders = tuple[MailOrder, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a booking, for the mails about it. `books` are those before the decision, `booking` is after.

    `said` and `did` are German: what was understood and done. `link` is YouCanBook.me's own, `link_why` what for.
    `works` are answers to office/done that would work, with what they do.
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
    def clashes(self) -> tuple[Booking, ...]:
        """Give the living bookings that overlap, first come first."""
        return tuple(self.books.overlapping(self.booking.stay, but=self.booking.code))


def mails(row: Row, outcome: Outcome) -> Orders:
    """Write the mails of a row, in its order."""
    return tuple(order for kind in row.mails for order in WRITERS[kind](outcome))


def _order(kind: str, reader: Reader, out: Outcome, facts: Mapping[str, object]) -> MailOrder:
    token = orders.new_token(out.given.dice)
    return MailOrder(kind, reader, orders.about(out.booking), token, out.booking.round, facts)


def _to_customer(kind: str, out: Outcome, facts: Mapping[str, object], attach: tuple[str, ...] = ()) -> Orders:
    if not orders.may_write_to(out.booking.customer.email, out.given.rules):
        return ()
    booking = facts["booking"]
    has_code = isinstance(booking, Booking) and booking.door_code is not None
    order = _order(kind, orders.customer_reader(out.booking), out, facts)
    return (replace(order, has_code=has_code, attach=attach),)


def _answer_by(out: Outcome) -> datetime | None:
    return None if out.booking.short_notice else office_days.answer_by(out.office, out.given.now)


def _whom_to_call(out: Outcome) -> Person | None:
    if not out.booking.short_notice:
        return None
    return out.office if out.desk is None or office_days.is_open(out.office, out.given.now) else out.desk


def _customer_received(out: Outcome) -> Orders:
    facts = {
        "booking": orders.without_code(out.booking),
        "answer_by": _answer_by(out),
        "call": _whom_to_call(out),
    }
    return _to_customer("customer/received", out, facts)


def _customer_move_received(out: Outcome) -> Orders:
    facts = {
        "booking": orders.without_code(out.booking),
        "before": out.before or out.booking.stay,
        "answer_by": _answer_by(out),
        "call": _whom_to_call(out),
    }
    return _to_customer("customer/move_received", out, facts)


def _with_code(kind: str, out: Outcome) -> Orders:
    if out.is_silent:
        return ()
    over = out.booking.stay.is_over(out.given.now)
    facts = {
        "booking": orders.without_code(out.booking) if over else out.booking,
        "invoice": out.invoice,
        "price": out.price,
        "before": out.before,
        "cancelled_invoice": out.cancelled_invoice,
    }
    papers = {"invoice": out.invoice, "cancelled_invoice": out.cancelled_invoice, "ics": not over}
    return _to_customer(kind, out, facts, tuple(name for name, is_there in papers.items() if is_there))


def _customer_confirmed(out: Outcome) -> Orders:
    return _with_code("customer/confirmed", out)


def _customer_payment(out: Outcome) -> Orders:
    return _with_code("customer/payment", out)


def _taken_back(out: Outcome) -> tuple[str, ...]:
    return ("ics_cancel",) * out.had_calendar + ("invoice",) * (out.invoice is not None)


def _customer_rejected(out: Outcome) -> Orders:
    facts = {"booking": orders.without_code(out.booking), "reason": out.reason, "invoice": out.invoice}
    return _to_customer("customer/rejected", out, facts, _taken_back(out))


def _customer_cancelled(out: Outcome) -> Orders:
    facts = {"booking": orders.without_code(out.booking), "reason": out.reason, "invoice": out.invoice}
    return _to_customer("customer/cancelled", out, facts, _taken_back(out))


def _office_review(out: Outcome) -> Orders:
    code = codes.code_for(out.books, out.resource, out.booking.stay)
    facts = {
        "booking": orders.for_office(out.booking),
        "price": out.price,
        "oddities": out.oddities,
        "clashes": tuple(orders.for_office(other) for other in out.clashes),
        "before": out.before,
        "knows_code": out.knows_code,
        "has_code": code is not None,
    }
    reader = orders.answerer(out.by, out.given.rules) if out.is_reply else orders.person_reader(out.office)
    return (replace(_order("office/review", reader, out, facts), is_reply=out.is_reply),)


def _office_done(out: Outcome) -> Orders:
    facts = {
        "booking": orders.for_office(out.booking),
        "said": out.said,
        "did": out.did,
        "link": out.link,
        "link_why": out.link_why,
        "works": out.works,
        "invoice": out.invoice,
    }
    attach = ("invoice",) if out.is_silent and out.invoice else ()
    answered = orders.answerer(out.by, out.given.rules)
    first = orders.person_reader(out.office)
    answer = replace(_order("office/done", answered, out, facts), attach=attach, is_reply=True)
    if first.address.casefold() == answered.address.casefold():
        return (answer,)
    return answer, replace(_order("office/done", first, out, facts), attach=attach)


def _office_withdrawn(out: Outcome) -> Orders:
    facts = {"booking": orders.for_office(out.booking), "invoice": out.invoice, "link": out.link}
    return (_order("office/withdrawn", orders.person_reader(out.office), out, facts),)


def _desk_request(out: Outcome) -> Orders:
    if out.desk is None:
        return ()
    taken = any(other.state is State.CONFIRMED for other in out.clashes)
    facts = {"booking": orders.for_desk(out.booking), "urgent": out.booking.short_notice, "taken": taken}
    return (_order("desk/request", orders.person_reader(out.desk), out, facts),)


def _desk_decided(out: Outcome) -> Orders:
    if out.desk is None:
        return ()
    facts = {"booking": orders.for_desk(out.booking), "before": out.before}
    return (_order("desk/decided", orders.person_reader(out.desk), out, facts),)


def _subscribers(kind: str, out: Outcome) -> Orders:
    people = (out.given.rules.people[key] for key in out.resource.subscribers)
    facts = {"booking": orders.for_subscriber(out.booking), "before": out.before}
    return tuple(_order(kind, orders.person_reader(person), out, facts) for person in people)


def _subscriber_request(out: Outcome) -> Orders:
    return _subscribers("subscriber/request", out)


def _subscriber_decided(out: Outcome) -> Orders:
    return _subscribers("subscriber/decided", out)


WRITERS: Mapping[str, Callable[[Outcome], Orders]] = {
    "customer/received": _customer_received,
    "customer/move_received": _customer_move_received,
    "customer/confirmed": _customer_confirmed,
    "customer/payment": _customer_payment,
    "customer/rejected": _customer_rejected,
    "customer/cancelled": _customer_cancelled,
    "office/review": _office_review,
    "office/done": _office_done,
    "office/withdrawn": _office_withdrawn,
    "desk/request": _desk_request,
    "desk/decided": _desk_decided,
    "subscriber/request": _subscriber_request,
    "subscriber/decided": _subscriber_decided,
}
