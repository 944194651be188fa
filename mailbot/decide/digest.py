"""The office's morning: one mail with what waits, numbered, what will be billed, what is to do at the booking page.

Silence where there is none. What waits is what waited at the digest's own moment: what came since has just been shown.
Which bookings the numbers stand for is kept (model/digests.py); what is answered to them is digest_answers.py's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from mailbot.decide import deadlines, office_days, orders, page, pausing, silence
from mailbot.decide.letters import office_of_letter
from mailbot.decide.oddities import Sight, odd_words
from mailbot.decide.reviews import review
from mailbot.decide.series import series_words
from mailbot.model.booking import Booking
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival, Decision, Given
from mailbot.model.digest_events import DigestDue
from mailbot.model.digests import Digest, DigestLine, PageLine
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import CLOCK, Actor, Reader
from mailbot.model.records import Change, Gone, OpenLetter
from mailbot.model.rules import Person, Rules

KIND = "office/digest"
# So long an open letter is repeated: after that nobody will answer it any more.
LETTERS_FOR = timedelta(days=14)
# An answer to an older digest tells nothing that a newer one would not.
KEPT_FOR = timedelta(days=60)
# Two robots must not show each other digests for ever.
AGAIN, MOST_AGAIN = timedelta(hours=1), 3


@dataclass(frozen=True, slots=True)
class Morning:
    """What a digest of one office is written from: what waited at the moment `at`."""

    books: Books
    office: Person
    given: Given
    at: datetime
    lines: tuple[DigestLine, ...] = ()
    letters: tuple[OpenLetter, ...] = ()
    quiet: tuple[silence.Quiet, ...] = ()
    page: tuple[PageLine, ...] = ()


def digest_due(books: Books, now: datetime, rules: Rules) -> Iterator[deadlines.Due]:
    """Ask which offices begin a day today; one without hours has every day."""
    for office in orders.offices(rules):
        at = datetime.combine(now.date(), rules.schedule.digest, rules.site.timezone)
        works = office_days.next_office_day(office, now.date() - timedelta(days=1)) == now.date()
        if works and deadlines.is_reached(at, now):
            yield at, Arrival(f"clock:digest:{office.key}:{now.date()}", CLOCK, DigestDue(office.key, at))


def told(books: Books, by: Actor, event: DigestDue, given: Given) -> Decision:
    """Write an office its digest, where there is anything to say; an older one that still waits is withdrawn."""
    office = given.rules.people.get(event.office)
    if office is None:
        return Decision()
    watch = silence.watch_begun(books, given.now)
    lines = lines_for(books, by, office, given, event.at)
    morning = Morning(
        books,
        office,
        given,
        event.at,
        lines,
        letters_for(books, office, given, event.at),
        silence.quiet_sources(books, office, given),
        page.lines_for(books, office, given, event.at, len(lines) + 1),
    )
    if not _is_worth_it(morning):
        return Decision(watch, outcome="nothing waits")
    decision = _written(morning, orders.person_reader(office), is_reply=False)
    return replace(decision, changes=(*watch, *decision.changes))


def again(books: Books, by: Actor, given: Given) -> Decision | None:
    """Show a reviewer who answered no mail what waits; None where nothing does, or he was shown it often lately."""
    office = given.rules.people[by.person]
    lately = [shown for shown in books.digests() if shown.office == office.key and given.now - shown.at < AGAIN]
    lines = lines_for(books, by, office, given, given.now)
    left = page.lines_for(books, office, given, given.now, len(lines) + 1)
    if not (lines or left) or len(lately) >= MOST_AGAIN:
        return None
    morning = Morning(books, office, given, given.now, lines, page=left)
    decision = _written(morning, orders.answerer(by, given.rules), is_reply=True)
    note = ("mailbot", "Eine Mail ohne Bezug zu einer Mail von mailbot entschied nichts; gezeigt wurde, was wartet.")
    return replace(decision, notes=(note,), outcome="refused")


def _written(morning: Morning, reader: Reader, *, is_reply: bool) -> Decision:
    """Write a digest, and keep which bookings its numbers stand for."""
    books, given, office, lines = morning.books, morning.given, morning.office, morning.lines
    ref, since = _new_ref(books, office, given.now), pausing.paused_since(books, office.key)
    facts = {
        "waiting": tuple(line for line in lines if not _is_billed_today(line, given)),
        "billed": tuple(line for line in lines if _is_billed_today(line, given)),
        "page": morning.page,
        "letters": morning.letters,
        "quiet": tuple((source.source, source.days, source.last_on) for source in morning.quiet),
        "held_since": since,
        "held": pausing.held_back(books, office.key, given.rules) if since else 0,
        "late": deadlines.late_since(morning.at, given.now),
        "is_asked": is_reply,
    }
    token, matter = orders.new_token(given.dice), Matter(MatterKind.DIGEST, ref)
    mail = MailOrder(KIND, reader, matter, token, 1, facts, is_reply=is_reply)
    numbered = (*(line.booking for line in lines), *(line.booking for line in morning.page))
    shown = Digest(ref, office.key, given.now, tuple((booking.code, booking.round) for booking in numbered))
    older = tuple(row.id for row in books.queued() if row.kind == KIND and row.reader == reader.address)
    left = f", {len(morning.page)} bei YouCanBook.me zu tun" if morning.page else ""
    note = ("mailbot", f"Übersicht an {office.name}: {len(lines)} Anfragen{left}.")
    return Decision((shown, *_forgotten(books, given.now)), (mail,), older, (note,), "digest")


def lines_for(books: Books, by: Actor, office: Person, given: Given, at: datetime) -> tuple[DigestLine, ...]:
    """Give what waits for an office since `at` or longer, by start: first what is to be decided, then the billed."""
    found = [_line(books, by, booking, given) for booking in _waiting(books, office, given, at)]
    found.sort(key=lambda line: _is_billed_today(line, given))
    return tuple(replace(line, number=number) for number, line in enumerate(found, 1))


def letters_for(books: Books, office: Person, given: Given, at: datetime) -> tuple[OpenLetter, ...]:
    """Give the letters that wait for an office and can be answered, oldest first."""
    return tuple(
        letter
        for letter in books.open_letters()
        if letter.notice
        and given.now - LETTERS_FOR < letter.received_at <= at
        and office_of_letter(letter, given.rules).key == office.key
    )


def _is_worth_it(morning: Morning) -> bool:
    since = pausing.paused_since(morning.books, morning.office.key)
    # A pause of this very morning was just confirmed to who asked for it.
    is_held = since is not None and deadlines.is_reached(since, morning.at)
    waits = morning.lines or morning.letters or morning.page
    return bool(waits or is_held or any(source.is_new for source in morning.quiet))


def _waiting(books: Books, office: Person, given: Given, at: datetime) -> Iterator[Booking]:
    for booking in books.waiting():
        resource = given.rules.resources.get(booking.stay.resource)
        if resource is None or resource.reviewer != office.key or deadlines.asked_at(books, booking) > at:
            continue
        # An answer that waits to take effect is an answer.
        has_lapsed = booking.stay.is_over(given.now) and _has_lapsed(books, booking, given)
        if books.pending(booking.code) or (has_lapsed and not booking.released_at):
            continue
        yield booking


def _has_lapsed(books: Books, booking: Booking, given: Given) -> bool:
    return deadlines.is_reached(deadlines.missed_at(books, booking, given.rules), given.now)


def _line(books: Books, by: Actor, booking: Booking, given: Given) -> DigestLine:
    price = review(books, by, booking, given).price
    odd = odd_words(Sight(books, given, booking, price))
    bill_at = deadlines.bill_at(books, booking, given.now, given.rules)
    asked = price.asked if price else None
    return DigestLine(0, orders.for_office(booking), odd, asked, bill_at, series_words(books, booking))


def _is_billed_today(line: DigestLine, given: Given) -> bool:
    return line.bill_at is not None and line.bill_at.date() <= given.now.date()


def _new_ref(books: Books, office: Person, now: datetime) -> str:
    """Name a digest apart from every other: two of the same moment must not share their numbers."""
    names = (f"{office.key}/{now:%Y-%m-%dT%H:%M}/{number}" for number in count(1))
    return next(name for name in names if books.digest(name) is None)


def _forgotten(books: Books, now: datetime) -> tuple[Change, ...]:
    return tuple(Gone(Digest.TABLE, digest.key) for digest in books.digests() if now - digest.at > KEPT_FOR)
