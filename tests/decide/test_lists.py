"""Lists by mail: the table of bookings, the season's door codes, the desk's rolling list and when it comes anew."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from decide_story import (
    BERLIN,
    CHURCH,
    CODE,
    DEPUTY,
    DESK,
    HALL,
    NOW,
    OFFICE,
    OTHER_OFFICE,
    RULES,
    STAY,
    World,
    booking,
    kinds,
    matter,
    only,
)

from mailbot.decide.due import due
from mailbot.decide.listing import month_meant
from mailbot.model.booking import State, Stay
from mailbot.model.codes import CodeLine
from mailbot.model.decisions import Decision
from mailbot.model.events import Approved, CodesGenerated, HelpAsked
from mailbot.model.letter import Handled
from mailbot.model.list_events import CodesAsked, CodesListDue, ListAsked
from mailbot.model.mail import Matter, MatterKind, Sending
from mailbot.model.people import CLOCK, OPERATOR
from mailbot.model.rules import Rules
from mailbot.model.table import TableLine

NOTHING = Matter(MatterKind.NONE)
LISTED = replace(
    RULES,
    resources={**RULES.resources, "kirche": replace(CHURCH, door_codes=replace(CHURCH.door_codes, list_to="medifit"))},
)
SOON = Stay("kirche", NOW.replace(hour=19, minute=30), NOW.replace(hour=20, minute=30))
TODAYS_CODE = "731483"


def story(*records: object, rules: Rules = LISTED) -> World:
    world = World.of(*records)  # type: ignore[arg-type]  # records of any kind
    world.rules = rules
    return world


def tick(world: World) -> list[Decision]:
    """Let the clock's list events happen, as the flow does."""
    decisions = []
    for arrival in due(world.books, world.now, world.rules):
        if isinstance(arrival.event, CodesListDue):
            decisions.append(world.tell(CLOCK, arrival.event))
            world.books = world.books.after([Handled(arrival.key, "", world.now, "codes listed")])
    return decisions


def lines_of(decision: Decision) -> tuple[CodeLine, ...]:
    lines = only(decision, "desk/codes").facts["lines"]
    assert isinstance(lines, tuple)
    return lines


def asked(month: int | None = None, year: int | None = None) -> ListAsked:
    return ListAsked(NOTHING, 0, month=month, year=year)


def test_the_table_holds_a_line_a_booking() -> None:
    """`liste` sends the reviewer who asked every booking of his resources, with what is paid and open."""
    world = story(booking(State.CONFIRMED), booking(code="HALLE", stay=replace(STAY, resource="halle")))
    mail = only(world.tell(DEPUTY, asked()), "office/table")
    assert mail.reader.address == DEPUTY.address
    assert mail.attach == ("table",)
    confirmed = world.books.booking(CODE)
    assert confirmed
    assert mail.facts["lines"] == (TableLine(confirmed, Decimal("0.00"), Decimal("45.00")),)
    assert mail.facts["counts"] == ((State.CONFIRMED, 1),)
    assert (mail.facts["price"], mail.facts["balance"]) == (Decimal("45.00"), Decimal("45.00"))


def test_a_month_is_a_part_of_the_table() -> None:
    """`liste november` holds that month's bookings only."""
    world = story(booking(), booking(code="DEZ", stay=replace(STAY, start=STAY.start + timedelta(days=9))))
    mail = only(world.tell(OFFICE, asked(11)), "office/table")
    lines = mail.facts["lines"]
    assert isinstance(lines, tuple)
    assert [line.booking.code for line in lines] == [CODE]
    assert mail.facts["month"] == date(2026, 11, 1)


MONTHS: tuple[tuple[int | None, int | None, date | None], ...] = (
    (10, None, date(2026, 10, 1)),
    (5, None, date(2027, 5, 1)),
    (7, None, date(2026, 7, 1)),
    (10, 2025, date(2025, 10, 1)),
    (None, None, None),
)


@pytest.mark.parametrize(("month", "year", "first"), MONTHS)
def test_a_month_without_a_year_is_the_seasons(month: int | None, year: int | None, first: date | None) -> None:
    """In November 2026 `mai` is next May, for the season ends then, and `juli`, outside of it, the nearest."""
    assert month_meant(asked(month, year), [CHURCH], NOW.date()) == first


