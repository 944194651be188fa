"""`backup` and `restore` as an operator meets them: damaged books, letters since, invoices given out since."""

import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from operating import Office
from world import World, attached, text_of

from mailbot import keeping, stage
from mailbot.embedded import EmbeddedServers
from mailbot.errors import EXIT_LEDGER_DAMAGED, StopError
from mailbot.model.booking import State
from mailbot.model.mail import Outcome, Phase, Sending, SendingResult
from mailbot.record import durable, known
from mailbot.record.ledger import Ledger
from mailbot.record.lock import Lock

FIRST, SECOND = "QNBZAQPTAITT", "KJHGFDSAPOIU"
DONE = "Mailbot/Erledigt"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as servers:
        yield World.on(servers, tmp_path / "data")


def backed_up(world: World, name: str = "b.tar.gz") -> Path:
    file = world.data.parent / name
    keeping.backup(world.rules, world.data, file, world.clock())
    return file


def restored(world: World, file: Path | None, invoice: str | None = None) -> None:
    keeping.restore(world.rules, world.data, file, world.clock(), invoice)


def facts(world: World) -> dict[str, tuple[object, ...]]:
    return {code: (b.state, b.stay, b.customer, b.door_code, b.price) for code, b in world.bookings().items()}


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def edit(path: Path) -> None:
    """Change a name, so that everything but the checksum looks as it should."""
    raw = path.read_bytes()
    assert b"Kim" in raw
    path.write_bytes(raw.replace(b"Kim", b"Tim"))


def _lived_on_after_a_backup(world: World) -> Path:
    """Back up one open request; then it is approved, and another comes."""
    world.request(FIRST)
    world.turn()
    file = backed_up(world)
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    world.request(SECOND, world.bookings()[FIRST].stay.end)
    world.turn()
    return file


def test_a_damaged_ledger_and_a_backup_give_the_same_bookings(world: World) -> None:
    """Damaged books do not start; with the last backup and the letters since, every booking stands as it did."""
    file = _lived_on_after_a_backup(world)
    before, letters = facts(world), world.servers.messages("mailbot", DONE)
    damage(world.data / "ledger.json")
    edit(world.data / "ledger.previous.json")
    with pytest.raises(StopError, match="mailbot restore F") as refused:
        world.open()
    assert refused.value.exit_code == EXIT_LEDGER_DAMAGED
    restored(world, file)
    assert facts(world)[FIRST][0] is State.REQUESTED
    world.turn()
    assert facts(world) == before
    assert (world.servers.messages("mailbot", DONE), world.servers.messages("mailbot")) == (letters, [])
    daemon = world.open()
    assert daemon.flow.books().setting("restored") is None, "looked through once, and not again"
    daemon.close()
    world.kinds()
    world.turn()
    assert set(map(tuple, world.kinds().values())) == {()}


def test_the_generation_before_gives_the_same_bookings(world: World) -> None:
    """`restore --previous` goes one commit back, and what that commit held is handled again."""
    _lived_on_after_a_backup(world)
    before = facts(world)
    damage(world.data / "ledger.json")
    with pytest.raises(StopError, match="mailbot restore --previous"):
        world.open()
    restored(world, None)
    world.turn()
    assert facts(world) == before


