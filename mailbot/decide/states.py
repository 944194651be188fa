"""THE TABLE of how a booking moves, and nothing about how that is written down or told.

A row counts where its from-state, event, role and all its conditions fit; rows stand in order, the narrower first.
What no row says cannot happen: a person is told why (…/refused), a source or the clock leaves one history line.
The handlers obey it (step(), entered(), writers.mails()), tests walk it, README shows it (markdown()).
"""

from dataclasses import dataclass, replace

from mailbot.decide.conditions import CONDITIONS, Case
from mailbot.model.booking import LIVING, Booking, State
from mailbot.model.day_events import CodeUnheard, PaymentDue, Released, ReviewMissed, ReviewOverdue, TimeRanShort
from mailbot.model.events import Approved, BookingRequested, Changed, CustomerWrote, Event, Moved, Rejected, Withdrawn
from mailbot.model.people import Role
from mailbot.model.talk_events import Answered, Asked, Cancelled, ChangeWished, WithdrawalWished

UNKNOWN = None
REQUESTED, HELD, CONFIRMED = State.REQUESTED, State.HELD, State.CONFIRMED
REJECTED, CANCELLED, LAPSED = State.REJECTED, State.CANCELLED, State.LAPSED
OPEN = (REQUESTED, HELD)
ANY = tuple(State)
NOT_HELD = tuple(state for state in ANY if state is not HELD)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: from these states (UNKNOWN: no such booking), on these events, by this role, under these conditions.

    `to` None leaves the state as it is; `mails` are the kinds that are written, in this order.
    """

    froms: tuple[State | None, ...]
    events: tuple[type[Event], ...]
    by: Role
    when: tuple[str, ...]
    to: State | None
    mails: tuple[str, ...]


def _given_out(froms: tuple[State, ...], when: tuple[str, ...], to: State | None, told: tuple[str, ...]) -> list[Row]:
    """Give the rows of a code given out by phone: who says so is answered in a mail of its own kind.

    The office needs no office/released for what it said itself: its office/done goes to its first address too.
    """
    when = ("own_people", *when)
    by_desk = Row(froms, (Released,), Role.DESK, when, to, ("desk/done", *told))
    by_office = ("office/done", *(kind for kind in told if kind != "office/released"))
    return [by_desk, Row(froms, (Released,), Role.REVIEWER, when, to, by_office)]


ROWS: tuple[Row, ...] = (
    Row(
        (UNKNOWN,),
        (BookingRequested, Moved),
        Role.SOURCE,
        ("complete", "over_at_intake"),
        REQUESTED,
        ("office/review",),
    ),
    Row(
        (UNKNOWN,),
        (BookingRequested, Moved),
        Role.SOURCE,
        ("complete",),
        REQUESTED,
        ("customer/received", "office/review", "desk/request", "subscriber/request"),
    ),
    Row((CANCELLED,), (BookingRequested,), Role.SOURCE, ("cancelled_first",), None, ()),
    Row(ANY, (BookingRequested, Moved), Role.SOURCE, ("same_times",), None, ()),
    Row(LIVING, (BookingRequested,), Role.SOURCE, ("moved_first",), None, ()),
    Row((CONFIRMED,), (BookingRequested, Moved), Role.SOURCE, ("said_before",), None, ()),
    Row((CONFIRMED,), (BookingRequested, Moved), Role.SOURCE, ("followed",), None, ()),
    Row(
        LIVING,
        (BookingRequested, Moved),
        Role.SOURCE,
        ("other_times",),
        REQUESTED,
        ("customer/move_received", "office/review", "desk/request"),
    ),
    Row(
        LIVING,
        (Withdrawn,),
        Role.SOURCE,
        (),
        CANCELLED,
        ("customer/cancelled", "office/withdrawn", "desk/decided", "subscriber/decided"),
    ),
    Row((UNKNOWN,), (Withdrawn,), Role.SOURCE, (), CANCELLED, ("office/withdrawn",)),
    Row(
        (REQUESTED, HELD, LAPSED),
        (Approved,),
        Role.REVIEWER,
        ("released", "own_office", "open_round", "no_clash", "priced"),
        CONFIRMED,
        ("customer/payment", "office/done"),
    ),
    Row(
        OPEN,
        (Approved,),
        Role.REVIEWER,
        ("unreleased", "own_office", "open_round", "ahead", "no_clash", "code_there", "priced"),
        CONFIRMED,
        ("customer/confirmed", "office/done", "desk/decided", "subscriber/decided"),
    ),
    Row(
        (REQUESTED, HELD, LAPSED),
        (Approved,),
        Role.REVIEWER,
        ("unreleased", "own_office", "open_round", "billable", "no_clash", "priced"),
        CONFIRMED,
        ("customer/payment", "office/done"),
    ),
    Row(
        LIVING,
        (Changed,),
        Role.REVIEWER,
        ("own_office", "open_round", "times_clear", "news", "ahead", "no_clash", "code_there", "priced"),
        CONFIRMED,
        ("customer/confirmed", "office/done", "desk/decided", "subscriber/decided"),
    ),
    Row(
        OPEN,
        (Rejected,),
        Role.REVIEWER,
        ("released", "own_office", "open_round", "unplayed"),
        CANCELLED,
        ("customer/cancelled", "office/done", "desk/decided"),
    ),
    Row(
        OPEN,
        (Rejected,),
        Role.REVIEWER,
        ("unreleased", "own_office", "open_round"),
        REJECTED,
        ("customer/rejected", "office/done", "desk/decided", "subscriber/decided"),
    ),
    Row(OPEN, (Asked,), Role.REVIEWER, ("own_office", "reachable"), HELD, ("customer/question",)),
    Row((CONFIRMED,), (Asked,), Role.REVIEWER, ("own_office", "reachable"), None, ("customer/question",)),
    Row((HELD,), (Answered,), Role.CUSTOMER, (), REQUESTED, ("office/message",)),
    Row(NOT_HELD, (Answered,), Role.CUSTOMER, (), None, ("office/message", "customer/noted")),
    Row(
        ANY,
        (ChangeWished, WithdrawalWished, CustomerWrote),
        Role.CUSTOMER,
        (),
        None,
        ("office/message", "customer/noted"),
    ),
    Row(
        (CONFIRMED,),
        (Cancelled,),
        Role.REVIEWER,
        ("own_office", "open_round"),
        CANCELLED,
        ("customer/cancelled", "office/done", "desk/decided", "subscriber/decided"),
    ),
    *_given_out((REJECTED, CANCELLED), (), None, ("office/alarm",)),
    *_given_out((*LIVING, LAPSED), ("time_taken",), None, ("office/alarm",)),
    *_given_out((*LIVING, LAPSED), ("older_mail",), None, ("office/alarm",)),
    *_given_out(LIVING, ("released",), None, ()),
    *_given_out(LIVING, (), None, ("office/released",)),
    *_given_out((LAPSED,), (), REQUESTED, ("office/released",)),
    Row(
        OPEN,
        (TimeRanShort,),
        Role.CLOCK,
        ("not_short", "unreleased", "ahead"),
        None,
        ("customer/call", "desk/request", "office/reminder"),
    ),
    Row(OPEN, (ReviewOverdue,), Role.CLOCK, ("unreleased", "ahead"), None, ("office/reminder",)),
    Row(OPEN, (PaymentDue,), Role.CLOCK, ("released", "no_clash", "priced"), CONFIRMED, ("customer/payment",)),
    Row(OPEN, (PaymentDue,), Role.CLOCK, ("released",), None, ("office/alarm",)),
    Row(OPEN, (ReviewMissed,), Role.CLOCK, ("over", "unreleased"), LAPSED, ("customer/lapsed", "office/lapsed")),
    Row((CONFIRMED,), (CodeUnheard,), Role.CLOCK, ("ahead",), None, ("office/alarm",)),
)


def fitting(state: State | None, event: type[Event], by: Role) -> tuple[Row, ...]:
    """Give the rows for a state, an event and a role, the narrower first, whatever their conditions."""
    return tuple(row for row in ROWS if state in row.froms and event in row.events and by is row.by)


def step(case: Case) -> Row | str:
    """Give the row that counts, else the German sentence that stands against the row that came nearest ("": no row)."""
    reached, why = -1, ""
    for row in fitting(case.state, type(case.event), case.by.role):
        place, against = _first_failure(row, case)
        if not against:
            return row
        if place > reached:
            reached, why = place, against
    return why


def _first_failure(row: Row, case: Case) -> tuple[int, str]:
    for place, name in enumerate(row.when):
        if against := CONDITIONS[name].against(case):
            return place, against
    return len(row.when), ""


def entered(booking: Booking, row: Row, **facts: object) -> Booking:
    """Give the booking as the row leaves it: the only place where a known booking's state is set."""
    return replace(booking, state=row.to or booking.state, **facts)  # type: ignore[arg-type]  # replace() takes any field


def markdown() -> str:
    """Write the table for README, one line a row, closed by what holds for any other pair."""
    lines = ["| from | event | by | when | to | mails |", "|---|---|---|---|---|---|"]
    lines += [f"| {' | '.join(_cells(row))} |" for row in ROWS]
    lines.append("| any other pair | | person | | unchanged | …/refused: what it is now, since when, what would work |")
    lines.append("| any other pair | | source, clock | | unchanged | none; one history line |")
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    froms = "any" if row.froms == ANY else ", ".join(state.value if state else "–" for state in row.froms)
    events = ", ".join(event.__name__ for event in row.events)
    when = ", ".join(CONDITIONS[name].text for name in row.when)
    return froms, events, row.by.value, when, row.to.value if row.to else "unchanged", ", ".join(row.mails) or "none"
