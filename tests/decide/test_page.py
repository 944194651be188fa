"""What is left to do at the booking page: when, in which words, until which notice."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from decide_story import (
    CODE,
    LATER,
    NOW,
    OFFICE,
    SOURCE,
    STAY,
    World,
    booking,
    kinds,
    matter,
    notice,
    only,
)

from mailbot.decide import page
from mailbot.model.booking import Booking, Links, Shown, State, Stay
from mailbot.model.digest_events import PageSettled
from mailbot.model.events import (
    Answer,
    Approved,
    BookingRequested,
    Changed,
    Event,
    Moved,
    NoticeKind,
    NoticePuzzled,
    Rejected,
    Withdrawn,
)
from mailbot.model.talk_events import Cancelled

HALF = timedelta(minutes=30)
LONG = replace(STAY, end=STAY.end + HALF)
LINKS = Links("https://page.example/cancel", "https://page.example/move")
FREE = "die Zeit Sa 28.11.2026, 19:30–20:30 Uhr wieder freigeben"
MOVE = "den Termin verschieben auf Sa 05.12.2026, 18:00–19:00 Uhr"
NO = Rejected(matter(), 1, reason="voll")
OFF = Cancelled(matter(), 1)
LATER_THEN = Changed(matter(), 1, day=LATER.day, start=LATER.start.time(), end=LATER.end.time())
LONGER = Changed(matter(), 1, start=STAY.start.time(), end=LONG.end.time())
SHORTER = Changed(matter(), 1, start=STAY.start.time(), end=(STAY.end - HALF).time())
BOTH = Changed(matter(), 1, day=LATER.day, start=LATER.start.time(), end=(LATER.end + HALF).time())
FREED = Withdrawn(notice(None, NoticeKind.WITHDRAWN))


def _moved(stay: Stay, **fields: object) -> Moved:
    return Moved(notice(stay, NoticeKind.MOVED, **fields))


def _new(stay: Stay = STAY) -> BookingRequested:
    return BookingRequested(notice(stay, links=LINKS))


def _story(*events: Event) -> World:
    """Give a world in which Sabine's notice came, the office decided an hour ago, and the page sent what it sent."""
    world = replace(World(), now=NOW - timedelta(hours=1))
    for event in (_new(), *events):
        world.tell(OFFICE if isinstance(event, Answer) else SOURCE, event)
    world.now = NOW
    return world


def _booking(world: World) -> Booking:
    found = world.books.booking(CODE)
    assert found
    return found


def _to_do(world: World, now: datetime = NOW) -> str:
    left = page.to_do(_booking(world), now)
    return left.words if left else ""


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ((), ""),
        ((Approved(matter(), 1),), ""),
        ((NO,), FREE),
        ((Approved(matter(), 1), OFF), FREE),
        ((LATER_THEN,), MOVE),
        ((LATER_THEN, OFF), FREE),
        ((LONGER,), "die Zeit Sa 28.11.2026, 20:30–21:00 Uhr sperren"),
        ((SHORTER,), "die Zeit Sa 28.11.2026, 20:00–20:30 Uhr wieder freigeben"),
        ((BOTH,), f"{MOVE[:-9]}19:30 Uhr, und Sa 05.12.2026, 19:00–19:30 Uhr sperren"),
        ((FREED,), ""),
        ((_moved(LATER),), ""),
    ],
)
def test_a_decision_leaves_this_to_do(events: tuple[Event, ...], left: str) -> None:
    """What the page still shows is freed after a no, moved after other times, blocked where it reaches less far."""
    assert _to_do(_story(*events)) == left


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ((NO, FREED), ""),
        ((OFF, FREED), ""),
        ((NO, FREED, _moved(LATER)), ""),
        ((NO, FREED, _new()), ""),
        ((NO, _moved(LATER)), FREE.replace("28.11.2026, 19:30–20:30", "05.12.2026, 18:00–19:00")),
        ((NO, _new()), FREE),
        ((LATER_THEN, _moved(LATER)), ""),
        ((LATER_THEN, _moved(LATER, end=None)), ""),
        ((LATER_THEN, _new(LATER)), ""),
        ((LATER_THEN, _moved(LATER), OFF), "die Zeit Sa 05.12.2026, 18:00–19:00 Uhr wieder freigeben"),
        ((LATER_THEN, _new()), MOVE),
        ((LATER_THEN, _moved(STAY)), MOVE),
        ((LATER_THEN, FREED), ""),
        ((BOTH, _moved(LATER)), "die Zeit Sa 05.12.2026, 19:00–19:30 Uhr sperren"),
        ((BOTH, _moved(LATER, end=None)), "die Zeit Sa 05.12.2026, 19:00–19:30 Uhr sperren"),
        ((BOTH, PageSettled(matter(), 1), _moved(LATER)), ""),
        ((LATER_THEN, PageSettled(matter(), 1), OFF), "die Zeit Sa 05.12.2026, 18:00–19:00 Uhr wieder freigeben"),
    ],
)
def test_a_notice_shows_how_far_it_is_done(events: tuple[Event, ...], left: str) -> None:
    """What the page says last counts; a copy of what it said before, or what came too late, tells nothing new."""
    events = (Approved(matter(), 1), *events) if events[0] is OFF else events
    assert _to_do(_story(*events)) == left


def test_the_original_that_comes_after_its_move_shows_nothing() -> None:
    """The request that its own move overtook does not say what the page shows now."""
    world = replace(World(), now=NOW - timedelta(hours=1))
    world.tell(SOURCE, _moved(LATER))
    world.tell(OFFICE, Changed(matter(), 1, day=STAY.day, start=STAY.start.time(), end=STAY.end.time()))
    world.tell(SOURCE, _new())
    assert _to_do(world) == "den Termin verschieben auf Sa 28.11.2026, 19:30–20:30 Uhr"


