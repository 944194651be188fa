"""A look at the watched mailbox: where to go on, which letters are ours, and what they say. Changes nothing anywhere.

Headers first; only what is ours is fetched. A bug about one letter stops no other: it becomes a LetterBroken.
Fails with TryLaterError where the server is away.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import partial
from hashlib import sha256

from mailbot.entries import guarded
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival
from mailbot.model.events import LetterBroken, TooLarge
from mailbot.model.letter import Head, Watermark
from mailbot.model.people import NOBODY
from mailbot.model.rules import Rules
from mailbot.receive import parse
from mailbot.receive.mailbox import Mailbox
from mailbot.understand import tokens, trust
from mailbot.understand.recognise import is_ours, recognise

LOOK_BACK = timedelta(days=14)
# What is fetched at once lies in memory at once; a larger letter is fetched alone.
SLICE, SLICE_BYTES = 50, 5_000_000


def arrival_of(key: str, received_at: datetime, raw: bytes, books: Books, rules: Rules) -> Arrival:
    """Read a letter's bytes and tell who wrote what, as an arrival. Never raises for what stands in the letter."""
    letter = parse.letter(key, received_at, raw)
    by, event = recognise(letter, books, rules)
    references = tuple(letter.get("References").split())
    return Arrival(key, by, event, letter.digest, letter.get("Message-ID").strip(), references, received_at)


def letter_key(mailbox: Mailbox, uid: int, uidvalidity: int = 0) -> str:
    """Give the key of a letter in the watched mailbox: `letter:account/folder/uidvalidity/uid`, by default of today."""
    return f"letter:{mailbox.folder}/{uidvalidity or mailbox.uidvalidity}/{uid}"


def beginning(mailbox: Mailbox, mark: Watermark | None, rules: Rules, now: datetime) -> Watermark:
    """Find where to go on: after the watermark, or 14 days back where there is none or UIDs or rules changed."""
    if mark and mark.uidvalidity == mailbox.uidvalidity and mark.rules == rules.fingerprint:
        return mark
    uids = mailbox.since((now - LOOK_BACK).date())
    back = min(uids) - 1 if uids else max(0, mailbox.uid_next - 1)
    if mark and mark.uidvalidity == mailbox.uidvalidity:
        return replace(mark, uid=min(mark.uid, back), rules=rules.fingerprint)
    return Watermark(mailbox.folder, mailbox.uidvalidity, back, rules.fingerprint)


def ours_of(mailbox: Mailbox, heads: Sequence[Head], books: Books, rules: Rules) -> list[Head]:
    """Pick the letters of ours by their headers alone: people's answers first, then notices, each in mailbox order."""
    ours = [head for head in heads if _is_ours(head, letter_key(mailbox, head.uid), books, rules)]
    return sorted(ours, key=lambda head: (rules.source_of(address_of(head)) is not None, head.uid))


def slices(heads: Sequence[Head], rules: Rules) -> Iterator[list[Head]]:
    """Cut letters into what may be read at once, by number and by size, in their order."""
    some: list[Head] = []
    size = 0
    for head in heads:
        # One that is too large is not fetched at all.
        own = head.size if head.size <= rules.mailbox.max_letter else 0
        if some and (len(some) == SLICE or size + own > SLICE_BYTES):
            yield some
            some, size = [], 0
        some.append(head)
        size += own
    if some:
        yield some


def read(mailbox: Mailbox, heads: Sequence[Head], books: Books, rules: Rules) -> list[tuple[int, Arrival, bytes]]:
    """Fetch and understand a slice of letters of ours: (UID, arrival, bytes). Too large ones stay, b"" for bytes.

    Letters that vanished meanwhile are left out; one that a bug keeps from being read is a LetterBroken.
    Raises TryLaterError.
    """
    limit = rules.mailbox.max_letter
    raws = mailbox.fetch([head.uid for head in heads if head.size <= limit])
    found: list[tuple[int, Arrival, bytes]] = []
    for head in heads:
        key = letter_key(mailbox, head.uid)
        if head.size > limit:
            event = TooLarge(head.get("From"), head.get("Subject"), head.size, key)
            found.append((head.uid, Arrival(key, NOBODY, event), b""))
        elif raw := raws.get(head.uid):
            arrival = guarded(key, partial(arrival_of, key, head.received_at, raw, books, rules))
            found.append((head.uid, arrival if isinstance(arrival, Arrival) else _broken(key, head, raw, arrival), raw))
    return found


def address_of(head: Head) -> str:
    """Give the address in From as it stands there, proven or not."""
    return parseaddr(head.get("From"))[1]


def _is_ours(head: Head, key: str, books: Books, rules: Rules) -> bool:
    # What a bug keeps from being judged counts as ours: better a letter too many for a person than one nobody sees.
    if not guarded(key, partial(is_ours, head, books, rules)):
        return False
    # What is not read can turn out to be nobody's no more: a stranger's large report must not be moved away.
    return head.size <= rules.mailbox.max_letter or bool(guarded(key, partial(_names_us, head, books, rules)))


def _names_us(head: Head, books: Books, rules: Rules) -> bool:
    """Tell whether the headers alone name a listed address or a mail of ours; a report or a question need not."""
    return bool(trust.claims(head, rules)) or tokens.has_token(head, books, rules)


def _broken(key: str, head: Head, raw: bytes, what: str) -> Arrival:
    event = LetterBroken(address_of(head), head.get("Subject"), key, what)
    return Arrival(key, NOBODY, event, sha256(raw).hexdigest())
