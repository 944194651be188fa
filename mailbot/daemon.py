"""The composition root: builds the edges from the rules, and turns the flow round until it is told to stop.

Owns the alarm clock (the only user of `schedule`), the signals, the lock, the real clock and the real dice. An edge
that is away is tried again with growing pauses while everything else goes on; when it lasts, also over a restart, the
office is told.
Fails with StopError where nothing can go on: rules or templates wrong, ledger damaged, lock held, data/ not writable.
"""

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import SystemRandom

import schedule
import structlog

from mailbot import erasing
from mailbot.bell import Bell
from mailbot.collect import Collector
from mailbot.commands import Commands
from mailbot.entries import where
from mailbot.errors import TryLaterError
from mailbot.flow import Flow
from mailbot.model.decisions import Arrival
from mailbot.model.events import TroubleEnded, TroubleLasted
from mailbot.model.people import CLOCK
from mailbot.model.rules import Rules
from mailbot.oauth import token_of
from mailbot.receive.mailbox import Mailbox
from mailbot.record.files import Files
from mailbot.record.ledger import Ledger
from mailbot.record.lock import Lock
from mailbot.refiling import refile
from mailbot.send.compose import Composer
from mailbot.send.post import Post
from mailbot.send.second_way import SecondWay
from mailbot.troubles import LASTING, SENTENCES, SHUT_BEFORE, Kept, Trouble

log = structlog.get_logger()

PAUSES = (1, 2, 5, 10, 30, 60)
LOOK_AT_CLOCK = 30
# The edges that every turn comes to; the others wait for their own occasion and must not keep the daemon awake.
TURNED = ("mailbox", "commands", "post")


def clock_of(rules: Rules) -> Callable[[], datetime]:
    """Give the real clock, in the site's time zone."""
    return lambda: datetime.now(rules.site.timezone)


