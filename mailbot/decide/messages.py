"""What changes nothing: a customer's words are passed to the office, a robot's and a source's chatter is noted."""

from mailbot.decide import orders
from mailbot.decide.wording import clean
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import Automatic, CustomerWrote, NoticeIgnored, NotOurs
from mailbot.model.mail import MailOrder, MatterKind
from mailbot.model.people import Actor

LONGEST = 5000


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
    """Note that a robot answered; it gets no answer."""
    return Decision(notes=((event.matter.ref or "mailbot", f"Automatische Antwort: {clean(event.what)}."),))


def notice_ignored(books: Books, by: Actor, event: NoticeIgnored, given: Given) -> Decision:
    """Note a source's letter that needs nothing."""
    return Decision(notes=(("mailbot", f"Nichts zu tun: {clean(event.why)}"),))


def not_ours(books: Books, by: Actor, event: NotOurs, given: Given) -> Decision:
    """Leave a letter as it was."""
    return Decision(outcome="left", leave=True)
