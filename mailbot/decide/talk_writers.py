"""What stands in the mails of the talk between office and customer; WRITERS of writers.py names these too."""

from dataclasses import replace

from mailbot.decide import orders
from mailbot.decide.brake import is_too_often
from mailbot.decide.outcome import Orders, Outcome, order, to_customer
from mailbot.model.booking import State


def office_message(out: Outcome) -> Orders:
    """Write what somebody said about a booking to its office."""
    assert out.message
    facts = out.message.facts(orders.for_office(out.booking), out.price, out.came_at)
    return (order("office/message", orders.person_reader(out.office), out, facts),)


def customer_question(out: Outcome) -> Orders:
    """Write the office's question to the customer."""
    is_held = out.booking.state is State.HELD
    question = out.reason or out.booking.question or ""
    facts = {"booking": orders.without_code(out.booking), "question": question, "is_held": is_held}
    return to_customer("customer/question", out, facts)


def customer_noted(out: Outcome) -> Orders:
    """Tell a customer that his message was passed on: only at the booking's own address, three times an hour."""
    email, rules = out.booking.customer.email.casefold(), out.given.rules
    is_own = out.by.address.casefold() in (email, (rules.site.rehearsal or "").casefold())
    matter = orders.about(out.booking)
    if not is_own or is_too_often(out.books, matter, email, out.given, ("customer/noted",)):
        return ()
    wish = out.message.wish if out.message else ""
    facts = {"booking": orders.without_code(out.booking), "wish": wish}
    return tuple(replace(mail, is_reply=True) for mail in to_customer("customer/noted", out, facts))
