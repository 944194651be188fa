"""What follows from a booking notice: a request, a move, a withdrawal, whatever order they come in.

Nothing is decided for the office here; a notice that names too little of an unknown booking is shown to a person.
"""

from dataclasses import replace

from mailbot.decide import letters, office_days, orders, page
from mailbot.decide.conditions import Case
from mailbot.decide.finding import (
    booking_code_for,
    bookings_named,
    has_end,
    is_anothers,
    one_meant,
    shown_after,
    stay_wanted,
)
from mailbot.decide.letters import unreadable
from mailbot.decide.outcome import Outcome
from mailbot.decide.papers import taken_back
from mailbot.decide.reviews import review
from mailbot.decide.stale import now_wrong
from mailbot.decide.states import Row, entered, step
from mailbot.decide.wording import agreed_words, clean, stay_words
from mailbot.decide.writers import mails
from mailbot.errors import AskHumanError
from mailbot.model.booking import Booking, Customer, Links, Shown, State, Stay
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import BookingRequested, Moved, Notice, NoticeKind, NoticePuzzled, Withdrawn
from mailbot.model.people import Actor
from mailbot.model.records import OpenLetter
from mailbot.model.rules import Resource


def announced(books: Books, by: Actor, event: BookingRequested | Moved, given: Given) -> Decision:
    """Take in a request or a move: a new booking, new times of a known one, or nothing new."""
    notice = event.notice
    named = bookings_named(books, notice)
    if len(named) > 1:
        return _ask(notice, ("reference",), "Mehrere Buchungen kommen in Frage.", given)
    booking = named[0] if named else None
    if booking and is_anothers(booking, notice):
        return _ask_whose(booking, notice, given)
    resource = _resource_of(notice, given)
    case = Case(books, by, event, given, booking, stay_wanted(notice, booking, resource))
    row = step(case)
    if isinstance(row, str):
        return _not_taken(case, notice, row)
    if row.to is None:
        return _seen(case, page.shown_now(case, notice))
    return _moved(case, row, notice) if booking else _requested(case, row, notice)


def withdrawn(books: Books, by: Actor, event: Withdrawn, given: Given) -> Decision:
    """Take in a withdrawal; one of an unknown booking is kept, so that its request changes nothing later."""
    notice = event.notice
    named = bookings_named(books, notice)
    if len(named) > 1:
        return _ask(notice, ("reference",), "Mehrere Buchungen kommen in Frage.", given)
    booking = named[0] if named else None
    if booking and is_anothers(booking, notice):
        return _ask_whose(booking, notice, given)
    case = Case(books, by, event, given, booking)
    row = step(case)
    if isinstance(row, str):
        return _seen(case, Shown(None))
    return _cancelled(case, row, notice) if case.booking else _cancelled_first(case, row, notice)


def puzzled(books: Books, by: Actor, event: NoticePuzzled, given: Given) -> Decision:
    """Take in a move or withdrawal without a reference where exactly one booking fits; else ask the office."""
    notice = event.notice
    is_whole = notice is not None and event.missing == ("reference",) and not notice.doubts
    booking = one_meant(books, notice, given.now) if notice and is_whole else None
    if notice is None or booking is None:
        return letters.puzzled(books, by, event, given)
    notice = replace(notice, reference=booking.source_reference)
    if bookings_named(books, notice) != [booking]:
        return letters.puzzled(books, by, event, given)
    is_off = notice.kind is NoticeKind.WITHDRAWN
    decision = withdrawn(books, by, Withdrawn(notice), given) if is_off else announced(books, by, Moved(notice), given)
    line = "Die Nachricht nannte keinen Buchungscode; E-Mail und Zeit passen nur zu dieser Buchung."
    return replace(decision, notes=(*decision.notes, (booking.code, line)))


def _resource_of(notice: Notice, given: Given) -> Resource:
    source = given.rules.sources.get(notice.source)
    if source is None:
        raise AskHumanError(f"rules.yaml kennt die Quelle {notice.source} nicht (mehr), von der diese Nachricht kommt.")
    return orders.resource_named(source.resource, given.rules)


