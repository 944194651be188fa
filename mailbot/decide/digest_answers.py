"""What follows from `1 ok, 2 nein voll`: each number is decided like an answer of its own, all of them in one commit.

Doubt in one means that nothing of it is done. What has moved on since the digest was shown, or cannot be done for a
reason of the table, is left as it is and told in the one office/done, beside what was done.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from mailbot.decide import deadlines, orders
from mailbot.decide.conditions import Case
from mailbot.decide.done import done_apart
from mailbot.decide.refusals import ask_back
from mailbot.decide.reviewing import stay_changed
from mailbot.decide.wording import at_moment, stay_words, who
from mailbot.model.booking import STATE_WORDS, Booking
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.digest_events import ItemsAnswered, PageSettled
from mailbot.model.digests import Digest, DoneItem
from mailbot.model.events import Answer, Changed
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.pending import Undoable
from mailbot.model.people import Actor

# Any: the events of answers, as dispatch.decide takes them.
Decide = Callable[[Books, Actor, Any, Given], Decision]
DONE, REFUSED = "office/done", "office/refused"
UNKNOWN = "Diese Übersicht kennt mailbot nicht mehr. Bitte antworten Sie auf die neueste."


def items_answered(books: Books, by: Actor, event: ItemsAnswered, given: Given, decide: Decide) -> Decision:
    """Decide every number of an answer to a digest, one after the other, each against what those before it changed."""
    digest = books.digest(event.matter.ref) if event.matter.kind is MatterKind.DIGEST else None
    case = Case(books, by, event, given)
    if digest is None or digest.office != by.person:
        return ask_back(case, UNKNOWN, works=())
    if why := _doubtful(books, digest, event, given):
        return ask_back(case, f"{why} Deshalb ist nichts davon geschehen.")
    made: list[Decision] = []
    done: list[DoneItem] = []
    for number, answer in _meant(digest, event):
        decision, item = _decided(replace(case, books=books), number, answer, digest.at, decide)
        books = books.after(decision.changes)
        made.append(decision)
        done.append(item)
    late = deadlines.letter_late_since(given)
    told = done_apart(by, (event.matter, 1), "", (), given, items=tuple(done), late=late)
    mails = (*(mail for decision in made for mail in decision.mails), *told)
    return Decision(
        tuple(change for decision in made for change in decision.changes),
        mails,
        tuple(mail_id for decision in made for mail_id in decision.withdraws),
        tuple(note for decision in made for note in decision.notes),
        "items decided",
    )


def _meant(digest: Digest, event: ItemsAnswered) -> list[tuple[int, Answer]]:
    """Give each answer with the booking, the round and the note it is about."""
    notes: Mapping[int, str] = dict(event.notes)
    return [
        (
            number,
            replace(
                answer,
                matter=Matter(MatterKind.BOOKING, digest.items[number - 1][0]),
                round=digest.items[number - 1][1],
                note=notes.get(number, ""),
            ),
        )
        for number, answer in event.items
    ]


def _doubtful(books: Books, digest: Digest, event: ItemsAnswered, given: Given) -> str:
    """Say what cannot be meant: a number nobody showed, or times that make no sense; "" where all is clear."""
    last = len(digest.items)
    for number, _ in event.items:
        if not 1 <= number <= last:
            shown = "keine Nummern" if not last else "nur die Nummer 1" if last == 1 else f"die Nummern 1 bis {last}"
            return f"Die Nummer {number} gibt es in dieser Übersicht nicht; sie zeigt {shown}."
    for number, answer in _meant(digest, event):
        booking = books.booking(answer.matter.ref)
        if isinstance(answer, Changed) and booking:
            _, puzzle = stay_changed(booking, answer, given)
            if puzzle:
                return f"Zu Nummer {number}: {puzzle}"
    return ""


def _decided(case: Case, number: int, answer: Answer, at: datetime, decide: Decide) -> tuple[Decision, DoneItem]:
    booking = case.books.booking(answer.matter.ref)
    if moved := _moved_on(booking, answer, at, case.given):
        return _left(number, booking, answer, moved)
    decision = decide(case.books, case.by, answer, case.given)
    if decision.outcome == "refused":
        why = next((str(mail.facts["why"]) for mail in decision.mails if mail.kind == REFUSED), "Das ging nicht.")
        left, item = _left(number, booking, answer, why)
        # What it puts off, such as a bill, stays put off.
        return replace(left, changes=decision.changes), item
    merged = [mail for mail in decision.mails if mail.kind == DONE and not mail.attach]
    # A silent approval's own office/done brings the invoice, so it goes by itself.
    rest = tuple(mail for mail in decision.mails if mail not in merged)
    told = next((mail for mail in decision.mails if mail.kind == DONE), None)
    return replace(decision, mails=rest), _item(number, booking, decision, told)


def _item(number: int, booking: Booking | None, decision: Decision, told: MailOrder | None) -> DoneItem:
    if told is None:
        said = next((line for _, line in decision.notes), "Erledigt")
        return DoneItem(number, booking and orders.for_office(booking), said, (), is_done=True)
    facts = told.facts
    shown = facts["booking"]
    # About a customer named by his address there is no booking to show.
    assert shown is None or isinstance(shown, Booking)
    did = facts["did"]
    assert isinstance(did, tuple)
    link = facts["link"]
    said, why = str(facts["said"]), str(facts["link_why"])
    return DoneItem(number, shown, said, did, is_done=True, link=str(link) if link else None, link_why=why)


def _left(number: int, booking: Booking | None, answer: Answer, why: str) -> tuple[Decision, DoneItem]:
    note = ((answer.matter.ref, f"Antwort nicht ausgeführt: {why}"),)
    shown = orders.for_office(booking) if booking else None
    return Decision(notes=note), DoneItem(number, shown, "Nicht geschehen", (why,), is_done=False)


def _moved_on(booking: Booking | None, answer: Answer, at: datetime, given: Given) -> str:
    """Say what became of a booking since the digest showed it; facts such as a payment count whatever became of it."""
    if booking is None:
        return "Diese Buchung gibt es nicht mehr."
    if isinstance(answer, PageSettled) and booking.decided_at and booking.decided_at > at:
        return "Inzwischen wurde neu entschieden. Bitte antworten Sie auf die Mail darüber."
    if not isinstance(answer, Undoable):
        return ""
    if booking.round != answer.round:
        return f"Inzwischen geht es um {stay_words(booking.stay)}. Bitte antworten Sie auf die neueste Mail dazu."
    if booking.is_open:
        return ""
    by = who(booking.decided_by, given.rules)
    since = f", am {at_moment(booking.decided_at)} von {by}" if booking.decided_at else ""
    return f"Inzwischen ist die Buchung {STATE_WORDS[booking.state]}{since}."
