"""ATTACKS.md 61 to 78 on whole mailboxes: what IMAP does to letters, on a real Dovecot and on the embedded server.

Each row is a line of that list and a story; `Between` stands in for servers that fall ill or can do less. What only a
scripted server can show is in receive/test_mailbox_faults.py, under the same numbers.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from accounts import Account
from between import Between
from real_servers import Dovecot
from world import MAILBOT, OFFICE, World, next_saturday, text_of

from mailbot import looking, stage
from mailbot.daemon import Daemon
from mailbot.embedded import EmbeddedServers
from mailbot.errors import StopError, TryLaterError
from mailbot.model.booking import Booking, State
from mailbot.model.letter import VANISHED, Handled
from mailbot.model.records import Change, Record
from mailbot.model.rules import Rules
from mailbot.receive.connection import Patience
from mailbot.receive.mailbox import Mailbox
from mailbot.record.ledger import Ledger
from mailbot.standing import standing

WATCHED, DONE, TROUBLE = "Buchungen", "Mailbot/Erledigt", "Mailbot/Unklar"
VERDICT = b"Authentication-Results: mx.soccer-kirche.example; dmarc=pass header.from=%s\r\n"
# A reference has no digits: A to J stand for 0 to 9.
LETTERS = str.maketrans("0123456789", "ABCDEFGHIJ")
SOON = Patience(connect=1.0, answer=0.5, idle=0.5, short=0.1)


class KilledError(BaseException):
    """The process ends here, whatever it was doing."""


@dataclass
class Place:
    """A watched folder on some server, and everybody of the story around it."""

    world: World
    account: Account
    monkeypatch: pytest.MonkeyPatch

    def notice(self, number: int = 0, start: datetime | None = None, front: bytes = b"") -> bytes:
        start = start or next_saturday(self.world.rules) + timedelta(days=number)
        request = stage.Request(f"QQQQQQQ{number:05}".translate(LETTERS), "Kim Kunde", start, 60)
        mail = stage.notice(request, MAILBOT, self.world.clock())
        return VERDICT % b"youcanbook.me" + front + mail.as_bytes().replace(b"\n", b"\r\n")

    def ok(self) -> bytes:
        """Write the office's proven answer to its last review."""
        review = {name: str(value) for name, value in self.world.last("office", "office/review").items()}
        mail = stage.reply(review, "ok", OFFICE, self.world.clock())
        return VERDICT % b"kruempel.example" + mail.as_bytes().replace(b"\n", b"\r\n")

    def arrive(self, *raws: bytes) -> list[int]:
        return [self.account.deliver(raw, self.world.clock(), WATCHED) for raw in raws]

    def remove(self, uid: int, folder: str = WATCHED) -> None:
        with self.account.opened(folder) as imap:
            imap.uid("STORE", str(uid), "+FLAGS", "(\\Deleted)")
            imap.expunge()

    def recreate(self) -> None:
        """Delete the watched folder with all that lies in it and make it anew, as a person does."""
        with self.account.opened() as imap:
            # A UIDVALIDITY is a time in seconds.
            time.sleep(1.1)
            assert imap.delete(WATCHED)[0] == "OK"
            assert imap.create(WATCHED)[0] == "OK"

    def lies(self, folder: str = WATCHED) -> int:
        return len(self.account.letters(folder))

    def codes(self) -> list[str]:
        return sorted(self.world.bookings())

    def office(self) -> list[str]:
        return [str(mail["Mailbot-Kind"]) for mail in self.world.mails("office")]

    @contextlib.contextmanager
    def daemon(self) -> Iterator[Daemon]:
        daemon = self.world.open()
        try:
            yield daemon
        finally:
            daemon.close()

    def vanished(self) -> list[str]:
        """Give what `mailbot status` says of vanished letters."""
        with self.daemon() as daemon:
            books = daemon.flow.books()
            return [row["what"] for row in standing(self.world.rules, books, None, self.world.clock())["vanished"]]


@pytest.fixture(scope="module")
def base() -> Rules:
    return stage.stage_rules(Path(__file__).parent.parent / "rules.yaml")


