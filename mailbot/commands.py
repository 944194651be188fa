"""Commands that write: each becomes an arrival and goes through the flow like a letter, in the daemon or without one.

A command is a plain dict as it lies in data/arrivals: "command" names one of COMMANDS, beside it stands what it needs.
Its file's name is its key: where a crash comes before the answer it is found done. One that is refused changes nothing
and is not recorded. Its outcome is {"exit": int, "said": [str]}. Never fails: a bad command is an outcome.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mailbot import erasing
from mailbot.collect import arrival_of
from mailbot.entries import Entry, guarded
from mailbot.errors import (
    EXIT_BAD_INPUT,
    EXIT_CANNOT_WRITE,
    EXIT_NOT_FOUND,
    EXIT_TRY_LATER,
    EXIT_USAGE,
    AskHumanError,
    DiskError,
    TryLaterError,
)
from mailbot.flow import Flow
from mailbot.model.decisions import Arrival
from mailbot.model.events import CodesGenerated, CodesImported, NotOurs
from mailbot.model.letter import Handled
from mailbot.model.people import OPERATOR
from mailbot.model.records import Change, Gone, OpenLetter
from mailbot.refiling import mended

Outcome = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Commands:
    """Carry out commands with the flow's own means."""

    flow: Flow

    def serve(self) -> None:
        """Carry out every command that lies in data/arrivals and lay its outcome beside it."""
        for name, payload in self.flow.files.arrivals():
            self.flow.files.answer_arrival(name, self.carry_out(payload, name))

    def carry_out(self, payload: Mapping[str, Any], name: str = "") -> Outcome:
        """Carry out one command; the outcome says what happened, in plain lines.

        `name` is that of its file: the same command under the same name is carried out once.
        """
        step = COMMANDS.get(str(payload.get("command")))
        if step is None:
            return _outcome(EXIT_USAGE, f"unknown command {payload.get('command')!r}")
        try:
            return step(self.flow, payload, name or secrets.token_hex(8))
        except AskHumanError as error:
            return _outcome(EXIT_BAD_INPUT, *str(error).splitlines())
        except DiskError as error:
            return _outcome(EXIT_CANNOT_WRITE, str(error))
        except TryLaterError as error:
            return _outcome(EXIT_TRY_LATER, str(error))
        except (LookupError, TypeError, ValueError) as error:
            # Else a file that somebody else laid into data/arrivals would stop every command behind it for ever.
            return _outcome(EXIT_BAD_INPUT, f"a command nobody can carry out ({type(error).__name__})")


def _codes_generate(flow: Flow, _: Mapping[str, Any], name: str) -> Outcome:
    return _decided(flow, Arrival(f"command:codes:{name}", OPERATOR, CodesGenerated()))


def _codes_import(flow: Flow, payload: Mapping[str, Any], name: str) -> Outcome:
    rows = tuple((r, date.fromisoformat(day), slot, code, line) for r, day, slot, code, line in payload["rows"])
    return _decided(flow, Arrival(f"command:codes:{name}", OPERATOR, CodesImported(rows, str(payload["file"]))))


def _letter(flow: Flow, payload: Mapping[str, Any], _: str) -> Outcome:
    raw = base64.b64decode(payload["raw"])
    digest, name = hashlib.sha256(raw).hexdigest(), str(payload["file"])
    key = f"letter:file/{digest}"
    if copy := flow.books().handled(key) or flow.books().handled_content(digest):
        return _outcome(0, f"{name}: handled before ({copy.outcome}), nothing new")
    arrival = _read(flow, key, raw)
    if isinstance(arrival.event, NotOurs):
        return _not_ours(name, arrival.event)
    flow.files.keep_letter(key, arrival.digest, raw, flow.clock())
    return _decided(flow, arrival, name)


def _retry(flow: Flow, payload: Mapping[str, Any], name: str) -> Outcome:
    key = str(payload["key"])
    handled = flow.books().handled(key)
    raw = flow.files.read_letter(handled.digest) if handled else None
    if raw is None:
        return _outcome(EXIT_NOT_FOUND, f"{key}: no such letter was kept, expected a key that `mailbot status` shows")
    arrival = _read(flow, key, raw)
    if isinstance(arrival.event, NotOurs):
        return _not_ours(key, arrival.event)
    # Known under the letter's own key, what waits for the office is taken up again and not laid beside itself.
    return _decided(flow, replace(arrival, key=f"command:retry:{key}:{name}"), key, handled)


def _read(flow: Flow, key: str, raw: bytes) -> Arrival:
    """Read a letter; a bug in that is an outcome like any other, else the command would come back for ever."""
    arrival = guarded(key, lambda: arrival_of(key, flow.clock(), raw, flow.books(), flow.rules))
    if isinstance(arrival, str):
        raise AskHumanError(f"{key}: {arrival}")
    return arrival


def _forget(flow: Flow, payload: Mapping[str, Any], name: str) -> Outcome:
    arrival = erasing.forgotten(flow, f"command:forget:{name}", str(payload["email"]).strip())
    outcome = _decided(flow, arrival)
    if outcome["exit"]:
        return outcome
    try:
        outcome["said"] += erasing.carry_out(flow)
    except TryLaterError as error:
        outcome["said"].append(f"not everywhere yet, the rest follows by itself: {error}")
    return outcome


def _not_ours(name: str, event: NotOurs) -> Outcome:
    return _outcome(0, f"{name}: none of ours ({event.why}), left alone")


def _decided(flow: Flow, arrival: Arrival, name: str = "", again: Handled | None = None) -> Outcome:
    if done := flow.books().handled(arrival.key):
        return _outcome(0, f"carried out before mailbot was interrupted ({done.outcome})")
    entries, failed = flow.decide([arrival])
    if failed:
        return _outcome(EXIT_BAD_INPUT, *failed[0][1].splitlines())
    decision = entries[0].decision
    # What was refused changed nothing, and is refused again in the same words.
    if not decision.exit_code:
        filed = mended(again, decision, flow.books(), flow.clock()) if again else []
        flow.record(entries, [*_settled(flow, name, entries), *filed])
    said = decision.said or (_sentence(name, entries[0]),)
    return _outcome(decision.exit_code, *said)


def _settled(flow: Flow, key: str, entries: Sequence[Entry]) -> list[Change]:
    """Give what takes a letter that waited for the office off the list, unless it has to wait anew."""
    waits_anew = any(isinstance(change, OpenLetter) and change.key == key for e in entries for change in e.changes)
    is_open = flow.books().open_letter(key) is not None
    return [Gone(OpenLetter.TABLE, key)] if is_open and not waits_anew else []


def _sentence(name: str, made: Entry) -> str:
    mails = ", ".join(mail.kind for mail, _ in made.mails) or "no mail"
    return f"{name}: {made.decision.outcome} ({mails})"


def _outcome(exit_code: int, *said: str) -> Outcome:
    return {"exit": exit_code, "said": list(said)}


COMMANDS: dict[str, Callable[[Flow, Mapping[str, Any], str], Outcome]] = {
    "codes generate": _codes_generate,
    "codes import": _codes_import,
    "letter": _letter,
    "retry": _retry,
    "forget": _forget,
}
