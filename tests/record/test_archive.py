"""The archive behind the open books: what is finished leaves them, and everybody still finds it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.errors import DiskError, StopError
from mailbot.model.books import Books
from mailbot.model.letter import Handled
from mailbot.model.mail import Matter, MatterKind, OutMail
from mailbot.model.records import HistoryLine, Record, Setting
from mailbot.record.archive import NAME, Archive
from mailbot.record.ledger import Ledger
from mailbot.record.storage import NAME as LEDGER

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Europe/Berlin"))
LINE = HistoryLine("20261123T110000000000-a-000", "QNBZ", NOON, "clock", "Angefragt.")
LETTER = Handled("letter:a/INBOX/1/7", "d" * 64, NOON, "requested", "done")
OTHER = Setting("paused", "no")


def opened(data: Path, zone: ZoneInfo, *records: Record) -> Ledger:
    ledger = Ledger.open(data, zone)
    ledger.commit(records)
    return ledger


def seen(books: Books, token: str) -> tuple[object, ...]:
    """Give what the questions that reach into the archive find."""
    matter = Matter(MatterKind.BOOKING, "QNBZ")
    return (
        [line.key for line in books.history("QNBZ")],
        books.handled(LETTER.key),
        books.handled_content(LETTER.digest),
        books.mail("m1"),
        books.mail_by_token(token),
        books.mails_about(matter),
    )


def test_what_is_archived_leaves_the_open_file_and_is_found_as_before(
    tmp_path: Path, zone: ZoneInfo, mail: Callable[[str], OutMail]
) -> None:
    """Archived records are in no open file any more, and every question is answered as before, also after a restart."""
    row = mail("m1")
    ledger = opened(tmp_path, zone, LINE, LETTER, row, OTHER)
    before = seen(ledger.books(), row.token)
    ledger.archive([LINE, LETTER, row])
    assert list(ledger.books().records()) == [OTHER]
    assert seen(ledger.books(), row.token) == before
    ledger.close()
    for read_only in (True, False):
        again = Ledger.open(tmp_path, zone, read_only=read_only)
        assert list(again.books().records()) == [OTHER]
        assert seen(again.books(), row.token) == before
        again.close()
    assert LINE.key.encode() not in (tmp_path / LEDGER).read_bytes()


def test_the_open_record_counts(tmp_path: Path, zone: ZoneInfo) -> None:
    """A finished record that is changed again is open: its newest version counts, by key and by index, and once."""
    ledger = opened(tmp_path, zone, LINE)
    ledger.archive([LINE])
    moved = replace(LINE, line="Doch noch etwas.")
    ledger.commit([moved])
    assert ledger.books().history("QNBZ") == [moved]
    elsewhere = replace(LINE, ref="OTHER")
    ledger.commit([elsewhere])
    assert ledger.books().history("OTHER") == [elsewhere]
    assert ledger.books().history("QNBZ") == []
    ledger.archive([elsewhere])
    assert (ledger.books().history("OTHER"), ledger.books().history("QNBZ")) == ([elsewhere], [])
    ledger.close()


@pytest.mark.parametrize("number", range(11))
def test_a_crash_while_archiving_loses_nothing(
    tmp_path: Path,
    zone: ZoneInfo,
    number: int,
    stop_at: Callable[[int, BaseException], None],
    stopped: BaseException,
) -> None:
    """Wherever the move to the archive is cut off, every record is found afterwards, and the move can be made again."""
    ledger = opened(tmp_path, zone, LINE, LETTER)
    stop_at(number, stopped)
    try:
        ledger.archive([LINE, LETTER])
        was_stopped = False
    except type(stopped):
        was_stopped = True
    stop_at(-1, stopped)
    ledger.close()
    assert was_stopped == (number < 9)
    again = Ledger.open(tmp_path, zone)
    found = (again.books().history("QNBZ"), again.books().handled(LETTER.key))
    assert found == ([LINE], LETTER)
    again.archive([LINE, LETTER])
    assert (list(again.books().records()), again.books().history("QNBZ")) == ([], [LINE])
    again.close()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_the_disk_says_no(tmp_path: Path, zone: ZoneInfo, stop_at: Callable[[int, BaseException], None]) -> None:
    """Where the archive cannot be written, the records stay open, and one sentence says why."""
    ledger = opened(tmp_path, zone, LINE)
    stop_at(0, OSError(28, "No space left on device"))
    with pytest.raises(DiskError, match=rf"{NAME} cannot be written: there is no room left"):
        ledger.archive([LINE])
    assert list(ledger.books().records()) == [LINE]
    ledger.close()


@pytest.mark.parametrize(("raw", "why"), [(b"no database at all" * 100, "is damaged"), (b"", "has format 0")])
def test_a_damaged_archive_is_named(tmp_path: Path, zone: ZoneInfo, raw: bytes, why: str) -> None:
    """A file that no mailbot wrote ends the start with its name and exit 74."""
    (tmp_path / NAME).write_bytes(raw)
    with pytest.raises(StopError, match=rf"{NAME} {why}") as caught:
        Archive.open(tmp_path, zone)
    assert caught.value.exit_code == 74


def test_it_is_private_and_what_is_erased_is_gone(tmp_path: Path, zone: ZoneInfo) -> None:
    """The file is 0600, and an erased record's text is in no byte of it."""
    archive = Archive.open(tmp_path, zone)
    secret = replace(LINE, line="Am Markt 3, Steinfurt")
    archive.put([secret, LETTER])
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert secret.line.encode() in (tmp_path / NAME).read_bytes()
    archive.drop([(secret.TABLE, secret.key)])
    assert (archive.get(secret.TABLE, secret.key), archive.find("history_of", "QNBZ")) == (None, [])
    assert list(archive.all(LETTER.TABLE)) == [LETTER]
    archive.close()
    assert secret.line.encode() not in (tmp_path / NAME).read_bytes()


def test_a_copy_is_whole(tmp_path: Path, zone: ZoneInfo) -> None:
    """A copy holds every record, with its indexes."""
    archive = Archive.open(tmp_path, zone)
    lines = [replace(LINE, key=f"{LINE.key}{n}", at=NOON + timedelta(n)) for n in range(50)]
    archive.put(lines)
    (tmp_path / "copy").mkdir()
    archive.copy_to(tmp_path / "copy" / NAME)
    archive.close()
    copy = Archive.open(tmp_path / "copy", zone, read_only=True)
    assert (copy.find("history_of", "QNBZ"), sorted(copy.keys("history"))) == (
        sorted(lines, key=lambda line: line.key),
        sorted(line.key for line in lines),
    )
    copy.close()
