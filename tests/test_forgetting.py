"""`forget EMAIL`: a person's contact data is gone from every place mailbot has, and nobody else's is."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from world import MAILBOT, World, next_saturday

from mailbot import erasing, keeping, stage
from mailbot.commands import Outcome
from mailbot.daemon import Daemon
from mailbot.embedded import EmbeddedServers
from mailbot.errors import TryLaterError
from mailbot.model.booking import State
from mailbot.model.erasing import SETTING
from mailbot.record import backups, durable, known
from mailbot.record.files import Files

KIM, OTTO = "QNBZAQPTAITT", "KJHGFDSAPOIU"
OTHER = "otto.ander@kunde.example"
DONE = "Mailbot/Erledigt"
TRACES = ("kim.kunde", "kim kunde", "kindergeburtstag", "geheimer grund")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    accounts = {**stage.accounts(base), "otto": OTHER}
    with EmbeddedServers(accounts, stage.PASSWORD, base.trust.authserv_id) as servers:
        yield World.on(servers, tmp_path / "data")


def _asked_by_otto(world: World) -> None:
    request = stage.Request(OTTO, "Otto Ander", next_saturday(world.rules, weeks=3), 60)
    raw = stage.notice(request, MAILBOT, world.clock()).as_bytes().replace(stage.CUSTOMER.encode(), OTHER.encode())
    world.send(raw, stage.NOTICES)


def _rejected(world: World) -> None:
    world.request(KIM, remark="Kindergeburtstag")
    world.turn()
    review = world.last("office", "office/review")
    _asked_by_otto(world)
    world.answer(review, "nein: Geheimer Grund")
    world.turn()
    world.answer(world.last("office", "office/done"), "liste")
    world.turn()


def forget(world: World, address: str = stage.CUSTOMER) -> Outcome:
    daemon = world.open()
    try:
        return daemon.commands.carry_out({"command": "forget", "email": address})
    finally:
        daemon.close()


def traces(raw: bytes) -> list[str]:
    """Give what of Kim stands in some bytes, looked at as they are, as a mail, or as a workbook."""
    texts = [raw.decode("latin-1")]
    mail = message_from_bytes(raw, policy=default)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    payloads = [bytes(part.get_payload(decode=True) or b"") for part in parts]
    for payload in [raw, *payloads]:
        texts.append(payload.decode("utf-8", "replace"))
        if zipfile.is_zipfile(io.BytesIO(payload)):
            book = zipfile.ZipFile(io.BytesIO(payload))
            texts += [book.read(name).decode("utf-8", "replace") for name in book.namelist()]
    texts += [str(value) for value in mail.values()]
    return [trace for trace in TRACES if any(trace in text.casefold() for text in texts)]


def left_in(folder: Path) -> dict[str, list[str]]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "bell"]
    return {str(path.relative_to(folder)): found for path in files if (found := traces(path.read_bytes()))}


def left_in_mailbox(world: World) -> int:
    folders = ("INBOX", DONE, "Mailbot/Unklar")
    return sum(bool(traces(raw)) for name in folders for raw in world.servers.messages("mailbot", name))


@pytest.mark.parametrize("days", [0, 60], ids=["open books", "archive"])
def test_a_person_is_erased_everywhere(world: World, days: int) -> None:
    """Ledger, former generation, archive, letters, mails, table copies, folders and backups know nobody any more."""
    _rejected(world)
    if days:
        begun = datetime.now(world.rules.site.timezone)
        world.clock = lambda: begun + timedelta(days=days)
        world.turn()
        assert (world.data / "archive.sqlite").exists()
    file = world.data.parent / "b.tar.gz"
    keeping.backup(world.rules, world.data, file, world.clock())
    keeping.restore(world.rules, world.data, file, world.clock(), None)
    world.turn()
    (aside,) = world.data.glob("before-restore-*")
    assert {"ledger.json", "ledger.previous.json"} <= left_in(aside).keys() or days
    assert left_in(world.data)
    assert left_in_mailbox(world)
    outcome = forget(world)
    assert outcome["exit"] == 0, outcome
    assert f"backup {file}: erased there too" in outcome["said"]
    assert left_in(world.data) == {}
    assert (world.data / "sendings.log").read_bytes() == b"", "servers' answers may name people"
    assert left_in_mailbox(world) == 0
    backups.unpack(file, world.data.parent / "unpacked")
    assert left_in(world.data.parent / "unpacked") == {}
    booking = world.bookings()[KIM]
    assert (booking.state, booking.customer.name, booking.customer.email) == (State.REJECTED, "gelöscht", "")


def test_others_are_not_touched(world: World) -> None:
    """Whoever else asked keeps booking, letters and mails: the review of before can still be answered."""
    _rejected(world)
    review = next(mail for mail in world.mails("office") if mail["Mailbot-Booking"] == OTTO)
    forget(world)
    assert world.bookings()[OTTO].customer.email == OTHER
    assert len([raw for raw in world.servers.messages("mailbot", DONE) if OTHER.encode() in raw]) == 1
    assert len(Files(world.data).letters()) >= 1
    world.answer(review, "ok")
    world.turn()
    assert world.bookings()[OTTO].state is State.CONFIRMED


def test_the_history_keeps_that_and_when(world: World) -> None:
    """The books say that somebody was erased and when, and do not say who; what was decided stays to be seen."""
    _rejected(world)
    forget(world)
    daemon = world.open()
    lines = [line.line for line in daemon.flow.books().history("mailbot")]
    kept = daemon.flow.books().history(KIM)
    daemon.close()
    assert "Kontaktdaten einer Person gelöscht (1 Buchungen)." in lines
    assert {line.line for line in kept} == {"(gelöscht)"}
    assert any(line.by == "office buero@kruempel.example" for line in kept)


def test_what_is_not_finished_is_refused(world: World) -> None:
    """While something is to be decided or lies ahead, nothing is erased, and one sentence says what to do."""
    world.request(KIM)
    world.turn()
    for answer in ("", "ok"):
        if answer:
            world.answer(world.last("office", "office/review"), answer)
            world.turn()
        outcome = forget(world, stage.CUSTOMER.upper())
        assert outcome["exit"] == 65
        assert outcome["said"] == [f"{KIM} is not finished: decide or cancel it first; nothing was erased"]
    assert world.bookings()[KIM].customer.email == stage.CUSTOMER


def test_what_belongs_to_an_invoice_stays(world: World) -> None:
    """A booking with an invoice is named with the day until which it must be kept, and nothing of it goes."""
    world.request(KIM)
    world.turn()
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    begun = datetime.now(world.rules.site.timezone)
    world.clock = lambda: begun + timedelta(days=20)
    outcome = forget(world)
    until = f"31.12.{begun.year + 8}"
    assert outcome["exit"] == 0
    assert outcome["said"] == [
        "contact data erased: 0 bookings, 0 letters and 0 mails",
        f"kept by law, as they belong to invoices: 1 bookings, until {until}",
        "kept with them or with other people's bookings: 1 letters",
    ]
    assert world.bookings()[KIM].customer.email == stage.CUSTOMER
    assert left_in_mailbox(world) == 2
    assert len(Files(world.data).letters()) == 2


def test_nobody_is_not_found(world: World) -> None:
    """An address nobody has is 1."""
    assert forget(world, "niemand@example.org") == {"exit": 1, "said": ["nothing is known of this address"]}


@pytest.mark.parametrize("address", ["buero@kruempel.example", stage.NOTICES, MAILBOT, "", "@", "kim"])
def test_only_a_customer_is_erased(world: World, address: str) -> None:
    """An address of the house, which stands in every mail, and what is no address are refused."""
    _rejected(world)
    assert forget(world, address)["exit"] == 65
    assert world.bookings()[KIM].customer.email == stage.CUSTOMER


def test_whole_addresses_count() -> None:
    """An address that is the end or the beginning of another's is not that person's."""
    raw = b"From: joakim@kunde.example\r\nSubject: =?utf-8?q?M=C3=BCller?=\r\n\r\nkim@kunde.example.org, code ABCDEFGH1"
    words = ["kim@kunde.example", "ABCDEFGH", "m\u00fcll"]
    assert [erasing.mentions(raw, [word]) for word in words] == [False, False, False]
    assert [erasing.mentions(raw, [word]) for word in ("JOAKIM@kunde.example", "M\u00fcller")] == [True, True]


def test_a_backup_out_of_reach_is_named(world: World) -> None:
    """A backup that cannot be read now is named; one that was removed is not missed."""
    _rejected(world)
    known.note(world.data, Path("/nowhere/b.tar.gz"), world.clock())
    known.note(world.data, world.data.parent / "removed.tar.gz", world.clock())
    said = forget(world)["said"]
    assert [line for line in said if "/nowhere/b.tar.gz: not reached" in line and "by hand" in line]
    assert not [line for line in said if "removed.tar.gz" in line]


def test_an_absent_mail_server_is_made_up_for(world: World) -> None:
    """Without its mail server the books forget at once, and letters and folders follow by themselves."""
    _rejected(world)
    rules = world.rules
    world.rules = replace(rules, mailbox=replace(rules.mailbox, port=1))
    outcome = forget(world)
    assert "the rest follows by itself" in outcome["said"][-1]
    assert left_in_mailbox(world)
    world.rules = rules
    world.turn()
    assert left_in_mailbox(world) == 0
    assert left_in(world.data) == {}


class Stopped(BaseException):
    """What a step raises: nothing after it happens."""


def _forget_until(daemon: Daemon, number: int) -> bool:
    """Forget, and die before the step of this number; tells whether it came to that."""
    left = [number]

    def count(step: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Stopped

    durable.on_step = count
    try:
        daemon.commands.carry_out({"command": "forget", "email": stage.CUSTOMER})
    except Stopped:
        return True
    finally:
        durable.on_step = durable._ignore
        daemon.close()
    return False


def test_forgetting_may_die_at_every_step(world: World) -> None:
    """Wherever it dies, the next start ends what was decided; not decided, it is asked for once more."""
    _rejected(world)
    world.rules = replace(world.rules, mailbox=replace(world.rules.mailbox, poll_every=timedelta(seconds=1)))
    file = world.data.parent / "b.tar.gz"
    keeping.backup(world.rules, world.data, file, world.clock())
    scene, saved = world.data.parent / "scene", file.read_bytes()
    shutil.copytree(world.data, scene, ignore=shutil.ignore_patterns("bell", "lock"))
    number, has_died, was_decided = 0, True, 0
    while has_died:
        shutil.rmtree(world.data)
        shutil.copytree(scene, world.data)
        file.write_bytes(saved)
        has_died = _forget_until(world.open(), number)
        daemon = world.open()
        was_decided += daemon.flow.books().setting(SETTING) is not None
        if daemon.flow.books().booking(KIM).customer.email and daemon.flow.books().setting(SETTING) is None:  # type: ignore[union-attr]  # it is there
            daemon.commands.carry_out({"command": "forget", "email": stage.CUSTOMER})
        erasing.carry_out(daemon.flow)
        daemon.close()
        assert left_in(world.data) == {}, number
        backups.unpack(file, world.data.parent / f"unpacked{number}")
        assert left_in(world.data.parent / f"unpacked{number}") == {}, number
        number += 1
    assert number > 30
    assert was_decided > 20


def test_an_erasure_waits_for_its_mail_server(world: World) -> None:
    """What could not be erased yet stays written down and is tried again."""
    _rejected(world)
    world.rules = replace(world.rules, mailbox=replace(world.rules.mailbox, port=1))
    forget(world)
    daemon = world.open()
    with pytest.raises(TryLaterError):
        erasing.carry_out(daemon.flow)
    assert daemon.flow.books().setting(SETTING) is not None
    daemon.close()