def _is_short(stay: Stay, resource: Resource, given: Given) -> bool:
    office = orders.office_of(resource, given.rules)
    return office_days.is_short_notice(stay, given.now, office, resource.short_notice)


def _customer(notice: Notice) -> Customer:
    return Customer(
        clean(notice.name or "", 200),
        notice.email or "",
        phone=notice.phone,
        street=notice.street,
        city=notice.city,
        language=notice.language,
    )


def _requested(case: Case, row: Row, notice: Notice) -> Decision:
    assert case.stay
    assert row.to
    given, resource = case.given, orders.resource_named(case.stay.resource, case.given.rules)
    booking = Booking(
        code=booking_code_for(case.books, notice, given.dice),
        state=row.to,
        stay=case.stay,
        customer=_customer(notice),
        received_at=given.now,
        source=notice.source,
        source_reference=notice.reference,
        remark=notice.remark,
        links=notice.links,
        extras=notice.extras,
        assumed_end=not has_end(notice),
        short_notice=not case.stay.is_over(given.now) and _is_short(case.stay, resource, given),
        moves=int(isinstance(case.event, Moved)),
        shown=Shown(case.stay),
    )
    outcome = review(case.books, case.by, booking, given, notice)
    booking = outcome.booking
    notes = [(booking.code, f"Anfrage eingegangen für {stay_words(booking.stay)}.")]
    return Decision((booking,), mails(row, outcome), (), (*notes, *_clash_notes(outcome)), "requested")


