"""What the writing commands do: build the daemon for the rules at hand and let it work, or hand it a command.

Prints what happened. Fails with StopError and TryLaterError, which the command line turns into exit codes.
"""

import base64
import contextlib
import csv
import logging
import secrets
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import SystemRandom
from typing import Any, TypeVar

import structlog

from mailbot import stage, terminal, troubles
from mailbot.bell import ring_at
from mailbot.collect import preview as look
from mailbot.commands import Commands, Outcome
from mailbot.daemon import Daemon
from mailbot.embedded import EmbeddedServers
from mailbot.errors import (
    EXIT_BAD_INPUT,
    EXIT_TRY_LATER,
    EXIT_USAGE,
    AskHumanError,
    DiskError,
    StopError,
    TryLaterError,
)
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival, Given
from mailbot.model.events import CodesGenerated
from mailbot.model.mail import Sending
from mailbot.model.people import OPERATOR
from mailbot.model.rules import Rules
from mailbot.oauth import token_of
from mailbot.receive.mailbox import Mailbox
from mailbot.record import archive, durable, files, sendings, storage
from mailbot.record.files import Files
from mailbot.record.ledger import Ledger
from mailbot.record.lock import Lock
from mailbot.refiling import refile
from mailbot.send.compose import Composer
from mailbot.send.second_way import SecondWay

Clock = Callable[[], datetime]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where and by which clock a command works: rules, data folder, templates."""

    rules: Rules
    data: Path
    templates: Path
    clock: Clock

    def open(self) -> Daemon:
        """Take the lock and start a daemon here. Raises StopError."""
        return Daemon.open(self.rules, self.data, self.templates, clock=self.clock)


# A running daemon answers a command within a turn; a turn with a slow server may take a while.
PATIENCE, LOOK_EVERY = 60.0, 1.0


def templates_beside(rules_path: Path) -> Path:
    """Give the office's own templates beside its rules file, else those mailbot came with."""
    own = rules_path.resolve().parent / "templates"
    return own if own.is_dir() else Path(__file__).resolve().parent.parent / "templates"


def log_to_stderr(least: int = logging.INFO) -> None:
    """Write one plain line an arrival and a mail to stderr, where systemd's journal takes it."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(least),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%S", utc=False),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], sort_keys=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def quiet() -> None:
    """Log nothing: the demo shows the mails themselves."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def run(place: Workplace) -> None:
    """Run the daemon until a signal stops it."""
    log_to_stderr()
    daemon = _opened(place)
    daemon.stop_on_signals()
    try:
        daemon.run()
    finally:
        daemon.close()


def _opened(place: Workplace) -> Daemon:
    """Start the daemon; of a disk that takes nothing, which ends it (73), a person hears by the second way out."""
    try:
        return place.open()
    except DiskError as error:
        # systemd leaves it at that, so it is said once a start; nobody else would say it.
        way = place.rules.alarm.smtp or place.rules.smtp
        said = (f"mailbot startet nicht; alles bleibt liegen. ({error})",)
        SecondWay(place.rules, token_of(way.oauth, place.data)).tell("start", said, place.clock())
        raise


def once(place: Workplace, *, take_all: bool) -> None:
    """Make one pass and say in a line what it did."""
    log_to_stderr()
    daemon = place.open()
    try:
        sent = _sent(daemon.flow.books())
        letters = daemon.once(take_all=take_all)
        terminal.say(_summary(letters, _sent(daemon.flow.books()) - sent, daemon.flow.books()))
    finally:
        daemon.close()


def _sent(books: Books) -> int:
    return sum(mail.state is Sending.SENT for mail in books.mails())


def _summary(letters: int, sent: int, books: Books) -> str:
    queued = sorted(books.queued(), key=lambda mail: mail.due_at)
    why = f", the next try at {queued[0].due_at:%H:%M} ({queued[0].answer or 'not tried yet'})" if queued else ""
    return f"{letters} letters handled, {sent} mails sent, {len(queued)} queued{why}."


def preview(place: Workplace, *, take_all: bool) -> None:
    """Print what a pass would do, and change nothing anywhere."""
    log_to_stderr(logging.WARNING)
    rules = place.rules
    composer = Composer(place.templates, rules)
    composer.check()
    ledger = Ledger.open(place.data, rules.site.timezone, read_only=True)
    mailbox = Mailbox(rules.mailbox, token_of(rules.mailbox.oauth, place.data))
    try:
        given = Given(place.clock(), SystemRandom(), rules)
        entries = look(mailbox, ledger.books(), given, composer, take_all=take_all)
    finally:
        mailbox.close()
    for made in entries:
        mails = ", ".join(f"{mail.kind} to {mail.to}" for mail, _ in made.mails) or "no mail"
        terminal.say(
            f"{made.arrival.key}: {type(made.arrival.event).__name__} by {made.arrival.by}: {made.decision.outcome}"
        )
        terminal.say(f"    {mails}")
    queued = ledger.books().queued()
    terminal.say(
        f"{len(entries)} arrivals would be handled, {len(queued)} queued mails would be sent. Nothing was changed."
    )


