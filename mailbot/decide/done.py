"""office/done: who reads what was understood and done, and how it is ordered where it is about no one booking.

That about a booking is written in writers.py, from its Outcome.
"""

from dataclasses import replace

from mailbot.decide import orders
from mailbot.decide.outcome import Orders
from mailbot.model.decisions import Given
from mailbot.model.mail import MailOrder, Matter
from mailbot.model.people import Actor, Reader
from mailbot.model.rules import Person


def readers_of(by: Actor, office: Person, given: Given) -> tuple[Reader, ...]:
    """Give who answered, then the office's first address, where that is another."""
    answered, first = orders.answerer(by, given.rules), orders.person_reader(office)
    return (answered,) if first.address.casefold() == answered.address.casefold() else (answered, first)


def done_apart(
    by: Actor, answered: tuple[Matter, int], said: str, did: tuple[str, ...], given: Given, **more: object
) -> Orders:
    """Tell what was understood and done about no one booking; `answered` is the matter and round of the answer.

    `more` are further facts of the mail.
    """
    none: dict[str, object] = {"booking": None, "link": None, "link_why": "", "invoice": None}
    facts = {**none, "said": said, "did": did, **more}
    first, *others = (
        MailOrder("office/done", reader, answered[0], orders.new_token(given.dice), answered[1], facts)
        for reader in readers_of(by, given.rules.people[by.person], given)
    )
    return (replace(first, is_reply=True), *others)