def _clash_notes(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    mine, others = outcome.booking.code, outcome.clashes
    here = ((mine, f"Die Zeit überschneidet sich mit {other.code}.") for other in others)
    there = ((other.code, f"Die Anfrage {mine} überschneidet sich mit dieser Buchung.") for other in others)
    return (*here, *there)


def _moved(case: Case, row: Row, notice: Notice) -> Decision:
    assert case.booking
    assert case.stay
    old, given = case.booking, case.given
    resource = orders.resource_named(case.stay.resource, given.rules)
    booking = entered(
        old,
        row,
        stay=case.stay,
        assumed_end=old.assumed_end and not has_end(notice),
        short_notice=not case.stay.is_over(given.now) and _is_short(case.stay, resource, given),
        links=Links(notice.links.cancel or old.links.cancel, notice.links.move or old.links.move),
        round=old.round + 1,
        moves=old.moves + 1,
        sequence=old.sequence + 1,
        agreed_price=None,
        agreed_discount=None,
        door_code=None,
        decided_at=None,
        decided_by=None,
        reason=None,
        question=None,
        released_at=None,
        released_by=None,
        reminded_at=None,
        escalated_at=None,
        shown=_shown_moved(case, notice),
    )
    knows = old.customer.name if old.door_code or old.released_at else None
    shown = review(case.books, case.by, booking, given, notice)
    odd = (*shown.oddities, *_terms_gone(old))
    outcome = replace(shown, oddities=odd, before=old.stay, knows_code=knows)
    note = f"Verschoben: {stay_words(old.stay)} → {stay_words(booking.stay)}."
    if old.door_code or old.released_at:
        note += " Der Code des alten Tages war schon ausgegeben."
    stale = now_wrong(case.books, old, case.event)
    notes = ((old.code, note), *_clash_notes(outcome))
    return Decision((outcome.booking,), mails(row, outcome), stale, notes, "moved")


def _shown_moved(case: Case, notice: Notice) -> Shown:
    """Give what the page shows after a move: without an end, its own length there, not the office's."""
    assert case.booking
    assert case.stay
    known = page.known(case.booking)
    stay = shown_after(notice, known.stay) if known and known.stay else None
    return Shown(stay or case.stay)


def _terms_gone(old: Booking) -> tuple[str, ...]:
    """Say that a price the office once named was for the old stay: the list counts for the new one."""
    named = agreed_words(old.agreed_price, old.agreed_discount)
    return (f"Für die alte Zeit galt {named}; ein „ok“ allein nimmt jetzt wieder die Preisliste.",) if named else ()


def _cancelled(case: Case, row: Row, notice: Notice) -> Decision:
    assert case.booking
    old = case.booking
    booking = entered(
        old,
        row,
        door_code=None,
        invoice=None,
        decided_at=case.given.now,
        decided_by=str(case.by),
        reason=clean(notice.reason or "") or None,
        shown=Shown(None),
    )
    invoice, changes = taken_back(case.books, old, case.given)
    outcome = Outcome(
        case.books,
        case.given,
        case.by,
        booking,
        invoice=invoice,
        reason=booking.reason or "",
        had_calendar=old.state is State.CONFIRMED or old.invoice is not None,
    )
    note = f"Über die Buchungsseite storniert ({stay_words(old.stay)})."
    stale = now_wrong(case.books, old, case.event)
    return Decision((booking, *changes), mails(row, outcome), stale, ((old.code, note),), "withdrawn")


def _cancelled_first(case: Case, row: Row, notice: Notice) -> Decision:
    assert row.to
    given, resource = case.given, _resource_of(notice, case.given)
    stay = stay_wanted(notice, None, resource) or Stay(resource.key, given.now, given.now)
    booking = Booking(
        code=booking_code_for(case.books, notice, given.dice),
        state=row.to,
        stay=stay,
        customer=_customer(notice),
        received_at=given.now,
        source=notice.source,
        source_reference=notice.reference,
        decided_at=given.now,
        decided_by=str(case.by),
        reason=clean(notice.reason or "") or None,
        shown=Shown(None),
    )
    note = "Die Stornierung kam vor ihrer Anfrage; sie ist vermerkt."
    written = mails(row, Outcome(case.books, given, case.by, booking))
    return Decision((booking,), written, (), ((booking.code, note),), "withdrawn")


def _seen(case: Case, shown: Shown | None) -> Decision:
    """Note what the page shows now, where a notice changes nothing else; nobody hears of it twice."""
    old = case.booking
    if old is None or old.shown is None or shown is None or shown.stay == old.shown.stay:
        return _nothing_new(case)
    booking = replace(old, shown=shown)
    return Decision((booking,), notes=((booking.code, page.seen_words(booking, case.given.now)),), outcome="page seen")


def _nothing_new(case: Case) -> Decision:
    ref = case.booking.code if case.booking else "mailbot"
    return Decision(notes=((ref, "Eine weitere Nachricht der Buchungsseite ändert nichts."),))


def _not_taken(case: Case, notice: Notice, why: str) -> Decision:
    """Show a person what names too little; anything else about a finished booking leaves one history line."""
    if case.booking and case.stay:
        return _seen(case, page.shown_now(case, notice))
    wanted = {"name": notice.name, "email": notice.email} if case.booking is None else {}
    missing = tuple(name for name, value in {**wanted, "start": case.stay}.items() if not value)
    return _ask(notice, missing, why, case.given)


def _ask_whose(booking: Booking, notice: Notice, given: Given) -> Decision:
    """Ask about a notice with a known reference and another customer: where a form lets them, people type one."""
    whose = clean(booking.customer.name, 60)
    problem = (
        f"Die Nachricht nennt den Buchungscode {booking.code}. Die Buchung ist aber von {whose}, mit einer anderen "
        "E-Mail-Adresse; an ihr hat sich nichts geändert. Gehört die Nachricht doch dazu, antworten Sie auf eine Mail "
        "zu dieser Buchung. Sonst ist es eine neue Anfrage: Bitte schreiben Sie dem Kunden."
    )
    # Neither history names the other person: `forget` would not find it there.
    line = "Eine Nachricht der Buchungsseite nannte diesen Code, aber jemand anderen als Kunden; nichts geändert."
    return replace(_ask(notice, (), problem, given), notes=((booking.code, line),))


def _ask(notice: Notice, missing: tuple[str, ...], problem: str, given: Given) -> Decision:
    office = orders.office_of(_resource_of(notice, given), given.rules)
    subject = notice.reference or notice.name or ""
    letter = OpenLetter("", given.now, subject, problem, is_unproven=False, notice=notice, missing=missing)
    mail = unreadable(letter, office, given)
    return Decision(mails=(mail,), notes=(("mailbot", f"Nachricht nicht verstanden: {problem}"),), to_trouble=True)
