"""The brake on answers that answer themselves: two robots without any marker must not talk for ever (ATTACKS 54)."""

from datetime import timedelta

from mailbot.model.books import Books
from mailbot.model.decisions import Given
from mailbot.model.mail import Matter

MOST = 3
WITHIN = timedelta(hours=1)


def is_too_often(books: Books, matter: Matter, address: str, given: Given, kinds: tuple[str, ...]) -> bool:
    """Tell whether this address got its mails of these kinds about this matter for now: three within an hour."""
    since = given.now - WITHIN
    recent = [mail for mail in books.mails_about(matter) if mail.kind in kinds and mail.created_at > since]
    return sum((mail.reader or mail.to).casefold() == address.casefold() for mail in recent) >= MOST
