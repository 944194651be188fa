"""Header fields of a letter: raw bytes → (name as written, value in one line), in the order they stand.

Fields that come twice or are written irregularly stay what they are, because understand/trust judges them. Decoding
never makes an address or a verdict: in address fields an encoded word whose text holds `@`, `<` or the like is set in
quotes, so it stays part of a name. Believes nothing and never raises; what was odd is told in `surprises`.
"""

import re
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header

from mailbot.receive.words import decode

HEAD_LIMIT = 256 * 1024
FIELD_LIMIT = 20_000

BROKEN_HEAD = "im Briefkopf stehen Zeilen, die keine Kopfzeilen sind"
LONG_HEAD = "der Briefkopf ist zu lang"

_FIELD = re.compile(rb"([!-9;-~]+[ \t]*):(.*)", re.DOTALL)
_WORD = r"=\?[^\s?]+\?[bBqQ]\?[^?\r\n]*\?="
_WORDS = re.compile(rf"{_WORD}(?:\s*{_WORD})*")
_CONTROL = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_SPECIAL = re.compile(r'[@<>,:;()\[\]"\\]')
_ADDRESS_FIELDS = frozenset({"from", "sender", "reply-to", "to", "cc", "bcc", "return-path"})
# RFC 2047 section 5 knows no encoded words here, and the server copies what senders choose into it: decoded, the
# envelope's `=?utf-8?q?;_dkim=3Dpass_…?=@x` would be a result of its own.
_VERBATIM_FIELDS = frozenset({"authentication-results"})
# What may stand beside an encoded word in an address field (RFC 2047 section 5); `<` behind one is people's habit.
_BEFORE, _BEHIND = ' \t",;:(', ' \t",;:)<'


@dataclass(frozen=True, slots=True)
class Fields:
    """A letter cut at its first empty line: (name, raw value) pairs topmost first, and what was odd.

    `letter` are its bytes, of which the body begins at `body`: it may be large and is not copied.
    """

    raw: tuple[tuple[str, bytes], ...]
    letter: bytes = field(repr=False)
    body: int = 0
    surprises: tuple[str, ...] = ()

    def decoded(self) -> tuple[tuple[str, str], ...]:
        """Give the fields as people read them: RFC 2047 decoded, one line each, without control characters."""
        return tuple((name, _read(name, value)) for name, value in self.raw)


def split(raw: bytes) -> Fields:
    """Cut a letter, or a head alone, into fields and body. A head without any field is all body."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    if raw.startswith((b"\n", b"\r\n")):
        return Fields((), raw)
    ends = [(at, len(end)) for end in (b"\n\n", b"\n\r\n") if (at := raw.find(end)) >= 0]
    at, length = min(ends, default=(len(raw), 0))
    head = raw[:at].removesuffix(b"\r")
    pairs, is_broken = _pairs(head[:HEAD_LIMIT])
    if not pairs:
        return Fields((), raw)
    surprises = (BROKEN_HEAD,) * is_broken + (LONG_HEAD,) * (len(head) > HEAD_LIMIT)
    return Fields(tuple(pairs), raw, at + length, surprises)


def _pairs(head: bytes) -> tuple[list[tuple[str, bytes]], bool]:
    found: list[tuple[str, list[bytes]]] = []
    is_broken = False
    for number, line in enumerate(head.split(b"\n")):
        field = _FIELD.match(line)
        if line[:1] in (b" ", b"\t") and found:
            found[-1][1].append(line)
        elif field:
            found.append((_CONTROL.sub(" ", field[1].decode("ascii")), [field[2]]))
        # Mailbox files set a line `From sender date` in front, which is no part of the letter.
        elif number or not line.startswith(b"From "):
            is_broken = True
    return [(name, b"".join(lines)[:FIELD_LIMIT]) for name, lines in found], is_broken


def _read(name: str, value: bytes) -> str:
    text, _ = decode(value, None)
    if name.strip().lower() in _VERBATIM_FIELDS:
        return one_line(text)
    is_address = name.strip().lower() in _ADDRESS_FIELDS
    return one_line(_WORDS.sub(lambda run: _decoded(run, is_address=is_address), text))


def one_line(text: str) -> str:
    """Turn every run of control characters, line ends and spaces into one space."""
    return _CONTROL.sub(" ", text).strip(" ")


def _decoded(run: re.Match[str], *, is_address: bool) -> str:
    """Decode neighbouring encoded words together: one character may be split between two (Outlook does)."""
    if is_address and _is_glued(run):
        return run[0]
    try:
        pieces = decode_header(run[0])
    except (MessageError, ValueError):
        return run[0]
    text = "".join(decode(piece, charset)[0] if isinstance(piece, bytes) else piece for piece, charset in pieces)
    if not is_address or not _SPECIAL.search(text):
        return text
    text = text.replace('"', "").replace("\\", "")
    is_quoted = run.string.count('"', 0, run.start()) % 2 == 1
    return text if is_quoted else f'"{text}"'


def _is_glued(run: re.Match[str]) -> bool:
    """Tell whether an encoded word touches what it may not: then it is a piece of an address, and no word."""
    text, start, end = run.string, run.start(), run.end()
    return (start > 0 and text[start - 1] not in _BEFORE) or (end < len(text) and text[end] not in _BEHIND)
