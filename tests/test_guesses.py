"""Guessed tokens are counted, shown by `status`, and told when they become many (ATTACKS 2, 16)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from attack_story import EVIL, PASS, PASS_EVIL, UNKNOWN, USUAL, Scene, answer, kinds, letter, passed, staged
from world import OFFICE, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.guesses import MANY, tally_of
from mailbot.standing import in_words, standing


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    with EmbeddedServers(stage.accounts(USUAL), stage.PASSWORD, USUAL.trust.authserv_id) as running:
        yield running


@pytest.fixture
def scene(servers: EmbeddedServers, tmp_path: Path) -> Iterator[Scene]:
    with staged(servers, tmp_path) as made:
        yield made


def guess(sender: str, verdict: tuple[str, str]) -> bytes:
    return letter((verdict, ("From", sender), ("Subject", "AW: Anfrage"), ("In-Reply-To", UNKNOWN)))


def count(scene: Scene) -> int:
    return tally_of(scene.daemon.flow.books()).count


def test_whoever_guesses_is_counted_once(scene: Scene) -> None:
    """2, 16: the office, a customer, a stranger: each counts once, however often the mailbox is looked through."""
    assert (
        in_words(standing(scene.world.rules, scene.daemon.flow.books(), None, scene.world.clock()))["wrong tokens"]
        == "none"
    )
    review = scene.asked()
    strangers = [guess(EVIL, PASS_EVIL), guess(stage.CUSTOMER, passed("kunde.example"))]
    scene.arrives(guess(OFFICE, PASS), *strangers)
    assert count(scene) == 3
    # A stranger's letter is counted by its head alone: it stays where it is, and is not stored.
    assert set(strangers) <= set(scene.world.servers.messages("mailbot"))
    scene.arrives(answer(review, "nein: voll"))
    scene.daemon.once(take_all=True)
    assert count(scene) == 3
    now = scene.world.clock()
    facts = standing(scene.world.rules, scene.daemon.flow.books(), None, now)
    assert facts["wrong_tokens"] == 3
    assert in_words(facts)["wrong tokens"].startswith("3, the last ")
    assert "a" * 26 not in str(facts)


def test_many_in_a_day_are_told_once(scene: Scene) -> None:
    """A few are nobody's business; many on one day make one alarm, and no answer to who guesses."""
    # Each look is two hours after the last: begin where three of them fit into one day.
    now = scene.world.clock()
    scene.past += timedelta(days=1, hours=8 - now.hour)
    scene.arrives()
    # What an earlier story left in the mailbox was seen anew.
    begun = count(scene)
    assert not any(scene.arrives(*(guess(EVIL, PASS_EVIL) for _ in range(MANY - 1 - begun))).values())
    got = scene.arrives(guess(EVIL, PASS_EVIL))
    assert {name: kinds(mails) for name, mails in got.items() if mails} == {"office": ["office/alarm"]}
    assert "probiert" in text_of(got["office"][0])
    assert not any(scene.arrives(guess(EVIL, PASS_EVIL)).values())
