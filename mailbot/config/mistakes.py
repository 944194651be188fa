"""What is wrong in rules.yaml, and how it is told: one line each, all at once, never a secret.

A value is quoted as it was written, before ${NAME} was filled in, and not at all below a key that names a secret.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailbot.errors import EXIT_RULES_WRONG, StopError

_QUOTED = re.compile(r"'[^']*'")


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake: the line it stands on, the dotted key, and what was found and expected."""

    line: int
    path: str
    what: str


def quoted(text: str) -> str:
    """Quote a text for a message: at most 60 characters, nothing that moves a terminal's cursor."""
    seen = "".join(c if c.isprintable() else "?" for c in text)
    return json.dumps(seen if len(seen) <= 60 else seen[:59] + "…", ensure_ascii=False)


def all_at_once(file: str, mistakes: Iterable[Mistake]) -> StopError:
    """Make the one error that tells every mistake, in the order of the file."""
    lines = [f"{file}:{m.line}: {m.path + ': ' if m.path else ''}{m.what}" for m in sorted(set(mistakes))]
    return StopError("\n".join(lines), EXIT_RULES_WRONG)


def broken_yaml(file: str, line: int, problem: str) -> StopError:
    """Make the error for text that is no YAML; what the parser quotes might be a secret and is left out."""
    why = "a tab, expected spaces" if "\\t" in problem else _QUOTED.sub("…", problem).strip() or "not readable"
    return StopError(f"{file}:{line}: the file is no YAML from here on ({why})", EXIT_RULES_WRONG)
