"""What is erased: a person's contact data where the law does not demand it, and what has grown old (rules `privacy`).

What belongs to an invoice stays as long as invoices and their letters must be kept; those years begin with the end of
the calendar year (§ 147 AO, § 14b UStG). A booking that lost its contact data stays as a bare fact. Pure.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from mailbot.decide.conditions import BILLABLE
from mailbot.model.booking import Booking, Customer, Links, State
from mailbot.model.books import Books
from mailbot.model.erasing import Erasure
from mailbot.model.letter import Handled
from mailbot.model.mail import MatterKind, OutMail, Sending
from mailbot.model.money import Invoice, Payment
from mailbot.model.pending import PendingDecision
from mailbot.model.records import Change, Gone, HistoryLine, OpenLetter
from mailbot.model.rules import Privacy

GONE = "gelöscht"
LINE = "(gelöscht)"


@dataclass(slots=True)
class _Letter:
    """One letter's bytes: its keys in the books, the bookings it is about, when it was last handled."""

    at: datetime
    keys: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)


def is_erased(booking: Booking) -> bool:
    """Tell whether a booking has lost its contact data."""
    return booking.customer == Customer(GONE, "", language=booking.customer.language)


def is_waiting(booking: Booking, books: Books, now: datetime) -> bool:
    """Tell whether a booking is not finished: to be decided, ahead, or still without its invoice."""
    if booking.is_open or books.pending(booking.code):
        return True
    if booking.state is State.LAPSED and booking.released_at:
        # Its code was given out by phone; so long an approval can still bill it.
        return now < booking.stay.end + BILLABLE
    if booking.state is not State.CONFIRMED:
        return False
    return not booking.stay.is_over(now) or bool(booking.price and not belongs_to_invoice(booking.code, books))


def belongs_to_invoice(code: str, books: Books) -> bool:
    """Tell whether invoices or payments were booked for it."""
    return bool(books.invoices_of(code) or books.payments_of(code))


def kept_until(code: str, books: Books, privacy: Privacy) -> date:
    """Give the day until which a booking with an invoice must be kept."""
    days = [*(i.issued_on for i in books.invoices_of(code)), *(p.at.date() for p in books.payments_of(code))]
    return _end(max(days), privacy.invoices_days)


def to_forget(books: Books, email: str, mentioned: Collection[str]) -> Erasure:
    """Plan what goes of a person; `mentioned` are the digests of kept letters in which they stand."""
    wanted = email.casefold()
    codes = {b.code for b in books.bookings_of(wanted) if not belongs_to_invoice(b.code, books)}
    living = _living(books) - codes
    waiting = {o.key: bool(o.notice and (o.notice.email or "").casefold() == wanted) for o in books.open_letters()}

    def goes(digest: str, letter: _Letter) -> bool:
        # What still waits for the office goes only where it is surely this person's.
        is_anothers = any(not waiting.get(key, True) for key in letter.keys)
        is_named = digest in mentioned or any(waiting.get(key) for key in letter.keys)
        return not is_anothers and not letter.codes & living and bool(is_named or letter.codes & codes)

    found = _letters(books)
    digests = {digest for digest in mentioned if digest not in found}
    digests |= {digest for digest, letter in found.items() if goes(digest, letter)}
    keys = {key for digest in digests if digest in found for key in found[digest].keys}

    def is_theirs(mail: OutMail) -> bool:
        about = mail.matter.ref if mail.matter.kind is MatterKind.BOOKING else ""
        if about:
            return about in codes
        return mail.matter.ref in keys or wanted in (mail.to.casefold(), mail.reader.casefold())

    rows = _with_told({mail.id for mail in books.every(OutMail) if is_theirs(mail)}, books)
    return Erasure(
        codes=frozenset(codes),
        digests=frozenset(digests),
        letters=frozenset(keys),
        rows=frozenset(rows),
        everywhere=True,
    )


