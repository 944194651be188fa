"""The watched mailbox on servers that do what no server should."""

import os
import time
from collections.abc import Callable, Iterator

import pytest
from accounts import Account
from scripted import Close, Hear, Say, ScriptedServer, Step, Wait, answer, found, imap

from mailbot.errors import TryLaterError
from mailbot.receive import mailbox as module
from mailbot.receive.connection import Patience
from mailbot.receive.mailbox import Mailbox

HEAD = "From: a@b.example\r\n\r\n"


@pytest.fixture
def silence() -> Iterator[int]:
    """Give the end of a pipe that nobody writes to."""
    reading, writing = os.pipe()
    yield reading
    os.close(reading)
    os.close(writing)


# IDLE is used for waits of a few tenths of a second too; nothing is waited for as long as in life.
EAGER = Patience(short=0.1)
IMPATIENT = Patience(connect=0.3, answer=0.3, short=0.1)


def played(
    steps: list[Step], work: Callable[[Mailbox], object], patience: Patience = EAGER
) -> tuple[object, ScriptedServer]:
    """Connect to a server that plays these steps after log-in, and work with the mailbox."""
    with ScriptedServer([*steps, Hear("LOGOUT"), Close()]) as server:
        box = Mailbox(Account(server.port, "bot").rules(), None, patience)
        box.connect()
        result = work(box)
        box.close()
    assert [surprise for surprise in server.surprises if "LOGOUT" not in surprise] == []
    return result, server


def heads_of(uid: int, name: str = "BODY[HEADER]<0>") -> str:
    date = '"20-Nov-2026 08:30:00 +0000"'
    return f"1 FETCH (UID {uid} RFC822.SIZE 99 INTERNALDATE {date} {name} {{{len(HEAD)}}}\r\n{HEAD})"


def body_of(uid: int, text: str) -> str:
    return f"1 FETCH (UID {uid} BODY[] {{{len(text)}}}\r\n{text})"


def begins_idle(*more: str) -> list[Step]:
    return [*found(), Hear("IDLE"), Say("\r\n".join(["+ idling", *more]))]


@pytest.mark.parametrize(
    "fault",
    [
        [Close()],
        [Close(is_reset=True)],
        [Say("* BYE shutting down"), Close()],
        [Say("* BYE shutting down"), Wait(9)],
        [Say("* 1 EXI", is_raw=True), Close()],
        [Say("* 1 EXISTS"), Close()],
        [Wait(9)],
    ],
    ids=["closed", "reset", "bye", "bye and silence", "half a line", "a line", "black hole"],
)
def test_70_72_a_connection_lost_in_idle_is_told(fault: list[Step], silence: int) -> None:
    """However the connection dies while waiting, it is noticed soon and told as one error, never waited on for ever."""
    start = time.perf_counter()
    with pytest.raises(TryLaterError, match="is gone"):
        played(imap(*begins_idle(), *fault), lambda box: box.wait(0.5, silence), IMPATIENT)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("chatter", ["\r\n* OK still searching", "x"], ids=["lines", "one long line"])
def test_72_a_server_that_never_ends_its_answer_is_hung_up_on(chatter: str) -> None:
    """Each of its words is in time, and there are ever more: the step ends all the same, as one error."""
    talk = [step for _ in range(40) for step in (Say(chatter, is_raw=True), Wait(0.05))]
    begins, ends = Say("* OK x\r\n* OK x", is_raw=True), Say("\r\n* SEARCH\r\n{tag} OK done")
    steps = [*answer("NOOP"), Hear("SEARCH"), begins, *talk, ends]
    assert played(imap(*steps), lambda box: box.new(0))[0] == []
    with pytest.raises(TryLaterError, match="did not list the new letters"):
        played(imap(*steps), lambda box: box.new(0), Patience(short=0.1, whole=0.5))


@pytest.mark.parametrize("steps", [[], [Say("* OK hello"), Wait(9)], imap()[:4], [Close()], [Say("HTTP/1.1 400 Bad")]])
def test_a_server_that_does_not_begin_is_told(steps: list[Step]) -> None:
    """A server that is silent, hangs up or speaks another protocol is told as one error."""
    with pytest.raises(TryLaterError):
        played(steps, lambda box: None, IMPATIENT)


def test_news_beside_the_plus_are_not_slept_over(silence: int) -> None:
    """News that come in one piece with the answer to IDLE end the waiting at once."""
    steps = imap(*begins_idle("* 5 EXISTS"), Hear("DONE"))
    assert waited(steps, silence, 20) < 10


def test_news_before_the_plus_are_no_fault(silence: int) -> None:
    """News that come before the answer to IDLE end the waiting at once."""
    steps = imap(*found(), Hear("IDLE"), Say("* 5 EXISTS"), Say("+ idling"), Hear("DONE"))
    assert waited(steps, silence, 20) < 10


def test_news_after_half_a_line_are_read_whole(silence: int) -> None:
    """A line that comes in two pieces is waited for, not thrown away."""
    steps = imap(*begins_idle(), Say("* 5 EXI", is_raw=True), Wait(0.2), Say("STS"), Hear("DONE"))
    assert 0.1 <= waited(steps, silence, 20) < 10


