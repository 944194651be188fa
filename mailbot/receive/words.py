"""Words out of bytes: charsets, line ends, control characters and RFC 3676 soft line breaks.

What leaves has LF as its only line break and no control character but the tab. Never raises, whatever the charset
is called; where the bytes do not fit it, the text is a best guess and the caller is told so.
"""

import codecs
import re

# Codecs that rewrite text or take quadratic time on hostile input (punycode, idna); no mail program writes them.
_REFUSED = frozenset(
    {"punycode", "idna", "unicode-escape", "unicode_escape", "raw-unicode-escape", "undefined", "utf-7"}
)

_LINE_END = re.compile(r"(?<!\r)\r+\n")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def decode(data: bytes, charset: str | None) -> tuple[str, bool]:
    """Decode by charset, else as UTF-8, else as Windows-1252; tell whether nothing was guessed against the charset."""
    name = _codec(charset)
    for codec in dict.fromkeys((name or "utf-8", "utf-8")):
        try:
            return data.decode(codec).removeprefix("\ufeff"), True
        except (UnicodeError, LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace"), charset is None or name == "ascii"


def _codec(charset: str | None) -> str | None:
    """Find Python's name of a charset; ASCII and latin-1 first try as UTF-8, then are read as Windows-1252."""
    try:
        name = codecs.lookup(charset).name if charset else None
    except (LookupError, ValueError):
        return None
    if name in _REFUSED:
        return None
    return "cp1252" if name == "iso8859-1" else name


def clean(text: str) -> str:
    """Make every line end a single LF and every other control character but the tab a space.

    A bare CR is a line end only where there is no LF: else it would break a quoted line in two.
    """
    text = _LINE_END.sub("\n", text)
    text = text.replace("\r", " " if "\n" in text else "\n")
    return _CONTROL.sub(" ", text)


def unflow(text: str, *, delete_space: bool) -> str:
    """Join the soft line breaks of format=flowed (RFC 3676); quoted lines stay as they are."""
    lines: list[str] = []
    is_open = False
    for raw in text.split("\n"):
        is_quoted = raw.startswith(">")
        line = raw if is_quoted else raw.removeprefix(" ")
        is_signature = line == "-- "
        if is_open and not is_quoted and not is_signature:
            lines[-1] += line
        else:
            lines.append(line)
        is_open = line.endswith(" ") and not is_quoted and not is_signature
        if is_open and delete_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)
