"""What follows when a door code was given out by phone: a fact, whatever the books say, recorded with time and person.

Where it should not have been (rejected, cancelled, the time taken, an older mail) the office is alarmed and the desk
asked to call it. Whether and when it is billed is the clock's business (deadlines.py). No mail here shows the code.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.decide import codes, deadlines, orders
from mailbot.decide.conditions import Case, taken_by
from mailbot.decide.history import notes_of, without_codes
from mailbot.decide.outcome import Outcome
from mailbot.decide.refusals import Works, ask_back, refused
from mailbot.decide.stale import now_wrong
from mailbot.decide.states import Row, entered, step
from mailbot.decide.wording import at_moment, clean, on_day, stay_words, who
from mailbot.decide.writers import mails
from mailbot.model.booking import STATE_WORDS, Booking, State
from mailbot.model.books import Books
from mailbot.model.day_events import Released
from mailbot.model.decisions import Decision, Given
from mailbot.model.people import Actor

SAID = "Code am Telefon ausgegeben"
WHICH = "Welche Buchung? Schreiben Sie den Buchungscode dazu, er steht in der Anfrage."
UNKNOWN = "Diesen Buchungscode kennt mailbot nicht. Gemeint ist nicht der Türcode, sondern der Code aus der Anfrage."
WORKS: Works = (("ausgegeben BUCHUNGSCODE", "der Türcode für diese Buchung wurde am Telefon genannt"),)


def released(books: Books, by: Actor, event: Released, given: Given) -> Decision:
    """Record that the door code of a booking was given out by phone, and tell who has to know."""
    booking = booking_named(books, event)
    case = Case.of(books, by, event, given, booking)
    if booking is None:
        return ask_back(case, UNKNOWN if event.code else WHICH, works=WORKS)
    row = step(case)
    return refused(case, row) if isinstance(row, str) else _recorded(case, row, booking)


def booking_named(books: Books, event: Released) -> Booking | None:
    """Give the booking whose code stands in the answer, else the one its mail is about."""
    if event.code:
        return books.booking(event.code)
    return books.booking_about(event.matter)


def _recorded(case: Case, row: Row, old: Booking) -> Decision:
    event = case.event
    assert isinstance(event, Released)
    booking = _with_code(case, entered(old, row))
    if row.to is not None:
        booking = replace(booking, decided_at=None, decided_by=None, reason=None)
    alarm = _alarm(case, row, old)
    outcome = Outcome(
        case.books,
        case.given,
        case.by,
        booking,
        said=SAID,
        did=_did(case, old, booking),
        reason=without_codes(clean(event.note, 1000), booking, case.books, case.given),
        alarm=f"Für {_named(old)} wurde der Türcode am Telefon ausgegeben, obwohl {alarm}." if alarm else "",
        todo=_todo(case, old) if alarm else "",
    )
    changes = (booking,) if booking != old else ()
    stale = now_wrong(case.books, old, case.event)
    return Decision(changes, mails(row, outcome), stale, _notes(case, booking, alarm), "released")


def _with_code(case: Case, booking: Booking) -> Booking:
    """Record time, person and code; of several calls the first one counts, and history keeps them all."""
    if booking.released_at:
        return booking
    resource = orders.resource_named(booking.stay.resource, case.given.rules)
    code = codes.code_for(case.books, resource, booking.stay)
    known = booking.door_code or (code.code if code else None)
    return replace(booking, door_code=known, released_at=case.given.now, released_by=str(case.by))


def _alarm(case: Case, row: Row, old: Booking) -> str:
    """Say why the code should not have been given out, "" where all is well."""
    if "office/alarm" not in row.mails:
        return ""
    if "older_mail" in row.when:
        return f"die Antwort zu einer älteren Mail gehört; inzwischen geht es um {stay_words(old.stay)}"
    taken = taken_by(case.books, old, old.stay) if "time_taken" in row.when else None
    if taken is None:
        return f"die Buchung {STATE_WORDS[old.state]} ist"
    return f"die Zeit schon vergeben ist: {_named(taken)}"


def _named(booking: Booking) -> str:
    return f"{stay_words(booking.stay)} ({booking.code}, {booking.customer.name})"


def _todo(case: Case, old: Booking) -> str:
    phone = f" (Telefon {clean(old.customer.phone, 60)})" if old.customer.phone else ""
    day = f"{old.stay.day.day}.{old.stay.day.month}."
    return (
        f"Das meldete {who(str(case.by), case.given.rules)} am {at_moment(case.given.now)}. Bitte klären Sie mit"
        f" {old.customer.name}{phone}, wer spielt. Soll der Türcode vom {on_day(old.stay.day)} nicht mehr gelten,"
        f" antworten Sie „code neu {day}“."
    )


def _did(case: Case, old: Booking, booking: Booking) -> tuple[str, ...]:
    if old.released_at:
        return (f"Das war schon eingetragen, am {at_moment(old.released_at)} von {_by(old, case)}.",)
    recorded = f"Eingetragen: am {at_moment(case.given.now)} von {_by(booking, case)}."
    if booking.state is State.CONFIRMED:
        return recorded, "Die Buchung war schon bestätigt; Code und Rechnung hat der Kunde per Mail."
    if not booking.is_open:
        return (recorded,)
    again = ("Die Anfrage war schon verfallen; jetzt ist sie wieder offen.",) * (old.state is State.LAPSED)
    return recorded, *again, f"{booking.customer.name} bekommt die Rechnung am {at_moment(_billed_at(booking, case))}."


def _billed_at(booking: Booking, case: Case) -> datetime:
    return deadlines.payment_at(booking, case.given.rules) or case.given.now


def _by(booking: Booking, case: Case) -> str:
    return who(booking.released_by, case.given.rules)


def _notes(case: Case, booking: Booking, alarm: str) -> tuple[tuple[str, str], ...]:
    return notes_of(case, booking, f"Der Türcode wurde am Telefon ausgegeben{f', obwohl {alarm}' if alarm else ''}.")
