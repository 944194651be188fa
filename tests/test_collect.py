"""Letters come in: the first start, renumbered mailboxes, copies, letters nobody can handle, and strangers' mail."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from accounts import Account
from world import MAILBOT, OFFICE, TEMPLATES, World, next_saturday, text_of

from mailbot import entries, looking, stage
from mailbot.collect import preview
from mailbot.embedded import EmbeddedServers
from mailbot.errors import DiskError, TryLaterError
from mailbot.model.booking import State
from mailbot.model.rules import Rules
from mailbot.receive.mailbox import Mailbox
from mailbot.record import durable
from mailbot.send.compose import Composer

DONE, TROUBLE = "Mailbot/Erledigt", "Mailbot/Unklar"
VERDICT = b"Authentication-Results: mx.soccer-kirche.example; dmarc=pass header.from=%s\r\n"
# A reference has no digits: A to J stand for 0 to 9.
LETTERS = str.maketrans("0123456789", "ABCDEFGHIJ")


@pytest.fixture(scope="module")
def base() -> Rules:
    return stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")


@pytest.fixture
def servers(base: Rules) -> Iterator[EmbeddedServers]:
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as running:
        yield running


@pytest.fixture
def world(servers: EmbeddedServers, tmp_path: Path) -> World:
    return World.on(servers, tmp_path / "data")


def _notice(world: World, number: int = 0, start: datetime | None = None, name: str = "Kim Kunde") -> bytes:
    """Write a proven notice; its number makes reference and day its own."""
    start = start or next_saturday(world.rules) + timedelta(days=number)
    request = stage.Request(f"QQQQQQQ{number:05}".translate(LETTERS), name, start, 60)
    mail = stage.notice(request, MAILBOT, world.clock())
    return VERDICT % b"youcanbook.me" + mail.as_bytes().replace(b"\n", b"\r\n")


def _box(world: World) -> Account:
    return Account(world.servers.imap_port, "mailbot")


def _arrive(world: World, raw: bytes, days_ago: float = 0.0) -> int:
    return _box(world).deliver(raw, world.clock() - timedelta(days=days_ago))


def _inbox(world: World) -> int:
    return len(world.servers.messages("mailbot"))


def _office(world: World) -> list[str]:
    return [str(mail["Mailbot-Kind"]) for mail in world.mails("office")]


def _generation(world: World) -> int:
    daemon = world.open()
    try:
        return daemon.flow.ledger.generation
    finally:
        daemon.close()


# The first start


def _living_mailbox(world: World) -> None:
    yesterday = world.clock() - timedelta(days=1)
    _arrive(world, _notice(world, 1), days_ago=40)
    _arrive(world, _notice(world, 2, start=yesterday.replace(hour=10, minute=0)), days_ago=3)
    _arrive(world, _notice(world, 3), days_ago=3)
    # Somebody moved it here from another folder: a high UID, an old date.
    _arrive(world, _notice(world, 4), days_ago=90)


def test_the_first_start_leaves_the_past_alone(world: World) -> None:
    """Only the recent notice of a coming stay is handled; the three others stay and are listed once, in one mail."""
    _living_mailbox(world)
    world.turn()
    assert [booking.code for booking in world.bookings().values()] == ["QQQQQQQAAAAD"]
    assert _inbox(world) == 3
    assert _office(world).count("office/first_start") == 1
    listed = text_of(world.last("office", "office/first_start"))
    assert listed.count("notifications@youcanbook.me") == 3


def test_a_second_start_lists_nothing_again(world: World) -> None:
    """What the first start listed stays where it is, whatever is restarted or written in rules.yaml."""
    _living_mailbox(world)
    for _ in range(2):
        world.turn()
        world.rules = replace(world.rules, fingerprint=world.rules.fingerprint + "x")
    assert len(world.bookings()) == 1
    assert _office(world).count("office/first_start") == 1
    assert _inbox(world) == 3


def test_all_takes_what_the_first_start_listed(world: World) -> None:
    """`once --all` handles the listed letters too, and files them."""
    _living_mailbox(world)
    world.turn()
    world.turn(take_all=True)
    assert len(world.bookings()) == 4
    assert _inbox(world) == 0


def test_a_first_start_that_crashed_is_finished(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended before its last commit, the first start lists the same letters when it is made again."""
    _living_mailbox(world)

    def crash(self: object) -> None:
        raise TryLaterError("crashed")

    with monkeypatch.context() as broken:
        broken.setattr("mailbot.first_start.FirstStart.end", crash)
        with pytest.raises(TryLaterError, match="crashed"):
            world.turn()
    assert "office/first_start" not in _office(world)
    world.turn()
    assert len(world.bookings()) == 1
    assert _office(world).count("office/first_start") == 1
    assert _inbox(world) == 3


