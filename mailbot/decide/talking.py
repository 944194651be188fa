"""The talk between office and customer: the office's question, its answer, and what a customer writes by himself.

A customer's word decides nothing: it is passed on with the answers that would do what he wishes, and he hears that it
was. Only an answered question sets a request going again, in a new round.
"""

from dataclasses import replace

from mailbot.decide import deadlines, orders
from mailbot.decide.brake import CROWD, is_crowd, is_crowd_known
from mailbot.decide.conditions import Case
from mailbot.decide.history import ASKED, notes_of, without_codes
from mailbot.decide.outcome import Message, Outcome
from mailbot.decide.refusals import refused
from mailbot.decide.reviews import review
from mailbot.decide.stale import now_wrong
from mailbot.decide.states import entered, step
from mailbot.decide.wishes import readings, ready_for
from mailbot.decide.wording import clean
from mailbot.decide.writers import mails
from mailbot.model.booking import LIVING, Booking
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import CustomerWrote
from mailbot.model.mail import MailOrder, MatterKind
from mailbot.model.people import Actor, Role
from mailbot.model.rules import Person
from mailbot.model.talk_events import Answered, Asked, ChangeWished, WithdrawalWished

LONGEST = 5000
Words = Answered | CustomerWrote | WithdrawalWished | ChangeWished
# Title and sentence of office/message for what a customer wrote.
TITLES: dict[type[Words], tuple[str, str]] = {
    Answered: ("Antwort des Kunden", "Der Kunde hat auf Ihre Frage geantwortet."),
    CustomerWrote: ("Nachricht vom Kunden", "Der Kunde hat Ihnen geschrieben."),
    WithdrawalWished: ("Stornowunsch", "Der Kunde möchte stornieren."),
    ChangeWished: ("Wunsch nach anderer Zeit", "Der Kunde möchte eine andere Zeit."),
}
NOTES: dict[type[Words], str] = {
    CustomerWrote: "Der Kunde hat geschrieben; das Büro hat die Nachricht.",
    Answered: "Der Kunde hat noch einmal geschrieben; das Büro hat die Nachricht.",
    WithdrawalWished: "Der Kunde möchte stornieren; das Büro hat die Nachricht.",
    ChangeWished: "Der Kunde möchte eine andere Zeit; das Büro hat die Nachricht.",
}


def asked(books: Books, by: Actor, event: Asked, given: Given) -> Decision:
    """Put the office's question to the customer; a request is held until he answers."""
    booking = books.booking_about(event.matter)
    case = Case.of(books, by, event, given, booking)
    row = step(case)
    if isinstance(row, str):
        return refused(case, row)
    assert booking
    question = clean(event.question, 1000)
    if booking.is_open:
        question = without_codes(question, booking, books, given)
    held = entered(booking, row, question=question) if row.to else booking
    outcome = Outcome(books, given, by, held, reason=question)
    notes = notes_of(case, booking, f"{ASKED}{question}")
    return Decision((held,) if row.to else (), mails(row, outcome), now_wrong(books, booking, event), notes, "asked")


def spoken(books: Books, by: Actor, event: Words, given: Given) -> Decision:
    """Pass on what a customer (or subscriber) wrote; an answered question opens a new round."""
    booking = books.booking_about(event.matter) or _own_booking(books, by, event, given)
    case = Case.of(books, by, event, given, booking)
    row = step(case)
    is_answer = not isinstance(row, str) and row.to is not None
    if not is_answer and _is_crowd(case, event) and is_crowd_known(books, _ref(case, event), given):
        return _put_aside(case, event)
    if booking is None or isinstance(row, str):
        return _to_office(case, event)
    if row.to is None:
        outcome = Outcome(books, given, by, booking, message=_message(case, booking, event))
        notes = ((booking.code, NOTES[type(event)]), *_crowd_told(case, event))
        return Decision(mails=mails(row, outcome), notes=notes, outcome="passed on")
    again = entered(booking, row, round=booking.round + 1, question=None, reminded_at=None, escalated_at=None)
    outcome = review(books, by, again, given)
    said = replace(_message(case, again, event), question=booking.question or "", odd=readings(outcome))
    note = (booking.code, f"Der Kunde hat auf die Frage geantwortet: {clean(event.text, 1000)}")
    written = mails(row, replace(outcome, message=said))
    return Decision((again,), written, now_wrong(books, booking, event), (note,), "answered")


