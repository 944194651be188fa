"""The office's day end to end, with a moved clock: short notice, codes given out by phone, bills, what was missed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from world import OFFICE, World, digits_in, html_of, text_of

from mailbot import stage
from mailbot.embedded import EmbeddedServers
from mailbot.errors import TryLaterError
from mailbot.model.booking import State
from mailbot.model.rules import Resource

CODE = "QNBZAQPTAITT"
DESK = "theke@medifit.example"
BERLIN = ZoneInfo("Europe/Berlin")
# A Friday, before the office closes at 13:00, and the stay on the Saturday after it.
FRIDAY = datetime(2026, 11, 27, 10, 0, tzinfo=BERLIN)
SATURDAY = datetime(2026, 11, 28, 19, 30, tzinfo=BERLIN)
MONDAY = datetime(2026, 11, 30, 8, 35, tzinfo=BERLIN)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as servers:
        yield World.on(servers, tmp_path / "data", resources={"kirche": _with_season(base.resources["kirche"])})


def _with_season(resource: Resource) -> Resource:
    """Lay the season around the days of these stories, whatever day the tests run on."""
    codes = replace(resource.door_codes, season_from=date(2026, 9, 15), season_to=date(2027, 5, 31))
    return replace(resource, door_codes=codes)


def _at(world: World, now: datetime) -> None:
    world.clock = lambda: now


def _turned(world: World, now: datetime) -> dict[str, list[str]]:
    """Let a daemon make its pass at a moment; gives the kinds each person got, without the lists and digests."""
    _at(world, now)
    world.turn()
    others = ("desk/codes", "office/digest")
    return {name: [kind for kind in kinds if kind not in others] for name, kinds in world.kinds().items()}


def _short_request(world: World) -> None:
    _at(world, SATURDAY - timedelta(hours=3))
    world.request(start=SATURDAY)
    world.turn()


def test_short_notice_from_the_request_to_the_bill(world: World) -> None:
    """At the weekend the customer calls the desk, the desk answers `ausgegeben`, on Monday the bill goes out."""
    _short_request(world)
    received = text_of(world.last("customer", "customer/received"))
    assert "2557 9999999" in received
    request = world.last("medifit", "desk/request")
    assert str(request["Subject"]).startswith("Eilig")
    assert "› ausgegeben" in text_of(request).replace("\u00a0", " ")
    world.kinds()
    world.answer(request, "ausgegeben", sender=DESK)
    told = _turned(world, SATURDAY - timedelta(hours=2))
    assert told == {"office": ["office/released"], "medifit": ["desk/done"], "platzwart": [], "customer": []}
    booking = world.bookings()[CODE]
    assert (booking.state, booking.released_by) == (State.REQUESTED, f"medifit {DESK}")
    assert booking.released_at == SATURDAY - timedelta(hours=2)
    assert booking.door_code
    for name in ("office", "medifit"):
        for mail in world.mails(name):
            if mail["Mailbot-Kind"] != "desk/codes":
                assert booking.door_code not in digits_in(text_of(mail) + html_of(mail))
    assert _turned(world, MONDAY.replace(minute=29))["customer"] == []
    assert _turned(world, MONDAY)["customer"] == ["customer/payment"]
    billed = world.bookings()[CODE]
    assert (billed.state, billed.decided_by) == (State.CONFIRMED, "clock")
    assert billed.invoice
    assert "DE02120300000000202051" in text_of(world.last("customer", "customer/payment")).replace(" ", "")
    assert sum(len(kinds) for kinds in _turned(world, MONDAY + timedelta(hours=1)).values()) == 0


def test_the_offices_no_comes_before_the_bill(world: World) -> None:
    """A `nein` before the stay cancels what was given out, asks about the code, and nothing is billed."""
    _short_request(world)
    world.answer(world.last("medifit", "desk/request"), "ausgegeben", sender=DESK)
    _turned(world, SATURDAY - timedelta(hours=2))
    world.answer(world.last("office", "office/released"), "nein: nicht plausibel")
    told = _turned(world, SATURDAY - timedelta(hours=1))
    assert told["customer"] == ["customer/cancelled"]
    assert told["office"] == ["office/done"]
    assert "code neu 28.11." in text_of(world.last("office", "office/done")).replace("\u00a0", " ")
    assert _turned(world, MONDAY)["customer"] == []
    assert world.bookings()[CODE].state is State.CANCELLED


def test_an_answer_that_lies_unread_counts_before_the_bill(world: World) -> None:
    """What the office answered before the bill fell due is read first; `nein` after the stay offers `ok preis 0`."""
    _short_request(world)
    world.answer(world.last("medifit", "desk/request"), "ausgegeben", sender=DESK)
    _turned(world, SATURDAY - timedelta(hours=2))
    world.answer(world.last("office", "office/released"), "nein: nicht erschienen")
    told = _turned(world, SATURDAY + timedelta(hours=3))
    assert (told["office"], told["customer"]) == (["office/refused"], [])
    assert "ok preis 0" in text_of(world.last("office", "office/refused")).replace("\u00a0", " ")
    world.answer(world.last("office", "office/refused"), "ok preis 20")
    assert _turned(world, MONDAY)["customer"] == ["customer/payment"]
    assert world.bookings()[CODE].price == 20
    assert world.bookings()[CODE].decided_by == f"office {OFFICE}"


def test_a_stand_alone_line_names_the_booking(world: World) -> None:
    """`ausgegeben CODE` counts from a mail of the desk's own; an unknown code is asked back and changes nothing."""
    _short_request(world)
    world.kinds()
    for text in ("ausgegeben XYZXYZXYZ", f"ausgegeben {CODE.lower()}, danke"):
        heads = {"From": DESK, "Subject": "Codes", "Message-ID": "<x@medifit.example>"}
        mail = stage.reply(heads, text, DESK, SATURDAY)
        del mail["In-Reply-To"], mail["References"]
        world.send(mail, DESK)
    told = _turned(world, SATURDAY - timedelta(hours=2))
    assert (told["office"], sorted(told["medifit"])) == (["office/released"], ["desk/done", "desk/refused"])
    assert world.bookings()[CODE].released_by == f"medifit {DESK}"