def test_chatter_is_no_reason(silence: int) -> None:
    """A server that only says that it is still there is waited on to the end, in one IDLE."""
    steps = imap(*begins_idle("* OK Still here"), Say("* 1 FETCH (FLAGS ())"), Say("* 0 RECENT"), Hear("DONE"))
    assert waited(steps, silence, 0.5) >= 0.5


def waited(steps: list[Step], silence: int, longest: float) -> float:
    """Give the seconds of at most `longest` that waiting took where the server plays these steps and ends IDLE."""
    spans: list[float] = []

    def wait(box: Mailbox) -> None:
        start = time.perf_counter()
        box.wait(longest, silence)
        spans.append(time.perf_counter() - start)

    played([*steps, Say("{idle} OK done")], wait)
    return spans[0]


def test_idle_refused_is_told(silence: int) -> None:
    """A server that offers IDLE and refuses it is told as an error, not asked again and again."""
    with pytest.raises(TryLaterError, match="IDLE was ended"):
        played(imap(*found(), *answer("IDLE", end="NO not now")), lambda box: box.wait(5, silence))


def test_without_idle_the_server_is_polled(silence: int) -> None:
    """A server without IDLE is asked after the time, with a NOOP that proves the connection."""
    steps = imap(*found(), *answer("NOOP"), capabilities="IMAP4rev1 MOVE")
    _, server = played(steps, lambda box: box.wait(0.3, silence))
    assert [line.partition(" ")[2] for line in server.heard[-2:]] == ["NOOP", "LOGOUT"]


def test_74_the_last_letter_is_not_new_again() -> None:
    """That `n:*` names the last letter even below n makes no letter new."""
    result, _ = played(imap(*found(6)), lambda box: box.new(6))
    assert result == []


def test_74_a_head_without_its_content_is_asked_for_again() -> None:
    """A letter listed but answered without content, or as another letter, is asked for once more by itself."""
    steps = imap(
        *found(6, 7),
        *answer("UID FETCH 6,7", "1 FETCH (UID 6 FLAGS ())", heads_of(9), heads_of(7), "2 FETCH (FLAGS (\\Seen))"),
        *found(6),
        *answer("UID FETCH 6 ", heads_of(6)),
    )
    result, _ = played(steps, lambda box: [head.uid for head in box.new(5)])
    assert result == [6, 7]


def test_74_a_body_that_is_not_given_is_told() -> None:
    """A letter that the server lists but does not give stops the work; it is not taken for vanished."""
    steps = imap(
        *answer("NOOP"),
        *answer("UID FETCH 6,7", body_of(7, "seven"), "1 FETCH (UID 6 BODY[] NIL)", body_of(8, "eight")),
        *found(6),
        *answer("UID FETCH 6 ", "1 FETCH (UID 6 FLAGS ())"),
    )
    with pytest.raises(TryLaterError, match="lists letter 6"):
        played(steps, lambda box: box.fetch([6, 7]))


def test_69_a_vanished_body_is_absent() -> None:
    """A letter without an answer that the server lists no more is gone; the others are given."""
    steps = imap(*answer("NOOP"), *answer("UID FETCH 6,7", body_of(7, "seven")), *found())
    assert played(steps, lambda box: box.fetch([6, 7]))[0] == {7: b"seven"}


def test_an_unreadable_date_is_no_fault() -> None:
    """A letter whose INTERNALDATE cannot be read is new like any other."""
    steps = imap(*found(6), *answer("UID FETCH 6 ", heads_of(6).replace("20-Nov-2026", "99-Foo-2026")))
    assert [head.uid for head in played(steps, lambda box: box.new(5))[0]] == [6]  # type: ignore[attr-defined]  # heads


FOLDERS = [*answer("LIST", 'LIST () "/" ""'), *answer("LIST", 'LIST () "/" Done')]


def test_76_without_move_letters_are_copied_and_expunged_by_uid() -> None:
    """Without MOVE a letter is copied, marked and expunged by its UID alone."""
    steps = imap(
        *answer("NOOP"),
        *FOLDERS,
        *answer('UID COPY 6 "Done"'),
        *answer(r"UID STORE 6 \+FLAGS.SILENT \(\\Deleted\)"),
        *answer("UID EXPUNGE 6"),
        capabilities="IMAP4rev1 IDLE UIDPLUS",
    )
    played(steps, lambda box: box.file([6], "Done"))


def test_76_without_move_and_uid_expunge_letters_stay() -> None:
    """Without MOVE and UID EXPUNGE a letter stays with the keyword; a bare EXPUNGE would take others' letters."""
    steps = imap(*answer("NOOP"), *answer(r"UID STORE 6 \+FLAGS.SILENT \(\$Mailbot\)"), capabilities="IMAP4rev1 IDLE")
    played(steps, lambda box: box.file([6], "Done"))


