"""What follows when time has passed: too short to wait for the office, a bill due, a review overdue or missed.

Each is held against the table like any other event: what was answered meanwhile leaves one history line and no mail.
When things are due stands in deadlines.py.
"""

from dataclasses import replace

from mailbot.decide import day_writers, deadlines
from mailbot.decide.conditions import CONDITIONS, Case
from mailbot.decide.outcome import Outcome
from mailbot.decide.papers import taken_back
from mailbot.decide.reviewing import confirmed
from mailbot.decide.reviews import review
from mailbot.decide.stale import now_wrong
from mailbot.decide.states import Row, entered, step
from mailbot.decide.wording import stay_words
from mailbot.decide.writers import mails
from mailbot.model.booking import Booking
from mailbot.model.books import Books
from mailbot.model.day_events import PaymentDue, ReviewMissed, ReviewOverdue, TimeRanShort
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import Event
from mailbot.model.people import Actor


def time_ran_short(books: Books, by: Actor, event: TimeRanShort, given: Given) -> Decision:
    """Ask the customer to call the desk, now that the office cannot answer in time any more."""
    case = _case(books, by, event, event.booking, given)
    row = step(case)
    if isinstance(row, str) or case.booking is None:
        return _nothing(event.booking, "Die Zeit bis zum Termin ist knapp geworden; es war nichts mehr zu tun.")
    old = case.booking
    booking = entered(old, row, short_notice=True, reminded_at=old.reminded_at or given.now)
    outcome = replace(_outcome(case, booking=booking), late=deadlines.late_since(event.at, given.now))
    note = "Die Zeit bis zum Termin ist knapp geworden: Der Kunde ist gebeten, anzurufen."
    return Decision((booking,), mails(row, outcome), (), ((booking.code, note),), "short")


def payment_due(books: Books, by: Actor, event: PaymentDue, given: Given) -> Decision:
    """Bill a booking whose code was given out by phone; where that cannot be, a person hears of it."""
    case = _case(books, by, event, event.booking, given)
    row = step(case)
    if isinstance(row, str) or case.booking is None:
        return _nothing(event.booking, "Die Rechnung nach dem Code am Telefon war nicht mehr fällig.")
    late = deadlines.late_since(event.at, given.now)
    return confirmed(case, row, late=late) if row.to else _not_billed(case, row)


def _not_billed(case: Case, row: Row) -> Decision:
    assert case.booking
    booking = case.booking
    clash = CONDITIONS["no_clash"].against(case)
    why = clash or CONDITIONS["priced"].against(case)
    works = "" if clash else "„ok preis 45“ nennt einen Preis, "
    named = f"{stay_words(booking.stay)} ({booking.code}, {booking.customer.name})"
    outcome = replace(
        _outcome(case),
        alarm=f"Für {named} wurde der Türcode am Telefon ausgegeben, aber die Rechnung kann nicht hinausgehen. {why}",
        todo=f"Bitte antworten Sie auf diese Mail: {works}„nein“ storniert.",
    )
    note = ((booking.code, f"Die Rechnung konnte nicht hinausgehen: {why}"),)
    return Decision(mails=mails(row, outcome), notes=note, outcome="not billed")


def review_overdue(books: Books, by: Actor, event: ReviewOverdue, given: Given) -> Decision:
    """Remind the office of requests that wait too long, all in one mail; at last its second address."""
    cases = [_case(books, by, event, code, given) for code in event.bookings]
    cases = [case for case in cases if case.booking and not _was_reminded(case.booking, event)]
    found = [(case, row) for case in cases if not isinstance(row := step(case), str)]
    if not found:
        return _nothing(event.bookings[0], "Eine Erinnerung war fällig; es war schon entschieden.")
    told = {"escalated_at": given.now} if event.is_last else {"reminded_at": given.now}
    bookings = tuple(entered(case.booking, row, **told) for case, row in found if case.booking)
    # A first reminder says since when each request waits; the last one has its own moment.
    late = deadlines.late_since(event.at, given.now) if event.is_last else None
    outcomes = [replace(_outcome(found[0][0]), booking=booking, late=late) for booking in bookings]
    again = "noch einmal " if event.is_last else ""
    notes = tuple((booking.code, f"Das Büro wurde {again}an diese Anfrage erinnert.") for booking in bookings)
    numbers = (day_writers.numbered(outcomes),) if len(outcomes) > 1 else ()
    mails_of_all = day_writers.reminder(outcomes, is_last=event.is_last)
    return Decision((*bookings, *numbers), mails_of_all, (), notes, "reminded")


def _was_reminded(booking: Booking, event: ReviewOverdue) -> bool:
    """Tell whether the office was reminded meanwhile: time may have run short in the same look at the clock."""
    return (booking.escalated_at if event.is_last else booking.reminded_at) is not None


def review_missed(books: Books, by: Actor, event: ReviewMissed, given: Given) -> Decision:
    """Let a request lapse whose stay went by undecided; the office can still bill it."""
    case = _case(books, by, event, event.booking, given)
    row = step(case)
    if isinstance(row, str) or case.booking is None:
        return _nothing(event.booking, "Die Anfrage wäre verfallen; es war schon entschieden.")
    old = case.booking
    booking = entered(old, row, invoice=None, decided_at=given.now, decided_by=str(by), question=None)
    # One that was confirmed and then moved still stands billed for its old time.
    invoice, changes = taken_back(books, old, given)
    late = deadlines.late_since(event.at, given.now)
    outcome = replace(_outcome(case), booking=booking, late=late, invoice=invoice, had_calendar=invoice is not None)
    stale = now_wrong(books, old, event)
    note = "Der Termin ist vorbei, und niemand hat entschieden: verfallen."
    return Decision((booking, *changes), mails(row, outcome), stale, ((booking.code, note),), "lapsed")


def _case(books: Books, by: Actor, event: Event, code: str, given: Given) -> Case:
    booking = books.booking(code)
    return Case.of(books, by, event, given, booking)


def _outcome(case: Case, **facts: object) -> Outcome:
    assert case.booking
    return replace(review(case.books, case.by, case.booking, case.given), **facts)  # type: ignore[arg-type]  # any field


def _nothing(ref: str, line: str) -> Decision:
    return Decision(notes=((ref, line),))