def test_a_code_for_a_cancelled_booking_raises_an_alarm(world: World) -> None:
    """The desk is asked to call the office, which gets office/alarm with the phone number; the fact is recorded."""
    _short_request(world)
    world.answer(world.last("office", "office/review"), "nein: Halle gesperrt")
    _turned(world, SATURDAY - timedelta(hours=2))
    world.answer(world.last("medifit", "desk/request"), "ausgegeben\n\nKam persönlich vorbei.", sender=DESK)
    told = _turned(world, SATURDAY - timedelta(hours=1))
    assert (told["office"], told["medifit"]) == (["office/alarm"], ["desk/done"])
    alarm = text_of(world.last("office", "office/alarm"))
    assert "abgelehnt" in alarm
    assert "23 45 678" in alarm.replace("\u00a0", " ")
    done = text_of(world.last("medifit", "desk/done"))
    assert "Bitte das Büro anrufen" in done
    assert "2557 1111111" in done
    booking = world.bookings()[CODE]
    assert (booking.state, booking.released_at is not None) == (State.REJECTED, True)
    assert _turned(world, MONDAY)["customer"] == []


def test_a_request_nobody_answers_becomes_short_notice_and_lapses(world: World) -> None:
    """When the office closes unanswered the customer is asked to call; missed, it lapses; `ok` still bills."""
    _at(world, FRIDAY)
    world.request(start=SATURDAY)
    world.turn()
    world.kinds()
    assert _turned(world, FRIDAY.replace(hour=12, minute=59))["customer"] == []
    told = _turned(world, FRIDAY.replace(hour=13, minute=1))
    assert told == {
        "office": ["office/reminder"],
        "medifit": ["desk/request"],
        "platzwart": [],
        "customer": ["customer/call"],
    }
    assert "2557 9999999" in text_of(world.last("customer", "customer/call"))
    assert str(world.last("medifit", "desk/request")["Subject"]).startswith("Eilig")
    assert world.bookings()[CODE].short_notice
    assert _turned(world, FRIDAY.replace(hour=13, minute=2))["customer"] == []
    assert _turned(world, SATURDAY + timedelta(hours=2))["customer"] == []
    told = _turned(world, MONDAY.replace(hour=8, minute=1))
    assert (told["customer"], told["office"]) == (["customer/lapsed"], ["office/lapsed"])
    world.answer(world.last("office", "office/lapsed"), "ok preis 40")
    told = _turned(world, MONDAY)
    assert (told["customer"], told["office"]) == (["customer/payment"], ["office/done"])
    assert world.bookings()[CODE].state is State.CONFIRMED