@dataclass(slots=True)
class Daemon:
    """A mailbot at work. Build it with open(); run() works until stop(); close() leaves everything in order."""

    rules: Rules
    flow: Flow
    collector: Collector
    commands: Commands
    lock: Lock
    bell: Bell
    second_way: SecondWay = field(init=False)
    kept: Kept = field(init=False)
    alarm_clock: schedule.Scheduler = field(default_factory=schedule.Scheduler)
    troubles: dict[str, Trouble] = field(default_factory=dict)
    is_stopping: bool = False

    def __post_init__(self) -> None:
        """Lay the second way out, which asks no server before it is needed, and take up the last run's troubles."""
        way, data = self.rules.alarm.smtp or self.rules.smtp, self.flow.files.data
        self.second_way = SecondWay(self.rules, token_of(way.oauth, data))
        self.kept = Kept(data)
        self.troubles, self.second_way.again_at = self.kept.read(self.flow.clock())
        # That no mail was tried yet does not make the way out well.
        self.flow.shut = SHUT_BEFORE if "post" in self.troubles else ""
        self.flow.tried_since = self.troubles["mailbox"].since if "mailbox" in self.troubles else self.flow.clock()

    @classmethod
    def open(
        cls,
        rules: Rules,
        data: Path,
        templates: Path,
        *,
        clock: Callable[[], datetime] | None = None,
        composer: Composer | None = None,
    ) -> "Daemon":
        """Check the templates, take the lock, read the books and start the post. Raises StopError.

        A `composer` that is given has been checked already.
        """
        if composer is None:
            composer = Composer(templates, rules)
            composer.check()
        lock = Lock.take(data)
        try:
            ledger = Ledger.open(data, rules.site.timezone)
            files = Files(data)
            files.sweep(ledger.books())
            bell = Bell(data)
            clock = clock or clock_of(rules)
            post = Post(rules.smtp, ledger.journal, bell.ring, token=token_of(rules.smtp.oauth, data), clock=clock)
            flow = Flow(rules, ledger, files, composer, post, clock, SystemRandom())
            flow.resume()
        except BaseException:
            lock.release()
            raise
        mailbox = Mailbox(rules.mailbox, token_of(rules.mailbox.oauth, data))
        return cls(rules, flow, Collector(flow, mailbox), Commands(flow), lock, bell)

    def run(self) -> None:
        """Turn the flow round until stop(): collect, commands, due, deliver, wait."""
        self.alarm_clock.every(LOOK_AT_CLOCK).seconds.do(self._guarded, "clock", self.flow.due)
        self.alarm_clock.every(LOOK_AT_CLOCK).seconds.do(self._guarded, "export", self.flow.export)
        self.alarm_clock.every(LOOK_AT_CLOCK).seconds.do(self._guarded, "archive", self.flow.archive)
        self.alarm_clock.every(LOOK_AT_CLOCK).seconds.do(self._guarded, "retention", erasing.retain, self.flow)
        log.info("started", mailbox=self.collector.mailbox.folder, waiting=len(self.flow.books().waiting()))
        is_first_turn = True
        while not self.is_stopping:
            self._guarded("mailbox", self.collector.collect)
            self._guarded("commands", self.commands.serve)
            # Where nothing could be looked at, nothing says that filing works.
            if "mailbox" not in self.troubles:
                self._guarded("filing", self._file)
            # What is due is looked at only after the mailbox was read: an unread answer counts first.
            if is_first_turn:
                self.alarm_clock.run_all()
                is_first_turn = False
            self._look_at_clock()
            self._guarded("post", self._deliver)
            self._wait()
        log.info("stopped")

    def _look_at_clock(self) -> None:
        # `schedule` notes the wall clock's next time: where the clock was put back, that may be an hour or years off.
        if (self.alarm_clock.idle_seconds or 0.0) > LOOK_AT_CLOCK:
            self.alarm_clock.run_all()
        self.alarm_clock.run_pending()

    def once(self, *, take_all: bool = False) -> int:
        """Make one pass: collect, do what is due, send what is queued, and wait for the post's answers.

        Returns how many letters were handled. Raises TryLaterError where the mailbox is away; what is due and queued
        was done all the same.
        """
        trouble: TryLaterError | None = None
        letters = 0
        try:
            letters = self.collector.collect(take_all=take_all)
        except TryLaterError as error:
            trouble = error
        self.commands.serve()
        try:
            self._file()
        except TryLaterError as error:
            trouble = trouble or error
        self.flow.due()
        self.settle()
        self.flow.export()
        self.flow.archive()
        erasing.retain(self.flow)
        if trouble:
            raise trouble
        return letters

    def _file(self) -> None:
        self.collector.look_filed()
        refile(self.flow)

    def settle(self) -> None:
        """Send what is queued and wait until the post has an answer for each mail it took."""
        self.flow.deliver()
        while self.flow.with_post:
            self.bell.wait(1.0)
            self.bell.hush()
            self.flow.deliver()

    def stop(self) -> None:
        """Ask run() to return after the turn it is in. May be called from a signal or another thread."""
        self.is_stopping = True
        self.bell.ring()

    def stop_on_signals(self) -> None:
        """Stop cleanly on SIGTERM and SIGINT. Only from the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())

    def close(self) -> None:
        """Let the post finish the mail it is at, take its results into the books, and release the lock."""
        self.flow.post.close(timeout=10.0)
        # What the post has to say is taken now or at the next start; of the way out that tells nothing.
        _failed("post", self.flow.fold_results)
        self.collector.mailbox.close()
        self.flow.ledger.close()
        self.bell.close()
        self.lock.release()

    def _deliver(self) -> None:
        """Let mails leave; a way out that is shut is a trouble like any other edge that is away."""
        self.flow.deliver()
        if self.flow.shut:
            raise TryLaterError(self.flow.shut)

    def _guarded(self, edge: str, step: Callable[..., object], *given: object) -> None:
        """Do a step; where its edge is away, remember since when and leave it alone for a growing pause."""
        now = self.flow.clock()
        trouble = self.troubles.get(edge)
        if trouble and trouble.since <= now < trouble.again_at:
            return
        if what := _failed(edge, step, *given):
            self._in_trouble(edge, what, now)
        elif trouble:
            self._well_again(edge, trouble)

    def _well_again(self, edge: str, trouble: Trouble) -> None:
        log.info("well again", edge=edge)
        self.troubles.pop(edge)
        now = self.flow.clock()
        if "alarm" in self.troubles:
            # What works again may be what the alarm waited for, and it is not told later.
            self.troubles["alarm"].again_at = now
        if not trouble.is_told and trouble.has_lasted(now):
            # A disk that takes nothing takes no alarm either: then the office hears of it afterwards.
            self._guarded("alarm", lambda: self._tell(edge, "inzwischen behoben", trouble))
        if trouble.is_told:
            event = TroubleEnded(edge, SENTENCES[edge])
            arrival = Arrival(f"clock:trouble_ended:{edge}:{now.isoformat()}", CLOCK, event)
            self._guarded("alarm", lambda: self.flow.handle([arrival]))
        self.kept.write(self.troubles, self.second_way.again_at)

    def _in_trouble(self, edge: str, what: str, now: datetime) -> None:
        old = self.troubles.get(edge)
        tries = old.tries + 1 if old else 0
        pause = timedelta(seconds=PAUSES[min(tries, len(PAUSES) - 1)])
        # Since a moment that has not come yet: the clock was put back.
        since = old.since if old and old.since <= now else now
        trouble = Trouble(since, tries, now + pause, old.is_told if old else False)
        self.troubles[edge] = trouble
        log.warning("trouble", edge=edge, what=what, next_try=f"{pause.total_seconds():.0f}s")
        if edge == "mailbox":
            self.collector.mailbox.close()
        if not trouble.is_told and trouble.has_lasted(now):
            self._guarded("alarm", lambda: self._tell(edge, what, trouble))
        if edge == "alarm" or (edge == "post" and self.second_way.is_another and trouble.has_lasted(now)):
            self._tell_elsewhere(edge, what, now)
        self.kept.write(self.troubles, self.second_way.again_at)

    def _tell_elsewhere(self, edge: str, what: str, now: datetime) -> None:
        """Tell of a trouble by the second way: its alarm cannot be written down, or cannot leave by the first."""
        others = (other for other in self.troubles if other != edge and self.troubles[other].has_lasted(now))
        sentences = (f"{LASTING[edge]} ({what})", *(LASTING[other] for other in others))
        if done := self.second_way.tell(edge, sentences, now):
            log.info("told elsewhere", edge=edge, outcome=done.outcome.value, answer=done.answer)

    def _tell(self, edge: str, what: str, trouble: Trouble) -> None:
        """Tell the office of a trouble; where that cannot be written down now, it is tried again with the edge."""
        event = TroubleLasted(edge, f"{LASTING[edge]} ({what})", trouble.since)
        self.flow.handle([Arrival(f"clock:trouble:{edge}:{trouble.since.isoformat()}", CLOCK, event)])
        trouble.is_told = True

    def _wait(self) -> None:
        """Sleep until mail may have come, the bell rings, or the next look at a clock or a lost edge is due."""
        now = self.flow.clock()
        pauses = [(self.troubles[edge].again_at - now).total_seconds() for edge in TURNED if edge in self.troubles]
        seconds = min(
            self.rules.mailbox.poll_every.total_seconds(), self.alarm_clock.idle_seconds or 0.0, *pauses, 60.0
        )
        if "mailbox" in self.troubles:
            self.bell.wait(max(0.05, seconds))
        else:
            self._guarded("mailbox", lambda: self.collector.mailbox.wait(max(0.0, seconds), self.bell.fd))
        self.bell.hush()


def _failed(edge: str, step: Callable[..., object], *given: object) -> str:
    """Do a step and say what went wrong, "" where nothing did."""
    try:
        step(*given)
    except TryLaterError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  # the daemon's job wrapper: a bug in one step must not end the others (HOUSE 25)
        log.error("bug", step=edge, what=where(error))  # noqa: TRY400  # a traceback might show a code
        return f"Programmfehler im Schritt {edge}: {where(error)}"
    return ""
