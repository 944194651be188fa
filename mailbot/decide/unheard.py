"""Watching over the promise: a confirmed stay is near, and no mail server took its door code yet. A person must call.

Who approved without a mail, or where mailbot may not write, promised nothing by mail: there is nothing to watch.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from mailbot.decide import orders
from mailbot.decide.conditions import Case
from mailbot.decide.outcome import Outcome
from mailbot.decide.states import step
from mailbot.decide.wording import clean, stay_words
from mailbot.decide.writers import mails
from mailbot.model.booking import Booking, State
from mailbot.model.books import Books
from mailbot.model.day_events import CodeUnheard
from mailbot.model.decisions import Arrival, Decision, Given
from mailbot.model.mail import OutMail, Sending
from mailbot.model.people import CLOCK, Actor, Role
from mailbot.model.rules import Rules

BEFORE = timedelta(hours=2)
# A mail that was written just now is on its way, not lost.
ON_ITS_WAY = timedelta(minutes=10)


def codes_unheard(books: Books, now: datetime, rules: Rules) -> Iterator[Arrival]:
    """Ask which stays begin within two hours whose door code no server took."""
    days = sorted({now.date(), _later(now, BEFORE).date()})
    for booking in (found for key in rules.resources for day in days for found in books.on(key, day)):
        if is_near(booking, now) and is_unheard(books, booking, now):
            begins = _later(booking.stay.start, -BEFORE)
            key = f"clock:unheard:{booking.code}/{booking.round}.{booking.sequence}:{booking.stay.day}"
            yield Arrival(key, CLOCK, CodeUnheard(booking.code, begins))


def code_unheard(books: Books, by: Actor, event: CodeUnheard, given: Given) -> Decision:
    """Raise office/alarm with the customer's phone number."""
    booking = books.booking(event.booking)
    case = Case(books, by, event, given, booking, booking.stay if booking else None)
    row = step(case)
    if booking is None or isinstance(row, str) or not is_unheard(books, booking, given.now):
        return Decision(notes=((event.booking, "Der Türcode ist inzwischen angekommen."),))
    person = booking.customer
    phone = clean(person.phone, 40) if person.phone else "keine Telefonnummer angegeben"
    named = f"{stay_words(booking.stay)} ({booking.code}, {clean(person.name, 60)})"
    begins = "Bald beginnt" if booking.stay.start.astimezone(UTC) > given.now.astimezone(UTC) else "Es hat begonnen:"
    what = f"{begins} {named}, und die Mail mit dem Türcode ist nicht angekommen."
    todo = f"Bitte rufen Sie an: {phone}. Den Türcode des Tages zeigt die Antwort auf „liste codes“."
    outcome = Outcome(books, given, by, booking, alarm=what, todo=todo)
    note = (booking.code, "Kurz vor dem Termin war der Türcode noch nicht angekommen; das Büro ist alarmiert.")
    return Decision((), mails(row, outcome), (), (note,), "alarm")


def is_unheard(books: Books, booking: Booking, now: datetime) -> bool:
    """Tell whether the newest mail with a confirmed booking's door code was taken by no server, or came back."""
    mail = code_mail(books, booking)
    return mail is not None and _is_lost(mail, now)


def is_near(booking: Booking, now: datetime) -> bool:
    """Tell whether a stay begins within two hours, or goes on now."""
    begins = _later(booking.stay.start, -BEFORE)
    return begins.astimezone(UTC) <= now.astimezone(UTC) and not booking.stay.is_over(now)


def code_mail(books: Books, booking: Booking) -> OutMail | None:
    """Give the newest mail that carries a confirmed booking's door code to its customer; None where there is none."""
    if booking.state is not State.CONFIRMED or booking.door_code is None:
        return None
    sent = [mail for mail in books.mails_about(orders.about(booking)) if mail.has_code and mail.role is Role.CUSTOMER]
    living = [mail for mail in sent if mail.state is not Sending.WITHDRAWN]
    return living[-1] if living else None


def _is_lost(mail: OutMail, now: datetime) -> bool:
    if mail.state is Sending.QUEUED:
        return now.astimezone(UTC) - mail.created_at.astimezone(UTC) >= ON_ITS_WAY
    return mail.state is not Sending.SENT


def _later(at: datetime, span: timedelta) -> datetime:
    return (at.astimezone(UTC) + span).astimezone(at.tzinfo)
