"""Months later: what is finished has left the open books, and nobody notices."""

import json
from datetime import datetime, timedelta

from world import World, text_of

from mailbot import stage
from mailbot.model.booking import State

CODE = "QNBZAQPTAITT"


def _paid_two_months_ago(world: World) -> None:
    begun = datetime.now(world.rules.site.timezone)
    world.request(CODE)
    world.turn()
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    world.answer(world.last("office", "office/done"), "bezahlt")
    world.turn()
    world.clock = lambda: begun + timedelta(days=60)
    world.turn()
    world.kinds()


def test_a_finished_booking_is_found_by_everybody(world: World) -> None:
    """Two months after a paid stay the open file does not know it any more; `warum`, table and notices still do."""
    _paid_two_months_ago(world)
    opened = json.loads((world.data / "ledger.json").read_bytes())["ledger"]["tables"]
    assert all(CODE not in json.dumps(opened.get(table, {})) for table in ("bookings", "outbox", "history", "invoices"))
    assert world.bookings()[CODE].state is State.CONFIRMED
    world.answer(world.last("office", "office/done"), "warum")
    world.turn()
    assert world.kinds()["office"] == ["office/history"]
    history = text_of(world.last("office", "office/history"))
    assert "bestätigt" in history
    assert "45,00" in history
    world.request(CODE, start=world.bookings()[CODE].stay.start)
    world.turn()
    assert set(map(tuple, world.kinds().values())) == {()}
    world.answer(world.last("customer", "customer/confirmed"), "Danke, es war toll!", stage.CUSTOMER)
    world.turn()
    assert world.kinds()["office"] == ["office/message"]


def test_an_old_approval_decides_nothing(world: World) -> None:
    """`ok` to a review of long ago is refused with what the booking is now, as before."""
    _paid_two_months_ago(world)
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    kinds = world.kinds()
    assert (kinds["office"], kinds["customer"]) == (["office/refused"], [])
    assert "bestätigt" in text_of(world.last("office", "office/refused"))
