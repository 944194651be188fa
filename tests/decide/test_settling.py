"""What the page owes stands in the digest until a notice, the stay's end, or the office's `erledigt` ends it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from decide_story import (
    CODE,
    DESK,
    LATER,
    NOW,
    OFFICE,
    OTHER_OFFICE,
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
from mailbot.decide.settling import NOTHING
from mailbot.model.booking import Booking, Links, Shown, State
from mailbot.model.digest_events import DigestDue, ItemsAnswered, PageSettled
from mailbot.model.digests import PageLine
from mailbot.model.events import (
    Answer,
    Approved,
    BookingRequested,
    Changed,
    NoticeKind,
    Rejected,
    Withdrawn,
)
from mailbot.model.mail import MailOrder
from mailbot.model.people import CLOCK
from mailbot.model.talk_events import Paid, WhyAsked

LINKS = Links("https://page.example/cancel", "https://page.example/move")
FREE = "die Zeit Sa 28.11.2026, 19:30–20:30 Uhr wieder freigeben"
MOVE = "den Termin verschieben auf Sa 05.12.2026, 18:00–19:00 Uhr"
NO = Rejected(matter(), 1, reason="voll")
LATER_THEN = Changed(matter(), 1, day=LATER.day, start=LATER.start.time(), end=LATER.end.time())
LONGER = Changed(matter(), 1, start=STAY.start.time(), end=(STAY.end + timedelta(minutes=30)).time())
FREED = Withdrawn(notice(None, NoticeKind.WITHDRAWN))


def _story(decided: Rejected | Changed) -> World:
    """Give a world in which Sabine's notice came and the office decided, an hour ago."""
    world = replace(World(), now=NOW - timedelta(hours=1))
    world.tell(SOURCE, BookingRequested(notice(links=LINKS)))
    world.tell(OFFICE, decided)
    world.now = NOW
    return world


def _booking(world: World) -> Booking:
    found = world.books.booking(CODE)
    assert found
    return found


def _to_do(world: World, now: datetime = NOW) -> str:
    left = page.to_do(_booking(world), now)
    return left.words if left else ""


def _digest(world: World) -> MailOrder | None:
    mails = world.tell(CLOCK, DigestDue("office", world.now)).mails
    return mails[0] if mails else None


def test_the_digest_names_it_until_it_is_done() -> None:
    """The digest shows name, code, what to do and the link, each office morning; the notice makes it silent."""
    world = _story(NO)
    for _ in range(2):
        world.now += timedelta(days=1)
        mail = _digest(world)
        assert mail
        lines = mail.facts["page"]
        assert isinstance(lines, tuple)
        assert len(lines) == 1
        line = lines[0]
        assert isinstance(line, PageLine)
        assert (line.number, line.booking.code, line.to_do, line.shown, line.link) == (
            1,
            CODE,
            FREE,
            STAY,
            LINKS.cancel,
        )
        assert line.booking.customer.name == "Sabine Müller"
    world.tell(SOURCE, FREED)
    assert _digest(world) is None


def test_the_digest_names_nothing_that_is_over() -> None:
    """A time that has passed is nobody's to free."""
    world = _story(NO)
    world.now = STAY.end - timedelta(minutes=1)
    assert _digest(world) is not None
    world.now = STAY.end
    assert _digest(world) is None


def test_what_was_just_told_and_what_is_anothers_is_left_out() -> None:
    """A decision after the digest's moment stands in its own office/done; another office's page is its own."""
    world = _story(NO)
    assert world.tell(CLOCK, DigestDue("office", NOW - timedelta(hours=2))).mails == ()
    assert world.tell(CLOCK, DigestDue("hall_office", NOW)).mails == ()


def _numbers(mail: MailOrder, **answers: Answer) -> ItemsAnswered:
    return ItemsAnswered(mail.matter, 1, items=tuple((int(key[1:]), answer) for key, answer in answers.items()))


def test_numbers_go_on_behind_the_requests() -> None:
    """`1 ok, 2 erledigt` decides a request and settles the page, in one mail."""
    world = _story(NO)
    other = booking(code="KJHGFDSAPOIU", source_reference="KJHGFDSAPOIU", stay=LATER)
    world.books = world.books.after([other])
    mail = _digest(world)
    assert mail
    done = world.tell(OFFICE, _numbers(mail, n1=Approved(mail.matter, 1), n2=PageSettled(mail.matter, 1)))
    items = only(done, "office/done").facts["items"]
    assert isinstance(items, tuple)
    assert [item.is_done for item in items] == [True, True]
    assert _to_do(world) == ""
    assert _booking(world).state is State.REJECTED
    assert world.books.history(CODE)[-1].line == f"Bei YouCanBook.me erledigt: {FREE}."


def test_erledigt_where_nothing_is_left_is_told_so() -> None:
    """A number that is no matter of the page, or is done meanwhile, is left as it is and reported."""
    world = _story(NO)
    mail = _digest(world)
    assert mail
    world.tell(SOURCE, FREED)
    done = world.tell(OFFICE, _numbers(mail, n1=PageSettled(mail.matter, 1)))
    items = only(done, "office/done").facts["items"]
    assert isinstance(items, tuple)
    assert [(item.is_done, item.did) for item in items] == [(False, (NOTHING,))]


def test_erledigt_speaks_of_what_the_digest_showed() -> None:
    """What was decided anew since the digest is not settled by its old number."""
    world = _story(LATER_THEN)
    mail = _digest(world)
    assert mail
    world.now += timedelta(minutes=5)
    world.tell(OFFICE, LONGER)
    assert _to_do(world) != ""
    world.tell(OFFICE, _numbers(mail, n1=PageSettled(mail.matter, 1)))
    assert _to_do(world) != ""


def test_erledigt_answers_office_done() -> None:
    """As an answer about the booking itself it settles the page, tells the office, and changes nothing else."""
    world = _story(NO)
    old = _booking(world)
    decision = world.tell(OFFICE, PageSettled(matter(), 1))
    assert kinds(decision) == ["office/done"]
    assert _booking(world) == replace(old, shown=Shown(None, by_office=True))
    assert kinds(world.tell(OFFICE, PageSettled(matter(), 1))) == ["office/refused"]


@pytest.mark.parametrize("by", [DESK, OTHER_OFFICE])
def test_only_the_own_office_settles(by: object) -> None:
    """Neither the desk nor another office says what is done at the page."""
    world = _story(NO)
    decision = world.tell(by, PageSettled(matter(), 1))  # type: ignore[arg-type]  # any actor
    assert decision.changes == ()
    assert _to_do(world) == FREE


def test_warum_names_it() -> None:
    """The whole history says first what is still to do at the page."""
    world = _story(NO)
    assert only(world.tell(OFFICE, WhyAsked(matter(), 1)), "office/history").facts["to_do"] == FREE


def test_other_facts_leave_it_open() -> None:
    """A payment says nothing about the page."""
    world = _story(LATER_THEN)
    world.tell(OFFICE, Paid(matter(), 1))
    assert _to_do(world) == MOVE
