"""`code neu`: another door code for a day, first proposed; it counts only once the office says that the lock knows it.

The proposal names everybody who knows the old code. Only the `ok` to it, in its own round, changes the code: queued
mails with the old one are withdrawn, that day's customers and the desk get the new one. Never a code in a note.
"""

from collections.abc import Iterable
from dataclasses import replace

from mailbot.decide import codes, desk_codes, orders
from mailbot.decide.conditions import Case
from mailbot.decide.done import done_apart
from mailbot.decide.mending import FITS, as_it_stands
from mailbot.decide.outcome import Orders
from mailbot.decide.places import Place, place_wanted
from mailbot.decide.refusals import SENTENCES, ask_back
from mailbot.decide.wording import on_day
from mailbot.decide.writers import WRITERS
from mailbot.model.booking import Booking, State
from mailbot.model.books import Books
from mailbot.model.codes import CodeProposal, DoorCode
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import Answer, Approved, Doubt, Rejected
from mailbot.model.list_events import NewCodeAsked
from mailbot.model.mail import MailOrder, Matter, MatterKind, OutMail, Sending
from mailbot.model.people import Actor
from mailbot.model.records import Change, Gone

PROPOSAL = "office/new_code"
CHANGED = "customer/code_changed"
GONE = "Dieser Vorschlag gilt nicht mehr: Er ist schon angenommen, verworfen oder vorbei."
WORKS = (
    ("code neu 6.12.", "einen neuen Türcode für diesen Tag vorschlagen lassen"),
    ("code neu 6.12. 482913", "Ihren eigenen Code für diesen Tag vorschlagen"),
)
AGREE = (("ok", "das Schloss kennt den neuen Code"), ("nein", "den Vorschlag verwerfen"))


def asked(books: Books, by: Actor, event: NewCodeAsked, given: Given) -> Decision:
    """Propose another code for a day, to the person who asked; nothing changes yet."""
    case = Case(books, by, event, given)
    place = place_wanted(books, by, event, given)
    if isinstance(place, str):
        return ask_back(case, place, works=WORKS)
    if event.code and (why := codes.against(event.code, place.resource, place.key, books)):
        return ask_back(case, why, works=WORKS)
    code = event.code or codes.another(books, place.resource, given.dice)
    older = books.code_proposal(place.key)
    number = older.round + 1 if older else _rounds_before(books, place) + 1
    proposal = CodeProposal(place.resource.key, place.day, place.slot, code, given.now, str(by), number)
    stale = tuple(mail.id for mail in _waiting(books.mails_about(_matter(place.key))) if mail.kind == PROPOSAL)
    note = ("mailbot", f"Ein neuer Türcode für {place.words} ist vorgeschlagen; noch gilt der alte.")
    return Decision((proposal,), (_proposed(case, place, proposal),), stale, (note,), "code proposed")


def agreed(books: Books, by: Actor, event: Approved, given: Given) -> Decision:
    """Change the code of an open proposal, now that the lock knows it, and tell everybody who needs it."""
    case = Case(books, by, event, given)
    proposal, why = _answered(case)
    if proposal is None:
        return ask_back(case, why, works=())
    place = _place(proposal, given)
    if why := _against(case, event, proposal, place):
        return ask_back(case, why, works=AGREE if why == SENTENCES[Doubt.BUT] else WORKS)
    code = DoorCode(proposal.resource, proposal.day, proposal.slot, proposal.code)
    knowing = _knowing(books, place, given)
    told = tuple(
        replace(booking, door_code=code.code) if booking.state is State.CONFIRMED else booking for booking in knowing
    )
    changes: tuple[Change, ...] = (
        code,
        *(booking for booking in told if booking.state is State.CONFIRMED),
        Gone(CodeProposal.TABLE, proposal.key),
    )
    desk = desk_codes.anew(books.after(changes), place.resource, place.day, given)
    stale = _old_mails(books, place, knowing)
    mails = (*_to_customers(case, told, stale), *_done(case, place, told), *desk.mails)
    notes = (
        ("mailbot", f"Neuer Türcode für {place.words}; das Schloss kennt ihn."),
        *((booking.code, f"Neuer Türcode für {place.words}.") for booking in told),
        *desk.notes,
    )
    withdrawn = dict.fromkeys((*(mail.id for mail in stale), *desk.withdraws))
    return Decision((*changes, *desk.changes), mails, tuple(withdrawn), notes, "code changed")


def declined(books: Books, by: Actor, event: Rejected, given: Given) -> Decision:
    """Drop an open proposal; the code stays as it is."""
    case = Case(books, by, event, given)
    proposal, why = _answered(case)
    if proposal is None:
        return ask_back(case, why, works=())
    place = _place(proposal, given)
    said = f"Der Vorschlag eines neuen Türcodes für {place.words} ist verworfen"
    told = done_apart(by, (_matter(place.key), 0), said, ("Es gilt weiter der bisherige Türcode.",), given)
    return Decision((Gone(CodeProposal.TABLE, proposal.key),), told, (), (("mailbot", f"{said}."),), "proposal dropped")


def _matter(key: str) -> Matter:
    return Matter(MatterKind.CODES, key)


def _place(proposal: CodeProposal, given: Given) -> Place:
    return Place(orders.resource_named(proposal.resource, given.rules), proposal.day, proposal.slot)


