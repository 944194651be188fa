"""What stands in each mail that a row of states.py orders: one writer per kind, WRITERS names them all.

A writer gives no order, one or several: nobody reads where there is no desk, a silent approval tells no customer.
Only customer/confirmed and customer/payment carry a door code.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from mailbot.decide import codes, day_writers, office_days, orders, talk_writers
from mailbot.decide.conditions import taken_by
from mailbot.decide.done import readers_of
from mailbot.decide.outcome import Orders, Outcome, order, to_customer
from mailbot.decide.series import series_words
from mailbot.decide.states import Row


def mails(row: Row, outcome: Outcome) -> Orders:
    """Write the mails of a row, in its order."""
    return tuple(mail for kind in row.mails for mail in WRITERS[kind](outcome))


def _answer_by(out: Outcome) -> datetime | None:
    promised = None if out.booking.short_notice else office_days.answer_by(out.office, out.given.now)
    limit = out.booking.stay.start.astimezone(UTC) - out.resource.short_notice.margin
    if promised is None or promised.astimezone(UTC) <= limit:
        return promised
    # The next office day may lie behind the stay: then the customer is asked to call once this moment is over.
    last = office_days.last_open_moment(out.office, out.given.now, limit)
    return last.astimezone(promised.tzinfo) if last else None


def _customer_received(out: Outcome) -> Orders:
    facts = {
        "booking": orders.without_code(out.booking),
        "answer_by": _answer_by(out),
        "call": day_writers.whom_to_call(out),
        "late": out.came_at,
    }
    return to_customer("customer/received", out, facts)


def _customer_move_received(out: Outcome) -> Orders:
    facts = {
        "booking": orders.without_code(out.booking),
        "before": out.before or out.booking.stay,
        "answer_by": _answer_by(out),
        "call": day_writers.whom_to_call(out),
        "late": out.came_at,
    }
    return to_customer("customer/move_received", out, facts)


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
        "late": out.late or out.came_at,
    }
    papers = {"invoice": out.invoice, "cancelled_invoice": out.cancelled_invoice, "ics": not over}
    return to_customer(kind, out, facts, tuple(name for name, is_there in papers.items() if is_there))


def _customer_confirmed(out: Outcome) -> Orders:
    return _with_code("customer/confirmed", out)


def _customer_payment(out: Outcome) -> Orders:
    return _with_code("customer/payment", out)


def _customer_invoice(out: Outcome) -> Orders:
    if out.is_silent:
        return ()
    facts = {
        "booking": orders.without_code(out.booking),
        "invoice": out.invoice,
        "price": out.price,
        "cancelled_invoice": None,
        "late": out.late or out.came_at,
    }
    return to_customer("customer/invoice", out, facts, ("invoice",) if out.invoice else ())


def _customer_code_changed(out: Outcome) -> Orders:
    return to_customer("customer/code_changed", out, {"booking": out.booking})


def _customer_rejected(out: Outcome) -> Orders:
    facts = {"booking": orders.without_code(out.booking), "reason": out.reason, "invoice": out.invoice}
    return to_customer("customer/rejected", out, facts, out.papers_back)


def _customer_cancelled(out: Outcome) -> Orders:
    facts = {"booking": orders.without_code(out.booking), "reason": out.reason, "invoice": out.invoice}
    return to_customer("customer/cancelled", out, facts, out.papers_back)


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
        "series": series_words(out.books, out.booking),
        "late": out.came_at,
    }
    reader = orders.answerer(out.by, out.given.rules) if out.is_reply else orders.person_reader(out.office)
    return (replace(order("office/review", reader, out, facts), is_reply=out.is_reply),)


def _office_done(out: Outcome) -> Orders:
    facts = {
        "booking": orders.for_office(out.booking),
        "said": out.said,
        "did": out.did,
        "link": out.link,
        "link_why": out.link_why,
        "works": out.works,
        "invoice": out.invoice,
        "takes_effect_at": out.takes_effect_at,
        "late": out.came_at,
    }
    attach = ("invoice",) if out.is_silent and out.invoice else ()
    readers = readers_of(out.by, out.office, out.given)
    first, *others = (replace(order("office/done", reader, out, facts), attach=attach) for reader in readers)
    return (replace(first, is_reply=True), *others)


def _office_withdrawn(out: Outcome) -> Orders:
    facts = {"booking": orders.for_office(out.booking), "invoice": out.invoice, "late": out.came_at}
    return (order("office/withdrawn", orders.person_reader(out.office), out, facts),)


def _desk_request(out: Outcome) -> Orders:
    if out.desk is None:
        return ()
    facts = {
        "booking": orders.for_desk(out.booking),
        "urgent": out.booking.short_notice,
        "taken": taken_by(out.books, out.booking, out.booking.stay) is not None,
        "office_first": day_writers.whom_to_call(out) == out.office,
    }
    return (order("desk/request", orders.person_reader(out.desk), out, facts),)


def _desk_decided(out: Outcome) -> Orders:
    if out.desk is None:
        return ()
    facts = {"booking": orders.for_desk(out.booking), "before": out.before}
    return (order("desk/decided", orders.person_reader(out.desk), out, facts),)


def _subscribers(kind: str, out: Outcome) -> Orders:
    people = (out.given.rules.people[key] for key in out.resource.subscribers)
    facts = {"booking": orders.for_subscriber(out.booking), "before": out.before}
    return tuple(order(kind, orders.person_reader(person), out, facts) for person in people)


def _subscriber_request(out: Outcome) -> Orders:
    return _subscribers("subscriber/request", out)


def _subscriber_decided(out: Outcome) -> Orders:
    return _subscribers("subscriber/decided", out)


WRITERS: Mapping[str, Callable[[Outcome], Orders]] = {
    "customer/received": _customer_received,
    "customer/move_received": _customer_move_received,
    "customer/confirmed": _customer_confirmed,
    "customer/payment": _customer_payment,
    "customer/invoice": _customer_invoice,
    "customer/rejected": _customer_rejected,
    "customer/cancelled": _customer_cancelled,
    "customer/question": talk_writers.customer_question,
    "customer/noted": talk_writers.customer_noted,
    "customer/code_changed": _customer_code_changed,
    "customer/call": day_writers.customer_call,
    "customer/lapsed": day_writers.customer_lapsed,
    "office/review": _office_review,
    "office/message": talk_writers.office_message,
    "office/done": _office_done,
    "office/withdrawn": _office_withdrawn,
    "office/alarm": day_writers.office_alarm,
    "office/lapsed": day_writers.office_lapsed,
    "office/released": day_writers.office_released,
    "office/reminder": day_writers.office_reminder,
    "desk/request": _desk_request,
    "desk/decided": _desk_decided,
    "desk/done": day_writers.desk_done,
    "subscriber/request": _subscriber_request,
    "subscriber/decided": _subscriber_decided,
}
