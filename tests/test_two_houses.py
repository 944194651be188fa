"""Two resources end to end, each with its own office, desk, subscribers, prices, codes and payment: never mixed up.

Also what the office answers by numbers, and what office and desk are told where an answer was none.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from world import MAILBOT, OFFICE, World, digits_in, html_of, next_saturday, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import State
from mailbot.model.people import Role
from mailbot.model.rules import Hours, Person, Rules, Source

CLUB, CLUB_DESK, TRAINER = "kunstrasen@verein.example", "theke@sportheim.example", "trainer@verein.example"
CLUB_NOTICES = "seite@rasen.example"
PEOPLE = {
    "verein": Person("verein", "SV Vorwärts", Role.REVIEWER, (CLUB,), phone="+49 2557 333"),
    "sportheim": Person("sportheim", "Sportheim", Role.DESK, (CLUB_DESK,), phone="+49 2557 444"),
    "trainer": Person("trainer", "Trainer", Role.SUBSCRIBER, (TRAINER,)),
}


def two_houses(base: Rules) -> dict[str, Any]:
    """Give the office's rules a second resource that says everything of its own."""
    church, page = base.resources["kirche"], base.sources["youcanbookme"]
    club = replace(
        church,
        key="kunstrasen",
        name="Kunstrasen",
        reviewer="verein",
        desk="sportheim",
        subscribers=("trainer",),
        open=Hours(),
        prices=(replace(church.prices[-1], per_hour=Decimal(20)),),
        door_codes=replace(church.door_codes, digits=5, list_to=None),
        payment=replace(church.payment, holder="SV Vorwärts", issuer="SV Vorwärts", invoice_number="KR-{year}-{n:04d}"),
    )
    source = Source("rasenseite", "kunstrasen", (CLUB_NOTICES,), page.subjects, page.labels)
    resources = {"kirche": replace(church, door_codes=replace(church.door_codes, list_to=None)), "kunstrasen": club}
    sources = {**base.sources, source.key: source}
    return {"people": {**base.people, **PEOPLE}, "resources": resources, "sources": sources}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    accounts = {**stage.accounts(base), **{key: person.emails[0] for key, person in PEOPLE.items()}}
    with EmbeddedServers(accounts, stage.PASSWORD, base.trust.authserv_id) as servers:
        world = World.on(servers, tmp_path / "data", **two_houses(base))
        begin = next_saturday(world.rules, weeks=3) - timedelta(days=18)
        world.clock = lambda: begin.replace(hour=10, minute=0)
        yield world


def told(world: World) -> dict[str, list[str]]:
    world.turn()
    return {name: kinds for name, kinds in world.kinds().items() if kinds}


def says(world: World, name: str, kind: str, text: str, sender: str) -> dict[str, list[str]]:
    world.answer(world.last(name, kind), text, sender)
    return told(world)


def asks(world: World, reference: str, sender: str = stage.NOTICES, days: int = 18, hours: int = 0) -> None:
    """Let somebody ask for a time, at one house or the other."""
    start = (world.clock() + timedelta(days=days)).replace(hour=19 + hours, minute=30)
    mail = stage.notice(stage.Request(reference, "Kim Kunde", start, 60), MAILBOT, world.clock())
    mail.replace_header("From", sender)
    world.send(mail, sender)


def test_each_house_for_itself(world: World) -> None:
    """The same hour at both houses: each is asked, decided, coded, billed and told to its own people alone."""
    asks(world, "KIRCHEAAAAAA")
    assert sorted(told(world)) == ["customer", "medifit", "office", "platzwart"]
    asks(world, "RASENAAAAAAA", CLUB_NOTICES)
    assert sorted(told(world)) == ["customer", "sportheim", "trainer", "verein"]
    review = text_of(world.last("verein", "office/review"))
    assert "20,00\u00a0€" in review
    assert "KIRCHEAAAAAA" not in review
    assert says(world, "office", "office/review", "ok", CLUB) == {"verein": ["office/refused"]}
    assert says(world, "verein", "office/review", "ok", CLUB) == {
        "verein": ["office/done"],
        "sportheim": ["desk/decided"],
        "trainer": ["subscriber/decided"],
        "customer": ["customer/confirmed"],
    }
    known = world.bookings()
    assert [known[code].state for code in ("KIRCHEAAAAAA", "RASENAAAAAAA")] == [State.REQUESTED, State.CONFIRMED]
    assert str(known["RASENAAAAAAA"].invoice).startswith("KR-")
    assert len(str(known["RASENAAAAAAA"].door_code)) == 5
    assert says(world, "office", "office/review", "ok", OFFICE)["customer"] == ["customer/confirmed"]
    assert str(world.bookings()["KIRCHEAAAAAA"].invoice).startswith("SK-")


