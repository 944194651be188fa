"""Whatever happens in whatever order, some things never do: played with random events, checked after each of them."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from decide_story import (
    CUSTOMER,
    DEPUTY,
    DESK,
    LATER,
    NOW,
    OFFICE,
    OTHER_OFFICE,
    SOURCE,
    STAY,
    World,
    matter,
    notice,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.model.booking import Booking, State, Stay
from mailbot.model.decisions import Decision
from mailbot.model.events import (
    Answer,
    Approved,
    BookingRequested,
    Changed,
    CustomerWrote,
    DeliveryFailed,
    Doubt,
    Doubted,
    Event,
    Moved,
    NoticeKind,
    Readdressed,
    Rejected,
    Withdrawn,
)
from mailbot.model.mail import Matter, MatterKind, Sending
from mailbot.model.money import InvoiceKind
from mailbot.model.people import NOBODY, Actor
from mailbot.model.talk_events import Answered, Asked, Cancelled, WithdrawalWished

REFERENCES = ("AAAABBBBCCCC", "DDDDEEEEFFFF")
STAYS = (
    STAY,
    replace(STAY, start=STAY.start + timedelta(minutes=30), end=STAY.end + timedelta(minutes=30)),
    LATER,
    replace(STAY, start=STAY.end, end=STAY.end + timedelta(hours=1)),
)
WITH_CODE = {"customer/confirmed", "customer/payment"}

references, stays = st.sampled_from(REFERENCES), st.sampled_from(STAYS)
# 0 stands for the round that is open then; the others are right, old or invented.
rounds = st.sampled_from((0, 0, 0, 1, 2))
people = st.sampled_from((OFFICE, OFFICE, OFFICE, OFFICE, DEPUTY, OTHER_OFFICE, DESK, CUSTOMER))


@dataclass(frozen=True)
class Step:
    """One thing that happens: who, what, and how much later."""

    by: Actor
    event: Event
    after: timedelta = field(default=timedelta(minutes=7))


def _notice(kind: NoticeKind, reference: str, stay: Stay) -> Event:
    said = notice(stay, kind, reference=reference, email=f"{reference.casefold()}@kunde.example")
    if kind is NoticeKind.NEW:
        return BookingRequested(said)
    return Moved(said) if kind is NoticeKind.MOVED else Withdrawn(said)


def _changed(reference: str, number: int, stay: Stay) -> Event:
    return Changed(matter(reference), number, day=stay.day, start=stay.start.time(), end=stay.end.time())


notices = st.builds(_notice, st.sampled_from(NoticeKind), references, stays)
approved = st.builds(lambda ref, n: Approved(matter(ref), n), references, rounds)
silent = st.builds(lambda ref, n: Approved(matter(ref), n, price=Decimal(30), silent=True), references, rounds)
rejected = st.builds(lambda ref, n: Rejected(matter(ref), n, reason="voll"), references, rounds)
changed = st.builds(_changed, references, rounds, stays)
asked_back = st.builds(lambda ref, n: Asked(matter(ref), n, question="Wie viele?"), references, rounds)
cancelled = st.builds(lambda ref, n: Cancelled(matter(ref), n, reason="Wasser"), references, rounds)
said = st.sampled_from((Answered, CustomerWrote, WithdrawalWished))
doubted = st.builds(lambda ref, why: Doubted(matter(ref), 1, why=why, said="ok?"), references, st.sampled_from(Doubt))
kinds_of_answer = (approved, approved, changed, silent, rejected, doubted, asked_back, cancelled)
answers = st.sampled_from(kinds_of_answer).flatmap(lambda kind: kind)
later = st.sampled_from((timedelta(minutes=1), timedelta(minutes=1), timedelta(hours=2), timedelta(days=2)))
asked = st.builds(Step, st.just(SOURCE), notices, later)
answered = st.builds(Step, people, answers, later)
written = st.builds(lambda ref, kind: Step(CUSTOMER, kind(matter(ref), "Hallo")), references, said)
mended = st.tuples(st.integers(0, 200), st.sampled_from(("bounce", "mend")))
# Mostly answers, because only they confirm; one_of() would give each kind the same weight.
kinds_of_step = st.sampled_from((answered, answered, answered, answered, answered, asked, asked, written, mended))
plays = st.lists(kinds_of_step.flatmap(lambda kind: kind), min_size=10, max_size=25)


def _mending(world: World, which: int, what: str) -> Step | None:
    """Let one of the mails there are bounce, or have its address mended."""
    rows = world.books.mails()
    if not rows:
        return None
    row = rows[which % len(rows)]
    if what == "bounce":
        return Step(NOBODY, DeliveryFailed(row.token, "550"))
    return Step(OFFICE, Readdressed(Matter(MatterKind.MAIL, row.id), 0, email=f"neu{which}@kunde.example"))


def _in_the_open_round(world: World, step: Step) -> Step:
    event = step.event
    if not isinstance(event, Answer) or event.round != 0:
        return step
    known = world.books.booking(event.matter.ref)
    return replace(step, event=replace(event, round=known.round if known else 1))


def _begun() -> World:
    """Give a world in which both requests are there, so that every play has something to decide."""
    world = World(now=NOW)
    for reference, stay in zip(REFERENCES, STAYS, strict=False):
        world.tell(SOURCE, _notice(NoticeKind.NEW, reference, stay))
    return world


@settings(max_examples=150, derandomize=True)
@given(plays)
def test_some_things_never_happen(play: list[Step | tuple[int, str]]) -> None:
    """No double booking, no code out of place, no gap in the numbers, no token twice, in any order of events."""
    world = _begun()
    for item in play:
        step = _in_the_open_round(world, item) if isinstance(item, Step) else _mending(world, *item)
        if step is None:
            continue
        before = world.books.bookings()
        decision = world.tell(step.by, step.event)
        _check_decision(world, step, decision, before)
        _check_books(world)
        world.end_all(Sending.SENT)
        world.now += step.after


def _check_decision(world: World, step: Step, decision: Decision, before: list[Booking]) -> None:
    codes = {code.code for code in world.books.door_codes()}
    for ref, line in decision.notes:
        assert ref
        assert not any(code in line for code in codes)
    for order in decision.mails:
        shown = repr_of_codes(order.facts)
        assert not shown or order.kind in WITH_CODE
        assert not shown or order.reader.address == _customer_of(world, order.matter.ref)
    if step.by not in (SOURCE, OFFICE, DEPUTY, NOBODY) and not isinstance(step.event, Answered):
        assert world.books.bookings() == before


def repr_of_codes(facts: object) -> list[str]:
    """Give the door codes a mail's facts carry, wherever a booking stands in them."""
    values = list(facts.values()) if hasattr(facts, "values") else []
    values += [item for value in values if isinstance(value, tuple) for item in value]
    return [value.door_code for value in values if isinstance(value, Booking) and value.door_code]


