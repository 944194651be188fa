"""What rules.yaml says of keeping happens by itself, at night: a clock that moves on, and what is gone then."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from world import World

from mailbot import keeping, stage
from mailbot.embedded import EmbeddedServers
from mailbot.model.booking import Booking
from mailbot.model.money import Invoice
from mailbot.record import known
from mailbot.record.files import Files
from mailbot.record.ledger import Ledger

CODE = "QNBZAQPTAITT"
FOLDERS = ("INBOX", "Mailbot/Erledigt", "Mailbot/Unklar")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as servers:
        yield World.on(servers, tmp_path / "data")


def lives_on(world: World, until: datetime) -> None:
    """Let a night come at this time."""
    begun = datetime.now(world.rules.site.timezone)
    world.clock = lambda: until + (datetime.now(world.rules.site.timezone) - begun)
    world.turn()


def kept(world: World) -> tuple[int, int, int, int, int]:
    """Count bookings with contact data, invoices, kept letters, kept mails of the customer, letters in the mailbox."""
    ledger = Ledger.open(world.data, world.rules.site.timezone, read_only=True)
    books = ledger.books()
    known_people = sum(bool(booking.customer.email) for booking in books.every(Booking))
    mails = [path for path in (world.data / "mails").rglob("*.eml") if stage.CUSTOMER.encode() in path.read_bytes()]
    letters = sum(len(world.servers.messages("mailbot", name)) for name in FOLDERS)
    counts = (known_people, len(list(books.every(Invoice))), len(Files(world.data).letters()), len(mails), letters)
    ledger.close()
    return counts


def _answered(world: World, answer: str) -> datetime:
    world.request(CODE)
    world.turn()
    world.answer(world.last("office", "office/review"), answer)
    world.turn()
    return world.bookings()[CODE].stay.end


def test_a_request_without_an_invoice_is_forgotten_in_time(world: World) -> None:
    """After `forget_after` a rejected request has no contact data, no letters and no mails; a day before it has all."""
    end = _answered(world, "nein")
    days = timedelta(days=world.rules.privacy.forget_after_days)
    lives_on(world, end + days - timedelta(days=1))
    people, _, letters, mails, lying = kept(world)
    assert (people, letters, lying) == (1, 2, 2)
    assert mails > 0
    lives_on(world, end + days + timedelta(days=1))
    assert kept(world) == (0, 0, 0, 0, 0)
    assert CODE in world.bookings(), "that there was a request stays"


def test_letters_and_mails_go_before_their_invoice(world: World) -> None:
    """What belongs to an invoice is kept for its years, counted from the year's end: letters go before invoices."""
    _answered(world, "ok")
    privacy = world.rules.privacy
    year_end = datetime(world.clock().year, 12, 31, 12, tzinfo=world.rules.site.timezone)
    letters, invoices = timedelta(days=privacy.letters_days), timedelta(days=privacy.invoices_days)
    lives_on(world, year_end + letters - timedelta(days=1))
    people, papers, kept_letters, mails, lying = kept(world)
    assert (people, papers, kept_letters, lying) == (1, 1, 2, 2)
    assert mails > 0
    lives_on(world, year_end + letters + timedelta(days=1))
    assert kept(world) == (1, 1, 0, 0, 0)
    lives_on(world, year_end + invoices - timedelta(days=1))
    assert kept(world)[:2] == (1, 1)
    lives_on(world, year_end + invoices + timedelta(days=1))
    assert kept(world) == (0, 0, 0, 0, 0)
    assert world.bookings() == {}


def test_old_backups_go(world: World) -> None:
    """After `backups` our own backups, what restores kept aside and copies of the table go; younger ones stay."""
    _answered(world, "nein")
    begun = datetime.now(world.rules.site.timezone)
    files = [world.data.parent / name for name in ("old.tar.gz", "other.txt", "young.tar.gz")]
    keeping.backup(world.rules, world.data, files[0], begun)
    keeping.restore(world.rules, world.data, files[0], begun, None)
    world.turn()
    files[1].write_text("Liebe Oma")
    known.note(world.data, files[1], begun)
    keeping.backup(world.rules, world.data, files[2], begun + timedelta(days=5))
    (export,) = (world.data / "exports").iterdir()
    days = world.rules.privacy.backups_days
    lives_on(world, begun + timedelta(days=days - 1))
    assert [file.exists() for file in files] == [True, True, True]
    assert list(world.data.glob("before-restore-*"))
    assert export.exists()
    lives_on(world, begun + timedelta(days=days + 2))
    assert [file.exists() for file in files] == [False, True, True], "what is no backup of ours is not ours to remove"
    assert not list(world.data.glob("before-restore-*"))
    assert not export.exists()
    assert [backup.path for backup in known.backups(world.data)] == [files[2]]


def test_a_night_happens_once(world: World) -> None:
    """Retention looks through everything once a day, however often the daemon turns."""
    _answered(world, "nein")
    ledger = Ledger.open(world.data, world.rules.site.timezone, read_only=True)
    before = ledger.generation
    ledger.close()
    world.turn()
    ledger = Ledger.open(world.data, world.rules.site.timezone, read_only=True)
    assert ledger.generation == before
    ledger.close()