def _own_booking(books: Books, by: Actor, event: Words, given: Given) -> Booking | None:
    """Give the one booking a customer can mean who answers a mail about none, such as the answer to `belegung`."""
    if event.matter.kind is MatterKind.BOOKING or by.role is not Role.CUSTOMER:
        return None
    ahead = [booking for booking in _of_customer(books, by) if not booking.stay.is_over(given.now)]
    return ahead[0] if len(ahead) == 1 else None


def _of_customer(books: Books, by: Actor) -> list[Booking]:
    return [booking for booking in books.bookings_of(by.address) if booking.state in LIVING]


def _message(case: Case, booking: Booking, event: Words) -> Message:
    title, what = TITLES[type(event)]
    wished = isinstance(event, WithdrawalWished), isinstance(event, ChangeWished)
    wish = "cancel" if wished[0] else "change" if wished[1] else ""
    ready, odd = ready_for(replace(case, booking=booking, stay=booking.stay), event)
    odd = (*odd, *_last_for_now(case, event))
    return Message(case.by.address, lines_of(event.text), title, what, ready=ready, odd=odd, wish=wish)


def _is_crowd(case: Case, event: Words) -> bool:
    """Tell whether the office reads no more after this message for now; our own people's are never too many."""
    about = orders.about(case.booking) if case.booking else event.matter
    return case.by.role is Role.CUSTOMER and is_crowd(case.books, about, case.given)


def _ref(case: Case, event: Words) -> str:
    return case.booking.code if case.booking else event.matter.ref or "mailbot"


def _put_aside(case: Case, event: Words) -> Decision:
    note = (_ref(case, event), "Wieder eine von sehr vielen Nachrichten; sie liegt im Ordner für Unklares.")
    return Decision(notes=(note,), outcome="too often", to_trouble=True)


def _crowd_told(case: Case, event: Words) -> tuple[tuple[str, str], ...]:
    return ((_ref(case, event), CROWD),) if _is_crowd(case, event) else ()


def _last_for_now(case: Case, event: Words) -> tuple[str, ...]:
    """Say in the last message of an hour that is still shown where the next ones lie: nobody drowns the office."""
    if not _is_crowd(case, event):
        return ()
    folder = case.given.rules.mailbox.trouble
    where = f"im Ordner {folder}" if folder else "im Postfach"
    return (f"Es kommen gerade sehr viele Nachrichten. Die nächsten liegen für eine Stunde ohne Mail an Sie {where}.",)


def _to_office(case: Case, event: Words) -> Decision:
    """Pass on a message that is about no booking in the books, or that a subscriber wrote about one."""
    booking, given = case.booking, case.given
    office = _office(case)
    who = given.rules.people[case.by.person].name if case.by.role is Role.SUBSCRIBER else ""
    title, what = (f"Nachricht von {who}", f"{who} hat Ihnen geschrieben.") if who else TITLES[CustomerWrote]
    said = Message(case.by.address, lines_of(event.text), title, what, odd=_last_for_now(case, event))
    shown, late = orders.for_office(booking) if booking else None, deadlines.letter_late_since(given)
    facts = said.facts(shown, None, late)
    number, token = booking.round if booking else 0, orders.new_token(given.dice)
    mail = MailOrder("office/message", orders.person_reader(office), event.matter, token, number, facts)
    note = (event.matter.ref or "mailbot", "Eine Nachricht ging an das Büro weiter.")
    return Decision(mails=(mail,), notes=(note, *_crowd_told(case, event)), outcome="passed on")


def _office(case: Case) -> Person:
    """Give whose business a message is: its booking's office, else the writer's own, else the first."""
    rules = case.given.rules
    theirs = (case.booking,) if case.booking else _of_customer(case.books, case.by)
    own = [rules.resources[b.stay.resource] for b in theirs if b.stay.resource in rules.resources]
    own += [resource for resource in rules.resources.values() if case.by.person in resource.subscribers]
    return orders.office_of(own[0], rules) if own else orders.offices(rules)[0]


def lines_of(text: str) -> str:
    """Keep the lines of a hostile text, without control characters, and not without end."""
    kept = "\n".join(clean(line, LONGEST) for line in text.split("\n"))
    return kept if len(kept) <= LONGEST else f"{kept[:LONGEST]}…"