def test_the_office_gets_its_own_codes() -> None:
    """`liste codes` sends the season of each resource of the asking office, as table, CSV and PDF, and no other's."""
    mail = only(story().tell(OFFICE, CodesAsked(NOTHING, 0)), "office/codes")
    assert mail.has_code
    assert mail.attach == ("codes_csv", "codes_pdf")
    codes, months = mail.facts["codes"], mail.facts["months"]
    assert isinstance(codes, tuple)
    assert isinstance(months, tuple)
    assert len(codes) == 259
    assert [(month[0].day.month, len(month)) for month in months][:3] == [(9, 16), (10, 31), (11, 30)]
    assert kinds(story().tell(OTHER_OFFICE, CodesAsked(NOTHING, 0))) == ["office/refused"]


def test_a_new_season_is_sent_to_the_office() -> None:
    """When the codes are made each office gets its list; a quiet generation tells nobody."""
    decision = story().tell(OPERATOR, CodesGenerated())
    assert [(mail.kind, mail.reader.person) for mail in decision.mails] == [("office/codes", "hall_office")]
    assert only(decision, "office/codes").facts["resource"] == HALL
    assert story().tell(OPERATOR, CodesGenerated(is_quiet=True)).mails == ()


def test_the_desk_gets_its_list_once_a_morning() -> None:
    """From list.at on the list of the next days is due, once; a day later the next, which replaces it."""
    world = story(booking(State.CONFIRMED, stay=SOON))
    world.now = NOW.replace(hour=6, minute=59)
    assert tick(world) == []
    world.now = NOW.replace(hour=7, minute=0)
    (first,) = tick(world)
    mail = only(first, "desk/codes")
    assert mail.reader.address == DESK.address
    assert mail.has_code
    assert (mail.facts["number"], mail.facts["before"]) == (1, None)
    assert (mail.facts["since"], mail.facts["until"]) == (date(2026, 11, 23), date(2026, 11, 26))
    assert tick(world) == []
    world.now += timedelta(days=1)
    (second,) = tick(world)
    mail = only(second, "desk/codes")
    assert (mail.facts["number"], mail.facts["before"], mail.facts["is_late"]) == (2, 1, False)
    assert second.withdraws == ("m0001",)


def test_a_line_tells_what_the_desk_needs() -> None:
    """A booking's line has time, name, last digits, booking code, state and door code; free days have their code."""
    world = story(booking(State.CONFIRMED, stay=SOON))
    (decision,) = tick(world)
    first, *others = lines_of(decision)
    assert first.booking
    assert (first.booking.stay, first.booking.customer.name, first.booking.code) == (SOON, "Sabine Müller", CODE)
    assert (first.phone, first.code, first.is_taken) == ("5678", TODAYS_CODE, False)
    assert (first.booking.customer.email, first.booking.price, first.booking.door_code) == ("", None, None)
    assert [(line.day.day, line.booking) for line in others] == [(24, None), (25, None), (26, None)]
    assert all(line.code for line in others)


def test_a_taken_time_says_so_and_names_no_code() -> None:
    """A request for a time that is confirmed for somebody else, or let in by phone, stands there without a code."""
    second = booking(code="ZWEITE", stay=SOON)
    for first in (booking(State.CONFIRMED, stay=SOON), booking(stay=SOON, released_at=NOW, released_by=str(DESK))):
        (decision,) = tick(story(first, second))
        by_code = {line.booking.code: line for line in lines_of(decision) if line.booking}
        assert (by_code[CODE].code, by_code[CODE].is_taken) == (TODAYS_CODE, False)
        assert (by_code["ZWEITE"].code, by_code["ZWEITE"].is_taken) == (None, True)


def test_a_code_that_is_out_stays_in_sight() -> None:
    """A cancelled booking whose code was given out by phone is listed with a warning and without the code."""
    (decision,) = tick(story(booking(State.CANCELLED, stay=SOON, released_at=NOW)))
    line = next(line for line in lines_of(decision) if line.booking)
    assert line.code is None
    assert "Büro" in line.warning


def test_a_lost_code_mail_is_a_line_in_the_list() -> None:
    """Where the customer's mail with the code did not arrive, the desk knows that he will call."""
    world = story(booking(stay=SOON))
    tick(world)
    world.tell(OFFICE, Approved(matter(), 1))
    tick(world)
    lost = [row for row in world.books.queued() if row.kind == "customer/confirmed"]
    world.books = world.books.after([replace(row, state=Sending.BOUNCED) for row in lost])
    (decision,) = tick(world)
    assert "kam beim Kunden nicht an" in lines_of(decision)[0].warning