# Renumbered, judged again, moved back


def _stays(world: World) -> None:
    world.rules = replace(world.rules, mailbox=replace(world.rules.mailbox, done=""))


def test_done_empty_marks_the_letter(world: World) -> None:
    """With `done: ""` a handled letter stays in the inbox, marked $Mailbot and not as read."""
    _stays(world)
    _arrive(world, _notice(world))
    world.turn()
    assert _box(world).flags() == [{"$Mailbot"}]


def test_a_renumbered_mailbox_doubles_nothing(world: World, base: Rules) -> None:
    """After a new UIDVALIDITY old letters are known by their bytes, a new one with an old UID is handled, and the
    office is told once.
    """
    _stays(world)
    raws = [_notice(world, 1), _notice(world, 2)]
    for raw in raws:
        _arrive(world, raw)
    world.turn()
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as moved:
        box = replace(world.rules.mailbox, port=moved.imap_port)
        smtp = replace(world.rules.smtp, port=moved.smtp_port)
        world.servers, world.rules = moved, replace(world.rules, mailbox=box, smtp=smtp)
        for raw in (_notice(world, 3), raws[1], raws[0]):
            _arrive(world, raw)
        for _ in range(2):
            world.turn()
        assert sorted(world.bookings()) == ["QQQQQQQAAAAB", "QQQQQQQAAAAC", "QQQQQQQAAAAD"]
        assert sorted(_office(world)) == ["office/alarm", "office/review"]


def test_an_empty_mailbox_is_renumbered_once(world: World) -> None:
    """A new UIDVALIDITY of an empty inbox is taken note of, so that the next pass does not find it new again."""
    world.turn()
    daemon = world.open()
    try:
        mark = daemon.flow.books().watermark(daemon.collector.mailbox.folder)
        assert mark is not None
        daemon.flow.ledger.commit([replace(mark, uidvalidity=mark.uidvalidity + 1)])
        daemon.collector.collect()
        assert daemon.flow.books().watermark(mark.folder) == mark
    finally:
        daemon.close()


def test_new_rules_judge_again(world: World) -> None:
    """A letter that the rules did not know is handled when the rules know it; what was handled is not handled twice."""
    _stays(world)
    strict = replace(world.rules, sources={})
    _arrive(world, _notice(world, 1))
    known, world.rules = world.rules, replace(strict, fingerprint="other")
    world.turn()
    assert not world.bookings()
    world.rules = known
    for _ in range(2):
        world.turn()
    assert len(world.bookings()) == 1
    assert _office(world) == ["office/review"]


def test_a_letter_moved_back_is_filed_again(world: World) -> None:
    """A handled letter that a person moves back into the inbox is filed again, and nothing happens twice."""
    _arrive(world, _notice(world))
    world.turn()
    _arrive(world, world.servers.messages("mailbot", DONE)[0])
    world.turn()
    assert _inbox(world) == 0
    assert len(world.servers.messages("mailbot", DONE)) == 2
    assert _office(world) == ["office/review"]


def test_the_same_letter_twice_in_one_pass_counts_once(world: World) -> None:
    """An answer that lies in the inbox twice is carried out once, and nobody is told that it came too late."""
    world.request()
    world.turn()
    review = world.last("office", "office/review")
    mail = stage.reply({name: str(value) for name, value in review.items()}, "ok", OFFICE, world.clock())
    raw = VERDICT % b"kruempel.example" + mail.as_bytes().replace(b"\n", b"\r\n")
    _arrive(world, raw)
    _arrive(world, raw)
    world.turn()
    assert _office(world) == ["office/review", "office/done"]
    assert _inbox(world) == 0


# Strangers' mail


