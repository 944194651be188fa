"""What follows from `storno: …`: a confirmed booking is off, its invoice and calendar entry are taken back."""

from mailbot.decide import orders, page
from mailbot.decide.conditions import Case
from mailbot.decide.history import notes_of
from mailbot.decide.outcome import Outcome
from mailbot.decide.papers import taken_back
from mailbot.decide.refusals import refused
from mailbot.decide.stale import now_wrong
from mailbot.decide.states import Row, entered, step
from mailbot.decide.wording import clean, euro, on_day
from mailbot.decide.writers import mails
from mailbot.model.booking import Booking
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.money import Invoice
from mailbot.model.people import Actor
from mailbot.model.talk_events import Cancelled


def cancelled(books: Books, by: Actor, event: Cancelled, given: Given) -> Decision:
    """Cancel a confirmed booking, with the reason that the customer reads."""
    booking = books.booking_about(event.matter)
    case = Case.of(books, by, event, given, booking)
    row = step(case)
    return refused(case, row) if isinstance(row, str) else _cancelled(case, row, clean(event.reason, 1000))


def _cancelled(case: Case, row: Row, reason: str) -> Decision:
    assert case.booking
    old, given = case.booking, case.given
    booking = entered(
        old,
        row,
        door_code=None,
        invoice=None,
        decided_at=given.now,
        decided_by=str(case.by),
        reason=reason or None,
        question=None,
        shown=page.known(old),
    )
    invoice, changes = taken_back(case.books, old, given)
    link, link_why = page.asked_for(booking, given.now)
    outcome = Outcome(
        case.books,
        given,
        case.by,
        booking,
        invoice=invoice,
        reason=reason,
        said=f"Storniert: {reason}" if reason else "Storniert",
        did=_did(case, old, invoice, reason),
        link=link,
        link_why=link_why,
        had_calendar=True,
    )
    notes = notes_of(case, booking, f"Storniert: {reason}" if reason else "Storniert, ohne Begründung.")
    stale = now_wrong(case.books, old, case.event)
    return Decision((booking, *changes), mails(row, outcome), stale, notes, "cancelled")


def _did(case: Case, old: Booking, invoice: Invoice | None, reason: str) -> tuple[str, ...]:
    name, email = old.customer.name, old.customer.email
    told = f"{name} bekommt die Nachricht{' mit Ihrer Begründung' if reason else ''}."
    if not orders.may_write_to(email, case.given.rules):
        told = f"An {email} kann mailbot nicht schreiben; bitte sagen Sie selbst ab."
    paper = (f"Die Rechnung {invoice.cancels} ist mit {invoice.number} storniert.",) if invoice else ()
    paid = case.books.paid(old.code)
    owed = (f"Es sind schon {euro(paid)} bezahlt; bitte überweisen Sie das zurück.",) if paid > 0 else ()
    knows = (f"Den Türcode vom {on_day(old.stay.day)} kennt {name} schon.",) if old.door_code else ()
    return told, *paper, *owed, *knows
