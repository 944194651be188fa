"""The operator's code commands as decisions, and the alarms about edges that stay out of order."""

from dataclasses import replace
from datetime import date, timedelta

from decide_story import CHURCH, NOW, RULES, World, kinds, only, season_codes

from mailbot.decide.watching import held_by_cap
from mailbot.errors import EXIT_BAD_INPUT
from mailbot.model.books import Books
from mailbot.model.codes import DoorCode
from mailbot.model.events import CodesGenerated, CodesImported, TroubleEnded, TroubleLasted
from mailbot.model.mail import Matter, MatterKind, OutMail, Sending
from mailbot.model.people import CLOCK, OPERATOR, Role
from mailbot.model.records import Setting

DAY = date(2026, 11, 28)


def test_generating_makes_the_season_of_every_resource() -> None:
    """259 days each, told in one line each, and no code in any line."""
    world = World(Books())
    decision = world.tell(OPERATOR, CodesGenerated())
    assert decision.said == ("kirche: 259 door codes made", "halle: 259 door codes made")
    assert len(decision.changes) == 2 * 259
    assert decision.exit_code == 0
    told = " ".join((*decision.said, *(line for _, line in decision.notes)))
    assert not any(code.code in told for code in world.books.door_codes())


def test_generating_twice_is_refused_and_overwrites_nothing() -> None:
    """ATTACKS 101: the second time ends with 65."""
    world = World(Books())
    world.tell(OPERATOR, CodesGenerated())
    before = world.books.door_codes()
    again = world.tell(OPERATOR, CodesGenerated())
    assert (again.exit_code, again.changes, world.books.door_codes()) == (EXIT_BAD_INPUT, (), before)
    assert len(again.said) == 1


def test_generating_over_gaps_tells_them() -> None:
    """A season with holes is not filled behind the lock's back: the holes are named."""
    world = World(Books.of([*season_codes()[1:], *season_codes("halle")]))
    again = world.tell(OPERATOR, CodesGenerated())
    assert again.said[1:] == ("kirche: 1 without a door code, the first on 2026-09-15",)


def test_a_good_list_is_taken_over() -> None:
    """The codes are there, and what is still missing is said."""
    world = World(Books())
    decision = world.tell(OPERATOR, CodesImported((("kirche", DAY, None, "482913", 2),), "codes.csv"))
    assert decision.changes == (DoorCode("kirche", DAY, None, "482913"),)
    assert decision.said[0] == "kirche: 1 door codes taken over"
    assert decision.said[1] == "kirche: 258 without a door code, the first on 2026-09-15"


def test_a_bad_list_is_refused_whole_with_every_bad_line() -> None:
    """65, nothing of it booked, one line for each mistake."""
    rows = (("kirche", DAY, None, "482913", 2), ("keller", DAY, None, "482914", 3), ("kirche", DAY, None, "12", 4))
    decision = World(Books()).tell(OPERATOR, CodesImported(rows, "codes.csv"))
    assert (decision.exit_code, decision.changes) == (EXIT_BAD_INPUT, ())
    assert {line.partition(": ")[0] for line in decision.said} == {"codes.csv:3", "codes.csv:4"}


def test_a_lasting_trouble_is_told_once() -> None:
    """The same edge, asked again or after a restart, raises no second alarm for hours."""
    world = World()
    first = world.tell(CLOCK, TroubleLasted("mailbox", "Das Postfach antwortet nicht.", NOW - timedelta(minutes=10)))
    assert kinds(first) == ["office/alarm", "office/alarm"]
    assert first.mails[0].facts["what"] == "Das Postfach antwortet nicht."
    world.now += timedelta(hours=1)
    again = world.tell(CLOCK, TroubleLasted("mailbox", "Das Postfach antwortet nicht.", world.now))
    assert (again.changes, again.mails) == ((), ())


def test_each_edge_has_its_own_alarm() -> None:
    """A trouble of the post is not hidden by one of the mailbox."""
    world = World()
    world.tell(CLOCK, TroubleLasted("mailbox", "Postfach", NOW))
    assert len(world.tell(CLOCK, TroubleLasted("post", "Versand", NOW)).mails) == 2


def test_the_end_of_a_trouble_is_told_and_the_next_one_alarms_again() -> None:
    """Well again: told once; what fails after that is a new trouble."""
    world = World()
    world.tell(CLOCK, TroubleLasted("mailbox", "Postfach", NOW))
    assert len(world.tell(CLOCK, TroubleEnded("mailbox", "Postfach")).mails) == 2
    assert world.tell(CLOCK, TroubleEnded("mailbox", "Postfach")).mails == ()
    assert len(world.tell(CLOCK, TroubleLasted("mailbox", "Postfach", NOW)).mails) == 2


def test_an_alarm_of_one_office_reads_like_a_sentence() -> None:
    """Control characters of a server's answer do not reach the mail."""
    world = World()
    world.rules = replace(RULES, resources={"kirche": CHURCH})
    alarm = only(world.tell(CLOCK, TroubleLasted("post", "550\r\n no", NOW)), "office/alarm")
    assert alarm.facts["what"] == "550 no"


def _row(number: int, sent_ago: timedelta | None = None, due_in: timedelta = timedelta(0)) -> OutMail:
    return OutMail(
        id=f"m{number}",
        kind="customer/received",
        to="sabine@kunde.example",
        role=Role.CUSTOMER,
        person="",
        matter=Matter(MatterKind.NONE),
        round=0,
        token=f"{number:026}",
        message_id="",
        path="",
        created_at=NOW - timedelta(hours=2),
        due_at=NOW + due_in,
        state=Sending.QUEUED if sent_ago is None else Sending.SENT,
        finished_at=None if sent_ago is None else NOW - sent_ago,
    )


def test_a_flood_beyond_the_cap_is_an_alarm_before_the_cap_is_used_up() -> None:
    """ATTACKS 55: as soon as more mails are ready than may leave in this hour, but those that rest or are paused."""
    rules = replace(RULES, smtp=replace(RULES.smtp, per_hour=3))
    old, sent = _row(1, timedelta(minutes=61)), _row(2, timedelta(minutes=59))
    ready, resting = [_row(3), _row(4)], _row(5, due_in=timedelta(minutes=1))
    assert list(held_by_cap(Books.of([old, sent, *ready, resting]), NOW, rules)) == []
    books = Books.of([old, sent, *ready, resting, _row(6)])
    (arrival,) = held_by_cap(books, NOW, rules)
    assert isinstance(arrival.event, TroubleLasted)
    assert arrival.event.what.startswith("Es warten 3 Mails, mehr als in einer Stunde hinausgehen dürfen (3).")
    paused = books.after([Setting(f"paused/{key}", f"{NOW.isoformat()} {key}") for key in ("office", "hall_office")])
    assert list(held_by_cap(paused, NOW, rules)) == []
