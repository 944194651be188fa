"""A code mail that the server puts off: told as what it is, late and still tried; and told when it left after all."""

from dataclasses import replace
from datetime import timedelta

import pytest
from decide_story import CODE, NOW, OFFICE, STAY, World, booking, kinds, matter, only

from mailbot.decide.due import due
from mailbot.model.decisions import Decision
from mailbot.model.digest_events import CodeLate, CodesLeft
from mailbot.model.events import Approved, MailEnded
from mailbot.model.mail import OutMail, Sending
from mailbot.model.people import CLOCK


def _row(world: World, kind: str) -> OutMail:
    return next(row for row in reversed(world.books.mails()) if row.kind == kind)


@pytest.mark.parametrize(("minutes", "attempts", "is_due"), [(44, 4, False), (45, 4, True), (45, 0, False)])
def test_a_code_mail_put_off_for_long_is_told(minutes: int, attempts: int, is_due: bool) -> None:
    """ATTACKS 83: after 45 minutes of refusals, once; a mail that was not tried at all is another trouble."""
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1))
    row = replace(_row(world, "customer/confirmed"), attempts=attempts, answer="451 later")
    world.books = world.books.after([row])
    world.now += timedelta(minutes=minutes)
    late = [arrival for arrival in due(world.books, world.now, world.rules) if isinstance(arrival.event, CodeLate)]
    assert [arrival.event for arrival in late] == [CodeLate(row.id)] * is_due
    if is_due:
        told = only(world.tell(CLOCK, CodeLate(row.id)), "office/mail_failed")
        assert told.facts["phone"] == "0171 2345678"
        assert str(told.facts["why"]).endswith("mailbot versucht es weiter. Zuletzt: 451 later")
    world.end_all(Sending.SENT)
    assert world.tell(CLOCK, CodeLate(row.id)).mails == ()


def test_what_failed_after_it_was_late_is_told_too() -> None:
    """That it was put off is one thing, that nobody tries any more another."""
    world = World.of(booking())
    world.tell(OFFICE, Approved(matter(), 1))
    row = replace(_row(world, "customer/confirmed"), attempts=4)
    world.books = world.books.after([row])
    world.tell(CLOCK, CodeLate(row.id))
    world.now += timedelta(days=2)
    world.books = world.books.after([replace(row, state=Sending.FAILED, finished_at=world.now)])
    assert kinds(world.tell(CLOCK, MailEnded(row.id, "451 later"))) == ["office/mail_failed"]
    assert kinds(world.tell(CLOCK, MailEnded(row.id, "451 later"))) == []


def _late(code: str = CODE, world: World | None = None) -> tuple[World, OutMail]:
    """Let a code mail be put off for so long that the office hears of it."""
    world = world or World.of(booking())
    world.tell(OFFICE, Approved(matter(code), 1))
    row = replace(_row(world, "customer/confirmed"), attempts=4)
    world.books = world.books.after([row])
    world.tell(CLOCK, CodeLate(row.id))
    return world, row


def _ends(world: World, row: OutMail, state: Sending) -> None:
    world.books = world.books.after([replace(row, state=state, finished_at=world.now)])


def _left(world: World) -> list[Decision]:
    found = [a for a in due(world.books, world.now, world.rules) if isinstance(a.event, CodesLeft)]
    return [world.tell(arrival.by, arrival.event) for arrival in found]


def test_it_is_tried_for_two_days_or_until_the_stay_is_over() -> None:
    """The mail says until when; what waited while mailbot was off gets its tries all the same."""
    for start, days, until in (
        (STAY.start, 0, NOW + timedelta(days=2)),
        (NOW + timedelta(days=1), 0, NOW + timedelta(days=1, hours=1)),
        (STAY.start, 3, NOW + timedelta(days=3, hours=2)),
    ):
        stay = replace(STAY, start=start, end=start + timedelta(hours=1))
        world = World.of(booking(stay=stay))
        world.tell(OFFICE, Approved(matter(), 1))
        world.now += timedelta(days=days)
        told = only(world.tell(CLOCK, CodeLate(_row(world, "customer/confirmed").id)), "office/mail_failed")
        assert told.facts["tried_until"] == until


def test_what_left_after_all_is_told_once() -> None:
    """One short mail to the office that was told, in the same thread; what was never late is told by nobody."""
    world, row = _late()
    assert _left(world) == []
    _ends(world, row, Sending.SENT)
    (made,) = _left(world)
    clear = only(made, "office/alarm")
    assert str(clear.facts["what"]).startswith("Wieder in Ordnung: Die Mail mit dem Türcode an ")
    assert (clear.matter.ref, clear.reader.address) == (row.id, OFFICE.address)
    assert world.books.history(CODE)[-1].line.startswith("Doch noch gesendet")
    assert _left(world) == []


@pytest.mark.parametrize("state", [Sending.FAILED, Sending.WITHDRAWN, Sending.UNCERTAIN])
def test_what_did_not_leave_is_no_all_clear(state: Sending) -> None:
    """What failed in the end, or was withdrawn, has a mail of its own or none."""
    world, row = _late()
    _ends(world, row, state)
    assert _left(world) == []


def test_several_that_left_are_one_mail() -> None:
    """After a bad hour the office reads one mail, and what still waits stays on the list."""
    others = [
        booking(
            code=f"ANDERE{n}",
            source_reference=f"ANDERE{n}",
            stay=STAY.__class__(STAY.resource, STAY.start + timedelta(days=n), STAY.end + timedelta(days=n)),
        )
        for n in range(1, 7)
    ]
    world = World.of(booking(), *others)
    rows = [_late(code, world)[1] for code in (CODE, *(other.code for other in others))]
    for row in rows[:-1]:
        _ends(world, row, Sending.SENT)
    (made,) = _left(world)
    assert kinds(made) == ["office/alarm"]
    what = str(only(made, "office/alarm").facts["what"])
    assert "2 weitere" in what
    assert "Sabine" not in what, "forgetting one of them would leave it"
    assert _left(world) == []
    _ends(world, rows[-1], Sending.SENT)
    assert len(_left(world)) == 1
