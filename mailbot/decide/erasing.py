"""What is erased: a person's contact data where the law does not demand it, and what has grown old (rules `privacy`).

What belongs to an invoice stays as long as invoices and their letters must be kept; those years begin with the end of
the calendar year (§ 147 AO, § 14b UStG). A booking that lost its contact data stays as a bare fact. Pure.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from mailbot.decide.conditions import BILLABLE
from mailbot.model.booking import Booking, Customer, Links, State
from mailbot.model.books import Books
from mailbot.model.erasing import Erasure
from mailbot.model.mail import Matter, MatterKind, OutMail, Sending
from mailbot.model.money import Invoice, MailedDiscount, Payment
from mailbot.model.pending import PendingDecision
from mailbot.model.records import Change, Gone, HistoryLine, OpenLetter
from mailbot.model.rules import Privacy

GONE = "gelöscht"
LINE = "(gelöscht)"


@dataclass(slots=True)
class _Letter:
    """One letter's bytes: its keys in the books, the bookings it is about, when it was last handled."""

    at: datetime | None
    keys: set[str]
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
    waiting = {o.key: bool(o.notice and (o.notice.email or "").casefold() == wanted) for o in books.open_letters()}
    theirs = {key for key, is_theirs in waiting.items() if is_theirs}

    def goes(letter: _Letter) -> bool:
        # What still waits for the office goes only where it is surely this person's.
        is_anothers = any(not waiting.get(key, True) for key in letter.keys)
        return not is_anothers and not any(_is_living(code, books) for code in letter.codes - codes)

    named = {line.arrival for code in codes for line in books.history(code)} | theirs
    handled = [found for key in named if (found := books.handled(key))]
    candidates = {*mentioned, *(found.digest for found in handled if found.digest)}
    letters = {digest: letter for digest in candidates if goes(letter := _letter(digest, books))}
    keys = theirs.union(*(letter.keys for letter in letters.values()))
    matters = [
        *(Matter(MatterKind.BOOKING, code) for code in codes),
        *(Matter(MatterKind.LETTER, key) for key in keys),
        Matter(MatterKind.OCCUPANCY, wanted),
    ]
    rows = {mail.id for matter in matters for mail in books.mails_about(matter)}
    return Erasure(
        codes=frozenset(codes),
        discounts=frozenset(discount.id for discount in books.discounts_of(wanted)),
        digests=frozenset(letters),
        letters=frozenset(keys),
        rows=frozenset(_with_told(rows, books)),
        everywhere=True,
    )


def outdated(books: Books, privacy: Privacy, now: datetime, lying: Collection[str], mails: Collection[str]) -> Erasure:
    """Plan what has grown too old by rules.yaml; `lying` are the digests of the old letters whose bytes are kept,
    `mails` the ids of such mails: only they are looked at, so that a night does not walk through all that ever was.
    """
    before, today = now - timedelta(days=privacy.forget_after_days), now.date()
    bookings = list(books.every(Booking))
    billed = {b.code for b in bookings if belongs_to_invoice(b.code, books)}
    dropped = {code for code in billed if kept_until(code, books, privacy) < today}
    codes = {b.code for b in bookings if b.code not in billed and not is_erased(b) and _is_over(b, books, before)}

    def is_old(at: datetime, about: set[str]) -> bool:
        if about & billed:
            return _end(at.date(), privacy.letters_days) < today
        return at < before and not any(_is_living(code, books) for code in about - codes - dropped)

    letters = {digest: _letter(digest, books) for digest in lying}
    old = {digest: letter for digest, letter in letters.items() if letter.at and is_old(letter.at, letter.codes)}
    found = [row for mail_id in mails if (row := books.mail(mail_id)) and row.state is not Sending.QUEUED]
    return Erasure(
        codes=frozenset(codes),
        dropped=frozenset(dropped),
        discounts=frozenset(d.id for d in books.discounts() if d.until and d.until < before.date()),
        digests=frozenset(old),
        letters=frozenset(key for letter in old.values() for key in letter.keys if books.open_letter(key)),
        rows=frozenset(row.id for row in found if is_old(row.created_at, _about(row))),
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
    discounts = {discount.id for discount in books.discounts()}
    found += [Gone(MailedDiscount.TABLE, discount) for discount in plan.discounts & discounts]
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


def _letter(digest: str, books: Books) -> _Letter:
    """Look up a letter: its history lines, or those of the answer that completed it, name the bookings it is about."""
    copies = books.copies(digest)
    letter = _Letter(max((copy.at for copy in copies), default=None), {copy.key for copy in copies})
    for key in letter.keys:
        # What the office supplied to an unreadable letter is a line of that letter and of the booking it became.
        arrivals = {key, *(line.arrival for line in books.history(key))}
        refs = {line.ref for arrival in arrivals for line in books.history_from(arrival)}
        letter.codes |= {ref for ref in refs if books.booking(ref)}
    return letter


def _is_living(code: str, books: Books) -> bool:
    booking = books.booking(code)
    return booking is not None and not is_erased(booking)


def _about(mail: OutMail) -> set[str]:
    return {mail.matter.ref} if mail.matter.kind is MatterKind.BOOKING else set()


def _with_told(rows: Collection[str], books: Books) -> set[str]:
    """Add the mails that told the office of one of these that did not arrive."""
    return {*rows, *(mail.id for row in rows for mail in books.mails_about(Matter(MatterKind.MAIL, row)))}


def _is_over(booking: Booking, books: Books, before: datetime) -> bool:
    moments = [booking.stay.end, booking.received_at, *filter(None, (booking.decided_at, booking.released_at))]
    return not is_waiting(booking, books, before) and all(at < before for at in moments)


def _end(day: date, days: int) -> date:
    return date(day.year, 12, 31) + timedelta(days=days)
