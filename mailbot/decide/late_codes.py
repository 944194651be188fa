"""Mails with a door code that the mail server puts off: told while they are tried on, and told again when they left.

What fails in the end is mending.py's, as any lost mail. Which were told lies in one Setting, so that a question costs
nothing while none is late.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

from mailbot.decide import orders
from mailbot.decide.mending import told
from mailbot.decide.wording import clean, stay_words
from mailbot.model.booking import Booking
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival, Decision, Given
from mailbot.model.digest_events import CodeLate, CodesLeft
from mailbot.model.mail import GIVE_UP_AFTER, MailOrder, Matter, MatterKind, OutMail, Sending
from mailbot.model.people import CLOCK, Actor, Role
from mailbot.model.records import Change, Gone, Setting
from mailbot.model.rules import Rules

TOLD = "codes_late"
# Three refusals of a greylisting server are over by then (1, 5 and 15 minutes); what is later is no greylisting.
LATE = timedelta(minutes=45)
# What lay still for days, while mailbot was off, gets its tries all the same; so long they take at least.
AT_LEAST = timedelta(hours=2)
# More bookings make no mail clearer.
NAMED = 4


def codes_late(books: Books, now: datetime, rules: Rules) -> Iterator[Arrival]:
    """Ask which customers' mails with a door code the mail server has been putting off for long."""
    for row in books.queued():
        is_old = now.astimezone(UTC) - row.created_at.astimezone(UTC) >= LATE
        if row.has_code and row.role is Role.CUSTOMER and row.next_attempt > 1 and is_old:
            yield Arrival(f"clock:code_late:{row.id}:{row.created_at.date()}", CLOCK, CodeLate(row.id))


def code_late(books: Books, by: Actor, event: CodeLate, given: Given) -> Decision:
    """Tell the office that a customer still waits for his door code, while the mail is tried on."""
    row = books.mail(event.mail)
    if row is None or row.state is not Sending.QUEUED:
        return Decision()
    detail = f"Der Mailserver nimmt die Mail bisher nicht an; mailbot versucht es weiter. Zuletzt: {clean(row.answer)}"
    note = ((row.matter.ref or "mailbot", f"Noch nicht gesendet: {row.kind}; das Büro weiß es."),)
    mails = told(books, row, detail, given, _tried_until(books, row, given.now))
    return Decision((_noted([*_late(books), row]),), mails, (), note, "mail late")


def codes_left(books: Books, now: datetime, rules: Rules) -> Iterator[Arrival]:
    """Ask which mails left after all that the office was told were late."""
    if left := [row for row in _late(books) if row.state is Sending.SENT]:
        key = f"clock:codes_left:{left[0].id}:{left[0].created_at.date()}"
        yield Arrival(key, CLOCK, CodesLeft(tuple(row.id for row in left)))


def left_after_all(books: Books, by: Actor, event: CodesLeft, given: Given) -> Decision:
    """Tell each office in one short mail which of the late mails left; what failed or was withdrawn has its own."""
    late = _late(books)
    left = [row for row in late if row.id in event.mails and row.state is Sending.SENT]
    about = [(row, booking) for row in left if (booking := books.booking(row.matter.ref))]
    notes = tuple((booking.code, f"Doch noch gesendet: {row.kind}; das Büro weiß es.") for row, booking in about)
    waiting = [row for row in late if row.state is Sending.QUEUED]
    change: Change = _noted(waiting) if waiting else Gone(Setting.TABLE, TOLD)
    return Decision((change,), tuple(_all_clear(about, given)), (), notes, "left after all")


def _late(books: Books) -> list[OutMail]:
    rows = (books.mail(mail_id) for mail_id in (books.setting(TOLD) or "").split())
    return [row for row in rows if row]


def _noted(rows: Iterable[OutMail]) -> Setting:
    return Setting(TOLD, " ".join(dict.fromkeys(row.id for row in rows)))


def _tried_until(books: Books, row: OutMail, now: datetime) -> datetime:
    """Give until when a late mail is tried, as far as can be said; once the stay is over it is withdrawn."""
    last = max((row.created_at + GIVE_UP_AFTER).astimezone(UTC), now.astimezone(UTC) + AT_LEAST)
    booking = books.booking(row.matter.ref)
    ended = booking.stay.end.astimezone(UTC) if booking and not booking.stay.is_over(now) else last
    return min(last, ended).astimezone(now.tzinfo)


def _all_clear(about: Iterable[tuple[OutMail, Booking]], given: Given) -> Iterator[MailOrder]:
    def office_key(pair: tuple[OutMail, Booking]) -> str:
        return orders.office_of_booking(pair[1], given.rules).key

    known = (pair for pair in about if pair[1].stay.resource in given.rules.resources)
    for key, found in groupby(sorted(known, key=office_key), office_key):
        pairs = list(found)
        facts = {"what": f"Wieder in Ordnung: {_said(pairs)}", "todo": "Sie brauchen nichts zu tun.", "since": None}
        # In the thread of what it takes back.
        matter = Matter(MatterKind.MAIL, pairs[0][0].id)
        reader = orders.person_reader(given.rules.people[key])
        yield MailOrder("office/alarm", reader, matter, orders.new_token(given.dice), facts=facts)


def _said(pairs: list[tuple[OutMail, Booking]]) -> str:
    if len(pairs) == 1:
        booking = pairs[0][1]
        who = f"{clean(booking.customer.name, 60)} ({stay_words(booking.stay)})"
        return f"Die Mail mit dem Türcode an {who} ist doch noch hinausgegangen."
    # A mail about several people names none of them: `forget` finds one person's mails by their booking.
    codes = [f"{booking.code} ({stay_words(booking.stay)})" for _, booking in pairs]
    more = (f"{len(codes) - NAMED} weitere",) if len(codes) > NAMED else ()
    return f"Mails mit Türcode sind doch noch hinausgegangen: {', '.join((*codes[:NAMED], *more))}."