def outdated(books: Books, privacy: Privacy, now: datetime, lying: Collection[str]) -> Erasure:
    """Plan what has grown too old by rules.yaml; `lying` are the digests of the letters whose bytes are kept."""
    before, today = now - timedelta(days=privacy.forget_after_days), now.date()
    bookings = list(books.every(Booking))
    billed = {b.code for b in bookings if belongs_to_invoice(b.code, books)}
    dropped = {code for code in billed if kept_until(code, books, privacy) < today}
    codes = {b.code for b in bookings if b.code not in billed and not is_erased(b) and _is_over(b, books, before)}
    living = {b.code for b in bookings if not is_erased(b)} - codes - dropped

    def is_old(at: datetime, about: set[str]) -> bool:
        if about & billed:
            return _end(at.date(), privacy.letters_days) < today
        return at < before and not about & living

    found = _letters(books)
    old = {digest: it for digest, it in found.items() if is_old(it.at, it.codes)}
    keys = {key for it in old.values() for key in it.keys if books.open_letter(key)}
    rows = {
        mail.id
        for mail in books.every(OutMail)
        if mail.state is not Sending.QUEUED and is_old(mail.created_at, _about(mail))
    }
    return Erasure(
        codes=frozenset(codes),
        dropped=frozenset(dropped),
        digests=frozenset(old.keys() & set(lying)),
        letters=frozenset(keys),
        rows=frozenset(rows),
    )


def changes(books: Books, plan: Erasure) -> list[Change]:
    """Give what an erasure changes in the books, open and finished; done again, it changes nothing more."""
    found: list[Change] = []
    for code in plan.codes:
        if (booking := books.booking(code)) and not is_erased(booking):
            found.append(_erased(booking))
    for code in plan.codes | plan.dropped:
        found += [Gone(PendingDecision.TABLE, code)] if books.pending(code) else []
    for code in plan.dropped:
        found += _everything_about(code, books)
    for ref in plan.codes | plan.letters:
        found += [line for old in books.history(ref) if (line := _unsaid(old)) != old]
    found += [Gone(OpenLetter.TABLE, key) for key in plan.letters if books.open_letter(key)]
    return found + [Gone(OutMail.TABLE, mail_id) for mail_id in plan.rows if books.mail(mail_id)]


def _erased(booking: Booking) -> Booking:
    customer = Customer(GONE, "", language=booking.customer.language)
    bare = replace(booking, customer=customer, remark=None, links=Links(), extras=())
    return replace(bare, reason=None, question=None)


def _unsaid(line: HistoryLine) -> HistoryLine:
    # A customer is written as the bare address; who answers for the office stays to be named.
    by = "customer" if "@" in line.by and " " not in line.by else line.by
    return replace(line, line=LINE, by=by)


def _everything_about(code: str, books: Books) -> Iterator[Gone]:
    yield from (Gone(Invoice.TABLE, invoice.key) for invoice in books.invoices_of(code))
    yield from (Gone(Payment.TABLE, payment.key) for payment in books.payments_of(code))
    yield from (Gone(HistoryLine.TABLE, line.key) for line in books.history(code))
    yield Gone(Booking.TABLE, code)


def _letters(books: Books) -> dict[str, _Letter]:
    """Give each letter by its digest, with the bookings that its history lines, or those of its answer, name."""
    codes = books.booking_codes()
    refs: dict[str, set[str]] = {}
    for line in books.every(HistoryLine):
        refs.setdefault(line.arrival, set()).add(line.ref)
    about: dict[str, set[str]] = {}
    for arrival, named in refs.items():
        # What the office supplied to an unreadable letter is a line of that letter and of the booking it became.
        for key in (arrival, *(ref for ref in named if ref not in codes)):
            about.setdefault(key, set()).update(named & codes)
    found: dict[str, _Letter] = {}
    for handled in books.every(Handled):
        if handled.digest:
            letter = found.setdefault(handled.digest, _Letter(handled.at))
            letter.at = max(letter.at, handled.at)
            letter.keys.add(handled.key)
            # "mailbot" is no letter's key, and what it is about is nobody's.
            letter.codes |= about.get(handled.key, set())
    return found


def _living(books: Books) -> set[str]:
    return {booking.code for booking in books.every(Booking) if not is_erased(booking)}


def _about(mail: OutMail) -> set[str]:
    return {mail.matter.ref} if mail.matter.kind is MatterKind.BOOKING else set()


def _with_told(rows: Iterable[str], books: Books) -> set[str]:
    """Add the mails that told the office of one of these that did not arrive."""
    chosen = set(rows)
    return chosen | {m.id for m in books.every(OutMail) if m.matter.kind is MatterKind.MAIL and m.matter.ref in chosen}


def _is_over(booking: Booking, books: Books, before: datetime) -> bool:
    moments = [booking.stay.end, booking.received_at, *filter(None, (booking.decided_at, booking.released_at))]
    return not is_waiting(booking, books, before) and all(at < before for at in moments)


def _end(day: date, days: int) -> date:
    return date(day.year, 12, 31) + timedelta(days=days)
