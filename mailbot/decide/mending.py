"""Mails that did not arrive: the office is told with the phone number, and `EMAIL: …` sends the mail again.

A mail is written anew from the booking's present facts; one that no longer fits them is not repeated. A failed
office/mail_failed tells nobody again, so that a broken office address makes no loop.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from mailbot.decide import orders
from mailbot.decide.conditions import Case
from mailbot.decide.history import ASKED
from mailbot.decide.outcome import Orders, Outcome
from mailbot.decide.refusals import GONE_BOOKING, SENTENCES, ask_back
from mailbot.decide.reviews import price_asked, priced
from mailbot.decide.supplying import supplied
from mailbot.decide.wording import clean
from mailbot.decide.writers import WRITERS
from mailbot.model.booking import STATE_WORDS, Booking, State
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import DeliveryDelayed, DeliveryFailed, Doubt, MailEnded, Readdressed, Supplied
from mailbot.model.mail import MailOrder, Matter, MatterKind, OutMail, Sending
from mailbot.model.money import InvoiceKind, Price
from mailbot.model.people import Actor, Role
from mailbot.model.rules import Person, Rules

OWN = "office/mail_failed"
QUESTION = "customer/question"
OPEN = (State.REQUESTED, State.HELD)
# In which states a mail still says the truth. The old stay of a move is told only once: received says the new one.
FITS: Mapping[str, tuple[str, tuple[State, ...]]] = {
    "customer/received": ("customer/received", OPEN),
    "customer/move_received": ("customer/received", OPEN),
    "customer/confirmed": ("customer/confirmed", (State.CONFIRMED,)),
    "customer/payment": ("customer/payment", (State.CONFIRMED,)),
    "customer/invoice": ("customer/invoice", (State.CONFIRMED,)),
    "customer/code_changed": ("customer/code_changed", (State.CONFIRMED,)),
    "customer/rejected": ("customer/rejected", (State.REJECTED,)),
    "customer/cancelled": ("customer/cancelled", (State.CANCELLED,)),
    "customer/call": ("customer/call", OPEN),
    "customer/lapsed": ("customer/lapsed", (State.LAPSED,)),
    QUESTION: (QUESTION, (State.HELD, State.CONFIRMED)),
    "desk/request": ("desk/request", OPEN),
    "desk/decided": ("desk/decided", tuple(State)),
    "subscriber/request": ("subscriber/request", OPEN),
    "subscriber/decided": ("subscriber/decided", tuple(State)),
}


def delivery_failed(books: Books, by: Actor, event: DeliveryFailed, given: Given) -> Decision:
    """Mark the mail a delivery report speaks of as bounced, and tell the office, once."""
    row = books.mail_by_token(event.token)
    if row is None:
        return Decision(notes=(("mailbot", "Ein Zustellbericht gehört zu keiner Mail in den Büchern."),))
    note = ((row.matter.ref or "mailbot", f"Nicht zugestellt: {row.kind}."),)
    if row.state in (Sending.BOUNCED, Sending.FAILED):
        return Decision(notes=note)
    detail = clean(event.detail)
    bounced = replace(row, state=Sending.BOUNCED, finished_at=given.now, answer=detail)
    return Decision((bounced,), told(books, row, detail, given), (), note, "bounced")


def delivery_delayed(books: Books, by: Actor, event: DeliveryDelayed, given: Given) -> Decision:
    """Note that a mail is late; its server keeps trying."""
    row = books.mail_by_token(event.token)
    ref = row.matter.ref if row else ""
    return Decision(notes=((ref or "mailbot", f"Die Zustellung von {row.kind if row else 'einer Mail'} dauert noch."),))


def mail_ended(books: Books, by: Actor, event: MailEnded, given: Given) -> Decision:
    """Tell the office of a mail the post gave up, once."""
    row = books.mail(event.mail)
    if row is None or row.state in (Sending.SENT, Sending.WITHDRAWN) or is_told(books, row):
        return Decision()
    detail = clean(event.detail) or "Der Mailserver gab keine Antwort."
    if row.state is Sending.UNCERTAIN:
        detail = f"Zweimal blieb die Antwort des Mailservers aus; vielleicht ist die Mail angekommen. Zuletzt: {detail}"
    note = ((row.matter.ref or "mailbot", f"Nicht gesendet: {row.kind}."),)
    return Decision(mails=told(books, row, detail, given), notes=note, outcome="mail failed")


def is_told(books: Books, row: OutMail) -> bool:
    """Tell whether office/mail_failed about this mail's end exists, or must not: it would be about itself."""
    ended_at = row.finished_at or row.created_at
    told = books.mails_about(Matter(MatterKind.MAIL, row.id))
    return _is_quiet(row) or any(mail.created_at >= ended_at for mail in told)


def _is_quiet(row: OutMail) -> bool:
    """Tell whether nobody is told of a loss: a mail about losses, or one that a stranger called for and may again."""
    return row.kind == OWN or row.matter.kind is MatterKind.OCCUPANCY


def readdressed(books: Books, by: Actor, event: Readdressed, given: Given) -> Decision:
    """Mend the address and send the failed mail again; to an unreadable notice, it is the line that was missing."""
    if event.matter.kind is MatterKind.LETTER:
        filled = Supplied(event.matter, event.round, note=event.note, values=(("email", event.email),))
        return supplied(books, by, filled, given)
    row = books.mail(event.matter.ref) if event.matter.kind is MatterKind.MAIL else None
    booking = books.booking(row.matter.ref) if row and row.matter.kind is MatterKind.BOOKING else None
    case = Case(books, by, event, given, booking)
    if why := _against(case, row, booking):
        return ask_back(case, why, works=())
    assert row
    assert booking
    return _sent_again(case, row, booking, event.email.strip())


