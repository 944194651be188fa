"""The ledger: what was committed is there, in this process, after a restart, and for a reader beside it."""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.errors import EXIT_LEDGER_DAMAGED, DiskError, StopError
from mailbot.model.booking import State
from mailbot.model.books import Books
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.records import Change, Gone, Record, Setting
from mailbot.record.ledger import Ledger

Make = Callable[[str], Any]


def rows(books: Books) -> dict[str, list[Record]]:
    """Every record, table by table, in the books' own order."""
    found: dict[str, list[Record]] = {}
    for record in books.records():
        found.setdefault(record.TABLE, []).append(record)
    return found


def test_empty_folder_has_empty_books(tmp_path: Path, zone: ZoneInfo) -> None:
    """A new data folder opens with nothing in it; to read it needs no folder and makes none."""
    assert rows(Ledger.open(tmp_path / "data", zone).books()) == {}
    assert rows(Ledger.open(tmp_path / "none", zone, read_only=True).books()) == {}
    assert not (tmp_path / "none").exists()


def test_committed_is_there_after_a_restart(tmp_path: Path, zone: ZoneInfo, one_of_each: list[Record]) -> None:
    """Records of every kind come back equal, in order, and are found by their indexes."""
    ledger = Ledger.open(tmp_path, zone)
    ledger.commit(one_of_each)
    ledger.close()
    again = Ledger.open(tmp_path, zone)
    assert rows(again.books()) == rows(ledger.books()) == {record.TABLE: [record] for record in one_of_each}
    assert again.generation == 1
    assert again.books().mails_about(Matter(MatterKind.BOOKING, "QNBZ")) == [one_of_each[7]]


def test_newer_versions_and_gone_records(tmp_path: Path, zone: ZoneInfo, booking: Make) -> None:
    """In one commit the last word about a key counts, be it a new version, an end, or a new beginning."""
    first, second = booking("A"), booking("B")
    confirmed = replace(first, state=State.CONFIRMED)
    ledger = Ledger.open(tmp_path, zone)
    ledger.commit([first, second])
    ledger.commit([confirmed, Gone("bookings", "B"), Gone("bookings", "C"), booking("C"), Gone("settings", "none")])
    ledger.commit([])
    ledger.close()
    again = Ledger.open(tmp_path, zone)
    assert rows(again.books())["bookings"] == rows(ledger.books())["bookings"] == [confirmed, booking("C")]
    assert again.generation == 2


def test_everything_is_private(tmp_path: Path, zone: ZoneInfo, one_of_each: list[Record]) -> None:
    """No file of the ledger can be read by another user."""
    data = tmp_path / "data"
    ledger = Ledger.open(data, zone)
    ledger.commit(one_of_each)
    ledger.commit([Setting("a", "b")])
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (data, *data.iterdir())}
    assert modes == {
        "data": "0o700",
        "ledger.json": "0o600",
        "ledger.previous.json": "0o600",
        "sendings.log": "0o600",
    }


def test_the_generation_before_is_kept(tmp_path: Path, zone: ZoneInfo) -> None:
    """Beside the newest generation lies the one before, whole: copied over, mailbot goes on from there."""
    ledger = Ledger.open(tmp_path, zone)
    for number in range(3):
        ledger.commit([Setting("n", str(number))])
    ledger.close()
    os.replace(tmp_path / "ledger.previous.json", tmp_path / "ledger.json")
    assert Ledger.open(tmp_path, zone).books().setting("n") == "1"


