"""The history of a booking: how its lines are written, and the answer to `warum`, which tells all of it.

No line holds a door code, not even one that somebody typed into a note.
"""

import textwrap
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby

from mailbot.decide import codes, orders, page
from mailbot.decide.conditions import CONDITIONS, Case
from mailbot.decide.refusals import refused
from mailbot.decide.wording import clean, who
from mailbot.model.booking import Booking
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import Answer
from mailbot.model.mail import MailOrder, Matter, MatterKind, OutMail, Sending
from mailbot.model.people import Actor
from mailbot.model.rules import Rules
from mailbot.model.talk_events import WhyAsked

# A line of a mail is cut at 300 characters; a longer one goes on in the next.
LONGEST = 250
# How the line of a question begins; what stands behind it is the question.
ASKED = "Frage an den Kunden: "
SENDINGS = {
    Sending.QUEUED: "wartet auf den Versand",
    Sending.SENT: "gesendet",
    Sending.FAILED: "ließ sich nicht senden",
    Sending.BOUNCED: "kam als unzustellbar zurück",
    Sending.WITHDRAWN: "vor dem Versand zurückgezogen",
    Sending.UNCERTAIN: "vielleicht nicht angekommen",
}

# One line: clock time, what happened, and the kind of mail it speaks of ("" where it is about none).
Told = tuple[str, str, str]


def notes_of(case: Case, booking: Booking, line: str) -> tuple[tuple[str, str], ...]:
    """Give the history lines of a decision: what it did, and the note below an answer."""
    note = case.event.note if isinstance(case.event, Answer) else ""
    noted = f"Notiz: {clean(note, 1000)}" if note else ""
    return tuple((booking.code, without_codes(text, booking, case.books, case.given)) for text in (line, noted) if text)


def without_codes(text: str, booking: Booking, books: Books, given: Given) -> str:
    """Blot out the door code of a booking's day where somebody typed it into a text."""
    day = codes.code_for(books, orders.resource_named(booking.stay.resource, given.rules), booking.stay)
    known = {booking.door_code, day.code if day else None} - {None}
    for code in known:
        assert code
        text = text.replace(code, "•" * len(code))
    return text


def why_asked(books: Books, by: Actor, event: WhyAsked, given: Given) -> Decision:
    """Tell a reviewer all that happened to a booking and every mail about it, in order."""
    booking = books.booking_about(event.matter)
    case = Case(books, by, event, given, booking)
    if booking is None or (why := CONDITIONS["own_office"].against(case)):
        return refused(case, why if booking else "")
    left = page.to_do(booking, given.now)
    days = _days(books, booking, given.rules)
    facts = {"booking": orders.for_office(booking), "days": days, "to_do": left.words if left else ""}
    token, reader = orders.new_token(given.dice), orders.answerer(by, given.rules)
    mail = MailOrder("office/history", reader, event.matter, token, booking.round, facts, is_reply=True)
    return Decision(mails=(mail,), notes=notes_of(case, booking, ""), outcome="told")


def _days(books: Books, booking: Booking, rules: Rules) -> tuple[tuple[date, tuple[Told, ...]], ...]:
    """Give the history day by day: what happened, then the mails it led to."""
    zone = rules.site.timezone
    happened = [(at.astimezone(zone), told) for at, told in (*_lines(books, booking, rules), *_mails(books, booking))]
    happened.sort(key=lambda item: item[0])
    days = groupby(happened, key=lambda item: item[0].date())
    return tuple((day, tuple((f"{at:%H:%M}", *told) for at, told in items)) for day, items in days)


def _lines(books: Books, booking: Booking, rules: Rules) -> Iterator[tuple[datetime, tuple[str, str]]]:
    for line in books.history(booking.code):
        by = _who(line.by, rules)
        for part in textwrap.wrap(f"{line.line} ({by})", LONGEST):
            yield line.at, (part, "")


def _who(by: str, rules: Rules) -> str:
    key, _, address = by.partition(" ")
    if key in rules.sources:
        return "Buchungsseite"
    return f"Kunde, {key}" if "@" in key and not address else who(by, rules)


def _mails(books: Books, booking: Booking) -> Iterator[tuple[datetime, tuple[str, str]]]:
    about = books.mails_about(orders.about(booking))
    failures = [mail for row in about for mail in books.mails_about(Matter(MatterKind.MAIL, row.id))]
    for mail in (*about, *failures):
        yield mail.created_at, (f"Mail an {mail.reader or mail.to}, {_sending(mail)}", mail.kind)


def _sending(mail: OutMail) -> str:
    if mail.state is Sending.WITHDRAWN and mail.uncertain:
        return "zurückgezogen, vielleicht aber schon angekommen"
    said = SENDINGS[mail.state]
    at = f" am {mail.finished_at:%d.%m.%Y um %H:%M} Uhr" if mail.state is Sending.SENT and mail.finished_at else ""
    return f"{said}{at}"