def test_foreign_mail_is_not_touched(world: World) -> None:
    """Mail among people stays unread in the inbox, is not fetched and lies nowhere in data/."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "oma@privat.example", MAILBOT, "Kuchen am Sonntag"
    mail.set_content("Das Rezept ist geheim.\n")
    _arrive(world, mail.as_bytes())
    _arrive(world, _notice(world))
    world.turn()
    assert _box(world).flags() == [set()]
    kept = b"".join(path.read_bytes() for path in world.data.rglob("*") if path.is_file())
    assert b"geheim" not in kept
    assert b"Kuchen" not in kept


# Letters nobody can handle


@pytest.fixture
def broken_template(world: World, tmp_path: Path) -> World:
    """Break the desk's mail for one customer only."""
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    desk = tmp_path / "templates" / "desk" / "request.de.j2"
    trap = '{% if "Pech" in booking.customer.name %}{{ 1 // 0 }}{% endif %}'
    desk.write_text(desk.read_text().replace("{% block body %}", "{% block body %}" + trap))
    world.composer = (world.rules, Composer(tmp_path / "templates", world.rules))
    return world


def test_a_letter_whose_mail_cannot_be_written_drops_out_alone(broken_template: World) -> None:
    """The others are handled at once; it waits in the inbox, and at the third try goes to trouble and the office."""
    world = broken_template
    for number, name in enumerate(("Kim Kunde", "Kim Pech", "Kim Kunde")):
        _arrive(world, _notice(world, number, name=name))
    world.turn()
    assert sorted(world.bookings()) == ["QQQQQQQAAAAA", "QQQQQQQAAAAC"]
    assert _inbox(world) == 1
    world.turn()
    assert _office(world) == ["office/review"] * 2
    world.turn()
    assert _office(world) == ["office/review"] * 2 + ["office/unreadable"]
    assert _inbox(world) == 0
    assert len(world.servers.messages("mailbot", TROUBLE)) == 1
    assert len(world.bookings()) == 2


