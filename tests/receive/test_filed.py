"""The folders of handled letters, on a server that follows a script: only what was named by its bytes is expunged."""

import hashlib

from accounts import Account
from scripted import Close, Hear, Say, ScriptedServer, Step, answer, found, imap

from mailbot.receive.filed import Filed

TEXT = "From: a@b.example\r\n\r\nhello"
WANTED = [(len(TEXT), hashlib.sha256(TEXT.encode()).hexdigest())]
THERE = answer("LIST", 'LIST () "/" ""') + answer("LIST", 'LIST () "/" Done')
SIZES = f"1 FETCH (UID 4 RFC822.SIZE {len(TEXT)})", "2 FETCH (UID 5 RFC822.SIZE 99)"
MORE = f"3 FETCH (UID 6 RFC822.SIZE {len(TEXT)})"


def body(uid: int, text: str) -> str:
    return f"1 FETCH (UID {uid} BODY[] {{{len(text)}}}\r\n{text})"


def played(steps: list[Step], capabilities: str) -> tuple[tuple[int, bool], ScriptedServer]:
    script = imap(capabilities=capabilities)
    at = next(number for number, step in enumerate(script) if isinstance(step, Hear) and step.pattern == "SELECT")
    script[at:at] = THERE
    with ScriptedServer([*script, *steps, Hear("LOGOUT"), Close()]) as server:
        box = Filed(Account(server.port, "bot").rules(), "Done", None)
        box.connect()
        result = box.remove(WANTED)
        box.close()
    assert [surprise for surprise in server.surprises if "LOGOUT" not in surprise] == []
    return result, server


LOOK: list[Step] = [
    *found(4, 5, 6),
    *answer("UID FETCH 4,5,6", *SIZES, MORE),
    *answer("NOOP"),
    *answer("UID FETCH 4,6", body(4, TEXT), body(6, TEXT.replace("hello", "other"))),
]


def test_only_the_named_bytes_are_expunged_by_uid() -> None:
    """Of letters of one size only the one with the named bytes is marked and expunged, by its UID."""
    steps = [*LOOK, *answer(r"UID STORE 4 \+FLAGS.SILENT \(\\Deleted\)"), *answer("UID EXPUNGE 4")]
    assert played(steps, "IMAP4rev1 UIDPLUS")[0] == (1, True)


def test_without_uid_expunge_it_is_said() -> None:
    """Without UIDPLUS the letter is marked as deleted and nothing is expunged: others may have marked letters too."""
    steps = [*LOOK, *answer(r"UID STORE 4 \+FLAGS.SILENT \(\\Deleted\)")]
    result, server = played(steps, "IMAP4rev1")
    assert result == (1, False)
    assert not [line for line in server.heard if "EXPUNGE" in line]


def test_a_folder_that_is_not_there_is_not_made() -> None:
    """Where nothing was filed yet there is nothing to look through, and no folder is made for it."""
    script = imap()
    at = next(number for number, step in enumerate(script) if isinstance(step, Hear) and step.pattern == "SELECT")
    gone = [*answer("LIST", 'LIST () "/" ""'), *answer("LIST")]
    with ScriptedServer([*script[:at], *gone, Hear("LOGOUT"), Say("{tag} OK"), Close()]) as server:
        box = Filed(Account(server.port, "bot").rules(), "Done", None)
        box.connect()
        assert not box.is_there
        box.close()
    assert not [line for line in server.heard if "CREATE" in line or "SELECT" in line]
