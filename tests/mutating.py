"""Broken letters by the thousand: real ones, cut, doubled, shuffled and swapped by seeded dice.

Used by test_mutated_letters.py (a sample) and benchmarks/mutated.py (thousands). What a letter claims stays as it was,
but no mutation writes a verdict: what was not proven before is not proven after.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from understand_story import BOOKS, NOW, RULES

from mailbot.decide.dispatch import decide
from mailbot.entries import entry
from mailbot.looking import arrival_of
from mailbot.model.booking import Booking
from mailbot.model.codes import DoorCode
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import Event
from mailbot.model.money import Invoice
from mailbot.model.people import Actor, Role
from mailbot.send.compose import Composer

LETTERS = Path(__file__).parent / "letters"
PIECES = (
    *(
        b"\0",
        b"\r",
        b"\n",
        b"\r\n\r\n",
        b"\xff\xfe",
        b"\x1b[2J",
        b"=?utf-8?q?ok?=",
        b"=?utf-8?b?4?=",
        b"> ok",
        b"ok\r\n",
    ),
    *(b"--b\r\n", b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n"),
    *(b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n", b"charset=utf-7"),
    *(
        b"From: buero@kruempel.example\r\n",
        b"From : a@b\r\n",
        b"Auto-Submitted: auto-replied\r\n",
        b"Return-Path: <>\r\n",
    ),
    *("\u202e".encode(), "\u2028ok\u2028".encode(), b"</blockquote></div>ok", b"<!--", b"<style>", b"31.02.2099 25:61"),
    *(b"=== MAILBOT v1 ===\r\n", b"=== ENDE ===\r\n", b"STARTMS: 99999999999999999999\r\n", b"ENDE: 1e9\r\n"),
)


def _cut(raw: bytes, dice: Random) -> bytes:
    return raw[: dice.randrange(len(raw) + 1)]


def _without(raw: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(raw) + 1)
    return raw[:at] + raw[at + dice.randrange(200) :]


def _with_piece(raw: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(raw) + 1)
    return raw[:at] + dice.choice(PIECES) * dice.choice((1, 1, 1, 3, 50)) + raw[at:]


def _flipped(raw: bytes, dice: Random) -> bytes:
    found = bytearray(raw or b"x")
    for _ in range(dice.choice((1, 5, 40))):
        found[dice.randrange(len(found))] = dice.randrange(256)
    return bytes(found)


def _shuffled(raw: bytes, dice: Random) -> bytes:
    lines = raw.split(b"\n")
    at = dice.randrange(len(lines))
    some = lines[at : at + dice.choice((2, 8, 100))]
    dice.shuffle(some)
    return b"\n".join([*lines[:at], *some, *lines[at + len(some) :]])


def _doubled(raw: bytes, dice: Random) -> bytes:
    lines = raw.split(b"\n")
    at = dice.randrange(len(lines))
    return b"\n".join([*lines[:at], *lines[at : at + dice.choice((1, 5, 30))], *lines[at:]])


MUTATIONS: tuple[Callable[[bytes, Random], bytes], ...] = (_cut, _without, _with_piece, _flipped, _shuffled, _doubled)


def sound() -> list[bytes]:
    """Give the letters that the mutations begin with."""
    return [path.read_bytes() for path in sorted(LETTERS.glob("*.eml"))]


def mutated(count: int, seed: int, more: Sequence[bytes] = ()) -> Iterator[bytes]:
    """Give so many broken letters, the same for the same seed; each a sound one after one to four steps."""
    dice, letters = Random(seed), [*sound(), *more]  # these dice make tests repeatable
    for number in range(count):
        raw = letters[number % len(letters)]
        for _ in range(dice.choice((1, 1, 2, 4))):
            raw = dice.choice(MUTATIONS)(raw, dice)
        yield raw


def unproven(raw: bytes) -> bytes:
    """Take the verdicts out of a letter: nobody is proven to have written it."""
    return re.sub(rb"(?im)^authentication-results[ \t]*:.*\n(?:[ \t].*\n)*", b"", raw)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a letter: whose word it was, what it meant, and what was decided."""

    by: Actor
    event: Event
    decision: Decision


def judged(raw: bytes, composer: Composer | None = None) -> Judged:
    """Take a letter from its bytes to its decision, and to its composed mails where a composer is given."""
    arrival = arrival_of("letter:file/x", NOW, raw, BOOKS, RULES)
    given = Given(NOW, Random(1), RULES)  # these dice make tests repeatable
    if composer is None:
        return Judged(arrival.by, arrival.event, decide(BOOKS, arrival.by, arrival.event, given))
    return Judged(arrival.by, arrival.event, entry(arrival, BOOKS, given, composer).decision)


# What a customer is told on his own word alone, which decides nothing.
TO_CUSTOMERS = ("customer/noted",)


def harm(found: Judged) -> list[str]:
    """Say what an unproven letter did that it may not: a command, a change of what is booked, a mail to others."""
    wrong = [] if found.by.role in (Role.CUSTOMER, Role.NOBODY) else [f"believed as {found.by}"]
    wrong += [
        f"changes {type(c).__name__}" for c in found.decision.changes if isinstance(c, Booking | DoorCode | Invoice)
    ]
    kinds = [mail.kind for mail in found.decision.mails]
    return wrong + [f"sends {kind}" for kind in kinds if not kind.startswith("office/") and kind not in TO_CUSTOMERS]
