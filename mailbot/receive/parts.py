"""The parts of a letter: which of them are its author's words, which are files, what a report reports.

Works on the email package's tree and is bounded in parts, depth and length. Named parts, attached letters and the
resources of multipart/related are never the author's words. What cannot be read is told in `Found.surprises`;
the email package may raise on damaged parts, and the caller is to catch that.
"""

import re
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value
from html import escape
from typing import Any, TypeAlias

from mailbot.receive.headers import one_line
from mailbot.receive.words import clean, decode, unflow

OPAQUE = "opaque"
TOO_MUCH = "der Brief ist zu groß oder zu verschachtelt, um ihn zu lesen"
BROKEN = "der Aufbau des Briefes ist beschädigt"
GARBLED = "der Text ist nicht sicher lesbar (Zeichensatz oder Kodierung)"
TOO_LONG = "der Text ist zu lang und wurde abgeschnitten"
NO_TEXT = "der Brief hat keinen lesbaren Text"

MAX_PARTS, MAX_DEPTH, MAX_TEXT = 300, 30, 500_000

_ENCRYPTED = ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted", "multipart/encrypted")
_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
_TAGS = re.compile(r"<[^<>]*>|&nbsp;|\s+")
_PGP = re.compile(r"^-----BEGIN PGP MESSAGE-----", re.MULTILINE)

# The author's words in one place, as text and as HTML, of which the reader's program shows one.
Block: TypeAlias = tuple[str | None, str | None]
# The email package's class is generic only for type checkers, and its payload is anything.
Part: TypeAlias = "Message[Any, Any]"


@dataclass(slots=True)
class Found:
    """What the walk has found: parts counted, files, what a report says; `surprises` is an ordered set."""

    parts: int = 0
    is_tnef: bool = False
    report_type: str = ""
    report: str = ""
    files: list[Part] = field(default_factory=list)
    surprises: dict[str, None] = field(default_factory=dict)

    def wonder(self, surprise: str) -> None:
        """Note what could not be read, once."""
        self.surprises[surprise] = None


def words_of(message: Part, found: Found) -> Block:
    """Give a letter's words as text and as HTML, None where there is none, and note everything else in `found`."""
    text, html = _merged(_spoken(message, found, 0))
    is_silent = not (text or "").strip() and html is None
    if (is_silent and found.is_tnef) or _PGP.search(text or ""):
        found.wonder(OPAQUE)
    elif text is None and html is None and not (found.files or found.report_type or found.surprises):
        found.wonder(NO_TEXT)
    return text, html


def _spoken(part: Part, found: Found, depth: int) -> list[Block]:
    """Give the author's words in this part and below it; everything else goes to `found`."""
    found.parts += 1
    if found.parts > MAX_PARTS or depth > MAX_DEPTH:
        found.wonder(TOO_MUCH)
        return []
    kind = part.get_content_type()
    if _is_encrypted(part, kind):
        found.wonder(OPAQUE)
    elif kind in _TNEF:
        found.is_tnef = True
    elif kind in _SIGNATURES:
        pass
    elif _is_file(part, kind, depth):
        found.files.append(part)
    elif kind.startswith("multipart/"):
        return _container(part, kind, found, depth)
    elif kind == "text/html":
        return [(None, _text(part, found))]
    else:
        return [(_text(part, found), None)]
    return []


def _is_encrypted(part: Part, kind: str) -> bool:
    if kind in _ENCRYPTED:
        return _param(part, "smime-type") != "certs-only"
    return (part.get_filename() or "").lower() == "smime.p7m"


def _is_file(part: Part, kind: str, depth: int) -> bool:
    if part.get_content_disposition() == "attachment":
        return True
    if kind.startswith("multipart/"):
        return False
    # A letter that is one text only is read even where some program gave it a name.
    is_named = depth > 0 and bool(part.get_filename())
    return is_named or kind not in ("text/plain", "text/html")


def _container(part: Part, kind: str, found: Found, depth: int) -> list[Block]:
    children = _children(part)
    if not children:
        found.wonder(BROKEN)
        return []
    if kind == "multipart/report":
        found.report_type = _param(part, "report-type")
        found.report = "\n\n".join(filter(None, (_reported(child, found) for child in children)))[:MAX_TEXT]
        return _spoken(children[0], found, depth + 1)
    if kind == "multipart/mixed" and depth == 0:
        # Some bounces return the letter beside their words, outside any report (letters/bounce-t-online.eml).
        found.report = "\n\n".join(_reported(child, found) for child in children if _is_letter(child))[:MAX_TEXT]
    blocks = [_spoken(child, found, depth + 1) for child in children]
    if kind in ("multipart/signed", "multipart/related"):
        # RFC 1847 and RFC 2387: the first part speaks, the others are its signature or its pictures.
        return blocks[0]
    if kind != "multipart/alternative":
        return [block for spoken in blocks for block in spoken]
    versions = [_merged(spoken) for spoken in blocks]
    text = next((text for text, _ in versions if text is not None), None)
    html = next((html for _, html in versions if html is not None), None)
    return [(text, html)]


def _children(part: Part) -> list[Part]:
    payload: Any = part.get_payload()
    return payload[: MAX_PARTS + 1] if isinstance(payload, list) else []


def _merged(blocks: list[Block]) -> Block:
    """Join blocks into one, in both versions; empty blocks (Apple Mail closes with one) do not count.

    Where only some blocks have a text, the HTML version alone holds all the words, and the text is None.
    """
    blocks = [block for block in blocks if block != (None, None)]
    blocks = [block for block in blocks if not _is_blank(block)] or blocks[:1]
    texts = [text for text, _ in blocks if text is not None]
    text = "\n".join(texts) if texts and len(texts) == len(blocks) else None
    if all(html is None for _, html in blocks):
        return text, None
    return text, "\n".join(html if html is not None else f"<pre>{escape(words or '')}</pre>" for words, html in blocks)


def _is_blank(block: Block) -> bool:
    text, html = block
    return not (text or "").strip() and not _TAGS.sub("", html or "")


def _text(part: Part, found: Found) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    text, is_certain = decode(data[: 4 * MAX_TEXT], part.get_content_charset())
    if not is_certain or any(type(defect).__name__.startswith("InvalidBase64") for defect in part.defects):
        found.wonder(GARBLED)
    text = clean(text)
    if _param(part, "format") == "flowed" and part.get_content_type() == "text/plain":
        text = unflow(text, delete_space=_param(part, "delsp") == "yes")
    if len(text) > MAX_TEXT or len(data) > 4 * MAX_TEXT:
        found.wonder(TOO_LONG)
    return text[:MAX_TEXT]


def _reported(part: Part, found: Found) -> str:
    """Give a part of a report as text: words as they are, of a returned letter its header fields only."""
    if part.is_multipart():
        return "\n\n".join(_fields_of(message) for message in _children(part))
    return _text(part, found).strip("\n") if part.get_content_maintype() in ("text", "message") else ""


def _is_letter(part: Part) -> bool:
    return part.get_content_type() in ("message/rfc822", "text/rfc822-headers")


def _fields_of(message: Part) -> str:
    return "\n".join(f"{name}: {one_line(str(value))}" for name, value in message.items())


def _param(part: Part, name: str) -> str:
    value = part.get_param(name, "")
    return collapse_rfc2231_value(value).strip().lower() if value else ""
