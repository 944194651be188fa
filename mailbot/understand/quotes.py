"""Which lines of a reply its author wrote: everything else, quoted or ours, is never read for an answer.

Cuts by the shapes mail programs set around the original (FIELD-NOTES "Reading a reply"). In doubt a line is not the
author's: an answer lost is asked for again, an answer invented opens a door. Takes time that grows with the length.
"""

import re
from typing import NamedTuple

from mailbot.understand.speech import LINE, fold, visible

# Our own mails set `| ` before what customers wrote, `› ` before the answers that work, and these signs before what was
# done and what looks odd: where such a line stands unquoted, the original began above it without any mark we know.
_OURS = ("|", "›", "¦", "‖", "✓ ", "⚠ ")
_HEADERS = {
    "von": "from",
    "from": "from",
    "de": "from",
    "gesendet": "date",
    "gesendet am": "date",
    "sent": "date",
    "datum": "date",
    "date": "date",
    "an": "to",
    "to": "to",
    "cc": "cc",
    "kopie": "cc",
    "bcc": "cc",
    "betreff": "subject",
    "subject": "subject",
    "antwort an": "cc",
    "reply-to": "cc",
    "priorität": "cc",
    "importance": "cc",
    "wichtigkeit": "cc",
}
_HEADER = re.compile(r"[*_\s]*([^\W\d_][^\W\d_ -]*(?:[ -][^\W\d_]+)?)[*_\s]*[:\uff1a]")
_NAMES_SOMEBODY, _UHR = re.compile(r"[^\W\d_]|@"), re.compile(r"\buhr\b", re.IGNORECASE)
_WROTE = re.compile(r"\b(schrieb|geschrieben|wrote|écrit|schreef|escribió|ha scritto)\b")
_WHEN = re.compile(r"[*_\s]*(am|on|le|el|il|op|den|lør|fre)\b.*\d", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"(begin(n)? (der )?(forwarded|weitergeleiteten?) (message|nachricht|e-mail)"
    r"|anfang der weitergeleiteten (nachricht|e-mail)"
    r"|(urspruengliche|weitergeleitete|original|original message|forwarded)[ -]?(nachricht|mail|e-mail|message|text)?"
    r"( von .{0,80}| from .{0,80})?):?"
)
_DEVICE = re.compile(
    r"von (mein|unterwegs).{0,60} (gesendet|verschickt)|(gesendet|versendet|verschickt) (von|mit|aus|ueber|vom) .{1,90}"
    r"|sent (from|with|via|using) .{1,90}|diese (nachricht|e-mail|mail) wurde (von|mit) .{1,90}|get outlook for .{1,90}"
    r"|(holen sie sich|hol dir|laden sie) outlook .{1,40}|outlook fuer (ios|android) .{0,60}|envoye de .{1,60}"
)
_ZITAT = re.compile(r"\s*(zitat von|quoting) ", re.IGNORECASE)
# The Bat! and old programs set the writer's initials before the mark.
_INITIALS = re.compile(r"[^\W\d_]{1,4}>")
_DECORATION = re.compile(r"[-_=*~#\s–—]+")


class Words(NamedTuple):
    """The author's lines, in order; `is_sure` is False where an original that no mark sets apart may be among them."""

    lines: tuple[str, ...]
    is_sure: bool = True


def authored(text: str) -> tuple[str, ...]:
    """Give the lines the author wrote, in order, without quote, signature and what our own mails say."""
    return words(text).lines


def words(text: str) -> Words:
    """Give the author's lines, and tell whether all of them are surely his."""
    lines = visible(text).split("\n")
    kept: list[str] = []
    at, is_tail = 0, False
    while at < len(lines):
        line = lines[at].strip()
        if not line:
            is_tail = False
            kept.append("")
        elif is_quoted(line):
            is_tail = True
        elif is_tail:
            # A mail program broke a quoted line: what stands right below a quote belongs to it.
            pass
        elif line.startswith(_OURS):
            # The original began somewhere above, and nothing says where.
            return Words(_trimmed(kept), is_sure=False)
        elif _ends(lines, at):
            break
        elif size := _attribution(lines, at):
            at = _next_filled(lines, at + size)
            if at < len(lines) and not is_quoted(lines[at].strip()):
                break
            continue
        elif not _DECORATION.fullmatch(line[:LINE]):
            kept.append(line)
        at += 1
    return Words(_trimmed(kept))


def is_quoted(line: str) -> bool:
    """Tell whether a line is marked as a quote."""
    return line.startswith((">", "\uff1e", "&gt;")) or _INITIALS.match(line) is not None


def _ends(lines: list[str], at: int) -> bool:
    """Tell whether the author's words end here: a signature (RFC 3676 `-- `), a device's own, or the original."""
    low = fold(lines[at])
    return low in ("--", "__") or _DEVICE.fullmatch(low) is not None or _is_original(lines, at, low)


def _is_original(lines: list[str], at: int, low: str) -> bool:
    """Tell whether an unquoted original begins here: a banner between dashes, or a block of header lines."""
    words = low.strip("-_=*~> –—\t")
    if words != low and (_ORIGINAL.fullmatch(words) or (words.endswith(":") and _WROTE.search(words))):
        return True
    if words.startswith(("anfang der weitergeleiteten", "begin forwarded message", "[original message processed by")):
        return True
    if ("von:" in low and "gesendet:" in low) or ("from:" in low and "sent:" in low):
        return True
    if len(low) > 7 and _DECORATION.fullmatch(low):
        return _has_headers(lines, _next_filled(lines, at + 1))
    return _has_headers(lines, at)


def _has_headers(lines: list[str], at: int) -> bool:
    """Tell whether header lines of a letter stand here; `Von: 18:00` is the author's own, for it names nobody."""
    seen: set[str] = set()
    misses = 0
    for line in lines[at : at + 16]:
        if not line.strip():
            continue
        found = _HEADER.match(line[:80])
        name = _HEADERS.get(found[1].lower().strip()) if found else None
        if found and name == "from" and not _NAMES_SOMEBODY.search(_UHR.sub("", line[found.end() : LINE])):
            return False
        # One line may be the rest of a long list of recipients.
        misses = 0 if name else misses + 1
        if misses > 1 or (misses and not seen):
            break
        seen.add(name or "")
    return "from" in seen and ("subject" in seen or {"to", "date"} <= seen)


def _attribution(lines: list[str], at: int) -> int:
    """Give over how many lines an `Am … schrieb …:` runs from here, 0 where there is none."""
    first = lines[at][:LINE].strip()
    is_start = _WHEN.match(first) or "@" in first or "<" in first or _WROTE.search(first.lower())
    joined = ""
    for size, line in enumerate(lines[at : at + 4] if is_start else (), 1):
        if not line.strip():
            break
        joined = f"{joined} {line[:LINE].strip()}"
        if joined.endswith((":", "\uff1a")) and (_ZITAT.match(joined) or any(char.isdigit() for char in joined)):
            below = _next_filled(lines, at + size)
            is_above_quote = below < len(lines) and is_quoted(lines[below].strip())
            return size if is_above_quote or _WROTE.search(joined.lower()) else 0
    return 0


def _next_filled(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _trimmed(lines: list[str]) -> tuple[str, ...]:
    start, end = 0, len(lines)
    while start < end and not lines[start]:
        start += 1
    while end > start and not lines[end - 1]:
        end -= 1
    return tuple(lines[start:end])
