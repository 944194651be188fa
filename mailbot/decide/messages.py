"""What changes nothing: a customer's words are passed to the office, a robot's and a source's chatter is noted."""

from dataclasses import replace
from datetime import timedelta

from mailbot.decide import orders
from mailbot.decide.wording import clean
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import Automatic, CustomerWrote, NoticeIgnored, NotOurs
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import Actor, Role

LONGEST = 5000
MOST, WITHIN = 3, timedelta(hours=1)


def customer_wrote(books: Books, by: Actor, event: CustomerWrote, given: Given) -> Decision:
    """Pass a customer's (or subscriber's) message on to the office."""
    booking = books.booking(event.matter.ref) if event.matter.kind is MatterKind.BOOKING else None
    resource = orders.resource_named(booking.stay.resource, given.rules) if booking else None
    office = orders.office_of(resource, given.rules) if resource else orders.offices(given.rules)[0]
    facts = {
        "booking": orders.for_office(booking) if booking else None,
        "sender": by.address or (booking.customer.email if booking else ""),
        "text": _lines(event.text),
    }
    number, token = booking.round if booking else 0, orders.new_token(given.dice)
    mail = MailOrder("office/message", orders.person_reader(office), event.matter, token, number, facts)
    note = (event.matter.ref or "mailbot", "Eine Nachricht ging an das Büro weiter.")
    return Decision(mails=(mail,), notes=(note,), outcome="passed on")


def _lines(text: str) -> str:
    """Keep the lines of a hostile text, without control characters, and not without end."""
    kept = "\n".join(clean(line, LONGEST) for line in text.split("\n"))
    return kept if len(kept) <= LONGEST else f"{kept[:LONGEST]}…"


def automatic(books: Books, by: Actor, event: Automatic, given: Given) -> Decision:
    """Note that a robot answered; it gets no answer. What reads like a person's words is shown to the office."""
    note = (event.matter.ref or "mailbot", f"Automatische Antwort: {clean(event.what)}.")
    booking = books.booking(event.matter.ref) if event.matter.kind is MatterKind.BOOKING else None
    if booking is None or not event.may_be_person or _is_enough(books, event.matter, given):
        return Decision(notes=(note,))
    text = f"{event.said}\n\n(Diese Mail ist als automatisch gekennzeichnet; deshalb hat sie nichts entschieden.)"
    sender = Actor(Role.NOBODY, "", event.sender)
    return replace(customer_wrote(books, sender, CustomerWrote(event.matter, text), given), notes=(note,))


def _is_enough(books: Books, matter: Matter, given: Given) -> bool:
    """Tell whether the office was shown enough for now: a ticket system may answer each of our mails to it."""
    since = given.now - WITHIN
    shown = [mail for mail in books.mails_about(matter) if mail.kind == "office/message" and mail.created_at > since]
    return len(shown) >= MOST


def notice_ignored(books: Books, by: Actor, event: NoticeIgnored, given: Given) -> Decision:
    """Note a source's letter that needs nothing."""
    return Decision(notes=(("mailbot", f"Nichts zu tun: {clean(event.why)}"),))


def not_ours(books: Books, by: Actor, event: NotOurs, given: Given) -> Decision:
    """Leave a letter as it was."""
    return Decision(outcome="left", leave=True)
