"""What a server's answer means, by phase and code, and how it is shown. Pure.

Only the server's word about this one mail refuses it for good. A word about us, our session or our log-in is no
word about the mail: it is tried again, and whoever watches the edge tells the office when that lasts.
"""

import base64
from collections.abc import Iterable

from mailbot.model.mail import Outcome, Phase

LONGEST = 200

# RFC 5321 section 4.2.2 and RFC 4954: commands, their order and log-in. They speak of the session.
_SESSION = frozenset({500, 501, 502, 503, 504, 530, 534, 535, 538})
_TOO_LARGE = 552
_SHORTEST_SECRET = 4


def outcome_of(phase: Phase, code: int) -> Outcome:
    """Tell how a hand-over ended that got no 250 in this phase; code 0 or less: no answer, or none that can be read."""
    if phase is Phase.DOT and not 400 <= code <= 599:
        return Outcome.UNCERTAIN
    return Outcome.REFUSED if _is_refused(phase, code) else Outcome.LATER


def _is_refused(phase: Phase, code: int) -> bool:
    if not 500 <= code <= 599:
        return False
    if phase is Phase.MAIL:
        # Every mail has the same sender; only its size is its own.
        return code == _TOO_LARGE
    if phase in (Phase.RCPT, Phase.DATA, Phase.BODY):
        return code not in _SESSION
    return phase is Phase.DOT


def clean(answer: str, secrets: Iterable[str]) -> str:
    """Give an answer as one line without control characters, without secrets, at most 200 characters."""
    line = answer.encode("utf-8", "replace").decode("utf-8")
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            encoded = base64.b64encode(secret.encode()).decode()
            line = line.replace(secret, "…").replace(encoded, "…")
    printable = "".join(char if char.isprintable() else " " for char in line)
    return " ".join(printable.split())[:LONGEST]
