"""A mail as bytes, written straight: header fields, RFC 2047 words, bodies, parts. Knows nothing of bookings.

Python's own generator takes ten times as long and encodes a long In-Reply-To, which breaks threads in Outlook.
A line break or a foreign character in a header field cannot get through: `field` raises ValueError.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

_PLAIN_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/")
_CODED = [chr(byte) if byte in _PLAIN_WORD else "_" if byte == 0x20 else f"={byte:02X}" for byte in range(256)]
_LINE = 76
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATEXT}(\.{_ATEXT})*@([A-Za-z0-9-]{{1,63}}\.)*[A-Za-z0-9-]{{1,63}}")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_FIRST_AND_LAST = (1, 10)


@dataclass(frozen=True, slots=True)
class Part:
    """A paper or picture that travels with a mail; a `cid` makes it a picture inside the HTML."""

    content_type: str
    content: bytes
    filename: str
    cid: str = ""


def field(name: str, value: str) -> bytes:
    """Write one header field; raises ValueError on anything that could begin another."""
    line = f"{name}: {value}\r\n".encode("ascii")
    if re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n|\r\n[^ ]", line):
        raise ValueError(f"header field {name} holds a control character")
    if max(map(len, line.split(b"\r\n"))) > 998:
        raise ValueError(f"header field {name} is too long for one line (RFC 5322 section 2.1.1)")
    return line


def words(text: str, used: int) -> str:
    """Write an unstructured text: short printable ASCII as it is, all else as RFC 2047 words after `used` columns."""
    is_plain = text.isascii() and text.isprintable() and "=?" not in text and used + len(text) <= _LINE
    return text if is_plain else _encoded(text, used)


def _encoded(text: str, used: int) -> str:
    chunks, room = [""], _LINE - used - len("=?utf-8?q??=")
    for char in text:
        coded = "".join([_CODED[byte] for byte in char.encode("utf-8", "replace")])
        if len(chunks[-1]) + len(coded) > room:
            chunks.append("")
            room = _LINE - 1 - len("=?utf-8?q??=")
        chunks[-1] += coded
    return "\r\n ".join(f"=?utf-8?q?{chunk}?=" for chunk in chunks)


def mailbox(name: str, address: str, used: int) -> str:
    """Write `Name <address>`; a name beyond plain letters is encoded, so no character of it can act."""
    if not name:
        return address
    if re.fullmatch(r"[A-Za-z0-9 !*+/-]+", name) and used + len(name) + len(address) + 3 <= _LINE:
        return f"{name} <{address}>"
    return f"{_encoded(name, used)}\r\n <{address}>"


def address(text: str) -> str:
    """Give an address as SMTP takes it, its domain in ASCII; raises ValueError where it is none."""
    local, at, domain = text.strip().rpartition("@")
    plain = local + at + domain.encode("idna").decode("ascii")
    if not _ADDRESS.fullmatch(plain) or len(plain) > 254:
        raise ValueError(f"{text!r} is no address a mail can be sent to")
    return plain


def references(ids: Sequence[str]) -> str:
    """Write Message-IDs one a line, never encoded; of a long thread the first and the last ten stay."""
    sound = [i for i in dict.fromkeys(ids) if _MESSAGE_ID.fullmatch(i)]
    first, last = _FIRST_AND_LAST
    kept = sound if len(sound) <= first + last else sound[:first] + sound[-last:]
    return "\r\n ".join(kept)


def message(fields: Sequence[bytes], text: str, html: str, parts: Sequence[Part]) -> bytes:
    """Put a mail together: mixed(alternative(text, related(html, pictures)), papers), each level only where needed."""
    pictures = [_part(p) for p in parts if p.cid]
    papers = [_part(p) for p in parts if not p.cid]
    page = _body("html", html)
    if pictures:
        page = _multipart('related; type="text/html"', [page, *pictures], 3)
    whole = _multipart("alternative", [_body("plain", text), page], 2)
    if papers:
        whole = _multipart("mixed", [whole, *papers], 1)
    return b"".join([*fields, b"MIME-Version: 1.0\r\n", whole])


def plain(fields: Sequence[bytes], text: str) -> bytes:
    """Put a mail together that is text alone."""
    return b"".join([*fields, b"MIME-Version: 1.0\r\n", _body("plain", text)])


def _multipart(kind: str, parts: Sequence[bytes], level: int) -> bytes:
    # "=_" occurs in no quoted-printable and no base64 line, so the boundary needs no dice (RFC 2045 section 6.7).
    mark = f"=_mailbot_{level}".encode()
    head = b'Content-Type: multipart/%s;\r\n boundary="%s"\r\n\r\n' % (kind.encode(), mark)
    return head + b"".join(b"--%s\r\n%s\r\n" % (mark, part) for part in parts) + b"--%s--\r\n" % mark


def _body(subtype: str, text: str) -> bytes:
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    lines = text.replace("\n", "\r\n").encode("utf-8", "replace")
    return head.encode() + binascii.b2a_qp(lines, quotetabs=False, istext=True)


def _part(part: Part) -> bytes:
    where = f'inline; filename="{part.filename}"\r\nContent-ID: <{part.cid}>'
    if not part.cid:
        where = f'attachment; filename="{part.filename}"'
    head = f"Content-Type: {part.content_type}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: {where}"
    return head.encode("ascii") + b"\r\n\r\n" + base64.encodebytes(part.content).replace(b"\n", b"\r\n")