@pytest.fixture(scope="module")
def people(base: Rules) -> Iterator[EmbeddedServers]:
    """Hold everybody's mailboxes but the watched one."""
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as running:
        yield running


def _place(
    people: EmbeddedServers, account: Account, data: Path, monkeypatch: pytest.MonkeyPatch, native: str = WATCHED
) -> Place:
    world = World.on(people, data)
    with account.opened() as imap:
        imap.create(native)
    box = replace(world.rules.mailbox, port=account.port, user=account.user, password=account.password, inbox=WATCHED)
    world.rules = replace(world.rules, mailbox=box)
    return Place(world, account, monkeypatch)


@pytest.fixture
def at(people: EmbeddedServers, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return _place(people, account, tmp_path / "data", monkeypatch)


@pytest.fixture
def at_dovecot(people: EmbeddedServers, dovecot: Dovecot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return _place(people, dovecot.account(), tmp_path / "data", monkeypatch)


def killed_between_fetch_and_commit(at: Place) -> None:
    at.arrive(at.notice())
    commit = Ledger.commit

    def dying_commit(ledger: Ledger, changes: Sequence[Change]) -> None:
        # Whatever is recorded before, the booking is not.
        _kill() if any(isinstance(change, Booking) for change in changes) else commit(ledger, changes)

    with at.monkeypatch.context() as dying:
        dying.setattr(Ledger, "commit", dying_commit)
        with pytest.raises(KilledError):
            at.world.turn()
    assert (at.codes(), at.lies()) == ([], 1)
    at.world.turn()
    assert (at.codes(), at.lies(), at.lies(DONE)) == (["QQQQQQQAAAAA"], 0, 1)
    assert at.office() == ["office/review"]


def killed_between_commit_and_filing(at: Place) -> None:
    at.arrive(at.notice())
    with at.monkeypatch.context() as dying:
        dying.setattr(Mailbox, "file", _kill)
        with pytest.raises(KilledError):
            at.world.turn()
    assert (at.codes(), at.lies()) == (["QQQQQQQAAAAA"], 1)
    at.world.turn()
    assert (at.lies(), at.lies(DONE), at.office()) == (0, 1, ["office/review"])


def _kill(*_: object) -> None:
    raise KilledError


def renumbered_same_letters(at: Place) -> None:
    at.world.rules = replace(at.world.rules, mailbox=replace(at.world.rules.mailbox, done=""))
    letters = [at.notice(1), at.notice(2)]
    at.arrive(*letters)
    at.world.turn()
    letters.append(at.ok())
    at.arrive(letters[-1])
    at.world.turn()
    at.recreate()
    at.arrive(*reversed(letters))
    for _ in range(2):
        at.world.turn()
    assert at.codes() == ["QQQQQQQAAAAB", "QQQQQQQAAAAC"]
    # A second `ok` that counted as new would have been answered.
    assert sorted(at.office()) == ["office/alarm", "office/done", "office/review", "office/review"]
    assert at.vanished() == []


def renumbered_new_letter(at: Place) -> None:
    # Two passes: the letter filed last is looked for once more whatever its number.
    for number in (1, 2):
        uids = at.arrive(at.notice(number))
        at.world.turn()
    at.recreate()
    assert at.arrive(at.notice(3))[0] < uids[0]
    at.world.turn()
    assert at.codes() == ["QQQQQQQAAAAB", "QQQQQQQAAAAC", "QQQQQQQAAAAD"]
    assert (at.lies(), at.lies(DONE)) == (0, 3)


def same_message_id_and_other_content(at: Place) -> None:
    first = at.notice(1)
    (name,) = [line for line in first.split(b"\r\n") if line.startswith(b"Message-ID:")]
    second = at.notice(2)
    (other,) = [line for line in second.split(b"\r\n") if line.startswith(b"Message-ID:")]
    at.arrive(first, second.replace(other, name))
    at.world.turn()
    assert at.codes() == ["QQQQQQQAAAAB", "QQQQQQQAAAAC"]
    assert [_marks(at, code) for code in at.codes()] == [0, 1]


def the_same_notice_by_two_ways(at: Place) -> None:
    raw = at.notice()
    at.arrive(
        raw, raw.replace(b"\r\nFrom:", b"\r\nReceived: by bcc.example; Sat, 21 Nov 2026 08:00:00 +0000\r\nFrom:", 1)
    )
    at.world.turn()
    assert (at.codes(), at.lies(), at.lies(DONE)) == (["QQQQQQQAAAAA"], 0, 2)
    assert at.office() == ["office/review"]
    assert _marks(at, "QQQQQQQAAAAA") == 1


def _marks(at: Place, code: str) -> int:
    with at.daemon() as daemon:
        return sum("dieselbe Message-ID" in line.line for line in daemon.flow.books().history(code))


def read_and_flagged_by_a_person(at: Place) -> None:
    uids = at.arrive(at.notice(1), at.notice(2))
    with at.account.opened(WATCHED) as imap:
        imap.uid("STORE", str(uids[0]), "+FLAGS", "(\\Seen)")
        imap.uid("STORE", str(uids[1]), "+FLAGS", "(\\Flagged \\Answered)")
    at.world.turn()
    assert (at.codes(), at.lies()) == (["QQQQQQQAAAAB", "QQQQQQQAAAAC"], 0)


def moved_back(at: Place) -> None:
    at.arrive(at.notice())
    at.world.turn()
    at.arrive(at.ok())
    at.world.turn()
    for is_archived in (False, True):
        if is_archived:
            _archive_handled(at)
        with at.account.opened(DONE) as imap:
            imap.uid("COPY", "1:*", WATCHED)
            imap.store("1:*", "+FLAGS", "(\\Deleted)")
            imap.expunge()
        assert (at.lies(), at.lies(DONE)) == (2, 0)
        at.world.turn()
        assert (at.lies(), at.lies(DONE)) == (0, 2)
    assert (at.codes(), at.office()) == (["QQQQQQQAAAAA"], ["office/review", "office/done"])


def _archive_handled(at: Place) -> None:
    with at.daemon() as daemon:
        letters: list[Record] = [r for r in daemon.flow.books().records() if isinstance(r, Handled)]
        daemon.flow.ledger.archive(letters)
    with at.daemon() as daemon:
        assert not [r for r in daemon.flow.books().records() if isinstance(r, Handled)]


def deleted_right_after_arrival(at: Place) -> None:
    at.remove(at.arrive(at.notice(1))[0])
    at.world.turn()
    assert (at.codes(), at.vanished()) == ([], [])
    raw = at.notice(2)
    at.arrive(raw)
    at.world.turn()
    at.remove(1, DONE)
    at.world.turn()
    assert at.codes() == ["QQQQQQQAAAAC"]
    assert raw in [path.read_bytes() for path in at.world.data.glob("letters/*/*.eml")]


def expunged_between_look_and_fetch(at: Place) -> None:
    uids = at.arrive(at.notice(1), at.notice(2), at.notice(3))
    fetch = Mailbox.fetch

    def fetch_late(box: Mailbox, wanted: list[int]) -> dict[int, bytes]:
        at.remove(uids[1]) if uids[1] in wanted else None
        return fetch(box, wanted)

    with at.monkeypatch.context() as late:
        late.setattr(Mailbox, "fetch", fetch_late)
        for _ in range(2):
            at.world.turn()
    assert (at.codes(), at.lies()) == (["QQQQQQQAAAAB", "QQQQQQQAAAAD"], 0)
    (line,) = at.vanished()
    assert line.startswith("Brief von notifications@youcanbook.me („Neue Buchung: Kim Kunde“) verschwunden")
    assert _key_of_vanished(at).endswith(f"/{uids[1]}")
    at.arrive(at.notice(2))
    at.world.turn()
    assert len(at.codes()) == 3


def back_under_the_same_number(at: Place) -> None:
    at.arrive(at.notice(1))
    with at.monkeypatch.context() as flickering:
        flickering.setattr(Mailbox, "fetch", lambda *_: {})
        at.world.turn()
    assert (at.codes(), len(at.vanished())) == ([], 1)
    at.world.turn(take_all=True)
    assert (at.codes(), at.lies(), at.vanished()) == (["QQQQQQQAAAAB"], 0, [])


def _key_of_vanished(at: Place) -> str:
    with at.daemon() as daemon:
        (handled,) = daemon.flow.books().vanished()
        assert handled.outcome == VANISHED
        return handled.key


def the_whole_folder_vanishes(at: Place) -> None:
    at.monkeypatch.setattr(looking, "recognise", lambda *_: 1 // 0)
    at.arrive(at.notice(1), at.notice(2))
    at.world.turn()
    at.monkeypatch.undo()
    with at.account.opened() as imap:
        imap.delete(WATCHED)
    with pytest.raises(TryLaterError, match=f"does not open the folder {WATCHED}"):
        at.world.turn()
    with at.account.opened() as imap:
        time.sleep(1.1)
        imap.create(WATCHED)
    at.arrive(at.notice(3))
    for _ in range(2):
        at.world.turn()
    assert at.codes() == ["QQQQQQQAAAAD"]
    assert [line.partition(",")[0] for line in at.vanished()] == ["Brief verschwunden"] * 2


def waiting_letters_taken_away(at: Place) -> None:
    at.monkeypatch.setattr(looking, "recognise", lambda *_: 1 // 0)
    (uid,) = at.arrive(at.notice(1))
    at.world.turn()
    at.remove(uid)
    for _ in range(3):
        at.world.turn()
    assert len(at.vanished()) == 1
    assert at.office() == []


def too_large_between_small_ones(at: Place) -> None:
    at.world.rules = replace(at.world.rules, mailbox=replace(at.world.rules.mailbox, max_letter=20_000))
    at.arrive(at.notice(1), at.notice(2) + b"x" * 30_000, at.notice(3))
    at.world.turn()
    assert (at.codes(), at.lies()) == (["QQQQQQQAAAAB", "QQQQQQQAAAAD"], 0)
    assert (at.account.flags(TROUBLE), at.office().count("office/unreadable")) == ([set()], 1)


def the_done_folder_goes_away(at: Place) -> None:
    at.arrive(at.notice(1))
    at.world.turn()
    with at.account.opened() as imap:
        imap.delete(DONE)
    at.arrive(at.notice(2))
    at.world.turn()
    assert (at.lies(), at.lies(DONE), len(at.codes())) == (0, 1, 2)


def junk_is_never_read(at: Place) -> None:
    at.arrive(at.notice())
    at.world.turn()
    for folder in ("Junk", "Archiv", TROUBLE, DONE):
        with at.account.opened() as imap:
            imap.create(folder)
        at.account.deliver(at.ok(), at.world.clock(), folder)
    at.world.turn()
    assert {booking.state for booking in at.world.bookings().values()} == {State.REQUESTED}
    assert at.account.letters("Junk") != []


def a_second_mailbot(at: Place) -> None:
    with at.daemon() as first:
        with pytest.raises(StopError, match="pid") as refused:
            at.world.open()
        assert refused.value.exit_code == 75
        at.arrive(at.notice())
        first.once()
    assert at.codes() == ["QQQQQQQAAAAA"]


Story = Callable[[Place], None]

# Number in ATTACKS.md, the claim, and the story that shows it.
ATTACKS: list[tuple[int, str, Story]] = [
    (61, "The letter is fetched again and makes one booking.", killed_between_fetch_and_commit),
    (
        62,
        "The letter is found again, known, and filed; there is one booking and one mail about it.",
        killed_between_commit_and_filing,
    ),
    (
        65,
        "Both letters are handled, and the second is marked in its booking's history.",
        same_message_id_and_other_content,
    ),
    (
        66,
        "With other Received lines it is one booking, known by its reference; the second letter is marked and filed.",
        the_same_notice_by_two_ways,
    ),
    (67, "A letter that somebody has read or flagged before is handled like any other.", read_and_flagged_by_a_person),
    (67, "A handled letter that comes back is known by its bytes and filed again, also from the archive.", moved_back),
    (
        68,
        "A letter nobody saw is claimed by nobody; one that a pass saw is stored, whoever deletes it then.",
        deleted_right_after_arrival,
    ),
    (
        69,
        "The others are handled; status names the letter that is gone; should it come back, it is handled.",
        expunged_between_look_and_fetch,
    ),
    (69, "Should it be there after all, `once --all` handles it.", back_under_the_same_number),
    (
        69,
        "A letter that waited for its next try and was taken away meanwhile is noted, once.",
        waiting_letters_taken_away,
    ),
    (
        75,
        "The small ones are handled; the large one is parked unread, and the office is told.",
        too_large_between_small_ones,
    ),
    (76, "A done folder that somebody removed is made again; nothing is handled twice.", the_done_folder_goes_away),
    (
        77,
        "A second one on the same books is refused with the first one's pid, and the first goes on.",
        a_second_mailbot,
    ),
    (78, "The office's own proven `ok` in Junk, or in any other folder, decides nothing.", junk_is_never_read),
]
# What the embedded server has not: a folder that can be made anew with another UIDVALIDITY.
ON_DOVECOT: list[tuple[int, str, Story]] = [
    (63, "The same letters under new numbers double nothing, and the office is told once.", renumbered_same_letters),
    (64, "A new letter under an old UID is handled.", renumbered_new_letter),
    (
        69,
        "It is told that the folder is gone; what waited in it is noted, once, and work goes on when it is back.",
        the_whole_folder_vanishes,
    ),
]


def _names(rows: list[tuple[int, str, Story]]) -> list[str]:
    return [f"{number} {story.__name__}" for number, _, story in rows]


@pytest.mark.parametrize("row", ATTACKS, ids=_names(ATTACKS))
def test_what_a_mailbox_does_to_letters(row: tuple[int, str, Story], at: Place) -> None:
    """ATTACKS.md, by its number: each letter is handled once, or a person can see what became of it."""
    row[2](at)


@pytest.mark.parametrize("row", ON_DOVECOT, ids=_names(ON_DOVECOT))
def test_what_only_a_real_mailbox_does(row: tuple[int, str, Story], at_dovecot: Place) -> None:
    """ATTACKS.md 63, 64 and 69, by number, on Dovecot, whose folders can be made anew."""
    row[2](at_dovecot)


# 70 to 72: a daemon at work while its connection dies


def _away(server: Between) -> None:
    server.is_shut = True
    server.close()
    threading.Timer(2.5, lambda: setattr(server, "is_shut", False)).start()


def _silent_at(word: bytes) -> Callable[[Between], None]:
    return lambda server: setattr(server, "silent_at", word)


ILLNESSES: dict[str, Callable[[Between], None]] = {
    "70 closed": Between.close,
    "70 bye": Between.bye,
    "70 black hole": Between.freeze,
    "70 away for a while": _away,
    "71 tells of no mail": lambda _: None,
    "72 silent at DONE": _silent_at(b"DONE"),
    "72 silent at a search": _silent_at(b" UID SEARCH "),
}


@pytest.mark.parametrize("illness", ILLNESSES)
def test_mail_is_found_whatever_became_of_the_connection(illness: str, at: Place) -> None:
    """70 to 72: mail that comes while the connection is ill is found soon, without a restart."""
    hides = (r"\* \d+ (EXISTS|RECENT)\r\n",) if illness.startswith("71") else ()
    with Between(at.account.port, hides) as server, _working(at, server) as daemon:
        assert _soon(lambda: any(line.endswith(" IDLE") for line in server.heard))
        ILLNESSES[illness](server)
        at.arrive(at.notice())
        assert _soon(lambda: bool(daemon.flow.books().bookings()))
        assert _soon(lambda: at.office() == ["office/review"])


@contextlib.contextmanager
def _working(at: Place, server: Between) -> Iterator[Daemon]:
    """Let a daemon work through the server between, patient for tenths of seconds, polling each second."""
    box = replace(at.world.rules.mailbox, port=server.port, poll_every=timedelta(seconds=1))
    at.world.rules = replace(at.world.rules, mailbox=box)
    with _running(at) as daemon:
        yield daemon


@contextlib.contextmanager
def _running(at: Place) -> Iterator[Daemon]:
    with at.daemon() as daemon:
        daemon.collector.mailbox = Mailbox(at.world.rules.mailbox, None, SOON)
        thread = threading.Thread(target=daemon.run)
        thread.start()
        try:
            yield daemon
        finally:
            daemon.stop()
            thread.join(20)


def _soon(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def test_a_refused_log_in_is_told_after_ten_minutes(at: Place) -> None:
    """73: a log-in that stays refused is tried with growing pauses, and after ten minutes the office reads so."""
    at.arrive(at.notice())
    good = at.world.rules
    at.world.rules = replace(good, mailbox=replace(good.mailbox, password="falsch-s3cret"))
    clock = at.world.clock
    with at.daemon() as daemon:
        pauses = []
        for minutes in (0, 1, 2, 11, 12):
            now = clock() + timedelta(minutes=minutes)
            daemon.flow.clock = lambda now=now: now  # type: ignore[misc]  # each its own
            daemon._guarded("mailbox", daemon.collector.collect)
            pauses.append((daemon.troubles["mailbox"].again_at - now).total_seconds())
        daemon.settle()
    assert pauses == [1, 2, 5, 10, 30]
    assert at.office() == ["office/alarm"]
    text = " ".join(text_of(at.world.last("office", "office/alarm")).split())
    assert "Das Postfach kann nicht bearbeitet werden" in text
    assert "refused the log-in" in text
    assert "s3cret" not in text
    at.world.rules = good
    at.world.turn()
    assert at.codes() == ["QQQQQQQAAAAA"]


# 76: folders that take no letter, and servers that can do less


def test_a_done_folder_for_reading_only(at_dovecot: Place, dovecot: Dovecot) -> None:
    """76: while the done folder takes nothing, letters stay and are handled once, what is due goes on, and after ten
    minutes the office is told; then all are filed.
    """
    at = at_dovecot
    at.arrive(at.notice(1))
    at.world.turn()
    folder = dovecot.home / "mail" / at.account.user / "Maildir" / ".Mailbot.Erledigt"
    clock = at.world.clock
    with _for_reading_only(folder), at.daemon() as daemon:
        at.arrive(at.notice(2))
        for minutes in (0, 1, 11):
            daemon.flow.clock = lambda m=minutes: clock() + timedelta(minutes=m)  # type: ignore[misc]  # each its own
            daemon._guarded("mailbox", daemon.collector.collect)
            daemon._guarded("filing", daemon._file)
        daemon.settle()
        assert daemon.flow.read_at is not None
        assert "mailbox" not in daemon.troubles
    assert (len(at.codes()), at.lies(), at.lies(DONE)) == (2, 1, 1)
    assert sorted(at.office()) == ["office/alarm", "office/review", "office/review"]
    assert "lassen sich nicht ablegen" in " ".join(text_of(at.world.last("office", "office/alarm")).split())
    at.world.turn()
    assert (at.lies(), at.lies(DONE)) == (0, 2)


@contextlib.contextmanager
def _for_reading_only(folder: Path) -> Iterator[None]:
    places = [folder, *(folder / name for name in ("cur", "new", "tmp"))]
    modes = [place.stat().st_mode for place in places]
    for place in places:
        place.chmod(0o500)
    try:
        yield
    finally:
        for place, mode in zip(places, modes, strict=True):
            place.chmod(mode)


LESSER = {
    "no MOVE": ((r" MOVE\b",), {"COPY", "EXPUNGE"}, (0, 2)),
    "no MOVE, no UIDPLUS": ((r" MOVE\b", r" UIDPLUS\b"), {"STORE"}, (2, 0)),
    "no MOVE, no UIDPLUS, no keywords": ((r" MOVE\b", r" UIDPLUS\b", r"\[PERMANENTFLAGS [^\]]*\]"), set(), (2, 0)),
}


@pytest.mark.parametrize("name", LESSER)
def test_a_server_that_can_do_less(name: str, at_dovecot: Place) -> None:
    """Without MOVE by COPY and UID EXPUNGE, without that by keyword, without keywords by the watermark alone: never a
    bare EXPUNGE, other people's marked letters stay, and nothing is handled twice.
    """
    at = at_dovecot
    hides, ways, lie = LESSER[name]
    with at.account.opened(WATCHED) as imap:
        imap.append(WATCHED, "(\\Deleted)", "", b"From: a@b.example\r\nSubject: meins\r\n\r\nhallo\r\n")
    with Between(at.account.port, hides) as server:
        at.world.rules = replace(at.world.rules, mailbox=replace(at.world.rules.mailbox, port=server.port))
        at.arrive(at.notice(1), at.notice(2))
        for _ in range(2):
            at.world.turn()
        said = {
            word for line in server.heard for word in ("COPY", "EXPUNGE", "STORE", "MOVE") if f" UID {word} " in line
        }
        assert not [line for line in server.heard if line.upper().endswith(" EXPUNGE")]
    assert said - {"STORE"} == ways - {"STORE"}
    assert ("STORE" in said) is (ways != set())
    assert (at.lies() - 1, at.lies(DONE)) == lie
    assert at.office() == ["office/review"] * 2


def test_below_the_inbox_with_dots(people: EmbeddedServers, dovecot: Dovecot, tmp_path: Path) -> None:
    """76: where the server's folders live below `INBOX.`, ours do, made and subscribed, and the whole story works."""
    account = dovecot.account(dotted=True)
    at = _place(people, account, tmp_path / "data", pytest.MonkeyPatch(), f"INBOX.{WATCHED}")
    large = replace(at.world.rules.mailbox, max_letter=20_000)
    at.world.rules = replace(at.world.rules, mailbox=large)
    for raw in (at.notice(1), at.notice(2) + b"x" * 30_000):
        account.deliver(raw, at.world.clock(), f"INBOX.{WATCHED}")
    at.world.turn()
    assert at.codes() == ["QQQQQQQAAAAB"]
    for folder in ("INBOX.Mailbot.Erledigt", "INBOX.Mailbot.Unklar"):
        assert at.lies(folder) == 1
        assert folder in account.folders()


# retry


def test_a_retry_that_succeeds_leaves_the_trouble_folder(at: Place) -> None:
    """A letter put aside for a bug goes to the done folder once `retry` handled it, and stays known by its bytes."""
    at.monkeypatch.setattr(looking, "recognise", lambda *_: 1 // 0)
    raw = at.notice(1)
    at.arrive(raw)
    for _ in range(3):
        at.world.turn()
    assert at.lies(TROUBLE) == 1
    with at.daemon() as daemon:
        key = next(r.key for r in daemon.flow.books().records() if isinstance(r, Handled) and r.filed_to == "trouble")
        # While the bug is there it stays where it is.
        assert daemon.commands.carry_out({"command": "retry", "key": key})["exit"] == 65
        daemon._file()
        assert at.lies(TROUBLE) == 1
        at.monkeypatch.undo()
        assert daemon.commands.carry_out({"command": "retry", "key": key})["exit"] == 0
        daemon._file()
    assert (at.lies(TROUBLE), at.account.letters(DONE)) == (0, [raw])
    at.arrive(raw)
    at.world.turn()
    assert (at.lies(), at.lies(TROUBLE), at.lies(DONE), at.codes()) == (0, 0, 2, ["QQQQQQQAAAAB"])


def test_a_retry_is_filed_when_the_server_is_back(at: Place) -> None:
    """While the mailbox is away a retry succeeds all the same, and the letter is moved with the next pass, it alone."""
    at.monkeypatch.setattr(looking, "recognise", lambda *_: 1 // 0)
    at.arrive(at.notice(1).replace(b"Message-ID:", b"X-Message-ID:"))
    for _ in range(3):
        at.world.turn()
    at.monkeypatch.undo()
    at.account.deliver(at.notice(5), at.world.clock(), TROUBLE)
    here = at.world.rules
    at.world.rules = replace(here, mailbox=replace(here.mailbox, port=1))
    with at.daemon() as daemon:
        key = next(r.key for r in daemon.flow.books().records() if isinstance(r, Handled) and r.filed_to == "trouble")
        assert daemon.commands.carry_out({"command": "retry", "key": key})["exit"] == 0
        with pytest.raises(TryLaterError):
            daemon._file()
    at.world.rules = here
    with _running(at):
        assert _soon(lambda: (at.lies(TROUBLE), at.lies(DONE)) == (1, 1))
