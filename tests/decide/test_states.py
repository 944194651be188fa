"""The table of states is walked row by row, each condition is broken once, and what no row says does not happen."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from itertools import product

import pytest
from decide_story import (
    CODE,
    CUSTOMER,
    DESK,
    LATER,
    NOW,
    OFFICE,
    OTHER_OFFICE,
    PAST,
    SOURCE,
    STAY,
    World,
    booking,
    kinds,
    matter,
    notice,
)

from mailbot.decide.conditions import CONDITIONS, Case
from mailbot.decide.dispatch import HANDLERS, decide
from mailbot.decide.states import ANY, ROWS, Row, fitting, markdown, step
from mailbot.decide.writers import WRITERS
from mailbot.model.booking import Booking, Shown, State, Stay
from mailbot.model.day_events import CodeUnheard, PaymentDue, Released, ReviewMissed, ReviewOverdue, TimeRanShort
from mailbot.model.events import (
    Approved,
    BookingRequested,
    Changed,
    CustomerWrote,
    Event,
    Moved,
    NoticeKind,
    Rejected,
    Withdrawn,
)
from mailbot.model.mail import OutMail, Sending
from mailbot.model.people import CLOCK, Actor, Role
from mailbot.model.talk_events import Answered, Asked, Cancelled, ChangeWished, WithdrawalWished

ACTORS: Mapping[Role, Actor] = {Role.SOURCE: SOURCE, Role.REVIEWER: OFFICE, Role.DESK: DESK, Role.CUSTOMER: CUSTOMER}
ACTORS = {**ACTORS, Role.CLOCK: CLOCK}
EVENTS: tuple[type[Event], ...] = (BookingRequested, Moved, Withdrawn, Approved, Changed, Rejected, Asked, Cancelled)
DAY: Mapping[type[Event], Event] = {
    Released: Released(matter(), 1),
    TimeRanShort: TimeRanShort(CODE, NOW),
    PaymentDue: PaymentDue(CODE, NOW),
    ReviewOverdue: ReviewOverdue((CODE,), NOW),
    ReviewMissed: ReviewMissed(CODE, NOW),
    CodeUnheard: CodeUnheard(CODE, NOW),
}
TALK: Mapping[type[Event], Event] = {
    Asked: Asked(matter(), 1, question="Wie viele Personen?"),
    Cancelled: Cancelled(matter(), 1, reason="Wasserschaden"),
    Answered: Answered(matter(), "Zehn."),
    CustomerWrote: CustomerWrote(matter(), "Dürfen Hunde mit?"),
    WithdrawalWished: WithdrawalWished(matter(), "storno"),
    ChangeWished: ChangeWished(matter(), "verschieben auf 20 Uhr", start=time(20)),
}
EVENTS = (*EVENTS, *DAY)
WALK = [(row, state, event) for row in ROWS for state, event in product(row.froms, row.events)]


def _event(kind: type[Event], stay: Stay) -> Event:
    if kind is BookingRequested:
        return BookingRequested(notice(stay))
    if kind is Moved:
        return Moved(notice(stay, NoticeKind.MOVED))
    if kind is Withdrawn:
        return Withdrawn(notice(stay, NoticeKind.WITHDRAWN))
    if kind is Changed:
        return Changed(matter(), 1, day=LATER.day, start=LATER.start.time(), end=LATER.end.time())
    if known := TALK.get(kind) or DAY.get(kind):
        return known
    return Approved(matter(), 1) if kind is Approved else Rejected(matter(), 1, reason="Halle gesperrt")


def _standing(row: Row, state: State) -> Booking:
    """Give the booking a row starts from, as its conditions want it."""
    standing = booking(state)
    if "released" in row.when:
        standing = replace(standing, released_at=NOW - timedelta(hours=1), door_code="731518")
    if "older_mail" in row.when:
        standing = replace(standing, round=2)
    if {"billable", "over"} & set(row.when):
        standing = replace(standing, stay=PAST)
    if "cancelled_first" in row.when:
        standing = replace(standing, received_at=NOW, decided_at=NOW)
    if "moved_first" in row.when:
        standing = replace(standing, moves=1)
    if "said_before" in row.when:
        standing = replace(standing, stay=LATER, shown=Shown(STAY))
    if "followed" in row.when:
        standing = replace(standing, stay=replace(STAY, end=STAY.end + timedelta(minutes=30)), shown=Shown(LATER))
    return standing


def _situation(row: Row, state: State | None, kind: type[Event]) -> tuple[World, Event]:
    world = World.of(*([] if state is None else [_standing(row, state)]))
    if "time_taken" in row.when or (kind is PaymentDue and row.to is None):
        world.books = world.books.after([booking(State.CONFIRMED, code="ANDERE", source_reference="X")])
    if kind is CodeUnheard:
        world.books = world.books.after([_lost_mail()])
    wanted = LATER if {"other_times", "moved_first"} & set(row.when) else STAY
    return world, _event(kind, PAST if "over_at_intake" in row.when else wanted)


def _lost_mail() -> OutMail:
    row = OutMail("m1", "customer/confirmed", "x@x.example", Role.CUSTOMER, "", matter(), 1, "t", "<t>", "", NOW, NOW)
    return replace(row, state=Sending.BOUNCED, has_code=True)


@pytest.mark.parametrize(("row", "state", "kind"), WALK)
def test_every_row_leads_where_it_says_and_writes_its_mails(row: Row, state: State | None, kind: type[Event]) -> None:
    """From each of its states, on each of its events, a row gives its to-state and its mails, in its order."""
    world, event = _situation(row, state, kind)
    decision = world.tell(ACTORS[row.by], event)
    after = world.books.booking(CODE)
    assert after is not None
    assert after.state is (row.to or state)
    assert kinds(decision) == list(row.mails)
    # What the day adds to a booking (released, reminded, short notice) leaves its state as it is.
    # What the page shows once it has followed the office is new, though the booking stands as it stood.
    assert (decision.changes == ()) is (row.to is None) or kind in DAY or "followed" in row.when


def test_every_row_counts_in_its_own_situation() -> None:
    """No row is hidden behind one above it."""
    for row, state, kind in WALK:
        world, event = _situation(row, state, kind)
        assert step(_case(world, ACTORS[row.by], event)) is row


def _case(world: World, by: Actor, event: Event) -> Case:
    known = world.books.booking(CODE)
    if isinstance(event, BookingRequested | Moved):
        stay = Stay("kirche", event.notice.start, event.notice.end) if event.notice.start and event.notice.end else None
    elif isinstance(event, Changed):
        stay = LATER
    else:
        stay = known.stay if known else None
    return Case(world.books, by, event, world.given, known, stay)


def _known(case: Case, **fields: object) -> Case:
    assert case.booking
    return replace(case, booking=replace(case.booking, **fields))  # type: ignore[arg-type]  # any field


def _taken(case: Case) -> Case:
    assert case.stay
    other = booking(State.CONFIRMED, code="ANDEREBUCHUNG", source_reference="X", stay=case.stay)
    return replace(case, books=case.books.after([other]))


def _nameless(case: Case) -> Case:
    assert isinstance(case.event, BookingRequested | Moved)
    return replace(case, event=replace(case.event, notice=replace(case.event.notice, name=None)))


def _without_codes(case: Case) -> Case:
    return replace(case, books=World.of().books.__class__())


def _without_prices(case: Case) -> Case:
    church = replace(case.given.rules.resources["kirche"], prices=())
    rules = replace(case.given.rules, resources={**case.given.rules.resources, "kirche": church})
    return replace(case, given=replace(case.given, rules=rules))


def _unreachable(case: Case) -> Case:
    assert case.booking
    return _known(case, customer=replace(case.booking.customer, email="noreply@kunde.example"))


BREAKS: Mapping[str, Callable[[Case], Case]] = {
    "complete": _nameless,
    "over_at_intake": lambda case: replace(case, stay=STAY),
    "cancelled_first": lambda case: _known(case, decided_at=NOW + timedelta(hours=1)),
    "same_times": lambda case: replace(case, stay=LATER),
    "moved_first": lambda case: _known(case, moves=0),
    "said_before": lambda case: _known(case, shown=Shown(PAST)),
    "followed": lambda case: _known(case, shown=Shown(replace(LATER, end=LATER.end + timedelta(hours=1)))),
    "other_times": lambda case: replace(case, stay=STAY),
    "own_office": lambda case: replace(case, by=OTHER_OFFICE),
    "own_people": lambda case: replace(case, by=replace(case.by, person="hall_office")),
    "open_round": lambda case: _known(case, round=2),
    "times_clear": lambda case: replace(case, puzzle="So geht das nicht."),
    "news": lambda case: _known(case, state=State.CONFIRMED, stay=LATER),
    "ahead": lambda case: replace(case, stay=PAST),
    "billable": lambda case: replace(
        case, stay=replace(PAST, start=PAST.start - timedelta(30), end=PAST.end - timedelta(30))
    ),
    "no_clash": _taken,
    "code_there": _without_codes,
    "priced": _without_prices,
    "reachable": _unreachable,
    "released": lambda case: _known(case, released_at=None),
    "unreleased": lambda case: _known(case, released_at=NOW),
    "unplayed": lambda case: replace(case, stay=PAST),
    "over": lambda case: replace(case, stay=STAY),
    "time_taken": lambda case: replace(case, books=World.of().books),
    "older_mail": lambda case: _known(case, round=1),
    "not_short": lambda case: _known(case, short_notice=True),
}
BROKEN = [(row, name) for row in ROWS for name in row.when]


@pytest.mark.parametrize(("row", "name"), BROKEN)
def test_a_row_does_not_count_when_one_of_its_conditions_fails(row: Row, name: str) -> None:
    """Each condition of each row is needed; where it fails, its sentence is ready."""
    world, event = _situation(row, row.froms[0], row.events[0])
    case = BREAKS[name](_case(world, ACTORS[row.by], event))
    assert CONDITIONS[name].against(case) != ""
    assert step(case) is not row


STRAY = [
    (state, kind, role) for state, kind, role in product((None, *ANY), EVENTS, ACTORS) if not fitting(state, kind, role)
]


@pytest.mark.parametrize(("state", "kind", "role"), STRAY)
def test_any_other_pair_changes_nothing(state: State | None, kind: type[Event], role: Role) -> None:
    """What no row says cannot happen: a person is asked back, anyone else leaves a history line at most."""
    world = World.of(*([] if state is None else [booking(state)]))
    decision = decide(world.books, ACTORS[role], _event(kind, LATER), world.given)
    assert decision.changes == ()
    assert decision.withdraws == ()
    allowed = {"office/refused", "desk/refused"}
    if state is None and kind in (BookingRequested, Moved):
        allowed = {"office/unreadable"}
    assert set(kinds(decision)) <= allowed
    assert decision.notes


def test_markdown_has_a_line_for_each_row() -> None:
    """README's table has every row, in order, and the two closing lines of what else may come."""
    lines = markdown().splitlines()
    assert len(lines) == 2 + len(ROWS) + 2
    assert lines[2] == (
        "| – | BookingRequested, Moved | source | name, e-mail and start given, stay over at intake"
        " | requested | office/review |"
    )
    assert lines[-1].startswith("| any other pair |")


def test_the_table_speaks_only_of_what_exists() -> None:
    """Every condition, mail kind and event a row names has its function; no condition and no writer is idle."""
    assert {name for row in ROWS for name in row.when} == set(CONDITIONS)
    # `code neu` and `ADRESSE: …` are no step of a booking, but their mails can be written again like the others.
    beside = {"customer/code_changed", "customer/invoice"}
    assert {kind for row in ROWS for kind in row.mails} | beside == set(WRITERS)
    assert {event for row in ROWS for event in row.events} <= set(HANDLERS)


def test_every_event_has_a_handler() -> None:
    """Whatever understand/ can find out, decide/ has an answer to."""
    assert set(HANDLERS) == set(Event.__args__)


def test_a_price_that_cannot_be_is_refused() -> None:
    """A discount over 100 % confirms nothing."""
    world = World.of(booking())
    decision = world.tell(OFFICE, Approved(matter(), 1, discount=Decimal(150)))
    assert decision.changes == ()
    assert kinds(decision) == ["office/refused"]
