"""A sample of the broken letters that benchmarks/mutated.py makes by the thousand (ATTACKS 59)."""

from pathlib import Path

import pytest
from mutating import MUTATIONS, harm, judged, mutated, sound, unproven
from understand_story import BOOKS, RULES

from mailbot.model.events import Approved
from mailbot.model.people import Role
from mailbot.send.compose import Composer


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Composer(Path(__file__).parent.parent / "templates", RULES)


def test_broken_letters_do_nothing() -> None:
    """59: unproven, none raises, none is a command, none changes what is booked, and only the office is written to."""
    found = [judged(unproven(raw)) for raw in mutated(1_200, seed=59)]
    assert [wrong for one in found for wrong in harm(one)] == []
    assert len({type(one.event).__name__ for one in found}) > 4
    assert sum(bool(one.decision.mails) for one in found) > 100


def test_broken_letters_are_told_in_mails_that_can_be_written(composer: Composer) -> None:
    """59: whatever stands in them, the mails about them can be composed."""
    found = [judged(raw, composer) for raw in (*map(unproven, mutated(60, seed=60)), *mutated(60, seed=61))]
    assert sum(bool(one.decision.mails) for one in found) > 30


def test_broken_letters_of_proven_people_raise_nothing() -> None:
    """59: with the verdict left in, what is broken may be read or doubted, and nothing raises; no code goes astray."""
    for one in map(judged, mutated(800, seed=62)):
        coded = [mail for mail in one.decision.mails if mail.has_code]
        assert not coded or (one.by.role is Role.REVIEWER and isinstance(one.event, Approved))


def test_the_letters_are_broken() -> None:
    """The same seed makes the same letters, each unlike the sound ones, by every kind of mutation."""
    letters = list(mutated(200, seed=1))
    assert letters == list(mutated(200, seed=1))
    assert len(set(letters) - set(sound())) > 190
    assert len(MUTATIONS) == 6
    assert BOOKS.booking("QNBZAQPTAITT")