def _cut(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def _edit(raw: bytes) -> bytes:
    return raw.replace(b'"value":"2"', b'"value":"3"')


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "torn": _cut,
    "empty": lambda _: b"",
    "edited": _edit,
    "zeros": lambda raw: bytes(len(raw)),
    "longer": lambda raw: raw + raw,
    "text": lambda _: b"hello",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_file_stops_and_names_the_way_out(tmp_path: Path, zone: ZoneInfo, damage: str) -> None:
    """A torn or edited ledger is never worked with: 74, and whether the generation before is sound."""
    ledger = Ledger.open(tmp_path, zone)
    for number in range(3):
        ledger.commit([Setting("n", str(number))])
    ledger.close()
    path = tmp_path / "ledger.json"
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    for read_only in (False, True):
        with pytest.raises(
            StopError,
            match=r"ledger\.json is damaged.*previous\.json is sound .generation 2.*`mailbot restore --previous`",
        ) as e:
            Ledger.open(tmp_path, zone, read_only=read_only)
        assert e.value.exit_code == EXIT_LEDGER_DAMAGED
    (tmp_path / "ledger.previous.json").write_bytes(b"")
    with pytest.raises(StopError, match=r"`mailbot restore F` goes on from a backup"):
        Ledger.open(tmp_path, zone)
    (tmp_path / "ledger.json").unlink()
    with pytest.raises(StopError, match=r"ledger\.json is missing"):
        Ledger.open(tmp_path, zone)


def test_books_handed_out_are_not_the_files_own(tmp_path: Path, zone: ZoneInfo, booking: Make) -> None:
    """What TinyDB hands out may be changed by whoever got it without changing the ledger."""
    ledger = Ledger.open(tmp_path, zone)
    ledger.commit([booking("A")])
    tables = ledger._storage.read()
    assert tables is not None
    tables["bookings"]["A"]["customer"]["name"] = "Mallory"
    ledger.commit([booking("B")])
    assert Ledger.open(tmp_path, zone, read_only=True).books().booking("A") == booking("A")


def test_failed_batch_leaves_no_trace_in_memory(tmp_path: Path, zone: ZoneInfo, booking: Make) -> None:
    """Even what was changed in place within a batch that failed is as before in the next one."""
    ledger = Ledger.open(tmp_path, zone)
    ledger.commit([booking("A")])
    with pytest.raises(DiskError), ledger._storage.batch():  # noqa: PT012  # the batch's end is what raises or not
        ledger._database.table("bookings").update({"code": "X"}, doc_ids=["A"])  # type: ignore[list-item]  # our keys
        raise DiskError("full")
    ledger.commit([booking("B")])
    assert Ledger.open(tmp_path, zone, read_only=True).books().booking("A") == booking("A")


def test_reader_beside_a_writer(tmp_path: Path, zone: ZoneInfo) -> None:
    """While commits go on, every look sees one whole generation, and never an older one than before."""
    ledger = Ledger.open(tmp_path, zone)
    ledger.commit([Setting("a", "0"), Setting("b", "0")])
    is_over = threading.Event()

    def write() -> None:
        for number in range(1, 150):
            ledger.commit([Setting("a", str(number)), Setting("b", str(number))])
        is_over.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = [0]
    while not is_over.is_set():
        books = Ledger.open(tmp_path, zone, read_only=True).books()
        assert books.setting("a") == books.setting("b")
        seen.append(int(books.setting("a") or -1))
    writer.join()
    assert seen == sorted(seen)
    assert len(set(seen)) > 1


KEYS = st.sampled_from("ABCDE")
CHANGE = st.one_of(
    st.tuples(st.just("booking"), KEYS, st.sampled_from(State)),
    st.tuples(st.just("mail"), KEYS, st.integers(0, 3)),
    st.tuples(st.just("setting"), KEYS, st.text(max_size=5)),
    st.tuples(st.just("gone"), KEYS, st.sampled_from(["bookings", "outbox", "settings"])),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commits=st.lists(st.lists(CHANGE, max_size=6), max_size=6))
def test_any_commits_reopened_equal_the_books_in_memory(
    tmp_path_factory: pytest.TempPathFactory,
    zone: ZoneInfo,
    booking: Make,
    mail: Make,
    commits: list[list[tuple[str, str, Any]]],
) -> None:
    """Whatever is committed in whatever order, the reopened books are those in memory, order included."""

    def change(what: str, key: str, value: Any) -> Change:
        if what == "booking":
            made: Change = replace(booking(key), state=value)
        elif what == "mail":
            made = replace(mail(key), attempts=value, due_at=mail(key).due_at + timedelta(minutes=value))
        else:
            made = Setting(key, value) if what == "setting" else Gone(value, key)
        return made

    data = tmp_path_factory.mktemp("data")
    ledger = Ledger.open(data, zone)
    for commit in commits:
        ledger.commit([change(*drawn) for drawn in commit])
    ledger.close()
    reopened = Ledger.open(data, zone).books()
    assert rows(reopened) == rows(ledger.books())
    assert _found(reopened) == _found(ledger.books())


def _found(books: Books) -> dict[str, dict[str, tuple[str, ...]]]:
    return {name: found for name, found in books._found.items() if found}
