"""What a decision may read, asked by meaning. Each question is answered from an index, never by a walk through history.

Books are a value: `after()` gives new books and leaves the old ones as they were, so that a batch folds into one.
What is finished stands on a shelf (the archive) behind them; where a record is in both, the open one counts.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import TypeVar, cast

from mailbot.model.booking import LIVING, Booking, Stay
from mailbot.model.codes import CodeProposal, DoorCode, door_code_key
from mailbot.model.digests import Digest
from mailbot.model.indexes import ARCHIVED, ARCHIVED_INDEXES, INDEXES_OF, Shelf, days, hour, matter_word
from mailbot.model.letter import VANISHED, Handled, Watermark
from mailbot.model.mail import Matter, MatterKind, OutMail
from mailbot.model.money import Counter, Invoice, MailedDiscount, Payment
from mailbot.model.pending import PendingDecision
from mailbot.model.records import Change, Gone, HistoryLine, OpenLetter, Record, Setting

R = TypeVar("R")


class Books:
    """The newest version of every open record, with its indexes, before the finished ones. Never changed in place."""

    __slots__ = ("_found", "_shelf", "_tables")

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf = shelf
        self._tables: dict[str, dict[str, Record]] = {}
        self._found: dict[str, dict[str, tuple[str, ...]]] = {}

    @classmethod
    def of(cls, records: Iterable[Record], shelf: Shelf | None = None) -> "Books":
        """Build books from records; a later version of the same key replaces the earlier."""
        return cls(shelf).after(records)

    def after(self, changes: Iterable[Change]) -> "Books":
        """Give the books as they will be once `changes` are recorded; these books stay as they are."""
        new = Books(self._shelf)
        new._tables, new._found = dict(self._tables), dict(self._found)
        fresh: set[str] = set()
        for change in changes:
            table = change.table if isinstance(change, Gone) else change.TABLE
            if table not in fresh:
                fresh.add(table)
                new._tables[table] = dict(new._tables.get(table, {}))
                for index in INDEXES_OF.get(table, ()):
                    new._found[index.name] = dict(new._found.get(index.name, {}))
            new._put(table, change)
        return new

    def _put(self, table: str, change: Change) -> None:
        rows = self._tables[table]
        old = rows.pop(change.key, None)
        for index in INDEXES_OF.get(table, ()):
            found = self._found[index.name]
            for word in index.by(old) if old is not None else ():
                left = tuple(key for key in found.get(word, ()) if key != change.key)
                if left:
                    found[word] = left
                else:
                    found.pop(word, None)
            for word in index.by(change) if not isinstance(change, Gone) else ():
                found[word] = (*found.get(word, ()), change.key)
        if not isinstance(change, Gone):
            rows[change.key] = change

    def _get(self, kind: type[R], key: str) -> R | None:
        table: str = kind.TABLE  # type: ignore[attr-defined]  # every record has TABLE
        found = self._tables.get(table, {}).get(key)
        if found is None and self._shelf and table in ARCHIVED:
            found = self._shelf.get(table, key)
        return cast("R | None", found)

    def _open(self, kind: type[R]) -> Iterator[R]:
        return cast("Iterator[R]", iter(self._tables.get(kind.TABLE, {}).values()))  # type: ignore[attr-defined]  # every record has TABLE

    def _all(self, kind: type[R]) -> Iterator[R]:
        table: str = kind.TABLE  # type: ignore[attr-defined]  # every record has TABLE
        rows = self._tables.get(table, {})
        finished = (record for record in self._shelf.all(table) if record.key not in rows) if self._shelf else ()
        return cast("Iterator[R]", chain(finished, rows.values()))

    def _find(self, kind: type[R], index: str, word: str) -> list[R]:
        rows = self._tables.get(kind.TABLE, {})  # type: ignore[attr-defined]  # every record has TABLE
        found = [rows[key] for key in self._found.get(index, {}).get(word, ())]
        if self._shelf and index in ARCHIVED_INDEXES:
            found = [record for record in self._shelf.find(index, word) if record.key not in rows] + found
        return cast("list[R]", found)

    def records(self) -> Iterator[Record]:
        """Give every open record, table by table: for the ledger's writing and for exports."""
        for rows in self._tables.values():
            yield from rows.values()

    def every(self, kind: type[R]) -> Iterator[R]:
        """Give every record of a kind there is, open and finished, one at a time: for erasing what is old."""
        return self._all(kind)

    def booking(self, code: str) -> Booking | None:
        """Find the booking with this booking code."""
        return self._get(Booking, code)

    def booking_about(self, matter: Matter) -> Booking | None:
        """Find the booking a matter is about, None where it is about something else."""
        return self.booking(matter.ref) if matter.kind is MatterKind.BOOKING else None

    def booking_by_reference(self, source: str, reference: str) -> Booking | None:
        """Find the booking a source's notice speaks of by the source's own reference."""
        return next(iter(self._find(Booking, "bookings_by_reference", f"{source}/{reference}")), None)

    def bookings(self) -> list[Booking]:
        """Give every booking there ever was, by start, then code."""
        return sorted(self._all(Booking), key=lambda b: (b.stay.start, b.code))

    def booking_codes(self) -> set[str]:
        """Give the code of every booking there ever was."""
        finished = self._shelf.keys(Booking.TABLE) if self._shelf else ()
        return {*finished, *(booking.code for booking in self._open(Booking))}

    def waiting(self) -> list[Booking]:
        """Give the bookings that wait for the office's decision, by start."""
        return sorted(self._find(Booking, "bookings_open", "open"), key=lambda b: (b.stay.start, b.code))

    def astray(self) -> list[Booking]:
        """Give the decided bookings of which the booking page shows another time than the books keep, by start."""
        return sorted(self._find(Booking, "bookings_astray", "astray"), key=lambda b: (b.stay.start, b.code))

    def on(self, resource: str, day: date) -> list[Booking]:
        """Give the bookings, of any state, that touch a local day of a resource, by start."""
        found = self._find(Booking, "bookings_on", f"{resource}/{day.isoformat()}")
        return sorted(found, key=lambda b: (b.stay.start, b.code))

    def overlapping(self, stay: Stay, but: str = "") -> list[Booking]:
        """Give the requested, held and confirmed bookings whose stay overlaps, first come first, without code `but`."""
        codes = {key for word in days(stay) for key in self._found.get("bookings_on", {}).get(word, ())}
        found = [b for code in codes if (b := self.booking(code)) and b.code != but]
        hits = [b for b in found if b.state in LIVING and b.stay.overlaps(stay)]
        return sorted(hits, key=lambda b: (b.received_at, b.code))

    def bookings_of(self, email: str) -> list[Booking]:
        """Give a customer's bookings by e-mail address, any case, by start."""
        found = self._find(Booking, "bookings_of", email.casefold())
        return sorted(found, key=lambda b: (b.stay.start, b.code))

    def door_code(self, resource: str, day: date, slot: str | None = None) -> DoorCode | None:
        """Find the door code of a resource's day (and slot, local `HH:MM`, where codes are per slot)."""
        return self._get(DoorCode, door_code_key(resource, day, slot))

    def door_codes(self, resource: str | None = None) -> list[DoorCode]:
        """Give the season's door codes of one resource, or all, by resource, day and slot."""
        rows = [c for c in self._open(DoorCode) if resource in (None, c.resource)]
        return sorted(rows, key=lambda c: (c.resource, c.day, c.slot or ""))

    def code_proposal(self, key: str) -> CodeProposal | None:
        """Find the proposal of another door code that the office has not answered yet, by the door code's key."""
        return self._get(CodeProposal, key)

    def invoice(self, number: str) -> Invoice | None:
        """Find an invoice by its number."""
        return self._get(Invoice, number)

    def invoices_of(self, code: str) -> list[Invoice]:
        """Give a booking's invoices and cancellations in the order they were issued."""
        return self._find(Invoice, "invoices_of", code)

    def invoices(self) -> list[Invoice]:
        """Give every invoice, by number."""
        return sorted(self._all(Invoice), key=lambda i: i.number)

    def payments_of(self, code: str) -> list[Payment]:
        """Give a booking's payments in the order they were recorded."""
        return self._find(Payment, "payments_of", code)

    def paid(self, code: str) -> Decimal:
        """Sum up what was paid for a booking, EUR."""
        return sum((p.amount for p in self.payments_of(code)), Decimal("0.00"))

    def discounts_of(self, email: str) -> list[MailedDiscount]:
        """Give the discounts the office gave a customer by mail, ended ones too, in the order they were given."""
        return sorted(self._find(MailedDiscount, "discounts_of", email.casefold()), key=lambda d: (d.at, d.id))

    def discounts(self) -> list[MailedDiscount]:
        """Give every discount the office gave by mail, by customer, then in the order they were given."""
        return sorted(self._all(MailedDiscount), key=lambda d: (d.customer, d.at, d.id))

    def counter(self, name: str) -> int:
        """Give the last number of a series, 0 where none was given out."""
        counter = self._get(Counter, name)
        return counter.value if counter else 0

    def handled(self, key: str) -> Handled | None:
        """Find what became of an arrival by its key."""
        return self._get(Handled, key)

    def handled_content(self, digest: str) -> Handled | None:
        """Find what became of a letter with exactly these bytes."""
        return next(iter(self._find(Handled, "handled_by_digest", digest)), None)

    def copies(self, digest: str) -> list[Handled]:
        """Give every arrival of a letter with exactly these bytes."""
        return self._find(Handled, "handled_by_digest", digest)

    def handled_id(self, id_digest: str) -> Handled | None:
        """Find what became of the first letter of the last weeks with this digest of its Message-ID."""
        return next(iter(self._find(Handled, "handled_by_id", id_digest)), None)

    def vanished(self) -> list[Handled]:
        """Give the letters of the last weeks that were taken away before they were read, oldest first."""
        return sorted((h for h in self._open(Handled) if h.outcome == VANISHED), key=lambda h: (h.at, h.key))

    def last_letter(self) -> Handled | None:
        """Give the letter that was handled last."""
        letters = (handled for handled in self._open(Handled) if handled.key.startswith("letter:"))
        return max(letters, key=lambda handled: handled.at, default=None)

    def watermark(self, folder: str) -> Watermark | None:
        """Tell how far a folder was looked through."""
        return self._get(Watermark, folder)

    def mail(self, mail_id: str) -> OutMail | None:
        """Find a row of the outbox by its id."""
        return self._get(OutMail, mail_id)

    def mail_by_token(self, token: str) -> OutMail | None:
        """Find the mail a token was issued in, whatever became of it."""
        return next(iter(self._find(OutMail, "mails_by_token", token)), None)

    def mails_about(self, matter: Matter) -> list[OutMail]:
        """Give the mails about a matter, oldest first."""
        return sorted(self._find(OutMail, "mails_about", matter_word(matter)), key=lambda m: (m.created_at, m.id))

    def mails(self) -> list[OutMail]:
        """Give the rows of the outbox that are not archived yet, oldest first."""
        return sorted(self._open(OutMail), key=lambda m: (m.created_at, m.id))

    def queued(self) -> list[OutMail]:
        """Give the outbox rows not yet handed over for good, in no order."""
        return self._find(OutMail, "mails_queued", "queued")

    def undelivered(self) -> list[OutMail]:
        """Give the outbox rows that failed, bounced or ended uncertain, oldest first."""
        return sorted(self._find(OutMail, "mails_failed", "failed"), key=lambda m: (m.created_at, m.id))

    def sent_at(self, now: datetime) -> list[datetime]:
        """Give when mails were sent in the clock hour of `now` and the one before, in no order."""
        hours = (now, now - timedelta(hours=1))
        mails = [mail for at in hours for mail in self._find(OutMail, "mails_sent_in", hour(at))]
        return [mail.finished_at for mail in mails if mail.finished_at]

    def open_letter(self, key: str) -> OpenLetter | None:
        """Find a letter that waits for the office, by the letter's key."""
        return self._get(OpenLetter, key)

    def open_letters(self) -> list[OpenLetter]:
        """Give the letters that wait for the office, oldest first."""
        return sorted(self._open(OpenLetter), key=lambda letter: (letter.received_at, letter.key))

    def history(self, ref: str) -> list[HistoryLine]:
        """Give the history of a matter, oldest first."""
        return sorted(self._find(HistoryLine, "history_of", ref), key=lambda line: line.key)

    def history_from(self, arrival: str) -> list[HistoryLine]:
        """Give the history lines that an arrival left, in no order."""
        return self._find(HistoryLine, "history_from", arrival)

    def pending(self, code: str) -> PendingDecision | None:
        """Find the answer about a booking that does not count yet."""
        return self._get(PendingDecision, code)

    def pending_decisions(self) -> list[PendingDecision]:
        """Give the answers that do not count yet, the next to take effect first."""
        return sorted(self._open(PendingDecision), key=lambda p: (p.takes_effect_at, p.booking))

    def has_heard(self, who: str, day: date) -> bool:
        """Tell whether anything came from a source or person (their key in the rules) on a local day."""
        return bool(self._found.get("history_by", {}).get(f"{who}/{day.isoformat()}"))

    def digest(self, ref: str) -> Digest | None:
        """Find a digest as it was shown."""
        return self._get(Digest, ref)

    def digests(self) -> list[Digest]:
        """Give the digests that can still be answered, oldest first."""
        return sorted(self._open(Digest), key=lambda digest: (digest.at, digest.ref))

    def setting(self, name: str) -> str | None:
        """Give a fact about mailbot itself, None where it was never set."""
        setting = self._get(Setting, name)
        return setting.value if setting else None
