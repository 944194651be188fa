"""Invoice numbers read backwards: which series a number belongs to, and how far that series has come. Pure.

Names of counters are made and taken apart as billing.py does.
"""

import re
from collections.abc import Iterable
from string import Formatter

from mailbot.model.books import Books
from mailbot.model.money import Counter
from mailbot.model.rules import Rules

_PROBE = "PROBE"


def counters(numbers: Iterable[str], rules: Rules) -> list[Counter]:
    """Give the counter of each series that these numbers show, at its highest; what is no number of ours is nothing."""
    highest: dict[str, int] = {}
    for number in numbers:
        for pattern in {resource.payment.invoice_number for resource in rules.resources.values()}:
            series = _PROBE if number.startswith(f"{_PROBE}-") else ""
            if found := re.fullmatch(_expression(pattern), number.removeprefix(f"{_PROBE}-")):
                # As billing.py names them.
                name = f"invoice/{series}/{pattern}/{found['year']}"
                highest[name] = max(highest.get(name, 0), int(found["n"]))
    return [Counter(name, n) for name, n in highest.items()]


def spans(counters_found: Iterable[Counter], books: Books) -> list[str]:
    """Give the numbers that were drawn beyond what the books know, in words: `SK-2026-00012 bis SK-2026-00015`."""
    highest: dict[str, int] = {}
    for counter in counters_found:
        highest[counter.name] = max(highest.get(counter.name, 0), counter.value)
    beyond = {name: last for name, last in sorted(highest.items()) if last > books.counter(name)}
    return [_span(name, books.counter(name) + 1, last) for name, last in beyond.items()]


def _span(name: str, first: int, last: int) -> str:
    series, _, rest = name.removeprefix("invoice/").partition("/")
    pattern, _, year = rest.rpartition("/")
    names = [pattern.format(year=year, n=n) for n in dict.fromkeys((first, last))]
    return " bis ".join(f"{series}-{number}" if series else number for number in names)


def _expression(pattern: str) -> str:
    groups = {"year": r"(?P<year>\d{4})", "n": r"(?P<n>\d+)"}
    parts = Formatter().parse(pattern)
    return "".join(_literal(text) + (groups.pop(name, r"\d+") if name else "") for text, name, _, _ in parts)


def _literal(text: str) -> str:
    # In the name of a file, what is no plain letter became a dash.
    return "[^A-Za-z0-9]+".join(re.escape(part) for part in re.split(r"[^A-Za-z0-9._-]+", text))
