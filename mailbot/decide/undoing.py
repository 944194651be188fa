"""Answers that can be taken back for a while, where rules.yaml sets `schedule.undo`: recorded first, done by the clock.

What the table would refuse is refused at once. When the time is over, the answer is held against the books as they are
then: clash, code, state and round count anew. So close to the stay's start nothing waits: a late code helps nobody.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from mailbot.decide.conditions import CONDITIONS, Case
from mailbot.decide.history import notes_of
from mailbot.decide.outcome import Outcome
from mailbot.decide.refusals import ask_back, refused
from mailbot.decide.wording import at_moment, who
from mailbot.decide.writers import WRITERS
from mailbot.model.booking import STATE_WORDS, Booking
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import Event
from mailbot.model.pending import PendingDecision, Undoable
from mailbot.model.people import Actor, Role
from mailbot.model.records import Gone
from mailbot.model.talk_events import Asked, TakenBack

# How long an answer waits at most for a mailbox that cannot be read, and so long before the stay it waits no more.
A_DAY = timedelta(days=1)
Handler = Callable[[Books, Actor, Any, Given], Decision]
TAKE_BACK = (("zurück", "nimmt die wartende Antwort zurück"),)


def may_wait(books: Books, by: Actor, event: Event, given: Given) -> bool:
    """Tell whether an event is an answer that waits before it counts, or comes while another one waits."""
    if by.role is not Role.REVIEWER or not isinstance(event, Undoable):
        return False
    booking = books.booking_about(event.matter)
    if booking is None:
        return False
    undo = given.rules.schedule.undo
    has_time = undo > timedelta(0) and (booking.stay.is_over(given.now) or booking.stay.start > _later(given.now, undo))
    return has_time or _waiting(books, booking) is not None


def wait(books: Books, by: Actor, event: Undoable, given: Given, handler: Handler) -> Decision:
    """Record an answer that would count, to be done later; at most one waits for each booking."""
    booking = books.booking_about(event.matter)
    assert booking
    case = Case.of(books, by, event, given, booking)
    if pending := _waiting(books, booking):
        return ask_back(case, _already(pending, given), works=TAKE_BACK)
    trial = handler(books, by, event, given)
    if trial.outcome == "refused":
        return trial
    counts_at = _later(given.now, given.rules.schedule.undo)
    said = _said(event, trial)
    did = (f"Das gilt ab {at_moment(counts_at)}; bis dahin nimmt „zurück“ es zurück.",)
    outcome = Outcome(books, given, by, booking, said=said, did=did, takes_effect_at=counts_at)
    notes = notes_of(case, booking, f"Vorgemerkt: {said}. Das gilt ab {at_moment(counts_at)}.")
    waits = PendingDecision.of(by, event, given.now, counts_at)
    return Decision((waits,), WRITERS["office/done"](outcome), (), notes, "pending")


def taken_back(books: Books, by: Actor, event: TakenBack, given: Given) -> Decision:
    """Drop the answer that waits: it never counts."""
    booking = books.booking_about(event.matter)
    case = Case.of(books, by, event, given, booking)
    pending = books.pending(booking.code) if booking else None
    if booking is None or (why := CONDITIONS["own_office"].against(case)):
        return refused(case, why if booking else "")
    if pending is None:
        return ask_back(case, _nothing_waits(given))
    did = (f"Es bleibt, wie es war; die Buchung ist {STATE_WORDS[booking.state]}.",)
    outcome = Outcome(books, given, by, booking, said="Ihre wartende Antwort gilt nicht mehr", did=did)
    notes = notes_of(case, booking, f"Die Antwort von {who(str(pending.by), given.rules)} wurde zurückgenommen.")
    gone = Gone(PendingDecision.TABLE, pending.key)
    return Decision((gone,), WRITERS["office/done"](outcome), (), notes, "taken back")


def counted(books: Books, code: str, given: Given, handlers: Callable[[Event], Handler]) -> Decision:
    """Make the real decision of the answer that waited about a booking."""
    pending = books.pending(code)
    if pending is None:
        return Decision()
    gone = Gone(PendingDecision.TABLE, pending.key)
    if pending.by.person not in given.rules.people:
        # rules.yaml was changed meanwhile: nobody answers for it any more.
        note = "Die vorgemerkte Antwort entfiel, denn wer sie gab, steht nicht mehr in rules.yaml."
        return Decision((gone,), notes=((code, note),), outcome="dropped")
    made = handlers(pending.answer)(books, pending.by, pending.answer, given)
    return Decision((gone, *made.changes), made.mails, made.withdraws, made.notes, made.outcome)


def counts_unread_at(books: Books, code: str, at: datetime, patience: timedelta) -> datetime:
    """Give when an answer that ends waiting at `at` counts, though a `zurück` may lie in a mailbox that stays away.

    An `ok` that never counts leaves a customer who paid before a locked door, a `storno` one before a flooded hall; a
    `zurück` read too late can be made good by `storno`. So from a day before the stay it counts after a few minutes:
    there is time to read, to pay and to call. Else, and after the stay, nobody is harmed by waiting a day.
    """
    booking, latest = books.booking(code), _later(at, A_DAY)
    if booking is None or booking.stay.is_over(at):
        return latest
    day_before = _later(booking.stay.start, -A_DAY)
    return min(latest, max(_later(at, patience), day_before, key=_utc), key=_utc)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _waiting(books: Books, booking: Booking) -> PendingDecision | None:
    """Give the answer that waits in the open round; one of an older round gives way to a new one."""
    pending = books.pending(booking.code)
    return pending if pending and pending.answer.round == booking.round else None


def _later(at: datetime, wait: timedelta) -> datetime:
    return (at.astimezone(UTC) + wait).astimezone(at.tzinfo)


def _said(event: Undoable, trial: Decision) -> str:
    if isinstance(event, Asked):
        return f"Frage an den Kunden: {event.question}"
    done = next((mail for mail in trial.mails if mail.kind == "office/done"), None)
    return str(done.facts["said"]) if done else "Antwort"


def _already(pending: PendingDecision, given: Given) -> str:
    by, at = who(str(pending.by), given.rules), at_moment(pending.at)
    return f"Die Antwort von {by}, {at}, wartet noch bis {at_moment(pending.takes_effect_at)}; dann gilt sie."


def _nothing_waits(given: Given) -> str:
    if given.rules.schedule.undo > timedelta(0):
        return "Es wartet keine Antwort mehr, die sich zurücknehmen ließe."
    return "Antworten gelten hier sofort und lassen sich nicht zurücknehmen; was gilt, ändert eine neue Antwort."
