"""The booking page and the office's own decisions, end to end: the digest repeats what is left to do there."""

from datetime import datetime, timedelta

import pytest
from world import World, text_of

from mailbot import stage
from mailbot.model.booking import State

CODE = "QNBZAQPTAITT"
LINK = "https://soccer-kirche.youcanbook.me/cancel/9f3c"
NOBODY: dict[str, list[str]] = {"office": [], "medifit": [], "platzwart": [], "customer": []}


def _turned(world: World, at: datetime) -> dict[str, list[str]]:
    world.clock = lambda: at
    world.turn()
    return world.kinds()


def _notify(world: World, subject: str, start: datetime) -> None:
    """Let the page tell what became of the booking; its cancel link stands in each of its notices."""
    mail = stage.notice(stage.Request(CODE, "Kim Kunde", start, 60), "buchung@soccer-kirche.example", world.clock())
    del mail["Subject"]
    mail["Subject"] = f"{subject}: Kim Kunde"
    mail.set_content(f"{mail.get_content()}Stornieren: {LINK}\n")
    world.send(mail, stage.NOTICES)


def _answered(world: World, text: str) -> tuple[datetime, datetime]:
    """Let a request come and be answered on a Friday; gives the Monday's digest hour and the request's start."""
    zone = world.rules.site.timezone
    day = datetime.now(zone).replace(hour=10, minute=0, second=0, microsecond=0)
    friday = day + timedelta(days=(4 - day.weekday()) % 7)
    start = (friday + timedelta(days=15)).replace(hour=19)
    world.clock = lambda: friday
    _notify(world, "Neue Buchung", start)
    world.turn()
    world.answer(world.last("office", "office/review"), text)
    _turned(world, friday + timedelta(minutes=5))
    return (friday + timedelta(days=3)).replace(hour=8), start


def test_a_time_to_free_is_repeated_until_it_is_free(world: World) -> None:
    """After a no the Monday's digest shows the link; the page's cancellation ends it and writes nobody."""
    monday, start = _answered(world, "nein: Halle gesperrt")
    assert "Noch zu tun" in text_of(world.last("office", "office/done"))
    assert _turned(world, monday) == {**NOBODY, "office": ["office/digest"]}
    digest = text_of(world.last("office", "office/digest"))
    assert CODE in digest
    assert LINK in digest
    assert "wieder freigeben" in digest
    _notify(world, "Storniert", start)
    assert _turned(world, monday + timedelta(hours=1)) == NOBODY
    assert _turned(world, monday + timedelta(days=1)) == NOBODY
    assert world.bookings()[CODE].state is State.REJECTED


def test_a_time_to_move_is_repeated_until_it_is_moved(world: World) -> None:
    """After other times the digest asks to move; the page's own notice ends it and takes nothing back."""
    monday, start = _answered(world, "ändern 20:00-21:00")
    assert _turned(world, monday)["office"] == ["office/digest"]
    assert "den Termin verschieben" in " ".join(text_of(world.last("office", "office/digest")).split())
    _notify(world, "Umgebucht", start.replace(hour=20))
    assert _turned(world, monday + timedelta(hours=1)) == NOBODY
    assert _turned(world, monday + timedelta(days=1)) == NOBODY
    assert world.bookings()[CODE].state is State.CONFIRMED


@pytest.mark.parametrize("kind", ["office/digest", "office/done"])
def test_the_offices_word_ends_it(world: World, kind: str) -> None:
    """`1 erledigt` to the digest, or `erledigt` to office/done, and the next morning is silent."""
    monday, _ = _answered(world, "nein")
    assert _turned(world, monday)["office"] == ["office/digest"]
    world.answer(world.last("office", kind), "1 erledigt" if kind == "office/digest" else "Erledigt, danke!")
    assert _turned(world, monday + timedelta(hours=1)) == {**NOBODY, "office": ["office/done"]}
    assert _turned(world, monday + timedelta(days=1)) == NOBODY