def _customer_of(world: World, code: str) -> str:
    found = world.books.booking(code)
    assert found
    return found.customer.email


def _check_books(world: World) -> None:
    bookings = world.books.bookings()
    confirmed = [b for b in bookings if b.state is State.CONFIRMED]
    for one in confirmed:
        assert not any(one.stay.overlaps(other.stay) for other in confirmed if other.code != one.code)
        assert one.invoice
        assert one.decided_by
    for seen in bookings:
        assert seen.door_code is None or seen.state is State.CONFIRMED
        day = world.books.door_code("kirche", seen.stay.day)
        assert seen.door_code in (None, day.code if day else None)
    _check_invoices(world)
    tokens = [order.token for order in world.mails]
    assert len(tokens) == len(set(tokens))


def _check_invoices(world: World) -> None:
    invoices = world.books.invoices()
    assert [paper.number for paper in invoices] == [f"SK-2026-{n + 1:05d}" for n in range(len(invoices))]
    cancelled = [paper.cancels for paper in invoices if paper.kind is InvoiceKind.CANCELLATION]
    assert len(cancelled) == len(set(cancelled))
    # What stands billed and is not cancelled is exactly what the bookings name.
    standing = {p.number for p in invoices if p.kind is InvoiceKind.INVOICE} - set(cancelled)
    assert standing == {seen.invoice for seen in world.books.bookings() if seen.invoice}
