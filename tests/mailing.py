"""What a mail program makes of an answer and the mail it answers: shared pieces of the clients' builders, and MIME.

`Sent` is the mail that is answered, as its reader's program holds it; `Body` is what the program makes of both. The
builders stand in clients_*.py, one for each program; tests/understanding.py sets answers into them.
"""

import base64
import html as escape
import quopri
import re
from collections.abc import Callable
from typing import NamedTuple

from mailbot.understand.html import notice_text

_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
_MARKS = re.compile(r"</?(?:b|strong)\b[^>]*>")
_CELLS = re.compile(r"</td>\s*<td[^>]*>")


class Sent(NamedTuple):
    """A mail of ours: its text, its HTML inside <body>, and two ways programs turn that HTML into text."""

    text: str
    html: str
    flat: str
    cells: str
    subject: str = "Anfrage: Sa., 28.11.2026, 19:30–20:30 Uhr"
    name: str = "Soccer-Kirche"
    address: str = "buchung@soccer-kirche.example"

    @property
    def who(self) -> str:
        """Give the sender as programs show it."""
        return f"{self.name} <{self.address}>"


class Body(NamedTuple):
    """What a program sends: text, HTML or both, and how it writes the text."""

    text: str | None
    html: str | None = None
    flowed: bool = False
    encoding: str = "quoted-printable"


Client = Callable[[str, Sent, str], Body]


def sent(text: str, html: str) -> Sent:
    """Take a mail of ours as a reader's program holds it."""
    found = _BODY.search(html)
    inner = found[1] if found else html
    flat = notice_text(_MARKS.sub("*", inner)) or ""
    cells = notice_text(_CELLS.sub("<br>", inner)) or ""
    return Sent(text, inner, flat, cells)


def quoted(text: str, mark: str = "> ") -> str:
    """Quote line by line."""
    return "\n".join((mark + line).rstrip() for line in text.split("\n"))


def wrapped(text: str, width: int = 72, mark: str = "> ") -> str:
    """Quote as Gmail does: long lines are broken, and each piece is marked."""
    pieces = (line[at : at + width] for line in text.split("\n") for at in range(0, len(line) or 1, width))
    return "\n".join((mark + piece).rstrip() for piece in pieces)


def lines(typed: str, tag: str = "div") -> str:
    """Write typed lines as HTML, each in an element of its own."""
    return "".join(f"<{tag}>{escape.escape(line) or '<br>'}</{tag}>" for line in typed.split("\n"))


def breaks(typed: str) -> str:
    """Write typed lines as HTML with line breaks."""
    return "<br>\n".join(escape.escape(line) for line in typed.split("\n"))


def head(sent: Sent, language: str, *, long: bool = True, bold: bool = False) -> str:
    """Write the header block that Outlook and its kin set above the original."""
    when = {"de": "Freitag, 20. November 2026 10:14", "en": "Friday, November 20, 2026 10:14 AM"}[language]
    names = {"de": ("Von", "Gesendet", "An", "Betreff"), "en": ("From", "Sent", "To", "Subject")}[language]
    values = (sent.who, when, "Büro Krümpel <buero@kruempel.example>", sent.subject)
    mark = "*" if bold else ""
    rows = [f"{mark}{name}:{mark} {value}" for name, value in zip(names, values, strict=True)]
    return "\n".join(rows if long else [rows[0], rows[1], rows[3]])


def head_html(sent: Sent, language: str) -> str:
    """Write that block as HTML."""
    rows = (line.split(":", 1) for line in head(sent, language).split("\n"))
    return "<br>".join(f"<b>{name}:</b>{escape.escape(value)}" for name, value in rows)


def message(body: Body, headers: str, boundary: str = "=_part_1") -> bytes:
    """Write a letter's bytes, text before HTML as programs do."""
    flowed = "; format=flowed" if body.flowed else ""
    parts = [("text/plain; charset=utf-8" + flowed, body.text), ("text/html; charset=utf-8", body.html)]
    written = [_part(kind, content, body.encoding) for kind, content in parts if content is not None]
    top = headers.encode() + b"MIME-Version: 1.0\r\n"
    if len(written) == 1:
        return top + written[0]
    limit = boundary.encode()
    inner = b"".join(b"--" + limit + b"\r\n" + part + b"\r\n" for part in written)
    return (
        top + b'Content-Type: multipart/alternative; boundary="' + limit + b'"\r\n\r\n' + inner + b"--" + limit + b"--"
    )


def _part(kind: str, content: str, encoding: str) -> bytes:
    raw = content.replace("\n", "\r\n").encode()
    coded = {
        "quoted-printable": lambda: quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n"),
        "base64": lambda: base64.encodebytes(raw),
        "8bit": lambda: raw,
    }[encoding]()
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + coded