@pytest.mark.parametrize("place", [(entries, "decide"), (looking, "recognise")], ids=["deciding", "reading"])
def test_a_bug_in_one_letter_stops_no_other(
    place: tuple[object, str], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one letter meets a bug the others are handled, and at the third try a person gets it."""
    module, name = place
    original = getattr(module, name)

    def with_bug(*things: object) -> object:
        notice = getattr(things[2], "notice", None) if name == "decide" else things[0]
        if "Pech" in (getattr(notice, "name", "") or getattr(notice, "text", "") or ""):
            raise ZeroDivisionError
        return original(*things)

    monkeypatch.setattr(module, name, with_bug)
    for number, customer in enumerate(("Kim Kunde", "Kim Pech", "Kim Kunde")):
        _arrive(world, _notice(world, number, name=customer))
    for _ in range(3):
        world.turn()
    assert len(world.bookings()) == 2
    assert _inbox(world) == 0
    assert _office(world) == ["office/review"] * 2 + ["office/unreadable"]
    assert "ZeroDivisionError" in text_of(world.last("office", "office/unreadable"))
    assert len(world.servers.messages("mailbot", TROUBLE)) == 1


def test_more_broken_letters_than_one_look_takes_are_all_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many letters fail, none drops out of the watermark before its third try."""
    new = Mailbox.new
    monkeypatch.setattr(Mailbox, "new", lambda box, after, also=(): new(box, after, also, limit=3))
    monkeypatch.setattr(looking, "recognise", lambda *_: 1 // 0)
    for number in range(8):
        _arrive(world, _notice(world, number))
    for _ in range(3):
        world.turn()
    assert len(world.servers.messages("mailbot", TROUBLE)) == 8


def test_a_too_large_letter_is_parked_unread(world: World) -> None:
    """A letter over `max_letter` goes to trouble without being fetched; those beside it are handled."""
    world.rules = replace(world.rules, mailbox=replace(world.rules.mailbox, max_letter=20_000))
    _arrive(world, _notice(world, 1))
    _arrive(world, _notice(world, 2) + b"x" * 30_000)
    _arrive(world, _notice(world, 3))
    world.turn()
    assert len(world.bookings()) == 2
    assert _office(world).count("office/unreadable") == 1
    assert _box(world).flags(TROUBLE) == [set()]
    assert all(len(path.read_bytes()) < 20_000 for path in world.data.glob("letters/*/*"))


def test_a_letter_that_vanishes_is_no_obstacle(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter expunged between look and fetch is passed over; the others are handled."""
    uids = [_arrive(world, _notice(world, number)) for number in range(3)]
    fetch = Mailbox.fetch

    def fetch_late(box: Mailbox, wanted: list[int]) -> dict[int, bytes]:
        _box(world).remove(uids[1]) if uids[1] in wanted else None
        return fetch(box, wanted)

    monkeypatch.setattr(Mailbox, "fetch", fetch_late)
    for _ in range(2):
        world.turn()
    assert sorted(world.bookings()) == ["QQQQQQQAAAAA", "QQQQQQQAAAAC"]
    assert _inbox(world) == 0


def test_a_pass_never_holds_more_than_a_slice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters are fetched by their sizes, for work and for a preview alike."""
    monkeypatch.setattr(looking, "SLICE_BYTES", 20_000)
    sizes: list[int] = []
    fetch = Mailbox.fetch

    def weighed(box: Mailbox, uids: list[int]) -> dict[int, bytes]:
        found = fetch(box, uids)
        sizes.append(sum(map(len, found.values())))
        return found

    monkeypatch.setattr(Mailbox, "fetch", weighed)
    world.turn()
    for number in range(6):
        _arrive(world, _notice(world, number) + b"x" * 9_000)
    daemon = world.open()
    try:
        assert (
            len(preview(daemon.collector.mailbox, daemon.flow.books(), daemon.flow.given(), daemon.flow.composer)) == 6
        )
        assert daemon.collector.collect() == 6
    finally:
        daemon.close()
    assert len(sizes) >= 6
    assert max(sizes) <= 20_000


def test_what_was_seen_filed_is_forgotten(world: World) -> None:
    """Neither the watermark nor the memory of a daemon grows with the letters it has filed."""
    daemon = world.open()
    try:
        for number in range(4):
            _arrive(world, _notice(world, number))
            daemon.collector.collect()
        mark = daemon.flow.books().watermark(daemon.collector.mailbox.folder)
        assert mark is not None
        assert len(mark.again) <= 1
        # Those of the pass before, and of this one.
        assert len(daemon.collector.filed) <= 2
        assert daemon.collector.waiting == {}
    finally:
        daemon.close()


def test_letters_that_cannot_be_filed_hold_up_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the server refuses to file, new letters are handled all the same; later all are filed."""

    def refuse(box: Mailbox, uids: list[int], folder: str) -> None:
        box.close()
        raise TryLaterError("quota")

    _arrive(world, _notice(world, 1))
    with monkeypatch.context() as full:
        full.setattr(Mailbox, "file", refuse)
        for number in (2, 3):
            with pytest.raises(TryLaterError, match="quota"):
                world.turn()
            assert len(world.bookings()) == number - 1
            _arrive(world, _notice(world, number))
    world.turn()
    assert len(world.bookings()) == 3
    assert _inbox(world) == 0
    assert _office(world) == ["office/review"] * 3


# Many at once, and the disk


def test_many_letters_share_few_commits(world: World) -> None:
    """Sixty notices at once cost a commit for every fifty of them, and few for all their mails."""
    world.turn()
    box = _box(world)
    box.deliver_all([_notice(world, number) for number in range(60)])
    daemon = world.open()
    try:
        before = daemon.flow.ledger.generation
        assert daemon.collector.collect() == 60
        assert daemon.flow.ledger.generation - before == 2
        daemon.settle()
        assert daemon.flow.ledger.generation - before <= 2 + 240 // 25 + 5
    finally:
        daemon.close()
    assert len(world.bookings()) == 60
    assert len(world.mails("customer")) == 60


@pytest.mark.parametrize("step", ["write ledger.json", "fsync ledger.json", "rename ledger.json"])
def test_a_disk_that_refuses_the_commit_leaves_nothing_half(
    step: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the ledger cannot be written no letter moves and no mail leaves; the next pass does it all."""
    world.turn()
    before = _generation(world)
    _arrive(world, _notice(world))

    def refuse(name: str) -> None:
        if name == step:
            raise OSError(28, "no room")

    with monkeypatch.context() as full:
        full.setattr(durable, "on_step", refuse)
        with pytest.raises(DiskError):
            world.turn()
    assert _generation(world) == before
    assert (_inbox(world), _office(world), world.bookings()) == (1, [], {})
    world.turn()
    assert [booking.state for booking in world.bookings().values()] == [State.REQUESTED]
    assert _office(world) == ["office/review"]
