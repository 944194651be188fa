"""Hostile text made readable: invisible characters out, one kind of line end, short fragments folded for comparing.

Every reader of this room works on what comes out here, so that no trick with characters reaches a grammar.
Decides nothing about meaning. Never fails: any text in gives a text out, in time that grows with its length.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from functools import lru_cache

from mailbot.model.words import folded

# No line that means something is longer; what stands behind is never read.
LINE = 1000
SAID = 200

# Cf, the fillers that look like nothing, and variation selectors (Unicode 15, UTS 39 section 5).
_UNSEEN = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U000e0000-\U000e0fff]"
)
# None of these ends a line here: a quoted line that holds one stays one quoted line (ATTACKS 17).
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS = re.compile(
    r"(?=.{3,254}$)[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,10}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,10}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])",
    re.IGNORECASE,
)


def visible(text: str) -> str:
    """Give a text without invisible characters, LF as its only line end, the tab as its only control character."""
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", _UNSEEN.sub("", text.replace("\r\n", "\n"))))


def fold(line: str) -> str:
    """Fold one line for comparing; at most its first 1000 characters."""
    return folded(line[:LINE])


# The words of rules.yaml are the same for every letter.
_fold_word = lru_cache(maxsize=2000)(fold)


def one_line(text: str, most: int = LINE) -> str:
    """Give a text in one visible line of at most `most` characters."""
    return " ".join(visible(text[: 4 * most]).split())[:most]


def is_address(text: str) -> bool:
    """Tell whether a text is exactly one plain e-mail address (dot-atom at a domain with a dot, ASCII)."""
    return len(text) <= 254 and "=?" not in text and _ADDRESS.fullmatch(text) is not None


def without_links(text: str) -> str:
    """Drop the `<mailto:…>` that some mail programs write behind an address."""
    return re.sub(r"[<(\[]?mailto:[^>)\]\s]*[>)\]]?", " ", text)


def address_in(text: str) -> str | None:
    """Give the one e-mail address a value holds, also as `x@y<mailto:x@y>` or `Name <x@y>`; None where unclear."""
    value = without_links(text[:LINE]).strip(" ,;.")
    if is_address(value):
        return value
    address = parseaddr(value)[1] if value.endswith(">") and value.count("@") == 1 else ""
    return address if is_address(address) else None


def by_word(words: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Turn a table of keyword -> words into folded word -> keyword; the keyword named first keeps a shared word."""
    found: dict[str, str] = {}
    for keyword, written in words.items():
        for word in written:
            found.setdefault(_fold_word(word), keyword)
    return found
