"""THE FLOW: what enters is decided, recorded in one commit, and only then seen by anybody. Read this file first.

collect.py brings letters in, due() the passing of time, handle() takes any arrivals through decide → record, and
deliver() hands committed mails to the post. Carries things between the rooms; knows no protocol, no template, no rule.
What fails commits nothing and is tried again; of what is due and stays stuck the office hears once a day.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random

import structlog

from mailbot.decide.due import due
from mailbot.decide.finished import finished
from mailbot.decide.pausing import is_held
from mailbot.entries import Entry, decide_all
from mailbot.errors import AskHumanError, TryLaterError
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival, Given
from mailbot.model.events import TroubleLasted
from mailbot.model.mail import UNDELIVERED, Matter, Outcome, OutMail, Phase, Sending, SendingResult
from mailbot.model.money import Counter
from mailbot.model.people import CLOCK
from mailbot.model.records import Change
from mailbot.model.rules import Rules
from mailbot.model.table import table_line
from mailbot.record import durable
from mailbot.record.files import Files
from mailbot.record.ledger import Ledger
from mailbot.send import outbox
from mailbot.send.compose import Composer
from mailbot.send.post import Post
from mailbot.send.sheets import bookings_xlsx

log = structlog.get_logger()

# How many mails lie with the post at once: enough to keep it busy, few enough that an urgent one is soon next.
HANDED_OVER = 50
# Results come in one by one and a commit costs what is open: while the post is busy they are folded in batches. They
# are safe in its journal, and nothing waits longer than this.
FOLDED_AT_LEAST, FOLDED_WITHIN = 25, timedelta(seconds=1)
TRIES = 3
# A hand-over that ends here would have ended so for any other mail; one that came further shows that mails can leave.
ON_THE_WAY = (Phase.JOURNAL, Phase.CONNECT, Phase.TLS, Phase.LOGIN, Phase.MAIL)


@dataclass(slots=True)
class Flow:
    """The rooms, joined. `clock` gives the aware time now, in the site's zone; `dice` is the system's randomness.

    `with_post` are the mails handed over whose results are not in the books, `results` those results as far as known.
    `shut` says why no mail can leave at all, "" while mails can, or none was tried.
    """

    rules: Rules
    ledger: Ledger
    files: Files
    composer: Composer
    post: Post
    clock: Callable[[], datetime]
    dice: Random
    with_post: set[str] = field(default_factory=set)
    results: list[SendingResult] = field(default_factory=list)
    shut: str = ""
    # When the last look into the mailbox began that read all of it, and since when one is tried while there is none.
    read_at: datetime | None = None
    tried_since: datetime | None = None
    archived_on: date | None = None

    def books(self) -> Books:
        """Give the books as recorded."""
        return self.ledger.books()

    def given(self) -> Given:
        """Give time, chance and settings for one decision."""
        return Given(self.clock(), self.dice, self.rules)

    def decide(self, arrivals: Iterable[Arrival]) -> tuple[list[Entry], list[tuple[Arrival, str]]]:
        """Decide about arrivals against the recorded books and one another; records nothing. See decide_all."""
        return decide_all(arrivals, self.books(), self.given(), self.composer)

    def record(self, entries: Sequence[Entry], also: Sequence[Change] = ()) -> None:
        """Make entries durable in ONE commit: files first, the ledger last.

        Raises TryLaterError where the disk says no; then nothing of the batch happened.
        """
        changes: list[Change] = []
        paths: dict[str, str] = {}
        for made in entries:
            self._call_back(made.changes)
            # A mail withdrawn in the batch that wrote it keeps its file: what would have been sent can be looked up.
            changes += [_placed(change, paths) for change in made.changes]
            for mail, raw in made.mails:
                paths[mail.id] = self.files.keep_mail(mail.id, raw, mail.created_at)
                changes.append(_placed(mail, paths))
        changes.extend(also)
        # Beside the ledger, so that whatever becomes of it no number is ever given out twice.
        if drawn := {change.name: change.value for change in changes if isinstance(change, Counter)}:
            self.files.note_drawn(drawn)
        if changes:
            self.ledger.commit(changes)
        for made in entries:
            _log(made)

    def _call_back(self, changes: Iterable[Change]) -> None:
        """Take mails that are about to be withdrawn back from the post, as far as no server can have them yet.

        Before the commit: a mail taken back for nothing is handed over again. One whose DATA is said goes on: where the
        server takes it its row ends as sent, and the correction the decision wrote follows it.
        """
        for change in changes:
            if isinstance(change, OutMail) and change.state is Sending.WITHDRAWN and self.post.cancel(change.id):
                self.with_post.discard(change.id)

    def handle(self, arrivals: Sequence[Arrival]) -> list[Entry]:
        """Take arrivals from decision to commit; those already handled are passed over. Returns what was recorded."""
        fresh = [arrival for arrival in arrivals if self.books().handled(arrival.key) is None]
        entries, _ = self.decide(fresh)
        self.record(entries)
        return entries

    def due(self) -> None:
        """Let time pass: handle what the clock finds due, until nothing is."""
        for _ in range(TRIES):
            found = due(self.books(), self.clock(), self.rules, self.read_at, self.tried_since)
            entries, failed = self.decide(found)
            self.record(entries)
            self._tell_stuck(failed)
            if not entries:
                return

    def _tell_stuck(self, failed: Sequence[tuple[Arrival, str]]) -> None:
        """Let a person hear, once a day, of what is due and cannot be done; it is tried again all the same."""
        for arrival, what in failed:
            now = self.clock()
            event = TroubleLasted(arrival.key, f"Fälliges ließ sich nicht erledigen: {what}", now)
            self.handle([Arrival(f"clock:stuck:{arrival.key}:{now.date()}", CLOCK, event)])

    def export(self) -> None:
        """Keep the night's copy of the table of bookings, once a day; old copies go as old backups do.

        A night the daemon slept through is made up for at the first look afterwards. Raises TryLaterError.
        """
        today = self.clock().date()
        name = f"buchungen-{today}.xlsx"
        if self.files.has_export(name):
            return
        books = self.books()
        lines = [table_line(booking, books) for booking in books.bookings()]
        self.files.keep_export(name, bookings_xlsx(lines))
        self.files.drop_exports(f"buchungen-{today - timedelta(days=self.rules.privacy.backups_days)}.xlsx")

    def archive(self) -> None:
        """Let what is finished leave the open books, once a day: a commit costs what is open. Raises TryLaterError."""
        today = self.clock().date()
        if self.archived_on != today:
            self.ledger.archive(finished(self.books(), self.clock(), self.rules))
            self.archived_on = today

    def resume(self) -> None:
        """Begin where the last run ended: what the post wrote down counts, and whatever is queued may go at once."""
        self.fold_results()
        self._hurry()

    def _hurry(self) -> None:
        """Let whatever is queued go at once: nobody knows any more whether the reason for its pause still stands."""
        now = self.clock()
        changes = [after for mail in self.books().queued() if (after := outbox.at_once(mail, now)) != mail]
        if changes:
            self.ledger.commit(changes)

    def deliver(self) -> None:
        """Take the post's results into the books and hand over what may leave now, the most urgent first."""
        if self._may_fold():
            self.fold_results()
        free = HANDED_OVER - len(self.with_post)
        if free <= 0:
            return
        now = self.clock()
        books = self.books()
        wrong = self._wrong_in_hand(books)
        allowed = (mail for mail in books.queued() if not is_held(books, mail, self.rules))
        waiting = [mail for mail in allowed if mail.id not in self.with_post and (mail.matter, mail.to) not in wrong]
        # What lies with the post may be sent by now, and counts.
        per_hour = self.rules.smtp.per_hour - len(self.with_post)
        ready = outbox.ready(waiting, now, books.sent_at(now), per_hour)[:free]
        # A file that cannot be read now must not hold up the mails behind it.
        if unread := [error for mail in ready if (error := self._hand_over(mail))]:
            raise unread[0]

    def _wrong_in_hand(self, books: Books) -> set[tuple[Matter, str]]:
        """Give matter and recipient of mails withdrawn while a server has them in hand: their corrections wait.

        By another connection a correction would overtake what it corrects, and what is read last must be what is true.
        Such a mail ends within the ten minutes that a server may take after the dot.
        """
        rows = [row for mail_id in self.with_post if (row := books.mail(mail_id))]
        return {(row.matter, row.to) for row in rows if row.state is Sending.WITHDRAWN}

    def _may_fold(self) -> bool:
        is_idle = self.post.is_idle()
        self.results += self.post.results()
        if is_idle or len(self.results) >= FOLDED_AT_LEAST:
            return True
        return bool(self.results) and not timedelta(0) <= self.clock() - self.results[0].at < FOLDED_WITHIN

    def _hand_over(self, mail: OutMail) -> TryLaterError | None:
        try:
            raw = self.files.read_mail(mail.path)
        except TryLaterError as error:
            return error
        except AskHumanError as error:
            # One lost file must not hold up the others: a person is told, as of any mail that cannot be sent.
            now = self.clock()
            self.ledger.commit([replace(mail, state=Sending.FAILED, finished_at=now, answer=str(error))])
            self.due()
            return None
        durable.step("mail handed over")
        self.with_post.add(mail.id)
        self.post.put(mail.id, raw, self.rules.smtp.sender_address, mail.to)
        return None

    def fold_results(self) -> None:
        """Take what the post said about mails into the books, with what the last run left; people hear of failures."""
        self.results += self.ledger.sendings()
        self.results += self.post.results()
        now = self.clock()
        changed: dict[str, OutMail] = {}
        for result in self.results:
            mail = changed.get(result.mail_id) or self.books().mail(result.mail_id)
            if mail is None or (after := outbox.after(mail, result, now)) == mail:
                continue
            changed[mail.id] = after
            why = {} if after.state is Sending.SENT else {"answer": after.answer}
            log.info("mail", id=mail.id, kind=mail.kind, state=after.state.value, **why)
        if changed:
            self.ledger.commit(list(changed.values()))
        # Only now: where the disk refused, a mail that left must not be taken for one that did not.
        self.with_post -= {result.mail_id for result in self.results}
        was_shut = self.shut
        for result in self.results:
            self.shut = result.answer if _is_shut(result) else ""
        self.results.clear()
        if was_shut and not self.shut:
            self._hurry()
        if any(mail.state in UNDELIVERED for mail in changed.values()):
            self.due()


def _is_shut(result: SendingResult) -> bool:
    return result.outcome is Outcome.LATER and result.phase in ON_THE_WAY


def _placed(change: Change, paths: Mapping[str, str]) -> Change:
    """Give a mail's row the path of the file that this batch wrote for it."""
    if isinstance(change, OutMail) and change.id in paths:
        return replace(change, path=paths[change.id])
    return change


def _log(made: Entry) -> None:
    event = type(made.arrival.event).__name__
    refs = ",".join(sorted({ref for ref, _ in made.decision.notes}))
    kinds = " ".join(mail.kind for mail, _ in made.mails)
    log.info(
        "arrival",
        key=made.arrival.key,
        by=str(made.arrival.by),
        what=event,
        ref=refs,
        outcome=made.decision.outcome,
        mails=kinds,
    )
