"""THE FLOW: what enters is decided, recorded in one commit, and only then seen by anybody. Read this file first.

collect() brings letters in, due() the passing of time, handle() takes any arrivals through decide → record → send, and
deliver() hands committed mails to the post. Carries things between the rooms; knows no protocol, no template, no rule.
A letter that fails commits nothing and is tried again; at the third try it is put aside and the office is told.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

import structlog

from mailbot.decide.due import due
from mailbot.entries import Entry, decide_all
from mailbot.errors import AskHumanError
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival, Given
from mailbot.model.mail import UNDELIVERED, OutMail, Sending
from mailbot.model.records import Change
from mailbot.model.rules import Rules
from mailbot.record import durable
from mailbot.record.files import Files
from mailbot.record.ledger import Ledger
from mailbot.send import outbox
from mailbot.send.compose import Composer
from mailbot.send.post import Post

log = structlog.get_logger()

# How many mails lie with the post at once: enough to keep it busy, few enough that an urgent one is soon next.
HANDED_OVER = 50
TRIES = 3


@dataclass(slots=True)
class Flow:
    """The rooms, joined. `clock` gives the aware time now, in the site's zone; `dice` is the system's randomness."""

    rules: Rules
    ledger: Ledger
    files: Files
    composer: Composer
    post: Post
    clock: Callable[[], datetime]
    dice: Random
    with_post: set[str] = field(default_factory=set)

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
        for made in entries:
            changes.extend(made.changes)
            for mail, raw in made.mails:
                changes.append(replace(mail, path=self.files.keep_mail(mail.id, raw, mail.created_at)))
        changes.extend(also)
        if changes:
            self.ledger.commit(changes)
        for made in entries:
            _log(made)

    def handle(self, arrivals: Sequence[Arrival]) -> list[Entry]:
        """Take arrivals from decision to commit; those already handled are passed over. Returns what was recorded."""
        fresh = [arrival for arrival in arrivals if self.books().handled(arrival.key) is None]
        entries, _ = self.decide(fresh)
        self.record(entries)
        return entries

    def due(self) -> None:
        """Let time pass: handle what the clock finds due, until nothing is."""
        for _ in range(TRIES):
            arrivals = due(self.books(), self.clock(), self.rules)
            if not self.handle(arrivals):
                return

    def resume(self) -> None:
        """Begin where the last run ended: what the post wrote down counts, and whatever is queued may go at once."""
        self.fold_results()
        now = self.clock()
        changes = [after for mail in self.books().queued() if (after := outbox.after_restart(mail, now)) != mail]
        if changes:
            self.ledger.commit(changes)

    def deliver(self) -> None:
        """Take the post's results into the books and hand over what may leave now, the most urgent first."""
        self.fold_results()
        now = self.clock()
        waiting = [mail for mail in self.books().queued() if mail.id not in self.with_post]
        free = HANDED_OVER - len(self.with_post)
        for mail in outbox.ready(waiting, now, self.books().sent_at(now), self.rules.smtp.per_hour)[:free]:
            self._hand_over(mail)

    def _hand_over(self, mail: OutMail) -> None:
        try:
            raw = self.files.read_mail(mail.path)
        except AskHumanError as error:
            # One lost file must not hold up the others: a person is told, as of any mail that cannot be sent.
            now = self.clock()
            self.ledger.commit([replace(mail, state=Sending.FAILED, finished_at=now, answer=str(error))])
            self.due()
            return
        durable.step("mail handed over")
        self.with_post.add(mail.id)
        self.post.put(mail.id, raw, self.rules.smtp.sender_address, mail.to)

    def fold_results(self) -> None:
        """Take what the post said about mails into the books, with what the last run left; people hear of failures."""
        results = (*self.ledger.sendings(), *self.post.results())
        now = self.clock()
        changed: dict[str, OutMail] = {}
        for result in results:
            self.with_post.discard(result.mail_id)
            mail = changed.get(result.mail_id) or self.books().mail(result.mail_id)
            if mail is None or (after := outbox.after(mail, result, now)) == mail:
                continue
            changed[mail.id] = after
            log.info("mail", id=mail.id, kind=mail.kind, state=after.state.value, tries=after.next_attempt - 1)
        if changed:
            self.ledger.commit(list(changed.values()))
        if any(mail.state in UNDELIVERED for mail in changed.values()):
            self.due()


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