def submit(data: Path, payloads: Sequence[dict[str, Any]], here: Callable[[], Workplace], *, is_set: bool) -> int:
    """Carry out commands, in the running daemon where there is one, else `here`; returns the worst exit code.

    Prints the outcomes. `is_set` tells that the clock is not the real one, which a running daemon cannot obey.
    """
    log_to_stderr(logging.WARNING)
    if Lock.holder(data):
        if is_set:
            raise StopError(
                "--now: a daemon is running by its own clock, expected no --now or a stopped daemon", EXIT_USAGE
            )
        outcomes = [_hand_over(data, payload, here) for payload in payloads]
    else:
        outcomes = _work(here(), lambda commands: [commands.carry_out(payload) for payload in payloads])
    for outcome in outcomes:
        for line in outcome["said"]:
            (terminal.complain if outcome["exit"] else terminal.say)(line)
    return max((int(outcome["exit"]) for outcome in outcomes), default=0)


def _work(place: Workplace, step: Callable[[Commands], T]) -> T:
    """Do something with the commands of a daemon that is opened for it, and send what it brought about."""
    daemon = place.open()
    try:
        done = step(daemon.commands)
        daemon.settle()
        # The next pass does it where the mailbox is away now.
        with contextlib.suppress(TryLaterError):
            refile(daemon.flow)
    finally:
        daemon.close()
    return done


def _hand_over(data: Path, payload: dict[str, Any], here: Callable[[], Workplace]) -> Outcome:
    arrivals, name = Files(data), secrets.token_hex(8)
    arrivals.drop_arrival(name, payload)
    until = time.monotonic() + PATIENCE
    ring_at(data)
    while (answer := arrivals.wait_answer(name, LOOK_EVERY)) is None:
        if time.monotonic() > until:
            said = "the daemon took the command but has not answered yet; it is carried out as soon as it can"
            return {"exit": EXIT_TRY_LATER, "said": [said]}
        if Lock.holder(data) is None:
            # It ended before it looked: then what lies there is ours to do.
            _work(here(), Commands.serve)
    return answer


def letter_payload(path: Path) -> dict[str, Any]:
    """Read a mail file as a command. Raises AskHumanError where it cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise AskHumanError(f"{path}: cannot be read ({error.strerror}), expected a mail file (.eml)") from error
    return {"command": "letter", "file": path.name, "raw": base64.b64encode(raw).decode()}


def codes_payload(path: Path) -> dict[str, Any]:
    """Read a CSV of door codes (date, resource, slot, code) as a command. Raises StopError (65): the first bad line."""
    rows: list[list[Any]] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for row in (reader := csv.reader(file)):
                if row and row[0].strip().lower() != "date":
                    rows.append([*_code_row(path, reader.line_num, row), reader.line_num])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else "no such text"
        raise StopError(f"{path}: cannot be read ({why}), expected CSV in UTF-8", EXIT_BAD_INPUT) from error
    return {"command": "codes import", "file": path.name, "rows": rows}


CELLS = 4


def _code_row(path: Path, line: int, row: list[str]) -> list[Any]:
    try:
        day, resource, slot, code = (cell.strip() for cell in row)
        date.fromisoformat(day)
    except ValueError as error:
        # The line itself is not shown: a door code stands in it.
        found = f"{len(row)} cells" if len(row) != CELLS else "no date in the first cell"
        sentence = f"{path}:{line}: found {found}, expected date (2026-11-28), resource, slot or nothing, code"
        raise StopError(sentence, EXIT_BAD_INPUT) from error
    return [resource, day, slot or None, code]


def run_embedded(rules_path: Path, data: Path) -> None:
    """Run the daemon on embedded servers with fresh books, and let sample requests arrive, until a signal stops it."""
    log_to_stderr()
    rules = stage.stage_rules(rules_path)
    _empty(data)
    with EmbeddedServers(stage.accounts(rules), stage.PASSWORD, rules.trust.authserv_id) as servers:
        rules = stage.on_servers(rules, servers)
        daemon = Daemon.open(rules, data, templates_beside(rules_path))
        daemon.stop_on_signals()
        daemon.flow.handle([Arrival("command:codes:embedded", OPERATOR, CodesGenerated())])
        for line in stage.how_to_join(rules, servers):
            print(line, flush=True)
        requests = threading.Thread(
            target=stage.let_arrive, args=(rules, servers, lambda: daemon.is_stopping), daemon=True
        )
        requests.start()
        try:
            daemon.run()
        finally:
            daemon.close()


# What mailbot itself makes in its folder, and the only things it ever clears away as a whole.
OURS = (
    *(storage.NAME, storage.FORMER, archive.NAME, files.LETTERS, files.MAILS, files.ARRIVALS, sendings.NAME),
    *(files.NUMBERS, troubles.NAME),
)


def _empty(data: Path) -> None:
    """Begin with fresh books. Raises StopError (75) where another mailbot works on them."""
    lock = Lock.take(data)
    try:
        with durable.translated(data, "emptied"):
            for path in (data / name for name in OURS):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
    finally:
        lock.release()
