"""Facts about a booking that change no state: a note of the office's or the desk's, and money that came in.

A note stays inside the office; the desk's is passed on to the office. A payment of any booking is recorded, for money
is a fact; only `bezahlt` without an amount needs to know what is still open.
"""

from decimal import Decimal

from mailbot.decide import orders
from mailbot.decide.conditions import CONDITIONS, Case
from mailbot.decide.history import notes_of, without_codes
from mailbot.decide.outcome import Message, Outcome
from mailbot.decide.refusals import ask_back, refused
from mailbot.decide.wording import clean, euro
from mailbot.decide.writers import WRITERS
from mailbot.model.booking import Booking
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.money import Payment
from mailbot.model.people import Actor, Role
from mailbot.model.table import table_line
from mailbot.model.talk_events import Noted, Paid

CENT = Decimal("0.01")


def noted(books: Books, by: Actor, event: Noted, given: Given) -> Decision:
    """Keep a note in the booking's history; the office reads what the desk notes."""
    booking = books.booking_about(event.matter)
    case = Case.of(books, by, event, given, booking)
    if booking is None or (why := _against(case)):
        return refused(case, why if booking else "")
    text = without_codes(clean(event.text, 2000), booking, books, given)
    notes = ((booking.code, f"Notiz: {text}"),)
    if by.role is Role.DESK:
        name = given.rules.people[by.person].name
        said = Message(by.address, text, f"Notiz von {name}", f"{name} hat Ihnen etwas notiert.")
        did = ("Das Büro hat Ihre Notiz bekommen.",)
        outcome = Outcome(books, given, by, booking, message=said, said="Eine Notiz an das Büro", did=did)
        mails = (*WRITERS["desk/done"](outcome), *WRITERS["office/message"](outcome))
        return Decision(mails=mails, notes=notes, outcome="noted")
    did = ("Die Notiz steht in der Geschichte der Buchung; sie bleibt im Büro.",)
    outcome = Outcome(books, given, by, booking, said=f"Notiert: {text}", did=did)
    return Decision(mails=WRITERS["office/done"](outcome), notes=notes)


def paid(books: Books, by: Actor, event: Paid, given: Given) -> Decision:
    """Record a payment for a booking; without an amount, all that is still open."""
    booking = books.booking_about(event.matter)
    case = Case.of(books, by, event, given, booking)
    if booking is None or (why := _against(case)):
        return refused(case, why if booking else "")
    due = table_line(booking, books).balance
    amount = due if event.amount is None else event.amount.quantize(CENT)
    if amount <= 0:
        return ask_back(case, _nothing_due(booking, event))
    payment = Payment(f"{booking.code}/{orders.new_token(given.dice)[:10]}", booking.code, amount, given.now, str(by))
    said, left = f"Bezahlt: {euro(amount)}", _balance_words(booking, due - amount)
    outcome = Outcome(books, given, by, booking, said=said, did=(left,))
    notes = notes_of(case, booking, f"{said}. {left}")
    return Decision((payment,), WRITERS["office/done"](outcome), (), notes, "paid")


def _against(case: Case) -> str:
    """Say what speaks against keeping a fact: only those who look after the resource may."""
    return CONDITIONS["own_people" if case.by.role is Role.DESK else "own_office"].against(case)


def _nothing_due(booking: Booking, event: Paid) -> str:
    if event.amount is not None:
        return "Eine Zahlung muss größer als 0 € sein."
    return "Für diese Buchung ist nichts offen; nennen Sie bitte den Betrag, der gekommen ist: bezahlt 40."


def _balance_words(booking: Booking, balance: Decimal) -> str:
    if booking.is_open and not booking.released_at:
        return "Berechnet ist noch nichts; die Zahlung zählt, sobald die Buchung bestätigt ist."
    if balance > 0:
        return f"Offen sind noch {euro(balance)}."
    return f"Das sind {euro(-balance)} zu viel." if balance < 0 else "Damit ist alles bezahlt."
