"""A customer's postal address in an answer: `ok ADRESSE: Am Markt 3, 48565 Steinfurt`, or on lines below it.

An invoice needs street and place; what does not show both is unclear, and the person is asked back. Knows no answer
and no matter. Never fails.
"""

import re
from collections.abc import Sequence

from mailbot.understand.speech import one_line

MOST_LINES = 4
_LABEL = re.compile(
    r"(?<![\w-])(?:(?:rechnungs)?(?:adresse|anschrift)|(?:billing )?address)\s*[:\uff1a]\s*", re.IGNORECASE
)
# Street, then postal code and place, as in Germany and around it; `D-48565` too.
_PLACE = re.compile(r"(.{3,200}?)[\s,;]+((?:[A-Z]{1,2}-)?\d{4,5}(?: [A-Z]{2})? [^\W\d_].{1,80})")

Address = tuple[str, str]


def split(line: str) -> tuple[str, str] | None:
    """Split a line at `ADRESSE:` into what stands before and behind it; None where it has none."""
    found = _LABEL.search(line)
    return (line[: found.start()].strip(), line[found.end() :].strip()) if found else None


def beside(said: str, below: Sequence[str]) -> tuple[str, str | None, Sequence[str]]:
    """Find `ADRESSE:` in what stands behind an `ok`, or beginning the next line: what was said, the value, the rest."""
    if parts := split(said):
        return parts[0], parts[1], below
    at = next((at for at, line in enumerate(below) if line), len(below))
    parts = split(below[at]) if at < len(below) else None
    return (said, parts[1], below[at + 1 :]) if parts and not parts[0] else (said, None, below)


def address_from(first: str, below: Sequence[str]) -> tuple[Address, Sequence[str]] | None:
    """Read (street, city) from what stands behind the label and on the lines below, with the lines left over."""
    value = first
    for used in range(MOST_LINES):
        if found := address(value):
            return found, below[used:]
        if used >= len(below) or not below[used]:
            return None
        # A postal code at the end of a line belongs to the place on the next.
        gap = " " if re.search(r"\d{4,5}$", value) else ", "
        value = f"{value}{gap}{below[used]}" if value else below[used]
    return None


def address(text: str) -> Address | None:
    """Read a postal address in one line as (street, city); None where either is missing."""
    line = one_line(text, 300).strip(" ,;.*_")
    if found := _PLACE.fullmatch(line):
        return found[1].strip(" ,;"), found[2].strip(" ,;")
    street, comma, city = line.rpartition(",")
    parts = street.strip(" ,;"), city.strip(" ,;")
    return parts if comma and all(re.search(r"[^\W\d_]{2}", part) for part in parts) else None
