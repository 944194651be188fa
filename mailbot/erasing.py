"""What was decided to be erased is erased everywhere: books, archive, letters, mails, folders, exports, backups.

The erasure stands in the books until all of it is done, so it outlives a crash and an absent mail server; each step
may be done again. A letter is looked for in the mailbox by its bytes, so its file goes after it. Decides nothing.
Fails with TryLaterError where the mailbox or the disk is away: the rest is done the next time.
"""

import email
import re
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from email.errors import MessageError
from email.header import decode_header, make_header
from functools import partial
from pathlib import Path

from mailbot.decide.erasing import belongs_to_invoice, changes
from mailbot.errors import DiskError, MailbotError
from mailbot.flow import Flow
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival
from mailbot.model.erasing import SETTING, Erasure
from mailbot.model.keeping_events import Forgotten, Outdated
from mailbot.model.mail import MatterKind, OutMail, Sending
from mailbot.model.people import CLOCK, OPERATOR
from mailbot.model.records import Gone, Setting
from mailbot.model.rules import Rules
from mailbot.oauth import token_of
from mailbot.receive.filed import Filed
from mailbot.record import backups, known, restoring
from mailbot.record.files import Files
from mailbot.record.ledger import Ledger

# Mails in which many people may stand.
ABOUT_MANY = (MatterKind.DIGEST, MatterKind.LIST, MatterKind.CODES, MatterKind.NONE, MatterKind.LETTER)


def forgotten(flow: Flow, key: str, address: str) -> Arrival:
    """Give the arrival of `forget EMAIL`, with the kept letters and mails in which the person stands."""
    books, files = flow.books(), flow.files
    bookings = [b for b in books.bookings_of(address) if not belongs_to_invoice(b.code, books)]
    words = [address, *(word for booking in bookings for word in (booking.code, booking.customer.name))]
    letters = {digest for digest, path in files.letters().items() if mentions(path.read_bytes(), words)}
    mails = [mail for mail in books.every(OutMail) if mail.matter.kind in ABOUT_MANY and files.has_mail(mail.path)]
    done = [mail for mail in mails if mail.state is not Sending.QUEUED]
    bodies = {mail.id for mail in done if mentions(files.read_mail(mail.path), words)} if bookings else set()
    return Arrival(key, OPERATOR, Forgotten(address, frozenset(letters), frozenset(bodies)))


def mentions(raw: bytes, words: Iterable[str]) -> bool:
    """Tell whether one of these words stands in a mail's head or text; a table in a workbook may hold any."""
    # Whole words: the address of one person may be the end of another's.
    found = "|".join(re.escape(word.casefold()) for word in words)
    wanted = re.compile(rf"(?<![\w.+-])(?:{found})(?![\w-]|\.\w)")
    mail = email.message_from_bytes(raw)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    if any((part.get_filename() or "").endswith(".xlsx") for part in parts):
        return True
    payloads = [raw, *(bytes(part.get_payload(decode=True) or b"") for part in parts)]
    texts = [*map(_shown, mail.values()), *(_decoded(payload) for payload in payloads)]
    return any(wanted.search(text.casefold()) for text in texts)


def _shown(value: object) -> str:
    try:
        return str(make_header(decode_header(str(value))))
    except (LookupError, ValueError, MessageError):
        return str(value)


def _decoded(payload: bytes) -> str:
    # Outlook writes some texts in two bytes a letter.
    plain = payload.replace(b"\0", b"")
    return f"{plain.decode('utf-8', 'replace')} {plain.decode('latin-1')}"


def retain(flow: Flow) -> None:
    """Let go, once a day, what has been kept long enough; do what is left of an erasure. Raises TryLaterError."""
    now = flow.clock()
    key = f"clock:retention::{now.date()}"
    if flow.books().handled(key) is None:
        privacy = flow.rules.privacy
        drop_old_backups(flow.files.data, now, privacy.backups_days)
        month = f"{now - timedelta(days=min(privacy.forget_after_days, privacy.letters_days)):%Y-%m}"
        event = Outdated(frozenset(flow.files.letters(month)), frozenset(flow.files.mails(month)))
        flow.handle([Arrival(key, CLOCK, event)])
    carry_out(flow)


