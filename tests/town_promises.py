"""What must be true of a town when all is over, whatever was killed meanwhile; each broken promise is one line."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from email.message import Message

from world import digits_in, html_of, text_of

from mailbot.model.booking import Booking, State
from mailbot.model.books import Books
from mailbot.model.mail import OutMail, Sending

Mails = Mapping[str, Sequence[Message]]
# A reference has no digits: A to J stand for 0 to 9.
LETTERS = str.maketrans("0123456789", "ABCDEFGHIJ")


def reference(number: int) -> str:
    """Give the reference of the notice of this number."""
    return f"QQQQQQQ{number:05}".translate(LETTERS)


def broken(
    books: Books, mails: Mails, people: Mapping[str, str], decided: Mapping[str, bool], notices: int
) -> list[str]:
    """Hold the end against what was promised; `decided` holds what the office answered, `mails` what each person got.

    `people` are names and addresses.
    """
    return [
        *_bookings(books, decided, notices),
        *_numbers(books),
        *_copies(books, mails, people),
        *_told(books),
        *_astray(books, mails),
    ]


def _bookings(books: Books, decided: Mapping[str, bool], notices: int) -> Iterator[str]:
    """Hold bookings against letters: each notice is one booking, each answer its one decision."""
    times = Counter(booking.source_reference or booking.code for booking in books.bookings())
    wanted = {reference(n) for n in range(notices)}
    yield from (f"notice {ref} made {times[ref]} bookings" for ref in sorted(wanted) if times[ref] != 1)
    yield from (f"nobody asked for {ref}" for ref in sorted(set(times) - wanted))
    for booking in books.bookings():
        answer = State.CONFIRMED if decided.get(booking.code) else State.REJECTED
        if booking.state is not answer:
            yield f"{booking.code} is {booking.state.value}, the office answered {answer.value}"


def _numbers(books: Books) -> Iterator[str]:
    """Look through the invoices: numbers have no gaps and no doubles, and each stands for one confirmed booking."""
    numbers = [invoice.number for invoice in books.invoices()]
    running = sorted(int(number.rpartition("-")[2]) for number in numbers)
    if running != list(range(1, len(running) + 1)):
        yield f"invoice numbers are not 1 to {len(running)}: {running}"
    confirmed = [booking for booking in books.bookings() if booking.state is State.CONFIRMED]
    if sorted(booking.invoice or "" for booking in confirmed) != sorted(numbers):
        yield f"{len(confirmed)} confirmed bookings do not stand against {len(numbers)} invoices"


def _copies(books: Books, mails: Mails, people: Mapping[str, str]) -> Iterator[str]:
    """Count the mails: each one in the books came once or twice, with one Message-ID, and nothing came beside them."""
    got = Counter((name, str(mail["Message-ID"])) for name, theirs in mails.items() for mail in theirs)
    names = {address: name for name, address in people.items()}
    rows = {(names[row.to], row.message_id): row for row in books.mails()}
    yield from (f"{name} got {message_id}, which the books do not know" for name, message_id in set(got) - set(rows))
    for key, row in rows.items():
        if not _fewest(row, books) <= got[key] <= 2:
            yield f"{row.kind} about {row.matter.ref} ({row.state.value}) came {got[key]} times"
    written = Counter((row.kind, row.person, row.matter.ref) for row in rows.values() if row.kind in ONCE)
    yield from (f"{kind} about {ref} was written {n} times" for (kind, _, ref), n in written.items() if n != 1)


# A mail_failed may speak of one booking twice: of two mails. The others are written once about a booking.
ONCE = ("customer/received", "customer/confirmed", "customer/rejected", "office/review", "office/done", "desk/request")


def _fewest(row: OutMail, books: Books) -> int:
    """Give how often a mail came at least: not at all only where a person was told, or a decision overtook it."""
    if row.state is Sending.UNCERTAIN:
        return 0
    booking = books.booking(row.matter.ref)
    return 0 if row.state is Sending.WITHDRAWN and row.kind == "customer/received" and booking else 1


def _told(books: Books) -> Iterator[str]:
    """Hold alarms against mails: the office hears once of each that was begun twice without an answer."""
    uncertain = [row for row in books.mails() if row.state is Sending.UNCERTAIN]
    told = [row for row in books.mails() if row.kind == "office/mail_failed"]
    if len(told) != len(uncertain):
        yield f"{len(uncertain)} mails ended uncertain, the office was told of {len(told)}"
    yield from (f"{row.kind} is {row.state.value}" for row in books.mails() if row.state not in ENDED)


ENDED = (Sending.SENT, Sending.UNCERTAIN, Sending.WITHDRAWN)


def _astray(books: Books, mails: Mails) -> Iterator[str]:
    """Look for door codes: one stands in the mail that confirms its booking to its customer, and nowhere else."""
    codes = {code.code for code in books.door_codes()}
    for name, theirs in mails.items():
        for mail in theirs:
            kind = str(mail["Mailbot-Kind"])
            # The season's list is the office's.
            if (name, kind) == ("office", "office/codes"):
                continue
            shown = digits_in(f"{mail['Subject']}\n{text_of(mail)}\n{html_of(mail)}") & codes
            if shown != _may_show(name, kind, books.booking(str(mail["Mailbot-Booking"]))):
                yield f"{kind} to {name} about {mail['Mailbot-Booking']} shows {len(shown)} door codes"


def _may_show(name: str, kind: str, booking: Booking | None) -> set[str]:
    is_it = booking and (name, kind) == ("customer", "customer/confirmed") and booking.state is State.CONFIRMED
    return {booking.door_code or ""} if booking and is_it else set()
