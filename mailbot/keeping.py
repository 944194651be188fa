"""`backup F` and `restore F`: everything under data/ in one file while the daemon works, and back again while it rests.

A restore is made ready and checked beside the books before anything of them is touched. What cannot be known of the
time since the backup is made safe: invoice numbers go on behind the highest one found, a queued mail may have left,
and the letters since then are handled again. Prints what happened. Fails with StopError and AskHumanError.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

from mailbot import rescan, terminal
from mailbot.decide.numbers import counters, spans
from mailbot.errors import EXIT_BAD_INPUT, EXIT_USAGE, AskHumanError, DiskError, MailbotError, StopError
from mailbot.model.books import Books
from mailbot.model.mail import Outcome, OutMail, Phase, SendingResult
from mailbot.model.money import Counter
from mailbot.model.records import Change, HistoryLine
from mailbot.model.rules import Rules
from mailbot.record import backups, durable, known, restoring, sendings, storage
from mailbot.record.files import LETTERS, MAILS, Files
from mailbot.record.ledger import Ledger
from mailbot.record.lock import Lock
from mailbot.send import outbox

# The invoice is attached under its number.
_PAPER = re.compile(rb'filename="([A-Za-z0-9._-]+)\.pdf"')


@dataclass(frozen=True, slots=True)
class Drawn:
    """Invoice numbers that were given out, as counters; `is_sure` where no later one can be unknown."""

    counters: list[Counter]
    is_sure: bool


def backup(rules: Rules, data: Path, file: Path, now: datetime) -> None:
    """Write everything under data/ to one file, checked, and say in a line what is in it."""
    file = file.absolute()
    if file.resolve().is_relative_to(data.resolve()):
        raise StopError(f"{file}: found a file inside {data}, expected one on another disk", EXIT_USAGE)
    if file.exists() and backups.head_of(file) is None:
        raise AskHumanError(f"{file}: found something that is no backup of mailbot's, expected a new name")
    if not (data / storage.NAME).exists() and not (data / storage.FORMER).exists():
        raise AskHumanError(f"{data}: found no books, expected a folder that mailbot works in")
    ledger = Ledger.open(data, rules.site.timezone, read_only=True)
    count = len(ledger.books().booking_codes())
    ledger.close()
    was_known = any(backup.path == file for backup in known.backups(data))
    is_noted = _noted(data, file, now)
    try:
        head = backups.write(data, file, rules.site.timezone, now)
    except MailbotError:
        # Where none was written none needs to be looked for; an earlier one there may be on a disk that is away now.
        if is_noted and not was_known:
            known.forget(data, file)
        raise
    letters = backups.count(file, LETTERS)
    terminal.say(f"{file}: {_size(file)}, {letters} letters, {count} bookings, generation {head.generation}")
    if not is_noted:
        terminal.complain(f"{data} cannot be written, so `forget` will not know of {file}")


def _size(file: Path) -> str:
    size = file.stat().st_size
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{size / 1000:.0f} kB"


def _noted(data: Path, file: Path, now: datetime) -> bool:
    try:
        known.note(data, file, now)
    except DiskError:
        # Just then a backup is wanted.
        return False
    return True


def restore(rules: Rules, data: Path, file: Path | None, now: datetime, invoice: str | None) -> None:
    """Put a backup, or without one the generation before, in the place of the books, and say what follows from it."""
    last = counters([invoice] if invoice else [], rules)
    if invoice and not last:
        raise StopError(f"--invoice: found {invoice}, expected a number as rules.yaml writes them", EXIT_USAGE)
    if file and not file.is_file():
        raise AskHumanError(f"{file}: cannot be read, expected a backup that `mailbot backup` wrote")
    if file and file.resolve().is_relative_to(data.resolve() / restoring.READY):
        raise StopError(f"{file}: expected a backup outside {data}", EXIT_USAGE)
    lock = Lock.take(data)
    try:
        restoring.finish(data)
        drawn = _drawn(data, rules, last)
        at = _made_ready(rules, data, file, now, drawn)
        names = restoring.EVERYTHING if file else restoring.BOOKS_ONLY
        aside = restoring.swap(data, names, restoring.aside_name(data, now))
    finally:
        lock.release()
    _tell(data, aside, at, is_sure=drawn.is_sure)


def _made_ready(rules: Rules, data: Path, file: Path | None, now: datetime, drawn: Drawn) -> datetime:
    """Lay beside the books what is to take their place, and give the moment it is of."""
    ready = restoring.begin(data)
    try:
        at = backups.unpack(file, ready).at if file else _generation_before(data, ready, now)
        _make_safe(data, ready, rules, (now, at), drawn)
        if file:
            _remember_backups(data, ready, file, at)
    except BaseException:
        durable.remove_tree(ready)
        raise
    return at


def _generation_before(data: Path, ready: Path, now: datetime) -> datetime:
    former = data / storage.FORMER
    if storage.load(former) is None:
        raise StopError(f"{former}: there is none, expected the generation before; restore a backup", EXIT_BAD_INPUT)
    durable.write_new(ready / storage.NAME, durable.read(former) or b"")
    return now


def _make_safe(data: Path, ready: Path, rules: Rules, times: tuple[datetime, datetime], drawn: Drawn) -> None:
    """Write into the restored books what the time since then demands. Raises AskHumanError where they are no books."""
    zone, now = rules.site.timezone, times[0]
    then = _whole(durable.read(ready / sendings.NAME) or b"")
    since, heard = _heard(data / sendings.NAME, then, zone)
    durable.write_new(ready / sendings.NAME, then + since)
    try:
        ledger = Ledger.open(ready, zone)
    except StopError as error:
        raise AskHumanError(f"the backup cannot be used ({error}); nothing was changed") from error
    try:
        books = ledger.books()
        lost = rescan.lost(spans(drawn.counters, books), is_sure=drawn.is_sure)
        ledger.commit([*_restored(times), lost, *_higher(drawn.counters, books), *_folded(ledger, now)])
        for mail in ledger.books().queued():
            # It may have left since: one more try with the same Message-ID, and a person is told if that says nothing.
            if mail.id not in heard:
                answer = "vor der Wiederherstellung vielleicht schon gesendet"
                ledger.journal(SendingResult(mail.id, Outcome.UNCERTAIN, now, Phase.DOT, answer))
    finally:
        ledger.close()


def _heard(path: Path, then: bytes, zone: ZoneInfo) -> tuple[bytes, set[str]]:
    """Give what the post's file tells of the time since the backup, and the mails it speaks of; damaged, nothing.

    The file is only ever emptied as a whole: a line about a mail means that every later one is there too.
    """
    try:
        results = sendings.read(path, zone)
    except StopError:
        return b"", set()
    raw = _whole(durable.read(path) or b"")
    known_bytes = then if raw.startswith(then) else b""
    later = results[known_bytes.count(b"\n") :]
    return raw.removeprefix(known_bytes), {result.mail_id for result in later}


def _folded(ledger: Ledger, now: datetime) -> list[OutMail]:
    """Take what the post's files tell into the rows."""
    rows: dict[str, OutMail] = {}
    for result in ledger.sendings():
        if mail := rows.get(result.mail_id) or ledger.books().mail(result.mail_id):
            rows[mail.id] = outbox.after(mail, result, now)
    return list(rows.values())


