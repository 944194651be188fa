"""The brake on answers that answer themselves: two robots without any marker must not talk for ever (ATTACKS 54)."""

from datetime import timedelta

from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.mail import Matter

MOST = 3
# Lists are asked for one after the other, month by month; more of them than this no person reads.
MOST_LISTS = 12
WITHIN = timedelta(hours=1)


def is_too_often(books: Books, matter: Matter, address: str, given: Given, kinds: tuple[str, ...]) -> bool:
    """Tell whether this address got its mails of these kinds about this matter for now: three within an hour."""
    return _lately(books, matter, address, given, kinds) >= MOST


def enough_lists(books: Books, matter: Matter, address: str, given: Given, kind: str) -> Decision | None:
    """Leave a list unanswered that this address got twelve times within the hour; None where it may have it."""
    if _lately(books, matter, address, given, (kind,)) < MOST_LISTS:
        return None
    note = ("mailbot", f"{kind} wurde in einer Stunde sehr oft verlangt; diese Mail blieb ohne Antwort.")
    return Decision(notes=(note,), outcome="too often")


def _lately(books: Books, matter: Matter, address: str, given: Given, kinds: tuple[str, ...]) -> int:
    since = given.now - WITHIN
    recent = [mail for mail in books.mails_about(matter) if mail.kind in kinds and mail.created_at > since]
    return sum((mail.reader or mail.to).casefold() == address.casefold() for mail in recent)
