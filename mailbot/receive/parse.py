"""Bytes of a letter → `Letter`. The only user of mail-parser; the standard library's email stands beside it.

mail-parser names and unpacks the attachments. Which parts are the author's words is told by parts.py, because
mail-parser gives the text of forwarded letters too. Believes nothing, decides nothing, never raises: what cannot be
read becomes a surprise, and a person looks. Work is bounded before it begins: 25 MB take less than two seconds.
"""

import re
from base64 import b64encode
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from hashlib import sha256
from logging import CRITICAL, getLogger

from mailparser import MailParser  # type: ignore[import-untyped]  # the library ships no types
from mailparser.utils import decode_base64_payload  # type: ignore[import-untyped]  # the library ships no types

from mailbot.model.letter import Attachment, Head, Letter
from mailbot.receive.headers import Fields, one_line, split
from mailbot.receive.parts import BROKEN, TOO_MUCH, Block, Found, Part, words_of
from mailbot.receive.words import clean

# What the email package's time grows with: lines by levels, boundaries, header lengths squared; a second's worth.
MAX_LINES, MAX_DASHES, MAX_HEADERS = 4_000_000, 20_000, 50_000_000

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

# In lower case and with the line end in front: so the search goes by a fixed word.
_LONG_FIELD = re.compile(rb"\ncontent-[^:\n]*:[^\n]*(?:\n[ \t][^\n]*)*")
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
    # To it alone a bare CR would be a line break.
    lines = [
        b"%s: %s\n" % (n.encode(), b" ".join(v.split())) for n, v in fields.raw if n.lower().startswith("content-")
    ]
    content = b"".join(lines) + b"\n" + fields.body.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    if _is_too_much(content):
        found.wonder(TOO_MUCH)
        return "text/plain", (None, None)
    message = message_from_bytes(content)
    return message.get_content_type(), words_of(message, found)


def _is_too_much(content: bytes) -> bool:
    lines, lower = content.count(b"\n"), b"\n" + content.lower()
    levels = lower.count(b"boundary") + 2
    headers = sum((match.end() - match.start()) ** 2 for match in _LONG_FIELD.finditer(lower))
    is_one_line = len(content) > 1_000_000 and len(content) > lines * 100_000
    return lines * levels > MAX_LINES or content.count(b"\n--") > MAX_DASHES or headers > MAX_HEADERS or is_one_line


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
    return Attachment(
        _file_name(attached["filename"] if name else ""), kind, decode_base64_payload(attached["payload"])
    )


def _base64(part: Part) -> str:
    # Damaged base64 goes through as it is: mail-parser mends it as mail programs do.
    if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        return str(part.get_payload())
    payload = part.get_payload(decode=True)
    return b64encode(payload if isinstance(payload, bytes) else b"").decode("ascii")


def _file_name(name: str) -> str:
    return one_line(re.split(r"[/\\]", clean(name))[-1])[-150:]