def _restored(times: tuple[datetime, datetime]) -> list[Change]:
    now, at = times
    line = f"Aus einer Sicherung vom {at:%d.%m.%Y, %H:%M} Uhr wiederhergestellt."
    return [rescan.restored(now, at), HistoryLine(f"{now:%Y%m%dT%H%M%S}-restored", "mailbot", now, "operator", line)]


def _higher(found: list[Counter], books: Books) -> list[Counter]:
    names = {counter.name for counter in found}
    highest = [Counter(name, max(c.value for c in found if c.name == name)) for name in names]
    return [counter for counter in highest if counter.value > books.counter(counter.name)]


def _drawn(data: Path, rules: Rules, last: list[Counter]) -> Drawn:
    """Find the invoice numbers given out so far: as was said, in their note, in the books if readable, in the mails."""
    noted = [Counter(name, value) for name, value in Files(data).drawn().items()]
    is_sure = bool(last or noted) or any((data / MAILS).glob("*/*.eml"))
    return Drawn([*last, *noted, *_recorded(data, rules), *counters(_papers(data), rules)], is_sure)


def _recorded(data: Path, rules: Rules) -> list[Counter]:
    try:
        ledger = Ledger.open(data, rules.site.timezone, read_only=True)
    except StopError:
        return []
    found = [record for record in ledger.books().records() if isinstance(record, Counter)]
    ledger.close()
    return found


def _papers(data: Path) -> Iterator[str]:
    # Mails of an earlier restore count too: it may have been one too many.
    folders = [data / MAILS, *(aside / MAILS for aside in restoring.asides(data))]
    for path in chain.from_iterable(folder.glob("*/*.eml") for folder in folders):
        yield from (name.decode() for name in _PAPER.findall(path.read_bytes()))


def _remember_backups(data: Path, ready: Path, file: Path, at: datetime) -> None:
    for backup in known.backups(data):
        known.note(ready, backup.path, backup.at)
    known.note(ready, file.absolute(), at)


def _whole(raw: bytes) -> bytes:
    return raw[: raw.rfind(b"\n") + 1]


def _tell(data: Path, aside: Path, at: datetime, *, is_sure: bool) -> None:
    terminal.say(f"restored: the books of {at:%d.%m.%Y %H:%M}; what was there is kept in {aside}")
    terminal.say("at the next start, letters since then are handled again: some mails will come a second time")
    terminal.say("door codes made or changed since then are not in the books: `mailbot codes list` shows what is")
    if not is_sure:
        said = f"no mails of the time since are in {data}: if invoices were written since, do this once more with "
        terminal.say(f"{said}--invoice and the last number given out, else it may be given out again")