def test_76_a_copy_that_cannot_be_deleted_is_not_copied_again() -> None:
    """Where the server lets us copy and not delete, further tries delete and copy no more."""
    capabilities = "IMAP4rev1 IDLE UIDPLUS"
    copied = [*answer("NOOP"), *FOLDERS, *answer('UID COPY 6,7 "Done"')]
    first = [*copied, *answer("UID STORE 6,7", end="NO [NOPERM] not yours"), Hear("LOGOUT"), Close()]
    more = [*answer("NOOP"), *FOLDERS, *answer('UID COPY 8 "Done"'), *answer("UID STORE 6,7,8"), *answer("UID EXPUNGE")]
    with ScriptedServer(
        imap(*first, capabilities=capabilities), imap(*more, Hear("LOGOUT"), Close(), capabilities=capabilities)
    ) as server:
        box = Mailbox(Account(server.port, "bot").rules(), None, EAGER)
        box.connect()
        with pytest.raises(TryLaterError, match="NOPERM"):
            box.file([6, 7], "Done")
        box.connect()
        box.file([6, 7, 8], "Done")
        box.close()
    assert server.surprises == []


@pytest.mark.parametrize(
    ("flags", "is_marked"),
    [
        (["* FLAGS (\\Seen $Mailbot)", "* OK [PERMANENTFLAGS (\\Seen \\*)] ok"], True),
        (["* FLAGS (\\Seen $Mailbot)", "* OK [PERMANENTFLAGS (\\Seen $Mailbot)] ok"], True),
        (["* FLAGS (\\Seen $Mailbot)"], True),
        (["* FLAGS (\\Seen)"], False),
        (["* FLAGS (\\Seen $Mailbot)", "* OK [PERMANENTFLAGS (\\Seen)] ok"], False),
        (["* FLAGS (\\Seen $Mailbot)", "* OK [PERMANENTFLAGS ()] ok"], False),
    ],
)
def test_76_a_keyword_counts_where_the_server_keeps_it(flags: list[str], is_marked: bool) -> None:
    """A letter that stays is marked where the keyword is permanent; else it is left, for the watermark knows it."""
    steps = [step for step in imap() if not isinstance(step, Say) or "FLAGS" not in step.line]
    steps[8:8] = [Say(line) for line in flags]
    steps += answer("NOOP")
    steps += answer(r"UID STORE 6 \+FLAGS.SILENT \(\$Mailbot\)") if is_marked else []
    _, server = played(steps, lambda box: box.file([6], ""))
    assert any("STORE" in line for line in server.heard) is is_marked


def test_74_a_letter_nobody_asked_for_is_not_taken() -> None:
    """What the server gives unasked, as another letter's body or head, is no letter of this look."""
    steps = imap(
        *found(6),
        *answer("UID FETCH 6 ", heads_of(9), heads_of(6)),
        *answer("NOOP"),
        *answer("UID FETCH 6 ", body_of(9, "nine").replace("1 FETCH", "2 FETCH"), body_of(6, "six")),
    )
    result, _ = played(steps, lambda box: ([head.uid for head in box.new(5)], box.fetch([6])))
    assert result == ([6], {6: b"six"})


def test_heads_that_are_huge_come_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look ends early where the heads take too much room, and goes on where it ended."""
    monkeypatch.setattr(module, "HEADS_ROOM", 2 * module.FIELD_COST)
    looks = [[*found(6, 7, 8), *answer("UID FETCH 6,7,8", *map(heads_of, (6, 7, 8)))], []]
    looks[1] = [*found(8), *answer("UID FETCH 8 ", heads_of(8))]
    result, _ = played(
        imap(*looks[0], *looks[1]), lambda box: [[head.uid for head in box.new(after)] for after in (5, 7)]
    )
    assert result == [[6, 7], [8]]


def test_vanished_heads_hide_no_others() -> None:
    """That the first fifty letters of a look are gone meanwhile does not end the look."""
    first = ",".join(map(str, range(1, 51)))
    steps = imap(*found(*range(1, 52)), *answer(f"UID FETCH {first}"), *found(), *answer("UID FETCH 51 ", heads_of(51)))
    assert played(steps, lambda box: [head.uid for head in box.new(0)])[0] == [51]


def test_76_a_full_quota_is_told() -> None:
    """A server that refuses to file says why in one sentence, after one more try."""
    full = answer("UID MOVE 6", end="NO [OVERQUOTA] Quota exceeded")
    steps = imap(*answer("NOOP"), *FOLDERS, *full, FOLDERS[3], *FOLDERS[4:], *full)
    with pytest.raises(TryLaterError, match=r"did not file letters to Done: .*Quota exceeded"):
        played(steps, lambda box: box.file([6], "Done"))


def test_76_a_folder_for_reading_only_is_told() -> None:
    """A mailbox that cannot be written is refused, since no letter could be filed."""
    steps = imap()
    steps[-1] = Say("{tag} OK [READ-ONLY] open")
    with pytest.raises(TryLaterError, match="for writing"):
        played(steps, lambda box: None)


def test_what_a_server_says_is_one_line() -> None:
    """Control characters of a hostile server do not reach the error."""
    steps = [*imap()[:5], Say("{tag} NO \x1b[31mred\x07 no")]
    with pytest.raises(TryLaterError) as caught:
        played(steps, lambda box: None)
    assert str(caught.value).isprintable()
