"""What stands in the mails of the office's day: codes given out by phone, short notice, reminders, what lapsed.

Joined into WRITERS in writers.py. None of them carries a door code.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mailbot.decide import deadlines, office_days, orders
from mailbot.decide.outcome import Orders, Outcome, order, to_customer
from mailbot.decide.wording import who
from mailbot.model.booking import Booking
from mailbot.model.digests import Digest
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import Role
from mailbot.model.rules import Person


def whom_to_call(out: Outcome) -> Person | None:
    """Give whom the customer is asked to call at short notice: the office while it is open, else the desk.

    When the clock asks, the office has let its time go by: then it is the desk. Who has no phone is not called while
    the other has one.
    """
    if not out.booking.short_notice:
        return None
    is_office = out.by.role is not Role.CLOCK and office_days.is_open(out.office, out.given.now)
    first, second = (out.office, out.desk) if is_office else (out.desk, out.office)
    if first and (first.phone or not (second and second.phone)):
        return first
    return second or first


def customer_call(out: Outcome) -> Orders:
    """Ask the customer to call now."""
    facts = {"booking": orders.without_code(out.booking), "call": whom_to_call(out), "late": out.late}
    return to_customer("customer/call", out, facts)


def customer_lapsed(out: Outcome) -> Orders:
    """Tell the customer that nobody decided in time."""
    facts = {"booking": orders.without_code(out.booking), "late": out.late, "invoice": out.invoice}
    return to_customer("customer/lapsed", out, facts, out.papers_back)


def office_lapsed(out: Outcome) -> Orders:
    """Tell the office what lapsed, and how it can still be billed."""
    facts = {"booking": orders.for_office(out.booking), "price": out.price, "late": out.late}
    return (order("office/lapsed", orders.person_reader(out.office), out, facts),)


def office_reminder(out: Outcome) -> Orders:
    """Remind the office of one request."""
    return reminder((out,), is_last=False)


def reminder(outs: Sequence[Outcome], *, is_last: bool) -> Orders:
    """Remind one office of all these requests in one mail; the last time at its second address.

    About one request it is answered like its review, about several like a digest, by their numbers.
    """
    first = outs[0]
    matter = orders.about(first.booking) if len(outs) == 1 else Matter(MatterKind.DIGEST, numbered(outs).ref)
    facts = {
        "items": tuple((orders.for_office(out.booking), _asked_at(out)) for out in outs),
        "call": whom_to_call(first) if first.booking.short_notice else None,
        "is_last": is_last,
        "late": first.late,
    }
    reader = orders.person_reader(first.office, first.office.emails[1] if is_last else "")
    number = first.booking.round if len(outs) == 1 else 0
    return (MailOrder("office/reminder", reader, matter, orders.new_token(first.given.dice), number, facts),)


def numbered(outs: Sequence[Outcome]) -> Digest:
    """Give what keeps the numbers of a reminder of several requests, so that they can be answered by them."""
    first, items = outs[0], tuple((out.booking.code, out.booking.round) for out in outs)
    at = first.given.now
    return Digest(f"{first.office.key}/reminder/{at.isoformat()}", first.office.key, at, items)


def _asked_at(out: Outcome) -> datetime:
    return deadlines.asked_at(out.books, out.booking)


def office_released(out: Outcome) -> Orders:
    """Tell the office that a code was given out by phone, by whom, and when it will be billed."""
    facts = {
        "booking": orders.for_office(out.booking),
        "who": who(out.booking.released_by, out.given.rules),
        "bill_at": _bill_at(out.booking, out),
        "note": out.reason,
    }
    return (order("office/released", orders.person_reader(out.office), out, facts),)


def _bill_at(booking: Booking, out: Outcome) -> datetime | None:
    return deadlines.payment_at(booking, out.given.rules) if booking.is_open else None


def office_alarm(out: Outcome) -> Orders:
    """Tell the office that a person is needed about this booking."""
    facts = {"what": out.alarm, "todo": out.todo, "since": None}
    return (order("office/alarm", orders.person_reader(out.office), out, facts),)


def desk_done(out: Outcome) -> Orders:
    """Tell the desk what was recorded, and to call the office where something is wrong."""
    facts = {
        "booking": orders.for_desk(out.booking),
        "said": out.said,
        "did": out.did,
        "is_wrong": bool(out.alarm),
        "office": out.office,
    }
    written = order("desk/done", orders.answerer(out.by, out.given.rules), out, facts)
    return (replace(written, is_reply=True),)
