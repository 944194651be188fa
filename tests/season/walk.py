"""The walk through a season: a queue of moments, at each of which people write, the machine turns and mails are read.

People answer what lies in their mailboxes, each by the dice of the booking at hand (habits.py), so that the same season
can be walked with the machine switched off on some days.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from season import papers
from season.diary import Diary, Mail, Wrote, read
from season.machine import Machine
from season.town import BERLIN, FIRST, LAST, Plan, invent

from mailbot import stage
from mailbot.model.decisions import Arrival
from mailbot.model.events import CodesGenerated
from mailbot.model.people import OPERATOR
from mailbot.model.rules import Rules
from mailbot.send.compose import Composer

ROOT = Path(__file__).resolve().parent.parent.parent
# When the machine looks at the clock whatever happens: the desk's list, the digest, the bills, and when the office
# has gone home; the last look of a day is followed by the reckoning.
LOOKS = (time(7, 5), time(8, 0), time(8, 35), time(13, 5), time(16, 5))
EVENING = time(23, 0)
# What is asked for near the end still wants its answers, lapses and bills.
AFTERWARDS = timedelta(days=9)

Off = Sequence[tuple[datetime, datetime]]


def rules_of_season() -> Rules:
    """Give the office's own rules with the season's dates, whatever day it is today."""
    rules = stage.stage_rules(ROOT / "rules.yaml")
    kirche = rules.resources["kirche"]
    codes = replace(kirche.door_codes, season_from=FIRST, season_to=LAST)
    return replace(rules, resources={"kirche": replace(kirche, door_codes=codes)})


@dataclass
class Walk:
    """A season under way. `hear` is told of every mail that was read; `reckon` holds the invariants each evening."""

    machine: Machine
    diary: Diary
    plans: dict[str, Plan]
    off: Off = ()
    restarts: frozenset[date] = frozenset()
    hear: Callable[["Walk", Mail], None] = lambda _walk, _mail: None
    looked: Callable[["Walk"], None] = lambda _walk: None
    reckon: Callable[["Walk"], None] = lambda _walk: None
    starts: dict[str, set[datetime]] = field(default_factory=dict)
    queue: list[tuple[float, int, datetime, Callable[[], None]]] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)
    number: int = 0
    letters: int = 0
    heard: int = 0
    unread: list[tuple[int, Wrote]] = field(default_factory=list)
    # Where each booking stands when the season is over.
    states: dict[str, str] = field(default_factory=dict)
    by_id: dict[str, Wrote] = field(default_factory=dict)
    # What the office was shown to decide, by booking.
    shown: dict[str, list[Mail]] = field(default_factory=dict)
    # The season's codes as the office knows them; the inspector of mails reads them from its list.
    codes: dict[date, str] = field(default_factory=dict)

    @classmethod
    def through(cls, data: Path, seed: int, count: int, off: Off = ()) -> "Walk":
        """Lay the season out; run() walks it. The season's list of codes has gone to the office."""
        rules, diary = rules_of_season(), Diary()
        begins = datetime.combine(FIRST, time(8), BERLIN)
        composer = Composer(ROOT / "templates", rules)
        dice = Random(f"machine/{seed}")

        def deliver(to: str, raw: bytes) -> None:
            diary.mails.append(read(machine.now, to, raw))

        machine = Machine(rules, data, composer, begins, dice, deliver)
        plans = {plan.reference: plan for plan in invent(seed, count)}
        walk = cls(
            machine, diary, plans, off, frozenset(dice.choices([FIRST + timedelta(n) for n in range(240)], k=12))
        )
        machine.start()
        machine.command(Arrival("command:codes:season", OPERATOR, CodesGenerated()))
        for plan in plans.values():
            walk._plan(plan)
        return walk

    @property
    def now(self) -> datetime:
        return self.machine.now

    @property
    def is_on(self) -> bool:
        return self.machine.daemon is not None

    def run(self) -> None:
        """Walk to the end of the season and a little further."""
        days = (LAST - FIRST + AFTERWARDS).days
        for day in (FIRST + timedelta(days=n) for n in range(days)):
            for look in (*LOOKS, EVENING):
                self.at(datetime.combine(day, look, BERLIN), lambda: None)
        last = datetime.combine(FIRST + timedelta(days=days - 1), EVENING, BERLIN)
        while self.queue and self.now < last:
            self._step()
        self.states = {row.code: row.state.value for row in self.machine.bookings()}
        self.machine.stop()

    def at(self, moment: datetime, what: Callable[[], None]) -> None:
        """Let something happen at a moment, or now where that is over."""
        moment = max(moment, self.now, key=datetime.timestamp)
        self.number += 1
        heapq.heappush(self.queue, (moment.timestamp(), self.number, moment, what))

    def write(self, who: str, about: str, text: str, raw: Callable[[str], bytes], *, is_robot: bool = False) -> Wrote:
        """Put a letter into mailbot's mailbox; `raw` makes its bytes from its Message-ID."""
        self.letters += 1
        letter_id = f"<w{self.letters}.{who}@people.example>"
        wrote = Wrote(self.now, who, letter_id, text, about, is_robot)
        self.machine.letters.put(self.now, raw(letter_id))
        self.diary.letters.append(wrote)
        self.by_id[letter_id] = wrote
        self.unread.append((self.machine.letters.last, wrote))
        return wrote

    def answer(self, mail: Mail, who: str, sender: str, text: str, about: str = "") -> Wrote:
        """Answer a mail; a letter that may confirm is noted for the invariants."""
        about = about or mail.booking
        return self.write(who, about, text, lambda letter_id: papers.answer(mail, text, sender, letter_id))

    def say(self, mail: Mail, text: str) -> None:
        """Let a customer answer a mail."""
        self.answer(mail, "customer", mail.to, text)

    def count(self, what: str) -> int:
        """Tell how often something happened before, and count it."""
        self.times[what] += 1
        return self.times[what] - 1

    def letter(self, letter_id: str) -> Wrote | None:
        """Find a letter that people wrote by its Message-ID."""
        return self.by_id.get(letter_id)

    def letter_about(self, code: str, who: Sequence[str], by: datetime, *, is_first: bool = False) -> Wrote | None:
        """Give somebody's last (or first) letter that may confirm a booking and was read by then."""
        words = [w for w in self.diary.approvals.get(code, []) if w.who in who and w.read_at and w.read_at <= by]
        return words[0 if is_first else -1] if words else None

    def has_changed(self, code: str) -> bool:
        """Tell whether the office gave a booking other times."""
        return any(wrote.text.startswith("ändern") for wrote in self.diary.approvals.get(code, []))

    def asked_at(self, code: str) -> datetime:
        """Give when the office was last shown a booking to decide about."""
        return max((m.at for m in self.shown.get(code, [])), default=self.now)

    def is_told(self, code: str) -> bool:
        """Tell whether the customer hears of a booking: not after `ok ohne mail`, nor of what came when it was over."""
        is_silent = any("ohne mail" in wrote.text for wrote in self.diary.approvals.get(code, []))
        plan, shown = self.plans[code], self.shown.get(code, [])
        is_past = bool(shown) and shown[0].at >= plan.end
        return not is_silent and not is_past

    def _plan(self, plan: Plan) -> None:
        """Let a plan's notices arrive: the request, and what else the booking page sends about it."""
        self.starts[plan.reference] = {plan.start, plan.moved_to or plan.start}
        self.at(plan.asked_at, lambda: self._page(plan, "new", plan.start))
        second, at = plan.second, plan.second_at
        if second.endswith("first"):
            at = plan.asked_at - timedelta(minutes=20)
        what, _, _ = second.partition(" ")
        if at is None:
            return
        if what == "twice":
            self.at(at, lambda: self._page(plan, "new", plan.start))
        elif what == "moved" and plan.moved_to:
            self.at(at, lambda: self._page(plan, "moved", plan.moved_to or plan.start))
        elif what == "withdrawn":
            self.at(at, lambda: self._page(plan, "withdrawn", plan.start))
        elif what == "reminder":
            self.at(at, lambda: self._reminder(plan))

    def _page(self, plan: Plan, what: str, start: datetime) -> None:
        self.write("source", plan.reference, what, lambda letter_id: papers.notice(plan, what, start, letter_id))

    def _reminder(self, plan: Plan) -> None:
        text = f"Erinnerung an die Buchung {plan.reference}"
        self.write("source", plan.reference, "reminder", lambda i: papers.letter(papers.PAGE, text, text, i))

    def _step(self) -> None:
        """Do everything of the next moment, then let the machine turn and everybody read."""
        moment = self.queue[0][2]
        self.machine.now = moment
        while self.queue and self.queue[0][0] <= moment.timestamp():
            heapq.heappop(self.queue)[3]()
        self._switch()
        if not self.is_on:
            return
        self.turn()
        if moment.time() == EVENING:
            self.reckon(self)

    def turn(self) -> None:
        """Let the machine make its pass, note which letters it read, and let people read their mail."""
        self.machine.turn()
        inbox = self.machine.letters.inbox
        for uid, wrote in self.unread:
            if uid not in inbox:
                wrote.read_at = self.now
        self.unread = [(uid, wrote) for uid, wrote in self.unread if uid in inbox]
        new, self.heard = self.diary.mails[self.heard :], len(self.diary.mails)
        for mail in new:
            if mail.kind in ("office/review", "office/message"):
                self.shown.setdefault(mail.booking, []).append(mail)
        self.looked(self)
        for mail in new:
            self.hear(self, mail)

    def _switch(self) -> None:
        """Switch the machine off and on, as the season has it; on some days it is only started anew at noon."""
        is_off = any(since <= self.now < until for since, until in self.off)
        is_restart = self.now.date() in self.restarts and self.now.time() == LOOKS[3]
        if self.is_on and (is_off or is_restart):
            self.machine.stop()
        if not self.is_on and not is_off:
            self.machine.start()