@pytest.mark.parametrize("language", ["de", "en"])
def test_who_is_responsible_stands_in_every_mail_to_the_customer(world: World, language: str) -> None:
    """Beside the house's own address, the club's customers read the club's; the church's office has only one."""
    start = next_saturday(world.rules, weeks=3)
    mail = stage.notice(stage.Request("RASENAAAAAAA", "Kim Kunde", start, 60, language), MAILBOT, world.clock())
    mail.replace_header("From", CLUB_NOTICES)
    world.send(mail, CLUB_NOTICES)
    world.turn()
    says(world, "verein", "office/review", "ok", CLUB)
    says(world, "verein", "office/done", "storno: Regen", CLUB)
    mails = world.mails("customer")
    assert [got["Mailbot-Kind"] for got in mails] == ["customer/received", "customer/confirmed", "customer/cancelled"]
    for got in mails:
        assert CLUB in text_of(got)
        assert CLUB in html_of(got)
        assert OFFICE in text_of(got)
        assert OFFICE in html_of(got)
    asks(world, "KIRCHEAAAAAA")
    world.turn()
    assert CLUB not in text_of(world.mails("customer")[-1])


def test_lists_and_new_codes_are_each_houses_own(world: World) -> None:
    """`liste`, `liste codes` and `code neu` give an office what is its own, and change nobody else's code."""
    asks(world, "KIRCHEAAAAAA")
    asks(world, "RASENAAAAAAA", CLUB_NOTICES)
    world.turn()
    says(world, "office", "office/review", "ok", OFFICE)
    says(world, "verein", "office/review", "ok", CLUB)
    before = world.bookings()
    day = before["RASENAAAAAAA"].stay.day
    says(world, "verein", "office/done", "liste", CLUB)
    assert "Buchungen  1" in text_of(world.last("verein", "office/table"))
    assert says(world, "verein", "office/done", f"code neu {day.day}.{day.month}.", CLUB) == {
        "verein": ["office/new_code"]
    }
    assert says(world, "verein", "office/new_code", "ok", OFFICE) == {"office": ["office/refused"]}
    assert says(world, "verein", "office/new_code", "ok", CLUB)["customer"] == ["customer/code_changed"]
    after = world.bookings()
    assert after["KIRCHEAAAAAA"] == before["KIRCHEAAAAAA"]
    assert after["RASENAAAAAAA"].door_code != before["RASENAAAAAAA"].door_code
    says(world, "verein", "office/done", "liste codes", CLUB)
    assert str(before["KIRCHEAAAAAA"].door_code) not in digits_in(text_of(world.last("verein", "office/codes")))


@pytest.mark.parametrize(
    ("name", "kind"), [("verein", "office/review"), ("sportheim", "desk/request"), ("customer", "customer/received")]
)
def test_a_stranger_with_one_houses_mail_is_that_houses(world: World, name: str, kind: str) -> None:
    """Who answers a mail that went to others is told to the office whose matter it is; its subject is no other's."""
    asks(world, "RASENAAAAAAA", CLUB_NOTICES)
    world.turn()
    world.kinds()
    assert says(world, name, kind, "ok", "fremd@anderswo.example") == {"verein": ["office/suspicious"]}
    assert "fremd@anderswo.example" in text_of(world.last("verein", "office/suspicious"))
    night = world.clock() + timedelta(days=1)
    world.clock = lambda: night.replace(hour=9)
    told(world)
    shown = [text_of(mail) + str(mail["Subject"]) for mail in world.mails("office")]
    assert not [text for text in shown if "Kim" in text or "RASEN" in text or "fremd@" in text]
    assert world.bookings()["RASENAAAAAAA"].state is State.REQUESTED


