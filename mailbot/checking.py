"""`mailbot check`: one plain line for each thing that must work, from the rules to whose letters would be believed.

Looks only: makes the filing folders where they are missing, and changes nothing else. Every line begins with `ok`,
`warn` or `FAIL`; the worst failure gives the exit code.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from mailbot import provenance, terminal
from mailbot.decide.codes import gaps
from mailbot.errors import EXIT_CANNOT_WRITE, EXIT_NOT_FOUND, EXIT_TRY_LATER, MailbotError, StopError
from mailbot.model.letter import Head, Letter
from mailbot.model.rules import Rules
from mailbot.oauth import token_of
from mailbot.reading import books_of
from mailbot.receive.mailbox import Mailbox
from mailbot.running import Workplace
from mailbot.send import smtp
from mailbot.send.compose import Composer
from mailbot.understand.trust import sender

COMING_DAYS = 14
ROOM = 50 * 2**20


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: `ok`, `warn` or `FAIL`, what was looked at, what was found, and the exit code of a failure."""

    verdict: str
    what: str
    found: str
    exit_code: int = 0


def check(here: Workplace) -> int:
    """Print every finding; returns the worst exit code, 0 where mailbot can work."""
    worst = 0
    for line in _findings(here):
        terminal.say(f"{line.verdict:<4}  {line.what:<10}  {line.found}", STYLES[line.verdict])
        worst = max(worst, line.exit_code)
    return worst


STYLES = {"ok": "green", "warn": "yellow", "FAIL": "bold red"}


def _findings(here: Workplace) -> Iterator[Line]:
    rules, templates = here.rules, here.templates
    yield Line(
        "ok", "rules", f"{len(rules.people)} people, {len(rules.resources)} resources, {len(rules.sources)} sources"
    )
    if rules.site.rehearsal:
        yield Line("warn", "rehearsal", f"every mail goes to {rules.site.rehearsal}, marked [PROBE]")
    yield from _tried("templates", lambda: Composer(templates, rules).check(), f"{templates}: all can be written")
    yield from _writable(here.data)
    yield from _codes(rules, here.data, here.clock())
    for name, way in (("smtp", rules.smtp), ("alarm", rules.alarm.smtp)):
        if way is not None:
            log_in = partial(smtp.check, way, token_of(way.oauth, here.data))
            yield from _tried(name, log_in, f"{way.host}:{way.port} ({way.security}): log-in works")
    inbox = Mailbox(rules.mailbox, token_of(rules.mailbox.oauth, here.data))
    # There lie the letters of everybody who wrote to us before.
    filed = dict.fromkeys(name for name in (rules.mailbox.done, rules.mailbox.trouble) if name)
    with contextlib.ExitStack() as until_then:
        boxes = [until_then.enter_context(closing(box)) for box in (inbox, *map(inbox.beside, filed))]
        try:
            for found in inbox.check():
                yield Line("ok", "mailbox", found)
            yield from _believed(boxes, rules)
        except MailbotError as error:
            yield Line("FAIL", "mailbox", str(error), EXIT_TRY_LATER)


def _tried(what: str, step: Callable[[], object], found: str) -> Iterator[Line]:
    try:
        step()
    except StopError as error:
        for sentence in str(error).splitlines():
            yield Line("FAIL", what, sentence, error.exit_code)
    except MailbotError as error:
        yield Line("FAIL", what, str(error), EXIT_TRY_LATER)
    else:
        yield Line("ok", what, found)


def _codes(rules: Rules, data: Path, now: datetime) -> Iterator[Line]:
    try:
        books = books_of(rules, data)
    except StopError as error:
        yield Line("FAIL", "ledger", str(error), error.exit_code)
        return
    except MailbotError as error:
        yield Line("FAIL", "ledger", str(error), EXIT_CANNOT_WRITE)
        return
    last = now.date() + timedelta(days=COMING_DAYS)
    for resource in rules.resources.values():
        season = resource.door_codes
        missing = {day for key, day, _ in gaps(books, rules) if key == resource.key and now.date() <= day <= last}
        if not season.season_from <= now.date() <= season.season_to:
            yield Line(
                "warn",
                "codes",
                f"{resource.key}: today is outside the season {season.season_from} to {season.season_to}",
            )
        elif missing:
            sentence = f"{resource.key}: no door code for {len(missing)} of the coming days, first {min(missing)}"
            yield Line("FAIL", "codes", f"{sentence}; `mailbot codes generate` makes them", EXIT_NOT_FOUND)
        else:
            yield Line("ok", "codes", f"{resource.key}: a door code for each of the coming {COMING_DAYS} days")


def _writable(data: Path) -> Iterator[Line]:
    """Look whether the books could be written, without writing: rights and room."""
    folder = data
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Line("FAIL", "data", f"{folder}: cannot be written by this user", EXIT_CANNOT_WRITE)
    elif (free := shutil.disk_usage(folder).free) < ROOM:
        yield Line("warn", "data", f"{folder}: only {free // 2**20} MB of room are left on its disk")
    else:
        yield Line("ok", "data", f"{data}: can be written")


def _believed(folders: Sequence[Mailbox], rules: Rules) -> Iterator[Line]:
    """Say for each listed address and source what its newest letter proved, and whether it would be believed."""
    for who in provenance.listed(rules):
        is_enough, sentence = provenance.told(who, _newest(folders, who.address), rules)
        yield Line("ok" if is_enough else "warn", "trust", sentence)


def _newest(folders: Sequence[Mailbox], address: str) -> Letter | None:
    """Find the newest letter from an address or @domain, wherever it lies now; its header says who wrote it."""
    found: list[Head] = []
    for folder in folders:
        folder.connect()
        found += [head for head in folder.heads_from(address) if _is_from(sender(head) or "", address)]
    newest = max(found, key=lambda head: head.received_at, default=None)
    return Letter("letter:check", "", newest.received_at, newest.headers) if newest else None


def _is_from(found: str, listed: str) -> bool:
    # A server searches all of From: names too, and addresses that only end alike.
    found, listed = found.casefold(), listed.casefold()
    return found.endswith(listed) if listed.startswith("@") else found == listed
