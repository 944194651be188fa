"""What follows from a reviewer's decision: approve, change the times, reject. Every condition stands in states.py.

What the table does not allow changes nothing: the person is told why, and what would work (refusals.py).
"""

from dataclasses import replace
from datetime import datetime, time, timedelta

from mailbot.decide import codes, new_code, orders, page
from mailbot.decide.addressing import ADDRESS_WANTED, ADDRESS_WORKS
from mailbot.decide.conditions import Case
from mailbot.decide.finding import kept_length
from mailbot.decide.history import notes_of, without_codes
from mailbot.decide.outcome import Outcome
from mailbot.decide.papers import Bill, billed, taken_back
from mailbot.decide.refusals import refused
from mailbot.decide.reviews import priced
from mailbot.decide.stale import now_wrong
from mailbot.decide.states import Row, entered, step
from mailbot.decide.wording import agreed_words, clean, discount_told, euro, on_day, percent_words, stay_words
from mailbot.decide.writers import mails
from mailbot.model.booking import Booking, Customer, State, Stay
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import Approved, Changed, Event, Rejected
from mailbot.model.mail import MatterKind
from mailbot.model.money import Price
from mailbot.model.people import Actor
from mailbot.model.rules import Resource

# An end on the clock before its start means the next day only up to here; a later one is a slip.
NIGHT_ENDS = time(6, 0)


def approved(books: Books, by: Actor, event: Approved, given: Given) -> Decision:
    """Approve the open round of a booking; after the stay, only bill it. To a proposed door code, agree to that."""
    if event.matter.kind is MatterKind.CODES:
        return new_code.agreed(books, by, event, given)
    booking = books.booking_about(event.matter)
    case = Case.of(books, by, event, given, booking)
    row = step(case)
    return refused(case, row) if isinstance(row, str) else confirmed(case, row)


def changed(books: Books, by: Actor, event: Changed, given: Given) -> Decision:
    """Give a booking other times and confirm it for them; a confirmed one is moved."""
    booking = books.booking_about(event.matter)
    case = Case(books, by, event, given, booking)
    if booking:
        stay, puzzle = stay_changed(booking, event, given)
        case = replace(case, stay=stay, puzzle=puzzle)
    row = step(case)
    return refused(case, row) if isinstance(row, str) else confirmed(case, row)


def rejected(books: Books, by: Actor, event: Rejected, given: Given) -> Decision:
    """Reject the open round of a booking, with the reason that the customer reads; or drop a proposed door code."""
    if event.matter.kind is MatterKind.CODES:
        return new_code.declined(books, by, event, given)
    booking = books.booking_about(event.matter)
    case = Case.of(books, by, event, given, booking)
    row = step(case)
    return refused(case, row) if isinstance(row, str) else _rejected(case, row, event)


def stay_changed(booking: Booking, event: Changed, given: Given) -> tuple[Stay | None, str]:
    """Work out the stay `ändern` wants, else the sentence saying why that makes no sense; no end keeps the length."""
    old, zone = booking.stay, given.rules.site.timezone
    day = event.day or old.day
    start = datetime.combine(day, event.start if event.start is not None else old.start.time(), zone)
    end = kept_length(old, start)
    if event.end is not None:
        nights = int(event.end <= start.time() and event.end <= NIGHT_ENDS)
        end = datetime.combine(day + timedelta(days=nights), event.end, zone)
    named = [start, end] if event.end is not None else [start]
    if any(moment.utcoffset() != moment.replace(fold=1).utcoffset() for moment in named):
        return None, "Diese Uhrzeit gibt es in der Nacht der Zeitumstellung nicht oder zweimal."
    if end <= start:
        return None, f"Das Ende ({end:%H:%M} Uhr) liegt nicht nach dem Beginn ({start:%H:%M} Uhr)."
    return Stay(old.resource, start, end), ""


def confirmed(case: Case, row: Row, *, late: datetime | None = None) -> Decision:
    """Confirm a booking as its row says, and bill it; `late` is the moment it was due, where that is long ago."""
    assert case.booking
    assert case.stay
    old, given, price = case.booking, case.given, case.price()
    agreed_price, agreed_discount = case.agreed()
    # A row that does not ask for a code gives none away: the stay is over, only the bill is due.
    code = codes.code_for(case.books, _resource(case), case.stay) if "code_there" in row.when else None
    known = old.door_code if "released" in row.when else None
    booking = entered(
        old,
        row,
        stay=case.stay,
        customer=_customer(case, old),
        assumed_end=old.assumed_end and case.stay == old.stay,
        sequence=old.sequence + int(old.state is State.CONFIRMED),
        agreed_price=agreed_price,
        agreed_discount=agreed_discount,
        door_code=code.code if code else known,
        decided_at=given.now,
        decided_by=str(case.by),
        reason=None,
        question=None,
        shown=page.known(old),
    )
    bill = billed(case.books, old, booking, price, given)
    booking = priced(replace(booking, invoice=bill.invoice.number if bill.invoice else None), price)
    outcome = replace(_outcome(case, booking, price, bill), late=late)
    paper = f"Rechnung {bill.invoice.number}" if bill.invoice else "die Rechnung wartet auf die Anschrift"
    note = f"Freigegeben für {stay_words(booking.stay)}, {euro(price.asked)}; {paper}."
    notes = notes_of(case, booking, note)
    stale = now_wrong(case.books, old, case.event)
    return Decision((booking, *bill.changes), mails(row, outcome), stale, notes, "confirmed")


