"""A whole season with a moved clock, October to May: hundreds of bookings through the real flow, held every evening."""

import os
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import structlog
from season import habits
from season.book_rules import reckon
from season.mail_rules import Inspector
from season.town import BERLIN, PAUSES
from season.walk import Off, Walk

from mailbot import running

SEEDS = [int(seed) for seed in os.environ.get("SEASON_SEEDS", "1").split(",")]
# Beside the club's sixteen. A minute's worth by default; SEASON_BOOKINGS=600 SEASON_SEEDS=1,2,3 walk a fuller town.
BOOKINGS = int(os.environ.get("SEASON_BOOKINGS", "200"))
NEW_CODES = (
    (datetime(2026, 10, 30, 10, tzinfo=BERLIN), date(2026, 10, 31), "482913"),
    (datetime(2027, 3, 25, 10, tzinfo=BERLIN), date(2027, 3, 28), "719364"),
)


@pytest.fixture(autouse=True)
def _no_log() -> Iterator[None]:
    """Write no log: thousands of lines would bury the one that says what went wrong."""
    running.quiet()
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk take its time: what a cut of power leaves is played in tests/record and test_crash.py."""
    monkeypatch.setattr(os, "fsync", lambda _fd: None)
    monkeypatch.setattr(os, "fdatasync", lambda _fd: None)


def season(data: Path, seed: int, count: int, off: Off = ()) -> Walk:
    """Lay out a season with everybody and every invariant in it."""
    walk = Walk.through(data, seed, count, off)
    inspector = Inspector(codes=walk.codes)
    walk.hear, walk.looked, walk.reckon = habits.hear, inspector.look, reckon
    for since, until in PAUSES:
        walk.at(since, lambda: habits.say_alone(walk, "pause"))
        walk.at(until, lambda: habits.say_alone(walk, "weiter"))
    for at, day, code in NEW_CODES:
        walk.at(at, _change(walk, inspector, day, code))
    return walk


def _change(walk: Walk, inspector: Inspector, day: date, code: str) -> Callable[[], None]:
    """Change a day's code in the office's mailbox: the proposal, half an hour later the `ok` to it."""

    def ask() -> None:
        habits.change_code(walk, day, code)
        walk.at(walk.now + timedelta(minutes=30), agree)

    def agree() -> None:
        proposal = next(mail for mail in reversed(walk.diary.mails) if mail.kind == "office/new_code")
        assert code in proposal.shows()
        walk.answer(proposal, "office", habits.OFFICE, "ok")
        inspector.learn(day, code)

    return ask


@pytest.mark.parametrize("seed", SEEDS)
def test_a_whole_season_keeps_every_promise(tmp_path: Path, seed: int) -> None:
    """Every evening from October to June the books, the mails and what people wrote agree."""
    walk = season(tmp_path / "data", seed, BOOKINGS)
    walk.run()
    kinds = {mail.kind for mail in walk.diary.mails}
    assert kinds >= EVERY_KIND


def test_a_machine_that_is_off_for_days_ends_with_the_same_season(tmp_path: Path) -> None:
    """What was asked and answered all the same ends the same, whether the machine ran or caught up days later."""
    always, sometimes = season(tmp_path / "always", 5, 45), season(tmp_path / "sometimes", 5, 45, _off(5))
    ends = []
    for walk in (always, sometimes):
        walk.run()
        ends.append(walk.states)
    same = [code for code in always.plans if _story(always, code) == _story(sometimes, code) is not None]
    assert len(same) > 20
    assert {code: ends[0].get(code) for code in same} == {code: ends[1].get(code) for code in same}
    assert any("verspätet" in mail.text or "war fällig" in mail.text for mail in sometimes.diary.mails)


def _off(seed: int) -> Off:
    """Give the days without power: eight stretches of up to three days, none of which the season's codes change on."""
    dice = Random(f"off/{seed}")
    found = []
    for month in range(8):
        day = datetime(2026, 10, 1, 9, 30, tzinfo=BERLIN) + timedelta(days=30 * month + dice.randrange(6, 20))
        found.append((day, day + timedelta(days=dice.randrange(1, 4), hours=dice.choice((0, 4, 9)))))
    return found


def _story(walk: Walk, code: str) -> tuple[tuple[datetime, str, str], ...] | None:
    """Tell what people wrote about a booking, None where some of it was read only when its time had come."""
    letters = [wrote for wrote in walk.diary.letters if wrote.about == code]
    begins = min(walk.starts[code])
    if any(wrote.read_at is None or wrote.read_at >= begins > wrote.at for wrote in letters):
        return None
    return tuple((wrote.at, wrote.who, wrote.text) for wrote in letters)


# What a season must have brought about, or the walk has become too tame to show anything.
EVERY_KIND = {
    *("customer/received", "customer/confirmed", "customer/payment", "customer/call", "customer/question"),
    *("customer/rejected", "customer/cancelled", "customer/lapsed", "customer/move_received", "customer/noted"),
    *("customer/code_changed", "customer/occupancy", "office/review", "office/done", "office/refused"),
    *("office/message", "office/digest", "office/reminder", "office/withdrawn", "office/released", "office/lapsed"),
    *("office/unreadable", "office/suspicious", "office/alarm", "office/new_code", "office/codes", "office/history"),
    *("desk/request", "desk/decided", "desk/codes", "desk/done", "desk/refused"),
    *("subscriber/request", "subscriber/decided"),
}
