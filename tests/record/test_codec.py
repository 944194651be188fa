"""Records as dicts and back, and what is said of dicts that no mailbot wrote."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mailbot.errors import EXIT_LEDGER_DAMAGED, AskHumanError, StopError
from mailbot.model.booking import Booking, Shown
from mailbot.model.events import Approved, Changed, Rejected
from mailbot.model.mail import Matter, MatterKind, Outcome, Phase, SendingResult
from mailbot.model.pending import PendingDecision, Undoable
from mailbot.model.people import Actor, Role
from mailbot.model.records import RECORDS, Record, Setting
from mailbot.model.talk_events import Asked, Cancelled
from mailbot.record import codec

ABOUT = Matter(MatterKind.BOOKING, "QNBZ")


def test_every_record_comes_back_as_it_was(one_of_each: list[Record], zone: ZoneInfo) -> None:
    """Each kind of record survives the way to a dict and back, times in the site's zone and fold included."""
    assert {type(record) for record in one_of_each} == set(RECORDS)
    for record in one_of_each:
        again = codec.decode(record.TABLE, record.key, codec.encode(record), zone, "ledger.json")
        assert again == record
        assert repr(again) == repr(record)


def test_documents_are_plain(one_of_each: list[Record]) -> None:
    """Amounts are strings, times ISO 8601 with offset, in which the doubled hour stays apart."""
    booking = codec.encode(one_of_each[0])
    assert (booking["price"], booking["state"]) == ("45.00", "requested")
    assert booking["stay"]["start"] == "2026-11-23T12:00:00+01:00"
    assert booking["received_at"] == "2026-10-25T02:30:00+01:00"


def test_another_zone_keeps_the_moment(one_of_each: list[Record]) -> None:
    """Books written in one zone are read in another without moving any moment."""
    record = one_of_each[5]
    again: Any = codec.decode(record.TABLE, record.key, codec.encode(record), ZoneInfo("UTC"), "ledger.json")
    assert again == record
    assert again.at.utcoffset() == timedelta(0)


DAMAGES: list[tuple[dict[str, Any], str]] = [
    ({"door_code": 482913}, "field door_code is damaged: expected"),
    ({"round": "1"}, "field round is damaged: expected"),
    ({"state": "482913"}, "field state is damaged: expected Input should be 'requested'"),
    ({"received_at": "482913"}, "field received_at is damaged: expected"),
    ({"received_at": "2026-11-23T12:00:00"}, "is damaged: expected times with their offset"),
    ({"customer": {"email": "482913"}}, "field customer.name is damaged: expected"),
    ({"price": "482913x"}, "field price is damaged: expected"),
    ({"colour": "482913"}, "field colour is damaged: expected only fields and values this version of mailbot writes"),
    ({"stay": {"resource": "k", "start": None, "end": None}}, "field stay.start is damaged: expected"),
    ({"extras": [["a", "b", "482913"]]}, "field extras.0 is damaged: expected"),
    ({"code": "other"}, "is damaged: expected the key its own fields make"),
]


@pytest.mark.parametrize(("change", "said"), DAMAGES)
def test_damage_is_named_and_no_value_shown(
    one_of_each: list[Record], zone: ZoneInfo, change: dict[str, Any], said: str
) -> None:
    """What does not fit is named by file, table, key, field and expectation; the value, a code perhaps, never."""
    document = codec.encode(one_of_each[0]) | change
    with pytest.raises(StopError) as caught:
        codec.decode("bookings", "QNBZ", document, zone, "data/ledger.json")
    assert caught.value.exit_code == EXIT_LEDGER_DAMAGED
    assert str(caught.value).startswith("data/ledger.json: bookings/QNBZ")
    assert said in str(caught.value)
    assert "482913" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_nested_unknown_field(one_of_each: list[Record], zone: ZoneInfo) -> None:
    """A field of a newer version is noticed inside a record's parts as well."""
    document = codec.encode(one_of_each[0])
    document["customer"]["mobile"] = "1"
    with pytest.raises(StopError, match=r"field customer\.mobile is damaged"):
        codec.decode("bookings", "QNBZ", document, zone, "x")


def test_unknown_table(zone: ZoneInfo) -> None:
    """A table of a newer version is not dropped silently."""
    with pytest.raises(StopError, match="table dunnings is damaged: expected one of bookings"):
        codec.decode("dunnings", "1", {}, zone, "x")


def test_older_documents_take_the_defaults(one_of_each: list[Record], zone: ZoneInfo) -> None:
    """A field that came later and has a default does not make older books unreadable."""
    document = codec.encode(one_of_each[0])
    del document["sequence"], document["links"]
    assert codec.decode("bookings", "QNBZ", document, zone, "x") == one_of_each[0]


def test_half_a_surrogate_is_a_persons_matter() -> None:
    """A text no file can keep is refused by key before anything is written."""
    with pytest.raises(AskHumanError, match="settings/x: a text in it holds characters"):
        codec.encode(Setting("x", "\udce4"))


def test_results_are_lines(zone: ZoneInfo) -> None:
    """What became of a hand-over survives as one line; a line of something else is named."""
    at = datetime(2026, 11, 23, 12, tzinfo=zone)
    result = SendingResult("m1", Outcome.LATER, at, Phase.RCPT, "451 spä\nter", 3)
    line = codec.encode_result(result)
    assert b"\n" not in line
    assert codec.decode_result(line, zone, "x") == result
    with pytest.raises(StopError, match=r"sendings\.log: line 3"):
        codec.decode_result(b'{"mail_id": 1}', zone, "sendings.log: line 3")


@pytest.mark.parametrize(
    "answer",
    [
        Approved(ABOUT, 1, price=Decimal("45.50"), silent=True, note="gern"),
        Rejected(ABOUT, 1, reason="voll"),
        Changed(ABOUT, 2, start=time(20), end=time(21, 30)),
        Asked(ABOUT, 1, question="Wie viele?"),
        Cancelled(ABOUT, 1),
    ],
)
def test_an_answer_that_waits_stays_what_it_is(answer: Undoable, zone: ZoneInfo) -> None:
    """Rejected and cancelled look alike on disk, and are still told apart when they come back."""
    at = datetime(2026, 11, 23, 9, 0, tzinfo=zone)
    waits = PendingDecision.of(
        Actor(Role.REVIEWER, "office", "buero@sk.example"), answer, at, at + timedelta(minutes=5)
    )
    again = codec.decode(waits.TABLE, waits.key, codec.encode(waits), zone, "ledger.json")
    assert isinstance(again, PendingDecision)
    assert (again, type(again.answer), again.answer) == (waits, type(answer), answer)


def test_what_the_page_shows_comes_back_and_older_books_know_nothing_of_it(
    one_of_each: list[Record], zone: ZoneInfo
) -> None:
    """A time at the page, or that it is free there, survives; a booking written before that was kept is read as is."""
    record = one_of_each[0]
    assert isinstance(record, Booking)
    for shown in (Shown(record.stay), Shown(None, by_office=True)):
        known = replace(record, shown=shown)
        assert codec.decode(known.TABLE, known.key, codec.encode(known), zone, "ledger.json") == known
    old = codec.encode(record)
    del old["shown"]
    again = codec.decode(record.TABLE, record.key, old, zone, "ledger.json")
    assert again == replace(record, shown=None)