def test_one_houses_pause_holds_up_no_other(world: World) -> None:
    """While the church pauses, the club's customers and people are told as always; `weiter` lets the church's go."""
    asks(world, "KIRCHEAAAAAA")
    world.turn()
    assert says(world, "office", "office/review", "pause", OFFICE)["office"][-1] == "office/done"
    asks(world, "RASENAAAAAAA", CLUB_NOTICES)
    assert sorted(told(world)) == ["customer", "sportheim", "trainer", "verein"]
    assert says(world, "office", "office/review", "ok", OFFICE) == {"office": ["office/done"]}
    assert says(world, "verein", "office/review", "ok", CLUB)["customer"] == ["customer/confirmed"]
    assert "keine Pause" in text_of(_answered(world, "verein", "weiter", CLUB))
    assert says(world, "office", "office/review", "weiter", OFFICE)["customer"] == ["customer/confirmed"]


def _answered(world: World, name: str, text: str, sender: str) -> Message:
    says(world, name, "office/review", text, sender)
    return world.last(name, "office/done")


def test_a_reminder_is_answered_by_its_numbers(world: World) -> None:
    """Doubt in one number does nothing and says what works; what moved on is skipped, all else is done."""
    for hour, reference in enumerate(("AAAAAAAAAAAA", "BBBBBBBBBBBB", "CCCCCCCCCCCC")):
        asks(world, reference, days=2, hours=hour)
        # One by one: mails of one pass leave in any order, and the last review is to be the third's.
        world.turn()
    now = world.clock()
    world.clock = lambda: now + timedelta(hours=5)
    assert told(world)["office"][-1] == "office/reminder"
    for text in ("1 ok, 2 vielleicht", "ok"):
        assert says(world, "office", "office/reminder", text, OFFICE) == {"office": ["office/refused"]}
        refusal = " ".join(text_of(world.last("office", "office/refused")).split())
        assert "› 1 ok, 2 nein voll" in refusal
        assert ("nichts davon geschehen" in refusal) is (text != "ok")
    assert {booking.state for booking in world.bookings().values()} == {State.REQUESTED}
    says(world, "office", "office/review", "nein voll", OFFICE)
    says(world, "office", "office/reminder", "1 ok, 2 frage: Wie viele?, 3 ok", OFFICE)
    states = {code: booking.state for code, booking in world.bookings().items()}
    assert states == {"AAAAAAAAAAAA": State.CONFIRMED, "BBBBBBBBBBBB": State.HELD, "CCCCCCCCCCCC": State.REJECTED}
    assert "2 von 3" in str(world.last("office", "office/done")["Subject"])


@pytest.mark.parametrize(("text", "shown"), [("ok", "ausgegeben"), ("Der Kunde war da", "notiz")])
def test_the_desk_hears_what_would_work(world: World, text: str, shown: str) -> None:
    """What the desk may not say, or nobody understands, is answered with what it may."""
    asks(world, "KIRCHEAAAAAA")
    world.turn()
    says(world, "medifit", "desk/request", text, "theke@medifit.example")
    assert f"› {shown}" in text_of(world.last("medifit", "desk/refused")).replace("\u00a0", " ")


def test_a_switched_off_clash_is_not_pointed_out(world: World) -> None:
    """With `oddities: {clash: false}` the review names no clash, and still offers no `ok` for a time given away."""
    asks(world, "AAAAAAAAAAAA")
    world.turn()
    says(world, "office", "office/review", "ok", OFFICE)
    world.rules = replace(world.rules, oddities={"clash": False, "twice": False})
    asks(world, "BBBBBBBBBBBB")
    world.turn()
    review = text_of(world.last("office", "office/review"))
    assert "AAAAAAAAAAAA" not in review
    assert "› ok" not in review


def test_the_tables_sum_counts_what_is_asked(world: World) -> None:
    """What is rejected or not decided yet is in the table, and not in what is charged."""
    for number, reference in enumerate(("AAAAAAAAAAAA", "BBBBBBBBBBBB", "CCCCCCCCCCCC")):
        asks(world, reference, days=18 + number)
        world.turn()
        if number < 2:
            says(world, "office", "office/review", ("ok", "nein voll")[number], OFFICE)
    says(world, "office", "office/review", "bezahlt 10", OFFICE)
    assert "Berechnet ist noch nichts" in text_of(world.last("office", "office/done"))
    says(world, "office", "office/review", "liste", OFFICE)
    table = text_of(world.last("office", "office/table")).replace("\u00a0", " ")
    assert "Buchungen  3" in table
    assert "Berechnet    45,00 €" in table