def _customer(case: Case, old: Booking) -> Customer:
    """Give the customer, with the postal address where the answer names one."""
    if not isinstance(case.event, Approved) or case.event.address is None:
        return old.customer
    street, city = (clean(line, 200) for line in case.event.address)
    return replace(old.customer, street=street, city=city)


def _resource(case: Case) -> Resource:
    assert case.stay
    return orders.resource_named(case.stay.resource, case.given.rules)


def _outcome(case: Case, booking: Booking, price: Price, bill: Bill) -> Outcome:
    assert case.booking
    before = case.booking.stay if case.booking.stay != booking.stay else None
    link, link_why = page.asked_for(booking, case.given.now)
    return Outcome(
        case.books,
        case.given,
        case.by,
        booking,
        before=before,
        price=price,
        invoice=bill.invoice,
        cancelled_invoice=bill.cancelled,
        said=_said(case.event, booking),
        did=_did(case, booking, bill, price),
        link=link,
        link_why=link_why,
        works=() if bill.invoice else ADDRESS_WORKS,
        is_silent=_is_silent(case),
    )


def _is_silent(case: Case) -> bool:
    return isinstance(case.event, Approved) and case.event.silent


def _said(event: Event, booking: Booking) -> str:
    if not isinstance(event, Approved):
        return f"Andere Zeit, damit bestätigt: {stay_words(booking.stay)}"
    price = f" zum Preis von {euro(event.price)}" if event.price is not None else ""
    discount = f" mit {percent_words(event.discount)} Rabatt" if event.discount is not None else ""
    silent = ", ohne Mail an den Kunden" if event.silent else ""
    address = f", Anschrift {booking.customer.address}" if event.address else ""
    return f"Freigegeben{price}{discount}{silent}{address}"


def _did(case: Case, booking: Booking, bill: Bill, price: Price) -> tuple[str, ...]:
    name, email = booking.customer.name, booking.customer.email
    paper = "die Bitte um die Anschrift"
    if bill.invoice:
        paper = f"die Rechnung {bill.invoice.number} über {euro(bill.invoice.gross)}"
    if _is_silent(case):
        told = f"{name} bekommt keine Mail{f'; {paper} liegt bei' if bill.invoice else ''}."
    elif not orders.may_write_to(email, case.given.rules):
        told = f"An {email} kann mailbot nicht schreiben; bitte geben Sie Code und {paper} selbst weiter."
    elif booking.door_code is None or booking.stay.is_over(case.given.now):
        told = f"{name} bekommt {paper}, ohne Türcode, denn der Termin ist vorbei."
    else:
        told = f"{name} bekommt den Türcode und {paper}."
    lines = [told, *discount_told(price), *_kept_terms(case), *_replaced(bill)]
    return tuple(lines) if bill.invoice else (*lines, ADDRESS_WANTED)


def _replaced(bill: Bill) -> tuple[str, ...]:
    if bill.cancelled is None:
        return ()
    return (f"Die Rechnung {bill.cancelled.cancels} ist mit {bill.cancelled.number} storniert.",)


def _kept_terms(case: Case) -> tuple[str, ...]:
    """Say that what an earlier `ok` named still counts for the other times."""
    named = "" if isinstance(case.event, Approved) else agreed_words(*case.agreed())
    return (f"Es bleibt dabei: Vereinbart ist {named}.",) if named else ()


def _rejected(case: Case, row: Row, event: Rejected) -> Decision:
    assert case.booking
    old = case.booking
    reason = without_codes(clean(event.reason, 1000), old, case.books, case.given)
    booking = entered(
        old,
        row,
        invoice=None,
        decided_at=case.given.now,
        decided_by=str(case.by),
        reason=reason or None,
        question=None,
        shown=page.known(old),
    )
    invoice, changes = taken_back(case.books, old, case.given)
    end = "Stornierung" if booking.state is State.CANCELLED else "Ablehnung"
    told = f"{old.customer.name} bekommt eine Mail mit der {end}{' und Ihrer Begründung' if reason else ''}."
    if not orders.may_write_to(old.customer.email, case.given.rules):
        told = f"An {old.customer.email} kann mailbot nicht schreiben; bitte sagen Sie es dem Kunden selbst."
    link, link_why = page.asked_for(booking, case.given.now, _code_known(old))
    outcome = Outcome(
        case.books,
        case.given,
        case.by,
        booking,
        invoice=invoice,
        reason=reason,
        said=f"Abgelehnt: {reason}" if reason else "Abgelehnt",
        did=(told,),
        link=link,
        link_why=link_why,
        had_calendar=old.invoice is not None,
    )
    note = f"Abgelehnt: {reason}" if reason else "Abgelehnt, ohne Begründung."
    notes = notes_of(case, booking, note)
    stale = now_wrong(case.books, old, event)
    return Decision((booking, *changes), mails(row, outcome), stale, notes, "rejected")


def _code_known(old: Booking) -> str:
    """Say that a code given out by phone still opens the door, "" where none was."""
    if old.released_at is None:
        return ""
    day, word = old.stay.day, f"code neu {old.stay.day.day}.{old.stay.day.month}."
    known = f"{old.customer.name} hat den Türcode vom {on_day(day)} schon am Telefon bekommen."
    return f"{known} Soll er nicht mehr gelten, antworten Sie „{word}“."