def test_a_code_mail_no_server_took_is_a_line_when_the_stay_is_near() -> None:
    """A mail that still waits two hours before the stay is a line, as it is an alarm; not before, and not once sent."""
    world = story(booking(stay=SOON))
    world.tell(OFFICE, Approved(matter(), 1))
    tick(world)
    world.now = SOON.start - timedelta(hours=2, minutes=1)
    assert tick(world) == []
    world.now = SOON.start - timedelta(hours=2)
    (decision,) = tick(world)
    assert "kam beim Kunden nicht an" in lines_of(decision)[0].warning
    world.end_all(Sending.SENT)
    (decision,) = tick(world)
    assert lines_of(decision)[0].warning == ""


CHANGES = {
    "new": (None, booking(stay=SOON)),
    "confirmed": (booking(stay=SOON), booking(State.CONFIRMED, stay=SOON)),
    "held": (booking(stay=SOON), booking(State.HELD, stay=SOON)),
    "off": (booking(stay=SOON), booking(State.REJECTED, stay=SOON)),
    "later": (booking(stay=SOON), booking(stay=replace(SOON, end=SOON.end + timedelta(minutes=30)))),
    "released": (booking(stay=SOON), booking(stay=SOON, released_at=NOW)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_brings_a_new_list_at_once(change: str) -> None:
    """Whatever changes a line makes the next list due, once; the older one, if it still waits, is withdrawn."""
    before, after = CHANGES[change]
    world = story(*([before] if before else []))
    (first,) = tick(world)
    world.books = world.books.after([after])
    (second,) = tick(world)
    assert only(second, "desk/codes").facts["number"] == 2
    assert len(second.withdraws) == 1
    assert lines_of(first) != lines_of(second)
    assert tick(world) == []


def test_a_new_code_changes_the_list() -> None:
    """A code that changed makes a new list due, though no booking changed."""
    world = story()
    tick(world)
    code = world.books.door_code("kirche", NOW.date())
    assert code
    world.books = world.books.after([replace(code, code="904417")])
    (decision,) = tick(world)
    assert lines_of(decision)[0].code == "904417"


def test_what_lies_beyond_the_list_brings_none() -> None:
    """A booking after the listed days changes nothing, and midnight alone brings no new list."""
    world = story(booking(State.CONFIRMED, stay=SOON))
    tick(world)
    world.books = world.books.after([booking(code="SPAETER", stay=STAY)])
    assert tick(world) == []
    world.now = datetime(2026, 11, 24, 0, 1, tzinfo=BERLIN)
    assert tick(world) == []
    world.books = world.books.after([booking(State.CANCELLED, stay=SOON)])
    assert tick(world) == []
    tomorrow = replace(SOON, start=SOON.start + timedelta(days=1), end=SOON.end + timedelta(days=1))
    world.books = world.books.after([booking(code="MORGEN", stay=tomorrow)])
    assert len(tick(world)) == 1


def test_a_late_morning_list_says_so() -> None:
    """After downtime the list comes once, and says that it is late; the very first one does not."""
    world = story()
    assert only(tick(world)[0], "desk/codes").facts["is_late"] is False
    world.now += timedelta(days=1)
    assert only(tick(world)[0], "desk/codes").facts["is_late"] is True


def test_the_desk_asks_for_its_list() -> None:
    """`liste` from the desk brings the list to the address that asked, and to the first one where it is another."""
    world = story()
    tick(world)
    decision = world.tell(DESK, asked())
    assert [(mail.kind, mail.reader.address) for mail in decision.mails] == [("desk/codes", DESK.address)]
    assert only(decision, "desk/codes").facts["number"] == 2
    people = {
        **LISTED.people,
        "medifit": replace(LISTED.people["medifit"], emails=("zentrale@medifit.example", DESK.address)),
    }
    world.rules = replace(LISTED, people=people)
    decision = world.tell(DESK, CodesAsked(NOTHING, 0))
    assert [(mail.reader.address, mail.is_reply) for mail in decision.mails] == [
        (DESK.address, True),
        ("zentrale@medifit.example", False),
    ]


def test_a_desk_without_a_list_is_told_so() -> None:
    """Where rules.yaml names nobody for the list, the desk's `liste` gives no code away."""
    assert kinds(story(rules=RULES).tell(DESK, asked())) == ["desk/refused"]


def test_the_desk_is_helped() -> None:
    """`hilfe` from the desk explains the desk's own words."""
    mail = only(story().tell(DESK, HelpAsked(NOTHING, 0)), "desk/help")
    works = mail.facts["works"]
    assert isinstance(works, tuple)
    assert {"liste", "hilfe"} <= {answer for answer, _ in works}
