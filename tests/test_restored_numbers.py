"""After a restore no invoice number is given out twice, and the office reads which were given out since."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from world import World, attached, text_of

from mailbot import keeping, stage
from mailbot.embedded import EmbeddedServers
from mailbot.errors import DiskError
from mailbot.record import durable

FIRST, SECOND = "QNBZAQPTAITT", "KJHGFDSAPOIU"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as servers:
        yield World.on(servers, tmp_path / "data")


def _lived_on(world: World) -> Path:
    """Back up two open requests; then the first is approved."""
    world.request(FIRST)
    world.turn()
    review = world.last("office", "office/review")
    world.request(SECOND, world.bookings()[FIRST].stay.end)
    world.turn()
    file = world.data.parent / "b.tar.gz"
    keeping.backup(world.rules, world.data, file, world.clock())
    world.answer(review, "ok")
    world.turn()
    return file


def _restored(world: World, file: Path | None, invoice: str | None = None) -> tuple[str, str]:
    """Restore and start; gives what the office then reads: the subject, and the text in one line."""
    keeping.restore(world.rules, world.data, file, world.clock(), invoice)
    world.turn()
    mail = world.last("office", "office/alarm")
    return str(mail["Subject"]), " ".join(text_of(mail).split())


def _no_mails(data: Path) -> None:
    shutil.rmtree(data / "mails")


def _torn_books(data: Path) -> None:
    for name in ("ledger.json", "ledger.previous.json"):
        (data / name).write_bytes((data / name).read_bytes()[:-100])


def _both(data: Path) -> None:
    _no_mails(data)
    _torn_books(data)


def _no_note(data: Path) -> None:
    (data / "numbers.json").unlink()


def _torn_note(data: Path) -> None:
    (data / "numbers.json").write_bytes(b'{"inv')


@pytest.mark.parametrize("harm", [_no_mails, _torn_books, _both, _no_note, _torn_note])
def test_any_one_of_them_knows_the_last_number(world: World, harm: Callable[[Path], None]) -> None:
    """Books, mails, the note of numbers: whichever is left, no number comes again, and the office reads of the lost."""
    file = _lived_on(world)
    given_out = world.bookings()[FIRST].invoice
    assert attached(world.last("customer", "customer/confirmed"))[0] == f"{given_out}.pdf"
    harm(world.data)
    subject, text = _restored(world, file)
    assert subject.startswith("Bitte kümmern: ")
    assert f"nicht mehr darin stehen: {given_out}." in text
    assert "eine zweite Rechnung mit neuer Nummer" in text
    world.answer([mail for mail in world.mails("office") if mail["Mailbot-Booking"] == SECOND][-1], "ok")
    world.turn()
    numbers = [booking.invoice for booking in world.bookings().values()]
    assert sorted(number[-5:] for number in numbers if number) == ["00002", "00003"]


def test_nothing_was_given_out(world: World) -> None:
    """Where nobody was billed since, the office reads that, and that it is asked again what it decided."""
    world.request(FIRST)
    world.turn()
    file = world.data.parent / "b.tar.gz"
    keeping.backup(world.rules, world.data, file, world.clock())
    _, text = _restored(world, file)
    assert "Seitdem wurde keine Rechnung geschrieben" in text
    assert "mailbot fragt Sie noch einmal" in text
    world.turn()
    assert world.kinds()["office"].count("office/alarm") == 1, "told once"


def test_nobody_knows(world: World) -> None:
    """On a fresh machine the office reads that it has to find the last number, before it approves anything."""
    file = _lived_on(world)
    shutil.rmtree(world.data)
    _, text = _restored(world, file)
    assert "weiß mailbot nicht" in text
    assert "--invoice" in text
    _, text = _restored(world, file, f"SK-{world.clock().year}-00007")
    assert f"SK-{world.clock().year}-00001 bis SK-{world.clock().year}-00007" in text


def test_the_note_comes_before_the_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that cannot be noted is not given out; what was noted and not recorded is skipped at worst."""
    world.request(FIRST)
    world.turn()
    world.answer(world.last("office", "office/review"), "ok")

    def refuse(step: str) -> None:
        if step == "write numbers.json":
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(durable, "on_step", refuse)
        with pytest.raises(DiskError, match="numbers"):
            world.turn()
    assert world.bookings()[FIRST].invoice is None
    world.turn()
    assert (world.bookings()[FIRST].invoice or "").endswith("-00001")
