"""Make foreign text harmless before it stands in one of our mails: control characters out, lines marked, breaks ours.

What a customer typed comes back quoted in the office's reply, where a reader of answers goes through it line by line.
Nothing here knows a template, a language or a mail. Nothing here fails: any text in gives a text out.
"""

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import chain, repeat

from mailbot.model.words import COURTESY_BEFORE, REGRET_BEFORE, folded, spellings

WIDTH = 72
QUOTE_MARK = "| "
_SHORT, _QUOTE_LINES, _QUOTE_CHARS = 58, 30, 3000

# Each of these ends a line for some reader of mail, so each becomes the one line end we know how to mark.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Invisible or direction-changing: Cc, Cf and the fillers that look like nothing (Unicode 15, UTS 39 section 5).
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# No-break spaces are not among them: they hold the ready answers together.
_SPACES = re.compile("[ \t\n]+")
# What no person is called: links, addresses, phone numbers.
_ADVERT = re.compile(r"://|@|\bwww\.|\w\.(?:[a-z]{2,}|[A-Z]{2,})\b|(?:\d[ /.-]?){6}")
# What only looks like an address with its dot: `1.FC Wettringen`, `Dr.med. Müller`.
_DOTTED = re.compile(r"(?<![\w.])(?:\d{1,2}\.(?:FC|SC|SV)|(?:Dr|Prof)\.(?:med|dent|jur|phil|rer|dr))(?=\.?(?: |$))")
_COURTESY = rf"(?:{COURTESY_BEFORE}[\W\d_]+)*(?:{REGRET_BEFORE}[\W\d_]+)?"
_LABEL = re.compile(r"[\W\d_]*[^\W\d_][\w .-]{0,24}:")


def clean(text: str) -> str:
    """Drop what cannot be seen from a text and make every kind of line end a LF."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).replace("\t", " ")


def one_line(text: str, most: int = 300) -> str:
    """Give a text in one line of at most `most` characters, cut with an ellipsis."""
    line = _SPACES.sub(" ", clean(text)).strip()
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def by_name(text: str, most: int = 80) -> str:
    """Give a name to be greeted by in one line, "" where it is no name but an advertisement.

    Anybody can type any address into a form, so our mail must not carry his words to whoever that is.
    """
    line = one_line(text, most)
    return "" if _ADVERT.search(_DOTTED.sub(" ", unicodedata.normalize("NFKC", line))) else line


def greeted(text: str) -> str:
    """Give a name as it follows `Guten Tag`, with the space before it; "" where nobody can be greeted by it."""
    name = by_name(text)
    return f" {name}" if name else ""


def _broken(line: str, width: int, cut: bool = False) -> list[str]:
    if len(line) <= width:
        return [line]
    return textwrap.wrap(line, width, break_long_words=cut, break_on_hyphens=False)


def quoted(text: str, width: int = _SHORT) -> list[str]:
    """Give foreign text as lines that begin with `| `, short enough that no mail program breaks them again."""
    whole = re.sub(r"\n\s*\n+", "\n\n", clean(text)).strip()
    lines = [part for line in whole[:_QUOTE_CHARS].split("\n") for part in _broken(line, width, cut=True)]
    if len(whole) > _QUOTE_CHARS or len(lines) > _QUOTE_LINES:
        lines = [*lines[:_QUOTE_LINES], "… (gekürzt)"]
    return [(QUOTE_MARK + line).rstrip() for line in lines]


def answer_lines(text: str) -> str:
    """Give a ready answer and its effect in short lines behind `›`, glued so that no mail program breaks them again."""
    lines = _broken(one_line(text).replace("\u00a0", " "), _SHORT)
    return "\n".join(glued(mark + line) for mark, line in zip(chain(["› "], repeat("›   ")), lines, strict=False))


def glued(text: str) -> str:
    """Hold a text together with no-break spaces."""
    return clean(text).replace(" ", "\u00a0")


def grid(rows: Sequence[Sequence[str]]) -> str:
    """Lay rows of short cells of ours out as text, each column as wide as its widest cell; never a foreign value."""
    shown = [[one_line(cell) for cell in row] for row in rows]
    count = max((len(row) for row in shown), default=0)
    wide = [max((len(row[n]) for row in shown if n < len(row)), default=0) for n in range(count)]
    lines = ("  ".join(cell.ljust(wide[n]) for n, cell in enumerate(row)).rstrip() for row in shown)
    return "\n".join(lines)


class Marker:
    """Knows the office's answer words, and lays foreign values out so that no line of ours begins like an answer."""

    def __init__(self, replies: Iterable[Iterable[str]]) -> None:
        written = {folded(word) for words in replies for word in words}
        written |= {spelling for word in written for spelling in spellings(word)}
        any_word = "|".join(map(re.escape, sorted(written, key=len, reverse=True))) or "(?!)"
        # Numbered or not, with quote marks or courtesy before it or not, but as a whole word.
        self._answer = re.compile(rf"[\W\d_]*{_COURTESY}(?:{any_word})(?![^\W_])")
        for spelled, umlaut in (("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("ss", "ß")):
            any_word = any_word.replace(spelled, f"(?:{spelled}|{umlaut})")
        spoken = rf"(?:[\W\d_]+ )?[\W_]*{_COURTESY}(?:{any_word})(?![^\W_])"
        self._before_answer = re.compile(rf" (?={spoken}|[\W_]*[^\W\d_][\w.-]*(?: [\w.-]+)?:)", re.IGNORECASE)

    def mark(self, value: str) -> str:
        """Give a value in one line, behind `| ` where a reader of answers might take it for one."""
        line = one_line(value)
        return QUOTE_MARK + line if self.is_like_an_answer(line) else line

    def is_like_an_answer(self, line: str) -> bool:
        """Tell whether a line begins with an answer word, numbered or not, or with a label and a colon."""
        return bool(self._answer.match(folded(line)) or _LABEL.match(line))

    def wrap(self, text: str, indent: str = "") -> str:
        """Break a paragraph into lines of at most 72 characters, never before an answer word; addresses stay whole."""
        return ("\n" + indent).join(self._lines(_SPACES.sub(" ", clean(text)).strip(), WIDTH))

    def columns(self, rows: Iterable[Sequence[str]]) -> str:
        """Lay (label, value) rows out as text: two spaces or more between them, never a colon, long values indented."""
        shown = [(one_line(row[0]), one_line(row[1])) for row in rows if row[1]]
        wide = max((len(label) for label, _ in shown), default=0) + 2
        room, indent = max(WIDTH - wide, 20), "\n" + " " * wide
        return "\n".join(label.ljust(wide) + indent.join(self._lines(value, room)) for label, value in shown)

    def _lines(self, line: str, width: int) -> list[str]:
        return [line] if len(line) <= width else _broken(self._before_answer.sub("\u00a0", line), width)
