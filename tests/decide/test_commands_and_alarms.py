"""The operator's code commands as decisions, and the alarms about edges that stay out of order."""

from dataclasses import replace
from datetime import date, timedelta

from decide_story import CHURCH, NOW, RULES, World, kinds, only, season_codes

from mailbot.errors import EXIT_BAD_INPUT
from mailbot.model.books import Books
from mailbot.model.codes import DoorCode
from mailbot.model.events import CodesGenerated, CodesImported, TroubleEnded, TroubleLasted
from mailbot.model.people import CLOCK, OPERATOR

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
