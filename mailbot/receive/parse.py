"""Bytes of a letter → `Letter`. The only user of mail-parser; the standard library's email stands beside it.

mail-parser names and unpacks the attachments. Which parts are the author's words is told by parts.py, because
mail-parser gives the text of forwarded letters too. Believes nothing, decides nothing, never raises: what cannot be
read becomes a surprise, and a person looks. Work is bounded before it begins: 25 MB take less than two seconds.
"""

import re
from base64 import b64encode
from binascii import a2b_base64
from datetime import datetime
from email.errors import MessageError
from email.feedparser import BytesFeedParser
from email.message import Message
from hashlib import sha256
from itertools import chain
from logging import CRITICAL, getLogger

from mailparser import MailParser  # type: ignore[import-untyped]  # the library ships no types
from mailparser.utils import decode_base64_payload  # type: ignore[import-untyped]  # the library ships no types

from mailbot.model.letter import Attachment, Head, Letter
from mailbot.receive.headers import Fields, one_line, split
from mailbot.receive.parts import BROKEN, TOO_MUCH, Block, Found, Part, words_of
from mailbot.receive.words import clean

# What the email package's time grows with: lines by levels, boundaries, header lengths squared; a second's worth.
MAX_LINES, MAX_DASHES, MAX_HEADERS = 4_000_000, 20_000, 50_000_000
# What the email package is fed with at a time.
PIECE = 64 * 1024

# What the email package and mail-parser raise on letters that people really sent (FIELD-NOTES).
FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MessageError,
    RuntimeError,
    TypeError,
    ValueError,
)

_LONG_FIELD = re.compile(rb"^content-[^:\n]*:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_NAMING = ("content-type", "content-disposition", "content-id")

# mail-parser logs header values and file names.
getLogger("mailparser").setLevel(CRITICAL + 1)


def head(uid: int, size: int, received_at: datetime, raw_headers: bytes) -> Head:
    """Read a letter's header fields, before its body is fetched; never raises."""
    return Head(uid, size, received_at, split(raw_headers).decoded())


def letter(key: str, received_at: datetime, raw: bytes) -> Letter:
    """Read a letter's bytes; never raises, whatever they are.

    Texts that follow each other (Apple Mail sets a picture between) are joined. Where only some of them come as text
    and others as HTML, `html` holds all of them and `text` is None.
    """
    fields = split(raw)
    found = Found(surprises=dict.fromkeys(fields.surprises))
    content_type: str = "text/plain"
    text: str | None = None
    html: str | None = None
    attachments: list[Attachment] = []
    try:
        content_type, (text, html) = _read(fields, found)
        attachments = [_attachment(part) for part in found.files]
    except FAULTS:
        found.wonder(BROKEN)
    return Letter(
        key=key,
        digest=sha256(raw).hexdigest(),
        received_at=received_at,
        headers=fields.decoded(),
        content_type=content_type,
        text=text,
        html=html,
        report_type=found.report_type,
        report=found.report,
        attachments=tuple(attachments),
        surprises=tuple(found.surprises),
    )


def _read(fields: Fields, found: Found) -> tuple[str, Block]:
    # Only the fields that say how the body is built go through the email package; the others are read already.
    lines = [
        b"%s: %s\n" % (n.encode(), b" ".join(v.split())) for n, v in fields.raw if n.lower().startswith("content-")
    ]
    top = b"".join(lines) + b"\n"
    if _is_too_much(top, fields):
        found.wonder(TOO_MUCH)
        return "text/plain", (None, None)
    message = _message(top, fields)
    return message.get_content_type(), words_of(message, found)


def _message(top: bytes, fields: Fields) -> Part:
    """Let the email package read piece by piece: a whole letter at once would lie in its memory five times."""
    parser = BytesFeedParser()
    parser.feed(top)
    raw, start = fields.letter, fields.body
    while start < len(raw):
        end = start + PIECE
        while raw[end - 1 : end] == b"\r":
            end += 1
        # To the email package alone a bare CR would be a line break.
        parser.feed(raw[start:end].replace(b"\r\n", b"\n").replace(b"\r", b" "))
        start = end
    return parser.close()


def _is_too_much(top: bytes, fields: Fields) -> bool:
    raw, start = fields.letter, fields.body
    lines = top.count(b"\n") + raw.count(b"\n", start)
    # Eight letters: each piece sees those words whole that begin in it.
    pieces = (raw[at : at + PIECE + 7] for at in range(start, len(raw), PIECE))
    levels = sum(piece.lower().count(b"boundary") for piece in chain([top], pieces)) + 2
    found = chain(_LONG_FIELD.finditer(top), _LONG_FIELD.finditer(raw, start))
    headers = sum((match.end() - match.start()) ** 2 for match in found)
    size = len(top) + len(raw) - start
    is_one_line = size > 1_000_000 and size > lines * 100_000
    return lines * levels > MAX_LINES or raw.count(b"\n--", start) > MAX_DASHES or headers > MAX_HEADERS or is_one_line


def _attachment(part: Part) -> Attachment:
    """Name and unpack a file; a letter or container that is attached is named only, and never looked into."""
    name, kind = part.get_filename(), part.get_content_type()
    if part.is_multipart():
        return Attachment(_file_name(name or ""), kind, b"")
    plain = Message()
    for wanted in _NAMING:
        if (value := part.get(wanted)) is not None:
            plain[wanted] = value
    plain.del_param("charset")
    if not name:
        del plain["content-disposition"]
        plain["content-disposition"] = "attachment"
    plain["content-transfer-encoding"] = "base64"
    plain.set_payload(_base64(part))
    attached = MailParser(plain).attachments[0]
    return Attachment(_file_name(attached["filename"] if name else ""), kind, _unpacked(attached["payload"]))


def _unpacked(payload: str) -> bytes:
    try:
        # Sound base64 is read where it lies; mail-parser needs it three times in memory.
        return a2b_base64(payload)
    except ValueError:
        # Its line breaks are left out anyway, one by one; that takes more memory than all the rest.
        return bytes(decode_base64_payload(payload.replace("\n", "")))


def _base64(part: Part) -> str:
    # Damaged base64 goes through as it is: mail-parser mends it as mail programs do.
    if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        return str(part.get_payload())
    payload = part.get_payload(decode=True)
    return b64encode(payload if isinstance(payload, bytes) else b"").decode("ascii")


def _file_name(name: str) -> str:
    return one_line(re.split(r"[/\\]", clean(name))[-1])[-150:]
