"""A customer who writes without end: the office reads ten messages an hour, and where the others lie."""

from datetime import timedelta

import pytest
from decide_story import CUSTOMER, DESK, OFFICE, RULES, SUBSCRIBER, World, booking, kinds, known, matter, only

from mailbot.model.booking import State
from mailbot.model.events import CustomerWrote
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.talk_events import Answered, Asked, Noted, WithdrawalWished

SHOWN = 10


def drowned(about: Matter) -> World:
    """Give a world in which the customer wrote ten times within a minute."""
    world = World.of(booking())
    for number in range(SHOWN):
        decision = world.tell(CUSTOMER, CustomerWrote(about, f"Nachricht {number}"))
        odd = str(only(decision, "office/message").facts["oddities"])
        assert ("sehr viele Nachrichten" in odd) is (number == SHOWN - 1)
    assert f"im Ordner {RULES.mailbox.trouble}" in odd
    return world


@pytest.mark.parametrize(
    "about", [matter(), Matter(MatterKind.OCCUPANCY, CUSTOMER.address)], ids=["booking", "belegung"]
)
def test_the_eleventh_message_of_an_hour_is_put_aside(about: Matter) -> None:
    """It writes no mail, changes nothing, lies in the trouble folder, as the tenth said; an hour later all is well."""
    world = drowned(about)
    decision = world.tell(CUSTOMER, WithdrawalWished(about, "storno"))
    assert (decision.changes, kinds(decision), decision.to_trouble) == ((), [], True)
    world.now += timedelta(minutes=61)
    assert "office/message" in kinds(world.tell(CUSTOMER, CustomerWrote(about, "Guten Morgen")))


def test_an_answer_to_the_offices_question_is_never_put_aside() -> None:
    """What the office waits for comes through, however much was written before."""
    world = drowned(matter())
    world.tell(OFFICE, Asked(matter(), 1, question="Wie viele Personen?"))
    decision = world.tell(CUSTOMER, Answered(matter(), "zehn"))
    assert kinds(decision) == ["office/message"]
    assert known(world).state is State.REQUESTED


def test_our_own_people_are_not_put_aside() -> None:
    """A subscriber's words reach the office all the same."""
    assert kinds(drowned(matter()).tell(SUBSCRIBER, CustomerWrote(matter(), "Das Licht ist an"))) == ["office/message"]


def test_nothing_is_put_aside_before_the_office_knows() -> None:
    """The desk's notes and an answered question fill the ten too, and say nothing: the next message comes, and does."""
    world = World.of(booking())
    for number in range(SHOWN - 1):
        world.tell(DESK, Noted(matter(), 1, text=f"Anruf {number}"))
    world.tell(OFFICE, Asked(matter(), 1, question="Wie viele Personen?"))
    world.tell(CUSTOMER, Answered(matter(), "zehn"))
    first = only(world.tell(CUSTOMER, CustomerWrote(matter(), "Und noch etwas")), "office/message")
    assert "sehr viele Nachrichten" in str(first.facts["oddities"])
    assert world.tell(CUSTOMER, CustomerWrote(matter(), "Und noch etwas")).to_trouble


def test_every_flood_is_told_anew() -> None:
    """What the office was told an hour ago puts nothing aside: the tenth message of the next flood says it again."""
    world = drowned(matter())
    world.now += timedelta(minutes=61)
    shown = [world.tell(CUSTOMER, CustomerWrote(matter(), "Hallo?")) for _ in range(SHOWN)]
    said = ["sehr viele" in str(only(decision, "office/message").facts["oddities"]) for decision in shown]
    assert said == [False] * (SHOWN - 1) + [True]
    assert world.tell(CUSTOMER, CustomerWrote(matter(), "Hallo?")).to_trouble


def test_a_flood_that_others_began_is_told_within_the_hour() -> None:
    """Notes that fill the ten in the next hour say nothing either: the customer's next message comes, and does."""
    world = drowned(matter())
    world.now += timedelta(minutes=61)
    for number in range(SHOWN):
        world.tell(DESK, Noted(matter(), 1, text=f"Anruf {number}"))
    assert kinds(world.tell(CUSTOMER, CustomerWrote(matter(), "Hallo?"))) == ["office/message", "customer/noted"]