FOLLOWED = [
    ((NO,), FREED, "Bei YouCanBook.me ist die Zeit jetzt frei."),
    ((LATER_THEN,), _moved(LATER), "Bei YouCanBook.me steht jetzt Sa 05.12.2026, 18:00–19:00 Uhr."),
    (
        (BOTH,),
        _moved(LATER),
        "Bei YouCanBook.me steht jetzt Sa 05.12.2026, 18:00–19:00 Uhr."
        " Noch zu tun: die Zeit Sa 05.12.2026, 19:00–19:30 Uhr sperren.",
    ),
]


@pytest.mark.parametrize(("before", "event", "line"), FOLLOWED)
def test_the_notice_of_what_the_office_did_writes_nobody(before: tuple[Event, ...], event: Event, line: str) -> None:
    """The page's notice of the office's own hand changes no state and sends no mail; one history line tells of it."""
    world = _story(*before)
    old = _booking(world)
    decision = world.tell(SOURCE, event)
    assert kinds(decision) == []
    assert decision.notes == ((CODE, line),)
    assert replace(_booking(world), shown=old.shown) == old
    again = world.tell(SOURCE, event)
    assert (again.changes, again.mails) == ((), ())


def test_a_customers_own_move_is_a_new_request() -> None:
    """A time that neither the office nor the page had before is reviewed anew, and the page is not behind."""
    world = _story(LATER_THEN)
    day = timedelta(days=1)
    decision = world.tell(SOURCE, _moved(Stay("kirche", LATER.start + day, LATER.end + day)))
    assert "office/review" in kinds(decision)
    assert _to_do(world) == ""


def test_another_length_at_the_offices_start_is_a_new_request() -> None:
    """At the office's start, a length that the page's appointment never had is the customer's own wish."""
    world = _story(LATER_THEN)
    decision = world.tell(SOURCE, _moved(replace(LATER, end=LATER.end + HALF)))
    assert "office/review" in kinds(decision)


def test_a_withdrawal_without_a_reference_frees_what_the_page_still_shows() -> None:
    """A cancellation notice that names only e-mail and start is known by the time the page still shows."""
    world = _story(NO)
    off = notice(STAY, NoticeKind.WITHDRAWN, reference=None)
    decision = world.tell(SOURCE, NoticePuzzled(off, ("reference",), "Storniert", "letter:1", NOW))
    assert kinds(decision) == []
    assert _to_do(world) == ""


@pytest.mark.parametrize(
    ("event", "link", "why"),
    [
        (NO, LINKS.cancel, "Bitte geben Sie die Zeit auf der Buchungsseite wieder frei."),
        (LATER_THEN, LINKS.move, "Bitte verlegen Sie den Termin auch auf der Buchungsseite."),
        (LONGER, None, "Bitte sperren Sie auf der Buchungsseite Sa 28.11.2026, 20:30–21:00 Uhr."),
    ],
)
def test_the_answer_says_what_is_left(event: Event, link: str | None, why: str) -> None:
    """Office/done says what to do, with the notice's own link for it, and that `erledigt` ends the reminding."""
    done = only(_story().tell(OFFICE, event), "office/done")
    assert (done.facts["link"], done.facts["link_why"]) == (link, f"{why} {page.SETTLES}")


def test_what_is_done_already_is_not_asked_for() -> None:
    """Cancelling what no page shows leaves nothing to do there, nor does a plain approval."""
    world = World.of(booking(State.CONFIRMED, source=None))
    assert only(world.tell(OFFICE, OFF), "office/done").facts["link_why"] == ""
    assert only(_story().tell(OFFICE, Approved(matter(), 1)), "office/done").facts["link_why"] == ""


def test_a_booking_of_older_books_is_known_from_the_next_decision() -> None:
    """Where nobody kept what the page shows, nothing is claimed; a decision takes the time in the books for it."""
    assert page.to_do(booking(State.REJECTED), NOW) is None
    world = World.of(booking(State.CONFIRMED))
    world.tell(OFFICE, OFF)
    assert _to_do(world) == FREE


@pytest.mark.parametrize(
    ("shown", "stay", "at", "left"),
    [
        (STAY, LATER, NOW, MOVE),
        (STAY, LATER, STAY.end, "die Zeit Sa 05.12.2026, 18:00–19:00 Uhr sperren"),
        (LATER, STAY, STAY.end, "die Zeit Sa 05.12.2026, 18:00–19:00 Uhr wieder freigeben"),
        (STAY, LATER, LATER.end, ""),
        (None, STAY, NOW, "die Zeit Sa 28.11.2026, 19:30–20:30 Uhr sperren"),
        (None, STAY, STAY.end, ""),
    ],
)
def test_what_is_over_needs_nothing(shown: Stay | None, stay: Stay, at: datetime, left: str) -> None:
    """Of the page's time and the booking's only what still lies ahead is freed, moved or blocked."""
    todo = page.to_do(booking(State.CONFIRMED, stay=stay, shown=Shown(shown)), at)
    assert (todo.words if todo else "") == left


def test_a_notice_that_comes_after_erledigt_takes_nothing_back() -> None:
    """The page's notice of the office's move may be slower than its `erledigt`; a shorter time there is no wish."""
    world = _story(BOTH, PageSettled(matter(), 1))
    assert kinds(world.tell(SOURCE, _moved(LATER))) == []
    assert _booking(world).state is State.CONFIRMED
