"""What changes nothing and is answered by nobody: a robot's and a source's chatter is noted."""

from dataclasses import replace

from mailbot.decide.brake import MOST, WITHIN
from mailbot.decide.talking import spoken
from mailbot.decide.wording import clean
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import Automatic, CustomerWrote, NoticeIgnored, NotOurs
from mailbot.model.mail import Matter
from mailbot.model.people import Actor, Role


def automatic(books: Books, by: Actor, event: Automatic, given: Given) -> Decision:
    """Note that a robot answered; it gets no answer. What reads like a person's words is shown to the office."""
    note = (event.matter.ref or "mailbot", f"Automatische Antwort: {clean(event.what)}.")
    booking = books.booking_about(event.matter)
    if booking is None or not event.may_be_person or _is_enough(books, event.matter, given):
        return Decision(notes=(note,))
    text = f"{event.said}\n\n(Diese Mail ist als automatisch gekennzeichnet; deshalb hat sie nichts entschieden.)"
    sender = Actor(Role.NOBODY, "", event.sender)
    return replace(spoken(books, sender, CustomerWrote(event.matter, text), given), notes=(note,))


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
