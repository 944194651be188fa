"""Authentication-Results as RFC 8601 writes them, read strictly: comments, quoted strings, versions.

Tells what a receiving server claims to have checked. Whether it is our server, and whether the result is about the
right domain, is trust.py's question. Never raises: a header that breaks the grammar proves nothing.
"""

import re
from dataclasses import dataclass

MOST = 10_000
_MARKS = (";", "=", "/")
_WORD = re.compile(r'[^\s()";=/\\]+')
# Behind `=` a value may hold both marks (header.b=abc/def==).
_VALUE = re.compile(r'[^\s()";\\]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result, lower case: `dmarc`, `pass`, and its properties as (`header.from`, value) pairs."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """Give the value of a property, "" where it is missing or said twice with different values."""
        values = {value for key, value in self.properties if key == name}
        return values.pop() if len(values) == 1 else ""


@dataclass(frozen=True, slots=True)
class Checked:
    """One header: who says so ("" where no id was written), and the results; none where the grammar is broken."""

    authserv_id: str
    results: tuple[Result, ...] = ()


def read(value: str) -> Checked | None:
    """Read the value of one Authentication-Results field; None where not even its first word can be read."""
    tokens, is_sound = _tokens(value)
    parts = _split(tokens)
    first = parts[0]
    if not first or first[0] in _MARKS:
        return None
    if "=" in first:
        # Microsoft 365 begins with the first result at once.
        return Checked("", _results(parts) if is_sound else ())
    has_version = len(first) == 2 and first[1].isdigit()
    is_sound = is_sound and (len(first) == 1 or has_version)
    return Checked(first[0].lower(), _results(parts[1:]) if is_sound else ())


def _tokens(value: str) -> tuple[list[str], bool]:
    """Cut into words and marks, quoted strings without their quotes; tell whether all of it could be read."""
    tokens: list[str] = []
    at, text = 0, value[:MOST]
    while 0 <= at < len(text):
        char = text[at]
        if char.isspace():
            at += 1
        elif char == "(":
            at = _after_comment(text, at)
        elif tokens[-1:] != ["="] and char in _MARKS:
            tokens.append(char)
            at += 1
        else:
            at = _take_word(text, at, tokens)
    return tokens, at >= 0 and len(value) <= MOST


def _take_word(text: str, at: int, tokens: list[str]) -> int:
    pattern = _QUOTED if text[at] == '"' else _VALUE if tokens[-1:] == ["="] else _WORD
    found = pattern.match(text, at)
    word = re.sub(r"\\(.)", r"\1", found[found.lastindex or 0]) if found else ""
    if found is None or word in _MARKS:
        return -1
    tokens.append(word)
    return found.end()


def _after_comment(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == "(":
            depth += 1
        elif text[at] == ")":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return -1


def _split(tokens: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in tokens:
        if word == ";":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _results(parts: list[list[str]]) -> tuple[Result, ...]:
    return tuple(result for part in parts if (result := _result(part)))


def _result(words: list[str]) -> Result | None:
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(words):
        # A method may carry a version: `dkim/1=pass`.
        equals = at + (3 if words[at + 1 : at + 2] == ["/"] else 1)
        if words[equals : equals + 1] == ["="] and equals + 1 < len(words):
            pairs.append((words[at].lower(), words[equals + 1].lower()))
            at = equals + 2
        else:
            # Some servers write bare words among the properties: no pair, passed by.
            at += 1
    if not pairs or "." in pairs[0][0]:
        return None
    return Result(pairs[0][0], pairs[0][1], tuple(pairs[1:]))
