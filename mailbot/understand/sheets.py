"""A notice's text as a sheet of (field, value) pairs: by the labels of rules.yaml, or by the pasted template.

Knows where customers may have typed: behind the remark's label, and behind the template's end, nothing they write
becomes a value that counts. What the values mean is notices.py's question. Never fails.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mailbot.understand.speech import LINE, by_word, fold, one_line

REMARK, REASON = "remark", "reason"
# Customers type into these; they run over several lines.
_LONG = (REMARK, REASON)
_REASONS = ("grund", "stornierungsgrund", "reason", "cancellation reason")
MOST_LINES, MOST_EXTRAS, MOST_REMARK = 2000, 40, 4000

_UNKNOWN = re.compile(r"[*_\s]*[^\W\d_][^\d:,;!?|<>@]{0,40}$")
_LINK_ACTIONS = {"stornieren", "verschieben", "umbuchen", "absagen", "cancel", "reschedule", "move"}
_LINK_WORDS = {
    "buchung",
    "termin",
    "booking",
    "appointment",
    "diese",
    "diesen",
    "this",
    "your",
    "the",
    "oder",
    "or",
    "und",
}
_LINK_WORDS |= {"and", "click", "klicken", "sie", "here", "hier", "um", "zu", "to", "ihre", "ihren", *_LINK_ACTIONS}
_FENCE = re.compile(r"={2,}\s*(.*?)\s*={2,}")
_TEMPLATE = {
    "ref": "reference",
    "vorname": "first_name",
    "nachname": "last_name",
    "name": "name",
    "email": "email",
    "e-mail": "email",
    "telefon": "phone",
    "strasse": "street",
    "ort": "city",
    "startms": "startms",
    "start": "start",
    "starttext": "starttext",
    "ende": "end",
    "dauer": "length",
    "grund": REASON,
    "ereignis": "event",
}
_STARTS = ("startms", "start", "starttext")
_UNEXPANDED = re.compile(r"\{[A-Z0-9_-]+\}")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a notice's text says: (field, value) pairs in order, unknown labels, and lines without any label.

    `event` is the template's own word for what happened, `doubts` say what its form leaves unclear, in German.
    """

    values: tuple[tuple[str, str], ...] = ()
    extras: tuple[tuple[str, str], ...] = ()
    remark: str = ""
    reason: str = ""
    loose: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    event: str = ""
    doubts: tuple[str, ...] = ()
    is_template: bool = False

    def all(self, name: str) -> list[str]:
        """Give every value of a field, in order."""
        return [value for key, value in self.values if key == name]


def sheet_of(text: str, labels: Mapping[str, Sequence[str]]) -> Sheet:
    """Read a notice's text: the pasted template where it stands before any label, else by labels."""
    lines = [line.rstrip() for line in text.split("\n")[:MOST_LINES]]
    known = by_word(labels) | dict.fromkeys(_REASONS, REASON)
    for at, line in enumerate(lines):
        if fence(line) == "mailbot v1":
            return _template(lines[at + 1 :])
        if _labelled(line, known)[0]:
            break
    return _Reader(known).read(lines)


def fence(line: str) -> str:
    """Give the folded words of a `=== … ===` line, else ""."""
    found = _FENCE.fullmatch(line[:LINE].strip(" *_>"))
    return fold(found[1]) if found else ""


def _template(lines: list[str]) -> Sheet:
    end = next((at for at, line in enumerate(lines) if fence(line) == "ende"), None)
    given: dict[str, str] = {}
    extras: list[tuple[str, str]] = []
    doubts = [] if end is not None else ["Der Vorlage fehlt die Zeile === ENDE ===."]
    for line in lines[:end]:
        label, colon, value = line[:LINE].partition(":")
        key, value = fold(label.strip(" *_")), one_line(value.strip().strip("*"))
        if not colon or not key or not value or _UNEXPANDED.fullmatch(value):
            continue
        if key in given:
            doubts.append(f"{one_line(label, 40)} steht zweimal in der Nachricht.")
        given.setdefault(key, value)
        if key not in _TEMPLATE:
            extras.append((one_line(label, 60), value[:300]))
    values = {_TEMPLATE[key]: value for key, value in given.items() if key in _TEMPLATE}
    start = next((values[name] for name in _STARTS if name in values), "")
    plain = [(name, value) for name, value in values.items() if name not in (*_STARTS, "event", REASON)]
    # What follows the end is shown to the office as it is, and never read.
    remark = "\n".join(lines[end + 1 :] if end is not None else []).strip()[:MOST_REMARK]
    return Sheet(
        values=(*plain, *([("start", start)] if start else [])),
        extras=tuple(extras[:MOST_EXTRAS]),
        remark=remark,
        reason=values.get(REASON, ""),
        loose=tuple(values[name] for name in ("starttext",) if name in values),
        event=fold(values.get("event", "")),
        doubts=tuple(doubts),
        is_template=True,
    )


