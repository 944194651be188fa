"""`mailbot check`: one plain line for each thing that must work, from the rules to whose letters would be believed.

Looks only: makes the filing folders where they are missing, and changes nothing else. Every line begins with `ok`,
`warn` or `FAIL`; the worst failure gives the exit code.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from mailbot import provenance, terminal
from mailbot.decide.codes import gaps
from mailbot.errors import EXIT_CANNOT_WRITE, EXIT_NOT_FOUND, EXIT_TRY_LATER, MailbotError, StopError
from mailbot.model.letter import Letter
from mailbot.model.rules import MailboxRules, Rules
from mailbot.oauth import token_of
from mailbot.reading import books_of
from mailbot.receive import parse
from mailbot.receive.mailbox import Mailbox
from mailbot.running import Workplace
from mailbot.send import smtp
from mailbot.send.compose import Composer

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
            log_in = partial(smtp.check, way, token_of(way.oauth))
            yield from _tried(name, log_in, f"{way.host}:{way.port} ({way.security}): log-in works")
    with closing(Mailbox(rules.mailbox, token_of(rules.mailbox.oauth))) as mailbox:
        try:
            for found in mailbox.check():
                yield Line("ok", "mailbox", found)
            with closing(_filed(rules.mailbox)) as filed:
                yield from _believed([mailbox, filed], rules)
        except MailbotError as error:
            yield Line("FAIL", "mailbox", str(error), EXIT_TRY_LATER)


def _filed(rules: MailboxRules) -> Mailbox:
    """Give the folder of handled letters: there lie the letters of everybody who wrote to us before."""
    return Mailbox(replace(rules, inbox=rules.done or rules.inbox), token_of(rules.oauth))


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
    """Find the newest letter from an address or @domain, wherever it lies now."""
    found: list[Letter] = []
    for folder in folders:
        folder.connect()
        head = folder.newest_from(address)
        if head and (raw := folder.fetch([head.uid]).get(head.uid)):
            found.append(parse.letter("letter:check", head.received_at, raw))
    return max(found, key=lambda letter: letter.received_at, default=None)