def carry_out(flow: Flow) -> list[str]:
    """Erase what stands in the books as to be erased, everywhere; says in plain lines what a person must know."""
    text = flow.books().setting(SETTING)
    if text is None:
        return []
    plan, said = Erasure.from_text(text), []
    paths = _in_books(flow.ledger, plan)
    said += _in_folders(flow.rules, flow.files, plan.digests)
    _in_files(flow.files, plan, paths)
    if plan.everywhere:
        flow.files.drop_exports("~")
        known.mark_erased(flow.files.data, flow.clock().isoformat())
        said += _in_backups(flow.files.data, flow.rules, plan)
    flow.files.sync_dropped()
    flow.ledger.empty_journal()
    # With this commit the generation before is one that never knew what was erased.
    flow.ledger.commit([Gone(Setting.TABLE, SETTING)])
    return said


def drop_old_backups(data: Path, now: datetime, days: int) -> None:
    """Remove the backups we know of, and what restores kept aside, that are older than this."""
    before = now - timedelta(days=days)
    for backup in known.backups(data):
        # One out of reach, on a disk that is away, is tried again the next night.
        if backup.at < before and backup.path.parent.is_dir():
            with suppress(DiskError):
                if backups.head_of(backup.path):
                    backups.remove(backup.path)
                known.forget(data, backup.path)
    for folder in restoring.asides(data):
        if restoring.kept_since(folder, now) < before:
            restoring.drop(folder)


def _in_books(ledger: Ledger, plan: Erasure) -> list[str]:
    """Erase in open books and archive; gives the paths of the mails whose bytes have to follow."""
    books = ledger.books()
    found = changes(books, plan)
    gone = {change.key for change in found if isinstance(change, Gone) and change.table == OutMail.TABLE}
    paths = [mail.path for mail_id in gone | plan.bodies if (mail := books.mail(mail_id))]
    ledger.erase(found)
    return paths


def _in_files(files: Files, plan: Erasure, paths: Collection[str]) -> None:
    # What a crash leaves of mails without a row is swept at the next start.
    for path in paths:
        files.drop_mail(path)
    for digest in plan.digests:
        files.drop_letter(digest)


def _in_folders(rules: Rules, files: Files, digests: Collection[str]) -> list[str]:
    lying = files.letters()
    letters = [(lying[digest].stat().st_size, digest) for digest in digests if digest in lying]
    if not letters:
        return []
    said = []
    for name in filter(None, (rules.mailbox.done, rules.mailbox.trouble)):
        folder = Filed(rules.mailbox, name, token_of(rules.mailbox.oauth, files.data))
        try:
            folder.connect()
            count, are_gone = folder.remove(letters) if folder.is_there else (0, True)
        finally:
            folder.close()
        if not are_gone:
            said.append(f"{name}: {count} letters are only marked as deleted, purge the folder in a mail program")
    if not rules.mailbox.done:
        said.append(f"{rules.mailbox.inbox}: letters stay there, as mailbox.done is empty; delete them there")
    return said


def _in_backups(data: Path, rules: Rules, plan: Erasure) -> list[str]:
    said = []
    for backup in known.backups(data):
        if backup.path.parent.is_dir() and not backup.path.exists():
            known.forget(data, backup.path)
            continue
        said.append(_tried(f"backup {backup.path}", partial(_in_backup, backup.path, rules, plan)))
    for folder in restoring.asides(data):
        said.append(_tried(str(folder), partial(_in_folder, folder, rules, plan)))
    return said


def _in_backup(path: Path, rules: Rules, plan: Erasure) -> None:
    with backups.beside(path) as folder:
        head = backups.unpack(path, folder / "data")
        _in_folder(folder / "data", rules, plan)
        backups.pack(folder / "data", path, head)


def _in_folder(folder: Path, rules: Rules, plan: Erasure) -> None:
    """Erase in another data folder: its own rows about the same bookings go too."""
    ledger, files = Ledger.open(folder, rules.site.timezone), Files(folder)
    try:
        _in_files(files, plan, _in_books(ledger, plan.joined(_rows_of(plan, ledger.books()))))
        files.drop_exports("~")
        files.sync_dropped()
        ledger.empty_journal()
        # Twice: the generation before must not know it either.
        for value in ("1", "2"):
            ledger.commit([Setting("erased", value)])
    finally:
        ledger.close()


def _rows_of(plan: Erasure, books: Books) -> Erasure:
    rows = {m.id for m in books.every(OutMail) if m.matter.kind is MatterKind.BOOKING and m.matter.ref in plan.codes}
    return Erasure(rows=frozenset(rows))


def _tried(name: str, step: Callable[[], None]) -> str:
    try:
        step()
    except (MailbotError, OSError) as error:
        return f"{name}: not reached ({error}), erase it there by hand"
    return f"{name}: erased there too"