def test_an_unread_ok_counts_before_the_request_lapses(world: World) -> None:
    """An `ok` written before the request lapsed and read afterwards counts: the mailbox is read first."""
    _short_request(world)
    world.kinds()
    world.answer(world.last("office", "office/review"), "ok")
    told = _turned(world, MONDAY.replace(hour=8, minute=1))
    assert told["customer"] == ["customer/payment"]
    assert world.bookings()[CODE].state is State.CONFIRMED


def test_what_was_due_during_a_pause_is_done_once_and_says_it_is_late(world: World) -> None:
    """After days without power the bill goes out once, and says for when it was meant."""
    _short_request(world)
    world.answer(world.last("medifit", "desk/request"), "ausgegeben", sender=DESK)
    _turned(world, SATURDAY - timedelta(hours=2))
    assert _turned(world, MONDAY + timedelta(days=2))["customer"] == ["customer/payment"]
    assert "verspätet" in text_of(world.last("customer", "customer/payment"))
    assert _turned(world, MONDAY + timedelta(days=3))["customer"] == []


def test_the_office_records_a_code_itself(world: World) -> None:
    """`ausgegeben` from the office is recorded with the office's name; only the office is told."""
    _short_request(world)
    world.kinds()
    world.answer(world.last("office", "office/review"), "ausgegeben")
    told = _turned(world, SATURDAY - timedelta(hours=2))
    assert told == {"office": ["office/done"], "medifit": [], "platzwart": [], "customer": []}
    assert world.bookings()[CODE].released_by == f"office {OFFICE}"


def test_nothing_is_billed_while_the_mailbox_cannot_be_read(world: World) -> None:
    """With the mailbox away an unread `nein` may lie there: the bill waits, and goes out once it was read."""
    _short_request(world)
    world.answer(world.last("medifit", "desk/request"), "ausgegeben", sender=DESK)
    _turned(world, SATURDAY - timedelta(hours=2))
    rules = world.rules
    world.rules = replace(rules, mailbox=replace(rules.mailbox, port=1))
    with pytest.raises(TryLaterError):
        _turned(world, MONDAY)
    assert "customer/payment" not in world.kinds()["customer"]
    world.rules = rules
    assert _turned(world, MONDAY)["customer"] == ["customer/payment"]


def test_what_is_due_and_cannot_be_written_is_told_once_a_day(world: World) -> None:
    """A mail that cannot be composed holds up its own matter alone, and the office hears of it."""
    _short_request(world)
    daemon = world.open()
    try:
        known = daemon.flow.books().booking(CODE)
        assert known
        broken = replace(known, customer=replace(known.customer, email="kaputt@"))
        daemon.flow.ledger.commit([broken])
    finally:
        daemon.close()
    world.kinds()
    for minute in (5, 6):
        assert _turned(world, MONDAY.replace(hour=8, minute=minute))["office"] == ["office/alarm"] * (minute == 5)
    assert world.bookings()[CODE].state is State.REQUESTED
