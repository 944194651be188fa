"""Where `schedule.undo` is set, an answer waits before it counts, can be taken back, and is judged anew at the end."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from decide_story import (
    CODE,
    DEPUTY,
    DESK,
    LATER,
    NOW,
    OFFICE,
    OTHER_OFFICE,
    PAST,
    RULES,
    SOURCE,
    STAY,
    World,
    booking,
    kinds,
    matter,
    notice,
    only,
)

from mailbot.decide.due import due
from mailbot.model.booking import State
from mailbot.model.day_events import PaymentDue
from mailbot.model.decisions import Decision
from mailbot.model.events import Approved, Changed, Event, Moved, NoticeKind, Rejected, Withdrawn
from mailbot.model.people import Actor
from mailbot.model.rules import Rules
from mailbot.model.talk_events import Asked, Cancelled, Noted, TakenBack

UNDO = timedelta(minutes=10)
PATIENT = replace(RULES, schedule=replace(RULES.schedule, undo=UNDO))


def patient(*bookings: object, rules: Rules = PATIENT) -> World:
    world = World.of(*(bookings or (booking(),)))  # type: ignore[arg-type]  # bookings are records
    world.rules = rules
    return world


def state(world: World) -> State:
    found = world.books.booking(CODE)
    assert found
    return found.state


def pass_time(world: World, time: timedelta = UNDO) -> list[Decision]:
    """Let time pass and the clock do what is due of the answers that wait."""
    world.now += time
    arrivals = [a for a in due(world.books, world.now, world.rules, world.now) if a.key.startswith("clock:undo_ended:")]
    return [world.tell(arrival.by, arrival.event) for arrival in arrivals]


def test_an_answer_waits_and_then_counts() -> None:
    """Until the time is over only the office hears; then the decision is made in the name of who answered."""
    world = patient()
    decision = world.tell(OFFICE, Approved(matter(), 1, note="gern"))
    done = only(decision, "office/done")
    assert (kinds(decision), state(world)) == (["office/done"], State.REQUESTED)
    assert (done.facts["said"], done.facts["takes_effect_at"]) == ("Freigegeben", NOW + UNDO)
    assert pass_time(world, UNDO - timedelta(seconds=1)) == []
    (made,) = pass_time(world, timedelta(seconds=1))
    assert kinds(made) == ["customer/confirmed", "office/done", "desk/decided", "subscriber/decided"]
    after = world.books.booking(CODE)
    assert after
    assert (after.state, after.decided_by, after.decided_at) == (State.CONFIRMED, str(OFFICE), NOW + UNDO)
    assert world.books.pending(CODE) is None
    assert pass_time(world) == []


@pytest.mark.parametrize(
    ("event", "start", "end"),
    [
        (Approved(matter(), 1), State.REQUESTED, State.CONFIRMED),
        (Rejected(matter(), 1, reason="voll"), State.REQUESTED, State.REJECTED),
        (Changed(matter(), 1, start=(STAY.start + timedelta(hours=1)).time()), State.REQUESTED, State.CONFIRMED),
        (Asked(matter(), 1, question="Wie viele?"), State.REQUESTED, State.HELD),
        (Cancelled(matter(), 1, reason="Wasser"), State.CONFIRMED, State.CANCELLED),
    ],
)
def test_whatever_changes_a_booking_waits(event: Event, start: State, end: State) -> None:
    """Each of the five answers is held back, can be taken back, and counts when nobody did."""
    world = patient(booking(start))
    world.tell(OFFICE, event)
    assert state(world) is start
    back = world.tell(OFFICE, TakenBack(matter(), 1))
    assert (kinds(back), world.books.pending(CODE)) == (["office/done"], None)
    assert pass_time(world) == []
    assert state(world) is start
    world.tell(OFFICE, event)
    assert len(pass_time(world)) == 1
    assert state(world) is end


def test_the_deputy_takes_back_too() -> None:
    """Anybody of the office may take back; both hear of it."""
    world = patient()
    world.tell(OFFICE, Approved(matter(), 1))
    back = world.tell(DEPUTY, TakenBack(matter(), 1))
    assert [mail.reader.address for mail in back.mails] == [DEPUTY.address, OFFICE.address]
    assert world.books.history(CODE)[-1].line.startswith("Die Antwort von Büro Krümpel (buero@kruempel.example)")


@pytest.mark.parametrize("by", [OTHER_OFFICE, DESK])
def test_nobody_else_takes_back(by: Actor) -> None:
    """Another office or the desk takes nothing back."""
    world = patient()
    world.tell(OFFICE, Approved(matter(), 1))
    assert world.tell(by, TakenBack(matter(), 1)).changes == ()
    assert world.books.pending(CODE) is not None


def test_one_answer_waits_at_a_time() -> None:
    """A second answer is told of the first and how to take it back; the first one counts."""
    world = patient()
    world.tell(OFFICE, Approved(matter(), 1))
    decision = world.tell(DEPUTY, Rejected(matter(), 1))
    refused = only(decision, "office/refused")
    assert "Büro Krümpel (buero@kruempel.example), 23.11.2026 um 09:00 Uhr" in str(refused.facts["why"])
    assert [answer for answer, _ in refused.facts["works"]] == ["zurück"]  # type: ignore[attr-defined]  # a tuple
    pass_time(world)
    assert state(world) is State.CONFIRMED


def test_a_refusal_comes_at_once() -> None:
    """What the table does not allow now is not kept for later."""
    world = patient(booking(State.REJECTED))
    assert kinds(world.tell(OFFICE, Approved(matter(), 1))) == ["office/refused"]
    assert world.books.pending(CODE) is None


def test_the_books_of_then_decide() -> None:
    """What happened meanwhile counts: a withdrawn booking is not confirmed, and who answered is told."""
    world = patient()
    world.tell(OFFICE, Approved(matter(), 1))
    world.tell(SOURCE, Withdrawn(notice(kind=NoticeKind.WITHDRAWN)))
    (made,) = pass_time(world)
    assert (kinds(made), state(world)) == (["office/refused"], State.CANCELLED)
    assert only(made, "office/refused").reader.address == OFFICE.address
    assert world.books.pending(CODE) is None


def test_two_clashing_answers_confirm_one() -> None:
    """Both may wait; the one whose time is over first gets the pitch."""
    world = patient(booking(), booking(code="ANDERE", source_reference="ANDERE"))
    world.tell(OFFICE, Approved(matter(), 1))
    world.tell(OFFICE, Approved(matter("ANDERE"), 1))
    first, second = pass_time(world)
    assert "customer/confirmed" in kinds(first)
    assert kinds(second) == ["office/refused"]


def test_short_of_the_start_nothing_waits() -> None:
    """A code that came after the start would help nobody."""
    world = patient()
    world.now = STAY.start - timedelta(minutes=5)
    assert "customer/confirmed" in kinds(world.tell(OFFICE, Approved(matter(), 1)))


def test_notes_do_not_wait() -> None:
    """What changes no booking is done at once."""
    world = patient()
    world.tell(OFFICE, Noted(matter(), 1, text="ruft an"))
    assert world.books.pending(CODE) is None


def test_without_undo_nothing_is_taken_back() -> None:
    """By default answers count at once, and `zurück` is told so; with it, only what still waits is taken back."""
    world = patient(rules=RULES)
    world.tell(OFFICE, Approved(matter(), 1))
    assert state(world) is State.CONFIRMED
    refused = only(world.tell(OFFICE, TakenBack(matter(), 1)), "office/refused")
    assert "gelten hier sofort" in str(refused.facts["why"])
    late = patient()
    late.tell(OFFICE, Approved(matter(), 1))
    pass_time(late)
    assert "Es wartet keine Antwort mehr" in str(
        only(late.tell(OFFICE, TakenBack(matter(), 1)), "office/refused").facts["why"]
    )


def test_who_is_gone_decides_nothing() -> None:
    """An answer of somebody who left rules.yaml meanwhile is dropped, with a line in the history."""
    world = patient()
    world.tell(Actor(OFFICE.role, "office", "buero@kruempel.example"), Approved(matter(), 1))
    people = {key: person for key, person in PATIENT.people.items() if key != "office"}
    rooms = {key: replace(room, reviewer="hall_office") for key, room in PATIENT.resources.items()}
    world.rules = replace(PATIENT, people=people, resources=rooms)
    (made,) = pass_time(world)
    assert (kinds(made), state(world)) == ([], State.REQUESTED)
    assert world.books.history(CODE)[-1].line.startswith("Die vorgemerkte Antwort entfiel")


def test_an_unread_zurueck_counts_first() -> None:
    """The answer counts only once the mailbox was read after its time: what lies there unread comes before."""
    world = patient()
    world.tell(OFFICE, Approved(matter(), 1))
    later = NOW + UNDO + timedelta(seconds=5)

    def found(read_at: datetime | None) -> list[str]:
        keys = [arrival.key for arrival in due(world.books, later, world.rules, read_at)]
        return [key for key in keys if "undo_ended" in key]

    assert found(None) == []
    assert found(NOW + UNDO - timedelta(seconds=1)) == []
    assert len(found(NOW + UNDO)) == 1


HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
LONG_AGO = NOW - DAY


@pytest.mark.parametrize(
    ("starts_in", "counts_after"),
    [
        (2 * HOUR, UNDO + 10 * MINUTE),
        (20 * HOUR, UNDO + 10 * MINUTE),
        (30 * HOUR, 6 * HOUR),
        (4 * DAY, UNDO + DAY),
        (-3 * HOUR, UNDO + DAY),
    ],
)
def test_an_answer_does_not_wait_for_ever(starts_in: timedelta, counts_after: timedelta) -> None:
    """While the mailbox stays away it counts in time for the stay, and at the latest after a day."""
    begin = NOW + starts_in
    world = patient(booking(stay=replace(STAY, start=begin, end=begin + HOUR)))
    world.tell(OFFICE, Approved(matter(), 1))
    found = [
        [a.key for a in due(world.books, NOW + after, world.rules, read_at, since) if "undo_ended" in a.key]
        for after in (counts_after - MINUTE, counts_after)
        for read_at, since in ((LONG_AGO, LONG_AGO), (None, LONG_AGO))
    ]
    assert [len(keys) for keys in found] == [0, 0, 1, 1]


def test_a_fresh_start_reads_first() -> None:
    """However late it is: mailbot that was off tries for some minutes to read what came meanwhile."""
    world = patient(booking(stay=replace(STAY, start=NOW + 2 * HOUR, end=NOW + 3 * HOUR)))
    world.tell(OFFICE, Approved(matter(), 1))
    now, found = NOW + 90 * MINUTE, []
    for since in (now, now - 9 * MINUTE, now - 10 * MINUTE, now + DAY):
        found.append([a.key for a in due(world.books, now, world.rules, None, since) if "undo_ended" in a.key])
    assert [len(keys) for keys in found] == [0, 0, 1, 0]


def test_the_clock_waits_for_an_answer_that_waits() -> None:
    """A `nein` that can still be taken back comes before the bill that becomes due meanwhile."""
    released = booking(released_at=PAST.start, released_by=str(DESK), door_code="731518")
    world = patient(replace(released, stay=PAST))
    assert len([a for a in due(world.books, NOW, world.rules, NOW) if isinstance(a.event, PaymentDue)]) == 1
    world.tell(OFFICE, Asked(matter(), 1, question="Waren Sie da?"))
    assert [a for a in due(world.books, NOW, world.rules, NOW) if isinstance(a.event, PaymentDue)] == []


def test_an_answer_of_an_older_round_gives_way() -> None:
    """After a move the office answers the new review; what waited for the old time never counts."""
    world = patient()
    world.tell(OFFICE, Approved(matter(), 1))
    world.tell(SOURCE, Moved(notice(LATER, NoticeKind.MOVED)))
    assert kinds(world.tell(OFFICE, Rejected(matter(), 2))) == ["office/done"]
    (made,) = pass_time(world)
    assert "customer/rejected" in kinds(made)
    assert state(world) is State.REJECTED