def _rounds_before(books: Books, place: Place) -> int:
    """Give the last round of proposals for this place: a token of an old one must not open a new one."""
    return max((mail.round for mail in books.mails_about(_matter(place.key))), default=0)


def _answered(case: Case) -> tuple[CodeProposal | None, str]:
    """Give the open proposal an answer means, else what stands against it."""
    assert isinstance(case.event, Answer)
    proposal = case.books.code_proposal(case.event.matter.ref)
    if proposal is None:
        is_list = case.event.matter.ref.startswith(("desk/", "season/"))
        return None, SENTENCES[Doubt.NOT_HERE] if is_list else GONE
    resource = case.given.rules.resources.get(proposal.resource)
    if resource is None:
        return None, GONE
    office = orders.office_of(resource, case.given.rules)
    if case.by.person != office.key:
        return None, f"Darüber entscheidet {office.name}."
    if case.event.round != proposal.round:
        return None, "Für diesen Tag gibt es einen neueren Vorschlag. Bitte antworten Sie auf die neueste Mail."
    return proposal, ""


def _against(case: Case, event: Approved, proposal: CodeProposal, place: Place) -> str:
    if (event.price, event.discount, event.silent) != (None, None, False):
        return SENTENCES[Doubt.BUT]
    if proposal.day < case.given.now.date():
        return f"{on_day(proposal.day)} ist schon vorbei; der Türcode bleibt, wie er war."
    # Since the proposal the code may have been given to another day.
    return codes.against(proposal.code, place.resource, place.key, case.books)


def _knowing(books: Books, place: Place, given: Given) -> tuple[Booking, ...]:
    """Give the bookings of that place, not yet over, whose people hold its code: confirmed, or let in by phone."""
    return tuple(
        booking
        for booking in books.on(place.resource.key, place.day)
        if booking.stay.day == place.day and codes.slot_of(place.resource, booking.stay) == place.slot
        if not booking.stay.is_over(given.now)
        if booking.state is State.CONFIRMED or booking.released_at is not None
    )


def _proposed(case: Case, place: Place, proposal: CodeProposal) -> MailOrder:
    knowing = _knowing(case.books, place, case.given)
    facts = {
        "resource": place.resource,
        "day": place.day,
        "slot": place.slot,
        "code_new": proposal.code,
        "told": tuple(orders.for_office(b) for b in knowing if b.state is State.CONFIRMED),
        "to_call": tuple(orders.for_office(b) for b in knowing if _has_to_be_called(b, case.given)),
    }
    reader, token = orders.answerer(case.by, case.given.rules), orders.new_token(case.given.dice)
    return MailOrder(PROPOSAL, reader, _matter(place.key), token, proposal.round, facts, has_code=True, is_reply=True)


def _has_to_be_called(booking: Booking, given: Given) -> bool:
    """Tell whether no mail of ours will bring the new code: not confirmed yet, or no address we can write to."""
    return booking.state is not State.CONFIRMED or not orders.may_write_to(booking.customer.email, given.rules)


def _waiting(mails: Iterable[OutMail]) -> tuple[OutMail, ...]:
    return tuple(mail for mail in mails if mail.state is Sending.QUEUED and mail.has_code)


def _old_mails(books: Books, place: Place, knowing: Iterable[Booking]) -> tuple[OutMail, ...]:
    """Give the mails with the old code that have not left: the customers', the lists of office and desk."""
    season = Matter(MatterKind.CODES, f"season/{place.resource.key}")
    matters = (*(orders.about(booking) for booking in knowing), season)
    return tuple(mail for matter in matters for mail in _waiting(books.mails_about(matter)))


def _to_customers(case: Case, told: Iterable[Booking], stale: tuple[OutMail, ...]) -> Orders:
    """Tell each confirmed customer; a mail that was withdrawn goes out again first, for it says more than the code."""
    found: list[MailOrder] = []
    for booking in told:
        if booking.state is not State.CONFIRMED:
            continue
        outcome = as_it_stands(case, booking)
        kinds = dict.fromkeys(mail.kind for mail in stale if mail.matter == orders.about(booking))
        again = [kind for kind in kinds if kind in FITS and kind != CHANGED and booking.state in FITS[kind][1]]
        found += [mail for kind in (*again, CHANGED) for mail in WRITERS[kind](outcome)]
    return tuple(found)


def _done(case: Case, place: Place, told: tuple[Booking, ...]) -> Orders:
    did = [_did(booking, case.given) for booking in told] or [
        "Niemand hatte den alten Code; geschrieben wird niemandem."
    ]
    if place.resource.door_codes.list_to:
        did.append("Die Codeliste der nächsten Tage geht neu hinaus, wenn der Tag darauf steht.")
    said = f"Neuer Türcode für {place.words}; das Schloss kennt ihn"
    return done_apart(case.by, (_matter(place.key), 0), said, tuple(did), case.given)


def _did(booking: Booking, given: Given) -> str:
    name = f"{booking.customer.name} ({booking.code})"
    if not _has_to_be_called(booking, given):
        return f"{name} bekommt den neuen Türcode."
    return f"Bitte rufen Sie {name} an, {booking.customer.phone or 'ohne Telefonnummer'}: mailbot schreibt hier nicht."
