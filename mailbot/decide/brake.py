"""The brakes: two robots without any marker must not talk for ever (ATTACKS 54), and nobody drowns the office."""

from datetime import timedelta

from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.mail import Matter

MOST = 3
# Lists are asked for one after the other, month by month; more of them than this no person reads.
MOST_LISTS = 12
# So many messages about one booking the office reads within an hour; the last of them says where the next ones lie.
MOST_MESSAGES = 10
CROWD = "Es kommen sehr viele Nachrichten; das Büro weiß, dass die nächsten im Ordner für Unklares liegen."
WITHIN = timedelta(hours=1)


def is_too_often(books: Books, matter: Matter, address: str, given: Given, kinds: tuple[str, ...]) -> bool:
    """Tell whether this address got its mails of these kinds about this matter for now: three within an hour."""
    return _lately(books, matter, address, given, kinds) >= MOST


def is_crowd(books: Books, matter: Matter, given: Given) -> bool:
    """Tell whether the next message about a matter is the last the office is to read within the hour, or beyond."""
    since = given.now - WITHIN
    recent = [m for m in books.mails_about(matter) if m.kind == "office/message" and m.created_at > since]
    return len(recent) >= MOST_MESSAGES - 1


def is_crowd_known(books: Books, ref: str, given: Given) -> bool:
    """Tell whether the office was told within the hour: before it knows where the next ones lie, none is put aside."""
    since = given.now - WITHIN
    return any(line.line == CROWD and line.at > since for line in books.history(ref))


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