def test_an_invoice_number_is_never_given_out_twice(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Invoices of the time since are found in the mails that lie there, and numbers go on behind them."""
    file = _lived_on_after_a_backup(world)
    given_out = world.bookings()[FIRST].invoice
    assert attached(world.last("customer", "customer/confirmed"))[0] == f"{given_out}.pdf"
    damage(world.data / "ledger.json")
    restored(world, file)
    world.turn()
    again = world.bookings()[FIRST].invoice
    assert [(number or "")[-5:] for number in (given_out, again)] == ["00001", "00002"]
    assert "--invoice" not in capsys.readouterr().out


def test_without_the_mails_the_office_is_asked_for_the_last_number(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a fresh machine nobody knows what was given out since: a line says so, and --invoice tells it."""
    world.request(FIRST)
    world.turn()
    file = backed_up(world)
    shutil.rmtree(world.data)
    restored(world, file)
    assert "--invoice" in capsys.readouterr().out
    number = f"SK-{world.clock().year}-00057"
    with pytest.raises(StopError, match="expected a number as rules"):
        restored(world, file, "57")
    restored(world, file, number)
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    assert (world.bookings()[FIRST].invoice or "").endswith("-00058")


def test_an_answer_to_a_lost_mail_is_asked_back(world: World) -> None:
    """An approval of a review that the restored books never wrote decides nothing: the office gets the review anew."""
    file = backed_up(world)
    world.request(FIRST)
    world.turn()
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    world.kinds()
    damage(world.data / "ledger.json")
    restored(world, file)
    world.turn()
    assert world.bookings()[FIRST].state is State.REQUESTED
    assert world.kinds()["customer"] == ["customer/received"]
    world.answer(world.last("office", "office/review"), "ok")
    world.turn()
    assert world.bookings()[FIRST].state is State.CONFIRMED


def _queued_at_the_backup(world: World) -> Path:
    world.request(FIRST)
    daemon = world.open()
    daemon.collector.collect()
    daemon.close()
    return backed_up(world)


def test_a_mail_that_may_have_left_comes_twice_at_most(world: World) -> None:
    """A mail queued in the backup goes once more, the same mail; tried before and after, a person is told instead."""
    file = _queued_at_the_backup(world)
    world.turn()
    (world.data / "sendings.log").unlink()
    for _ in range(2):
        restored(world, file)
        world.turn()
        (world.data / "sendings.log").unlink()
    world.turn()
    mails = [mail for mail in world.mails("customer") if mail["Mailbot-Kind"] == "customer/received"]
    assert len({mail["Message-ID"] for mail in mails}) == 1


def test_what_the_journal_knows_is_not_sent_again(world: World) -> None:
    """Where the post's file still tells that a queued mail left, it does not leave again; the office hears why."""
    file = _queued_at_the_backup(world)
    world.turn()
    world.kinds()
    restored(world, file)
    world.turn()
    assert {who: kinds for who, kinds in world.kinds().items() if kinds} == {"office": ["office/alarm"]}
    ledger = Ledger.open(world.data, world.rules.site.timezone, read_only=True)
    assert {mail.state for mail in ledger.books().mails()} == {Sending.SENT}


def test_what_the_server_refused_since_is_no_doubt(world: World) -> None:
    """Where the post's file tells of a clear no for now since the backup, the mail goes again and counts no doubt."""
    file = _queued_at_the_backup(world)
    ledger = Ledger.open(world.data, world.rules.site.timezone)
    for mail in ledger.books().queued():
        ledger.journal(SendingResult(mail.id, Outcome.LATER, world.clock(), Phase.RCPT, "451 later"))
    ledger.close()
    restored(world, file)
    world.turn()
    ledger = Ledger.open(world.data, world.rules.site.timezone, read_only=True)
    assert {(mail.state, mail.uncertain) for mail in ledger.books().mails()} == {(Sending.SENT, 0)}


def test_a_damaged_journal_is_no_obstacle(world: World) -> None:
    """Where the post's file is damaged too, a queued mail counts as perhaps sent, and the restore goes on."""
    file = _queued_at_the_backup(world)
    (world.data / "sendings.log").write_bytes(b"half a line\n")
    restored(world, file)
    world.turn()
    ledger = Ledger.open(world.data, world.rules.site.timezone, read_only=True)
    mails = [mail for mail in ledger.books().mails() if mail.kind != "office/alarm"]
    assert {(mail.state, mail.uncertain) for mail in mails} == {(Sending.SENT, 1)}


def test_a_second_uncertain_try_is_told(world: World) -> None:
    """A mail that was uncertain once in the backup is not sent a third time: the office hears of it."""
    file = _queued_at_the_backup(world)
    restored(world, file)
    again = backed_up(world, "again.tar.gz")
    shutil.rmtree(world.data)
    restored(world, again)
    world.turn()
    assert "customer/received" not in world.kinds()["customer"]
    assert "vielleicht" in text_of(world.last("office", "office/mail_failed"))


class Stopped(BaseException):
    """What a step raises: nothing after it happens."""


def _collected(world: World, dies_at: int = -1) -> bool:
    """Look through the mailbox and die before the step of this number; tells whether it came to that."""
    left, daemon = [dies_at], world.open()

    def count(step: str) -> None:
        left[0] -= not step.startswith("fsync")
        if left[0] == -1 and dies_at >= 0:
            raise Stopped

    durable.on_step = count
    try:
        daemon.collector.collect()
    except Stopped:
        return True
    finally:
        durable.on_step = durable._ignore
        daemon.close()
    return False


def test_looking_again_may_die_at_every_step(world: World) -> None:
    """However often the look at handled letters is broken off, each is handled once, and orders its mails once."""
    file = _lived_on_after_a_backup(world)
    restored(world, file)
    scene = world.data.parent / "scene"
    shutil.copytree(world.data, scene, ignore=shutil.ignore_patterns("bell", "lock"))
    seen: list[object] = []
    number, has_died = -1, True
    while has_died:
        shutil.rmtree(world.data)
        shutil.copytree(scene, world.data)
        has_died = _collected(world, number) or number < 0
        _collected(world)
        ledger = Ledger.open(world.data, world.rules.site.timezone, read_only=True)
        books = ledger.books()
        kinds = sorted(mail.kind for mail in books.mails())
        seen.append((facts(world), kinds, len(books.invoices()), books.setting("restored")))
        ledger.close()
        assert seen[-1] == seen[0], number
        number += 1
    assert number > 15


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    base = stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as servers:
        office = Office.on(servers, tmp_path)
        office.request()
        assert office.run("once").code == 0
        yield office


def test_backup_beside_a_running_daemon_and_restore_without(office: Office) -> None:
    """`backup` needs no lock; `restore` is refused while a daemon works, with its pid, and works when it is stopped."""
    file = office.folder / "b.tar.gz"
    lock = Lock.take(office.data)
    ran = office.run("backup", str(file))
    assert (ran.code, ran.err) == (0, "")
    assert " kB, 1 letters, 1 bookings, generation " in ran.out
    refused = office.run("restore", str(file))
    assert (refused.code, "(pid " in refused.err) == (75, True)
    lock.release()
    before = json.loads(office.run("bookings", "--json").out)
    shutil.rmtree(office.data / "letters")
    assert office.run("restore", str(file)).code == 0
    assert json.loads(office.run("bookings", "--json").out) == before
    assert len(list((office.data / "letters").rglob("*.eml"))) == 1
    (aside,) = office.data.glob("before-restore-*")
    assert (aside / "ledger.json").exists()
    modes = {path: path.stat().st_mode & 0o077 for path in (file, *office.data.rglob("*"))}
    assert set(modes.values()) == {0}


def test_what_is_no_backup_is_neither_replaced_nor_restored(office: Office) -> None:
    """A file that is something else stays; a torn or edited backup changes nothing, and one sentence says why."""
    letter, backup = office.folder / "letter.txt", office.folder / "b.tar.gz"
    letter.write_text("Liebe Oma")
    assert office.run("backup", str(letter)).code == 65
    assert letter.read_text() == "Liebe Oma"
    assert [office.run("backup", str(backup)).code for _ in range(2)] == [0, 0], "an older backup is replaced"
    whole = backup.read_bytes()
    before = {path: path.read_bytes() for path in office.data.rglob("*") if path.is_file()}
    for raw in (whole[:-50], whole[:2000], b"", b"hello", whole[:3000] + bytes(9) + whole[3009:]):
        backup.write_bytes(raw)
        ran = office.run("restore", str(backup))
        assert (ran.code, ran.err.count("\n")) == (65, 1)
    assert {path: path.read_bytes() for path in office.data.rglob("*") if path.is_file()} == before
    for words in (["restore"], ["restore", str(backup), "--previous"], ["backup", str(office.data / "b.tar.gz")]):
        assert office.run(*words).code == 64
    assert office.run("restore", str(office.folder / "none.tar.gz")).code == 65


def test_a_backup_that_was_never_written_is_not_looked_for(office: Office) -> None:
    """Where no backup could be written `forget` knows of none; of an earlier one at that place it still does."""
    disk = office.folder / "disk"
    file = disk / "b.tar.gz"
    assert office.run("backup", str(file)).code == 65
    assert known.backups(office.data) == []
    disk.mkdir()
    assert office.run("backup", str(file)).code == 0
    disk.rename(office.folder / "away")
    assert office.run("backup", str(file)).code == 65
    assert [backup.path for backup in known.backups(office.data)] == [file]


def test_a_backup_of_another_day_is_refused(office: Office) -> None:
    """On live mail servers no clock may be far off: a restore looks for letters since the backup's own time."""
    assert office.run("backup", str(office.folder / "b.tar.gz"), "--now", "2030-01-01T09:00").code == 0
    office.change_rules("host: 127.0.0.1", "host: mail.soccer-kirche.example")
    office.change_rules("security: none", "security: tls")
    ran = office.run("backup", str(office.folder / "c.tar.gz"), "--now", "2030-01-01T09:00")
    assert (ran.code, "within an hour of now" in ran.err) == (64, True)
    assert not (office.folder / "c.tar.gz").exists()


@pytest.mark.parametrize("name", ["../evil", "/evil", "letters/../../evil", "lock", "letters/2026-11/../../x"])
def test_no_name_leads_out_of_the_folder(office: Office, name: str) -> None:
    """A backup that names a place of its own is refused as a whole, before anything is written."""
    backup = office.folder / "b.tar.gz"
    assert office.run("backup", str(backup)).code == 0
    evil = office.folder / "evil.tar.gz"
    with tarfile.open(backup) as old, tarfile.open(evil, "w:gz") as new:
        for member in old:
            new.addfile(member, old.extractfile(member))
            if member.name == "ledger.json":
                member.name = name
                new.addfile(member, io.BytesIO(bytes(member.size)))
    ran = office.run("restore", str(evil))
    assert ran.code == 65
    assert "something in it that is not mailbot's" in ran.err
    assert not list(office.folder.rglob("evil"))
    assert not list(office.data.glob("*restor*"))


def test_forget_is_a_writing_command(office: Office) -> None:
    """`forget` goes through the running daemon or works alone; nobody known is 1, an open booking 65, on stderr."""
    assert office.run("forget", "niemand@example.org").code == 1
    refused = office.run("forget", stage.CUSTOMER)
    assert (refused.code, refused.out) == (65, "")
    assert "QNBZAQPTAITT is not finished" in refused.err
    with office.start("run"):
        assert office.logged("started", 60.0)
        assert office.run("forget", "niemand@example.org").err == "nothing is known of this address\n"
    assert not [path for path in office.data.rglob("*.json") if b"niemand@" in path.read_bytes()]