@dataclass(slots=True)
class _Reader:
    """Reads labelled lines one by one; remembers whether it stands in a customer's own words."""

    known: Mapping[str, str]
    values: list[tuple[str, str]] = field(default_factory=list)
    extras: list[tuple[str, str]] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    long: dict[str, list[str]] = field(default_factory=dict)
    inside: str = ""

    def read(self, lines: list[str]) -> Sheet:
        """Read every line of a notice."""
        at = 0
        while at < len(lines):
            at = self._line(lines, at)
        texts = {name: "\n".join(rows).strip()[:MOST_REMARK] for name, rows in self.long.items()}
        return Sheet(
            tuple(self.values),
            tuple(self.extras[:MOST_EXTRAS]),
            texts.get(REMARK, ""),
            texts.get(REASON, ""),
            tuple(self.loose),
            tuple(self.labels),
        )

    def _line(self, lines: list[str], at: int) -> int:
        """Read the line at `at` and give where the next one stands."""
        line = lines[at]
        name, label, value = _labelled(line, self.known)
        if name:
            self.inside = ""
            self.labels.append(fold(label))
            if name in _LONG:
                return self._long(name, value, at)
            if not value and (below := _value_below(lines, at, self.known)):
                at, value = below, lines[below].strip()
            if value:
                self.values.append((name, one_line(value)))
        elif self.inside and not _is_link_line(line):
            self.long[self.inside].append(line.strip())
        elif line.strip():
            self.inside = ""
            self._unknown(line)
        return at + 1

    def _long(self, name: str, value: str, at: int) -> int:
        self.inside = name
        # A remark given twice is one remark: nothing in it decides anything.
        self.long.setdefault(name, []).append(value)
        return at + 1

    def _unknown(self, line: str) -> None:
        label, colon, value = line[:LINE].partition(":")
        if colon and value.strip(" *") and not value.startswith("//") and _UNKNOWN.match(label):
            self.extras.append((one_line(label.strip(" *_"), 60), one_line(value.strip(" *"), 300)))
        elif not self.long:
            self.loose.append(one_line(line))


def _labelled(line: str, known: Mapping[str, str]) -> tuple[str, str, str]:
    """Split a line at its known label into field, label and value; three times "" where it has none."""
    line = line[:LINE].strip()
    head, colon, tail = line.partition(":")
    for label, value in ((head, tail) if colon else ("", ""), _columns(line), (line, "")):
        if name := known.get(fold(label.strip(" *_\t"))):
            return name, label.strip(" *_\t"), value.strip(" \t").removeprefix("*").removeprefix("*").strip()
    return "", "", ""


def _columns(line: str) -> tuple[str, str]:
    found = re.match(r"([^\t]{1,60}?)(?:\t+|\s{2,})(\S.*)", line)
    return (found[1], found[2]) if found else ("", "")


def _value_below(lines: list[str], at: int, known: Mapping[str, str]) -> int:
    """Give the line that holds the value of a label standing alone, 0 where the next words are another label's."""
    below = at + 1
    while below < len(lines) and below < at + 4 and not lines[below].strip():
        below += 1
    if below >= len(lines) or not lines[below].strip() or _labelled(lines[below], known)[0]:
        return 0
    label, colon, _ = lines[below].partition(":")
    return 0 if (colon and _UNKNOWN.match(label)) or _is_link_line(lines[below]) else below


def _is_link_line(line: str) -> bool:
    words = set(re.findall(r"\w+", fold(line))) if len(line) < 120 else set()
    return words <= _LINK_WORDS and not words.isdisjoint(_LINK_ACTIONS)
