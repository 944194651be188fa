"""Two weeks of an office's life with a moved clock: the nights of DST, Easter, Christmas, pauses of the machine.

People ask, move, withdraw, answer and give codes out at random; after every look at the clock the invariants are held
against the books. In the end nothing is left waiting.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from decide_story import BERLIN, DESK, OFFICE, RULES, SABINE, SOURCE, World, matter, notice

from mailbot.decide import deadlines, office_days
from mailbot.decide.due import due
from mailbot.model.booking import Booking, State, Stay
from mailbot.model.day_events import Released
from mailbot.model.decisions import Decision
from mailbot.model.events import Approved, BookingRequested, Changed, Moved, NoticeKind, Rejected, Withdrawn
from mailbot.model.letter import Handled
from mailbot.model.mail import MailOrder, Sending
from mailbot.model.money import InvoiceKind
from mailbot.model.people import Role
from mailbot.model.rules import Rules

TICK = timedelta(minutes=20)
WEEKS = timedelta(days=14)
PERIODS = {
    "clocks go back": date(2026, 10, 17),
    "Christmas and New Year": date(2026, 12, 19),
    "Easter, clocks go forward": date(2027, 3, 20),
}
CLOSED = (date(2026, 12, 24), date(2026, 12, 31))
ONCE_A_ROUND = ("customer/call", "customer/lapsed", "customer/payment", "office/lapsed")
ON_OFFICE_DAYS = ("customer/payment", "customer/lapsed", "office/lapsed")
WITH_CODE = ("customer/confirmed", "customer/payment", "desk/codes", "office/codes")


def _rules() -> Rules:
    office = replace(RULES.people["office"], holidays="DE-NW", closed=CLOSED)
    return replace(RULES, people={**RULES.people, "office": office})


@dataclass
class Office:
    """A world that is played: what the clock wrote, in order, and when the machine was off."""

    world: World
    dice: Random
    begins: datetime
    count: int = 0
    off_until: datetime | None = None
    by_clock: list[tuple[datetime, MailOrder]] = field(default_factory=list)
    alarmed: set[str] = field(default_factory=set)

    def look_at_clock(self) -> None:
        """Do what is due, as the flow does, and note what was written."""
        world = self.world
        while arrivals := due(world.books, world.now, world.rules, world.now):
            for arrival in arrivals:
                before = {booking.code: booking for booking in world.books.bookings()}
                decision = world.tell(arrival.by, arrival.event)
                world.books = world.books.after([Handled(arrival.key, "", world.now, "done")])
                self.by_clock += [(world.now, order) for order in decision.mails]
                self._note_alarms(decision)
                _check_lapses(before, world)
        world.end_all(Sending.SENT)

    def happen(self) -> None:
        """Let one thing happen that people do; in the night mostly nothing does."""
        hour = self.world.now.hour
        if self.dice.random() > (0.25 if 7 <= hour <= 22 else 0.02):
            return
        decision = self.dice.choice((self._ask, self._ask, self._answer, self._answer, self._give_out, self._write))()
        if decision:
            self._note_alarms(decision)

    def _note_alarms(self, decision: Decision) -> None:
        self.alarmed |= {order.matter.ref for order in decision.mails if order.kind == "office/alarm"}

    def _stay(self) -> Stay:
        day = self.world.now.date() + timedelta(days=self.dice.choice((0, 0, 1, 1, 2, 3, 5, 8)))
        start = datetime.combine(day, time(self.dice.randrange(10, 22), self.dice.choice((0, 30))), BERLIN)
        return Stay("kirche", start, start + timedelta(minutes=self.dice.choice((60, 90))))

    def _ask(self) -> Decision:
        self.count += 1
        reference = f"REQ{self.count:05d}"
        said = notice(self._stay(), reference=reference, email=f"{reference.lower()}@kunde.example")
        return self.world.tell(SOURCE, BookingRequested(said))

    def _any(self) -> Booking | None:
        known = self.world.books.bookings()
        return self.dice.choice(known) if known else None

    def _answer(self) -> Decision | None:
        waiting = [b for b in self.world.books.waiting() if b.stay.start.date() >= self.begins.date()]
        if not waiting or not office_days.is_open(self.world.rules.people["office"], self.world.now):
            return None
        known = self.dice.choice(waiting)
        about, stay = matter(known.code), self._stay()
        events = (
            Approved(about, known.round),
            Approved(about, known.round),
            Rejected(about, known.round, reason="voll"),
            Changed(about, known.round, day=stay.day, start=stay.start.time(), end=stay.end.time()),
        )
        return self.world.tell(OFFICE, self.dice.choice(events))

    def _give_out(self) -> Decision | None:
        short = [b for b in self.world.books.waiting() if b.short_notice]
        known = self.dice.choice(short) if short and self.dice.random() < 0.8 else self._any()
        return self.world.tell(DESK, Released(matter(known.code), known.round)) if known else None

    def _write(self) -> Decision | None:
        known = self._any()
        if known is None or self.dice.random() < 0.5:
            return None
        kind = self.dice.choice((NoticeKind.MOVED, NoticeKind.WITHDRAWN))
        said = notice(self._stay(), kind, reference=known.code, email=known.customer.email)
        return self.world.tell(SOURCE, Moved(said) if kind is NoticeKind.MOVED else Withdrawn(said))


def _check_lapses(before: dict[str, Booking], world: World) -> None:
    for booking in world.books.bookings():
        old = before.get(booking.code)
        if old and booking.state is State.LAPSED and old.state is not State.LAPSED:
            assert old.is_open
            assert not old.released_at
            assert old.stay.is_over(world.now)


def _check(office: Office) -> None:
    world = office.world
    bookings = world.books.bookings()
    confirmed = [b for b in bookings if b.state is State.CONFIRMED]
    for one in confirmed:
        assert not any(one.stay.overlaps(other.stay) for other in confirmed if other.code != one.code)
        assert one.invoice
    for seen in bookings:
        assert seen.door_code is None or seen.state is State.CONFIRMED or seen.released_at
        assert bool(seen.released_at) is bool(seen.released_by)
    for seen in world.books.waiting():
        _check_nothing_forgotten(office, seen)
    _check_invoices(world)


def _check_nothing_forgotten(office: Office, seen: Booking) -> None:
    """After a look at the clock whatever fell due was done, or a person was told why not."""
    world = office.world
    if seen.released_at:
        billed_at = deadlines.bill_at(world.books, seen, world.now, world.rules)
        assert billed_at
        assert billed_at > world.now or seen.code in office.alarmed
        return
    assert deadlines.missed_at(world.books, seen, world.rules) > world.now or not seen.stay.is_over(world.now)
    if not seen.short_notice and not seen.stay.is_over(world.now):
        assert deadlines.short_at(seen, world.now, world.rules) is None


def _check_invoices(world: World) -> None:
    papers = world.books.invoices()
    assert len({paper.number for paper in papers}) == len(papers)
    cancelled = [paper.cancels for paper in papers if paper.kind is InvoiceKind.CANCELLATION]
    assert len(cancelled) == len(set(cancelled))
    standing = {paper.number for paper in papers if paper.kind is InvoiceKind.INVOICE} - set(cancelled)
    assert standing == {seen.invoice for seen in world.books.bookings() if seen.invoice}


def _check_mails(office: Office) -> None:
    """Hold what was written against the rules: once, at the right time, codes only where they belong."""
    rules, world = office.world.rules, office.world
    person = rules.people["office"]
    told = Counter((o.kind, o.matter.ref, o.round) for _, o in office.by_clock if o.kind in ONCE_A_ROUND)
    assert [what for what, times in told.items() if times > 1] == []
    for at, order in office.by_clock:
        if order.kind in ON_OFFICE_DAYS and not order.facts["late"]:
            assert office_days.is_office_day(person, at.date())
            assert at.time() >= rules.schedule.digest
        if order.kind == "office/reminder" and not order.facts["is_last"] and not order.facts["call"]:
            assert office_days.is_open(person, at)
    for order in world.mails:
        assert not order.has_code or order.kind in WITH_CODE
        if order.reader.role is Role.DESK and order.kind != "desk/codes":
            assert str(SABINE.street) not in repr(order.facts)
            assert "@kunde.example" not in repr(order.facts)
    _check_reminders(office)


def _check_reminders(office: Office) -> None:
    seen: Counter[tuple[str, int, bool]] = Counter()
    for _, order in office.by_clock:
        if order.kind == "office/reminder" and not order.facts["call"]:
            items = order.facts["items"]
            assert isinstance(items, tuple)
            seen.update((booking.code, booking.round, bool(order.facts["is_last"])) for booking, _ in items)
    assert [what for what, times in seen.items() if times > 1] == []


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("begins_on", PERIODS.values(), ids=PERIODS.keys())
def test_two_weeks(begins_on: date, seed: int) -> None:
    """Whatever people do, nothing is forgotten, doubled, billed early or opened to the wrong person."""
    begins = datetime.combine(begins_on, time(6), BERLIN)
    dice = Random(seed)
    office = Office(World(now=begins, rules=_rules(), dice=Random(seed)), dice, begins)
    at = begins.astimezone(UTC)
    while at < begins.astimezone(UTC) + WEEKS + timedelta(days=21):
        at += TICK if at < begins.astimezone(UTC) + WEEKS else timedelta(hours=6)
        office.world.now = at.astimezone(BERLIN)
        if at < begins.astimezone(UTC) + WEEKS:
            office.happen()
        # Now and then the machine is off for hours: what fell due is done afterwards.
        if office.off_until and at < office.off_until:
            continue
        office.look_at_clock()
        _check(office)
        office.off_until = at + timedelta(hours=dice.randrange(1, 30)) if dice.random() < 0.005 else None
    _check_mails(office)
    left = [seen.code for seen in office.world.books.waiting() if seen.code not in office.alarmed]
    assert left == []
    written = {order.kind for _, order in office.by_clock}
    assert {"customer/call", "customer/lapsed", "customer/payment", "office/reminder"} <= written
