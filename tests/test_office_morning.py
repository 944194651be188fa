"""The office's morning end to end: the digest answered in one mail, and a pause, with a clock that is moved."""

from datetime import datetime, timedelta
from email.message import EmailMessage

from world import OFFICE, World, text_of

from mailbot.model.booking import State

ONE, TWO = "QNBZAQPTAITT", "KJHGFDSAPOIU"


def _set(world: World, at: datetime) -> None:
    world.clock = lambda: at


def _friday_and_monday(world: World) -> tuple[datetime, datetime]:
    """Give the afternoon of a Friday in a plain week of the season, and the Monday after it at eight."""
    zone = world.rules.site.timezone
    day = datetime.now(zone).replace(hour=14, minute=0, second=0, microsecond=0)
    friday = day + timedelta(days=(4 - day.weekday()) % 7)
    return friday, (friday + timedelta(days=3)).replace(hour=8)


def _two_wait(world: World) -> datetime:
    friday, monday = _friday_and_monday(world)
    _set(world, friday)
    start = (friday + timedelta(days=8)).replace(hour=19)
    world.request(ONE, start)
    world.request(TWO, start + timedelta(days=1))
    world.turn()
    world.kinds()
    return monday


def test_the_morning_is_answered_in_one_mail(world: World) -> None:
    """Two requests of Friday wait on Monday; `1 ok, 2 nein voll` decides both at once."""
    monday = _two_wait(world)
    _set(world, monday)
    world.turn()
    assert world.kinds()["office"] == ["office/digest"]
    digest = world.last("office", "office/digest")
    assert ONE in text_of(digest)
    assert TWO in text_of(digest)
    _set(world, monday + timedelta(minutes=20))
    world.turn()
    assert world.kinds()["office"] == []
    world.answer(digest, "Guten Morgen,\n\n1 ok, 2 nein voll\n\nViele Grüße\nPetra")
    world.turn()
    bookings = world.bookings()
    assert (bookings[ONE].state, bookings[TWO].state) == (State.CONFIRMED, State.REJECTED)
    got = world.kinds()
    assert sorted(got["customer"]) == ["customer/confirmed", "customer/rejected"]
    assert got["office"] == ["office/done"]
    done = text_of(world.last("office", "office/done"))
    assert "Nr. 1" in done
    assert "Abgelehnt: voll" in done


def test_doubt_in_one_number_stops_all(world: World) -> None:
    """`1 ok, 2 vielleicht` decides nothing; the office is asked back and answers anew."""
    monday = _two_wait(world)
    _set(world, monday)
    world.turn()
    world.kinds()
    world.answer(world.last("office", "office/digest"), "1 ok, 2 vielleicht")
    world.turn()
    assert world.kinds() == {"office": ["office/refused"], "medifit": [], "platzwart": [], "customer": []}
    assert {b.state for b in world.bookings().values()} == {State.REQUESTED}
    world.answer(world.last("office", "office/refused"), "1 ok\n2 nein")
    world.turn()
    assert world.bookings()[ONE].state is State.CONFIRMED


def test_pause_holds_back_all_but_the_office(world: World) -> None:
    """While paused a notice is recorded and reviewed, customer and desk hear nothing; `weiter` lets the mails go."""
    friday, monday = _friday_and_monday(world)
    _set(world, friday)
    _alone(world, "pause")
    world.turn()
    assert world.kinds()["office"] == ["office/done"]
    world.request(ONE, (friday + timedelta(days=8)).replace(hour=19))
    world.turn()
    assert world.kinds() == {"office": ["office/review"], "medifit": [], "platzwart": [], "customer": []}
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    assert world.kinds() == {"office": ["office/done"], "medifit": [], "platzwart": [], "customer": []}
    _set(world, monday)
    world.turn()
    assert world.kinds()["office"] == ["office/digest"]
    assert "Pause seit" in text_of(world.last("office", "office/digest"))
    _alone(world, "weiter")
    world.turn()
    got = world.kinds()
    assert "customer/confirmed" in got["customer"]
    assert got["medifit"]
    assert got["office"] == ["office/done"]


def _alone(world: World, text: str) -> None:
    """Write a mail that answers none."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = OFFICE, "buchung@soccer-kirche.example", text
    mail["Message-ID"] = f"<{text}@kruempel.example>"
    mail.set_content(f"{text}\n")
    world.send(mail, OFFICE)