def _against(case: Case, row: OutMail | None, booking: Booking | None) -> str:
    event, rules = case.event, case.given.rules
    assert isinstance(event, Readdressed)
    if event.matter.kind is not MatterKind.MAIL:
        return SENTENCES[Doubt.NOT_HERE]
    if row is None or booking is None:
        return GONE_BOOKING
    office = _office(booking, rules)
    if case.by.person != office.key:
        return f"Über diese Buchung entscheidet {office.name}."
    email = event.email.strip()
    if not orders.is_address(email) or not orders.may_write_to(email, rules):
        return f"„{clean(email, 80)}“ ist keine Adresse, an die mailbot schreiben kann."
    person = rules.people.get(row.person)
    if row.role is not Role.CUSTOMER and (person is None or email.casefold() != person.emails[0].casefold()):
        return f"Diese Mail ging an {person.name if person else row.person}; diese Adresse steht in rules.yaml."
    return ""


def _sent_again(case: Case, row: OutMail, old: Booking, email: str) -> Decision:
    is_customer = row.role is Role.CUSTOMER
    booking = _with_email(case, old, email) if is_customer else old
    waiting = _queued_for(case.books, old) if is_customer else ()
    kinds = tuple(dict.fromkeys((row.kind, *(mail.kind for mail in waiting))))
    again = tuple(order for kind in kinds for order in _again(case, booking, kind))
    did = "Die Mail geht noch einmal hinaus." if again else _not_again(booking)
    outcome = Outcome(case.books, case.given, case.by, booking, said=f"Adresse: {email}", did=(did,))
    note = ((booking.code, f"Adresse berichtigt. {did}"),)
    changes = (booking,) if booking != old else ()
    mails = (*again, *WRITERS["office/done"](outcome))
    return Decision(changes, mails, tuple(mail.id for mail in waiting), note, "readdressed")


def _with_email(case: Case, old: Booking, email: str) -> Booking:
    booking = replace(old, customer=replace(old.customer, email=email))
    # Discounts go by the address: while nothing is decided, another one may be asked another price.
    return priced(booking, price_asked(case.books, booking, case.given)) if booking.is_open else booking


def _not_again(booking: Booking) -> str:
    stands = STATE_WORDS[booking.state]
    return f"Die Mail passt nicht mehr, denn die Buchung hat den Stand „{stands}“; sie wird nicht wiederholt."


def _queued_for(books: Books, booking: Booking) -> tuple[OutMail, ...]:
    """Give the customer's mails that still wait to leave for the old address."""
    mails = books.mails_about(orders.about(booking))
    return tuple(mail for mail in mails if mail.role is Role.CUSTOMER and mail.state is Sending.QUEUED)


def _again(case: Case, booking: Booking, kind: str) -> Orders:
    written_as, states = FITS.get(kind, ("", ()))
    if booking.state not in states:
        return ()
    outcome = as_it_stands(case, booking)
    if kind == QUESTION and booking.state is State.CONFIRMED:
        outcome = replace(outcome, reason=_last_question(case.books, booking))
    return WRITERS[written_as](outcome)


def _last_question(books: Books, booking: Booking) -> str:
    """Give what a confirmed customer was asked last: only a held request keeps its question itself."""
    lines = [line.line for line in books.history(booking.code) if line.line.startswith(ASKED)]
    return lines[-1].removeprefix(ASKED) if lines else ""


def as_it_stands(case: Case, booking: Booking) -> Outcome:
    """Give the outcome a mail is written from again: the booking's present facts."""
    papers = case.books.invoices_of(booking.code)
    cancelled = next((paper for paper in reversed(papers) if paper.kind is InvoiceKind.CANCELLATION), None)
    price = None
    if booking.price is not None and booking.list_price is not None:
        price = Price(booking.list_price, booking.price, booking.discount_percent)
    return Outcome(
        case.books,
        case.given,
        case.by,
        booking,
        price=price,
        invoice=case.books.invoice(booking.invoice) if booking.invoice else cancelled,
        reason=booking.reason or "",
        had_calendar=cancelled is not None,
    )


def _office(booking: Booking, rules: Rules) -> Person:
    return orders.office_of(orders.resource_named(booking.stay.resource, rules), rules)


def told(books: Books, row: OutMail, why: str, given: Given, tried_until: datetime | None = None) -> Orders:
    """Write office/mail_failed about a mail; `tried_until` is set where it is only late, and still tried."""
    if _is_quiet(row):
        return ()
    rules = given.rules
    booking = books.booking(row.matter.ref) if row.matter.kind is MatterKind.BOOKING else None
    # What is about no booking, such as a list of codes, is its reader's office's.
    office = _office(booking, rules) if booking else orders.office_for(row.reader or row.to, rules)
    failed = row.reader or row.to
    # Another address of the office where its own mail failed; else the first.
    addresses = (*(address for address in office.emails if address.casefold() != failed.casefold()), office.emails[0])
    person = rules.people.get(row.person)
    is_customer = row.role is Role.CUSTOMER and booking is not None
    facts = {
        "mail_kind": row.kind,
        "to": failed,
        "why": why,
        "tried_until": tried_until,
        "phone": booking.customer.phone if is_customer and booking else person.phone if person else None,
        "booking": orders.for_office(booking) if booking else None,
    }
    to = addresses[0] if row.role is Role.REVIEWER else office.emails[0]
    matter = Matter(MatterKind.MAIL, row.id)
    return (MailOrder(OWN, orders.person_reader(office, to), matter, orders.new_token(given.dice), facts=facts),)
