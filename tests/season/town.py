"""An invented town: who asks for which time when, how the notice looks, and what people are in the habit of doing.

Everything comes from a seed. Each plan has dice of its own, so that what one person does never hangs on another, or on
whether the machine was running. The calendar here is written by hand, as a second opinion.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
FIRST, LAST = date(2026, 10, 1), date(2027, 5, 31)
# Public holidays of North Rhine-Westphalia that fall on weekdays, and the office's own closed days.
CLOSED = {
    date(2026, 12, 24): "closed",
    date(2026, 12, 25): "Christmas",
    date(2026, 12, 31): "closed",
    date(2027, 1, 1): "New Year",
    date(2027, 3, 26): "Good Friday",
    date(2027, 3, 29): "Easter Monday",
    date(2027, 5, 6): "Ascension Day",
    date(2027, 5, 17): "Whit Monday",
    date(2027, 5, 27): "Corpus Christi",
}
# The week in which nobody answers although the office is open.
NOBODY_FROM, NOBODY_TO = date(2027, 2, 8), date(2027, 2, 12)
PAUSES = (
    (datetime(2026, 11, 17, 9, 0, tzinfo=BERLIN), datetime(2026, 11, 18, 11, 0, tzinfo=BERLIN)),
    (datetime(2027, 4, 9, 9, 20, tzinfo=BERLIN), datetime(2027, 4, 12, 9, 40, tzinfo=BERLIN)),
)

# What the office does about a request, and how often of a hundred times.
HABITS = {
    "ok": 37,
    "price": 4,
    "discount": 4,
    "no": 7,
    "reason": 5,
    "other time": 7,
    "ask": 6,
    "doubt": 4,
    "digest": 10,
    "never": 7,
    "late": 4,
    "silent": 2,
    "crossing": 3,
}
# What the booking page sends beside the request, and how often.
SECONDS = {
    "": 74,
    "moved": 7,
    "withdrawn": 7,
    "twice": 5,
    "reminder": 3,
    "moved first": 2,
    "withdrawn first": 2,
}
FIRST_NAMES = ("Änne", "Bernd", "Clara", "Dörte", "Emil", "Frida", "Gerd", "Hilke", "Ida", "Jan", "Karl", "Lena")
LAST_NAMES = ("Ahlers", "Brüning", "Claßen", "Dirks", "Engel", "Focke", "Groß", "Hülsmann", "Ihnen", "Janßen")
ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "ß": "ss"})
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who books; nobody has six digits in a row that could be a door code."""

    first: str
    last: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One booking as it will be asked for. `shape` is how the notice looks, `second` what else the page sends."""

    reference: str
    person: Person
    start: datetime
    minutes: int
    asked_at: datetime
    shape: str
    habit: str
    second: str = ""
    second_at: datetime | None = None
    moved_to: datetime | None = None
    dice_of: str = field(default="", repr=False)

    def dice(self, what: object) -> Random:
        """Give the dice for one thing that people do about this booking."""
        return Random(f"{self.dice_of}/{self.reference}/{what}")

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)


def is_office_day(day: date) -> bool:
    """Tell whether the office works on a day, by the hand-written calendar."""
    return day.weekday() < 5 and day not in CLOSED


def next_office_day(day: date) -> date:
    """Give the first office day after a day."""
    day += timedelta(days=1)
    return day if is_office_day(day) else next_office_day(day)


def office_moment(at: datetime) -> datetime:
    """Give the first moment from `at` on at which somebody sits in the office and answers, on a grid of 20 minutes."""
    at = _on_grid(at)
    closes = time(13) if at.weekday() == 4 else time(16)
    if not is_office_day(at.date()) or at.time() >= closes or NOBODY_FROM <= at.date() <= NOBODY_TO:
        return office_moment(datetime.combine(at.date() + timedelta(days=1), time(8, 20), BERLIN))
    return max(at, datetime.combine(at.date(), time(8, 20), BERLIN))


def _on_grid(at: datetime) -> datetime:
    at = at.replace(second=0, microsecond=0)
    return at + timedelta(minutes=-at.minute % 20)


def people() -> list[Person]:
    """Give everybody who ever books, and a shop whose address no person reads."""
    found = []
    for number, (first, last) in enumerate((f, n) for n in LAST_NAMES for f in FIRST_NAMES):
        email = f"{first}.{last}@kunde.example".lower().translate(ASCII)
        found.append(Person(first, last, email, f"0171 / 5{number // 10:02d} {number:03d}7"))
    return [*found, Person("Shop", "Team", "noreply@shop.example", "02557 / 44 55")]


def invent(seed: int, count: int) -> list[Plan]:
    """Invent the season's requests, by the moment they are asked: single ones and a series every Tuesday."""
    known = people()
    plans = [_plan(seed, number, known) for number in range(count)]
    return sorted([*plans, *_series(seed)], key=lambda plan: (plan.asked_at, plan.reference))


def _plan(seed: int, number: int, known: Sequence[Person]) -> Plan:
    dice = Random(f"{seed}/{number}")
    day = FIRST + timedelta(days=dice.randrange((LAST - FIRST).days - 3))
    if dice.random() < 0.5:
        day += timedelta(days=dice.choice((4, 5, 6)) - day.weekday())
    day = min(max(day, FIRST + timedelta(days=2)), LAST)
    start = datetime.combine(day, _time(dice, day), BERLIN)
    lead = dice.choice((*[timedelta(hours=n) for n in (2, 4, 8, 20, 30)], *[timedelta(days=n) for n in range(2, 21)]))
    asked_at = max(_on_grid(start - lead), datetime.combine(FIRST, time(9), BERLIN))
    second = _one_of(dice, SECONDS)
    second_at = _on_grid(asked_at + (start - asked_at) * dice.random()) if second else None
    moved_to = None
    if second.startswith("moved"):
        moved_to = datetime.combine(day + timedelta(days=dice.randrange(1, 9)), _time(dice, day), BERLIN)
    return Plan(
        reference="".join(dice.choices(LETTERS, k=12)),
        person=dice.choice(known),
        start=start,
        minutes=dice.choice((60, 60, 60, 90, 90, 120)),
        asked_at=asked_at,
        shape=_one_of(dice, {"template": 38, "german": 38, "english": 18, "no name": 2, "no date": 2, "unproven": 2}),
        habit=_one_of(dice, HABITS),
        second=second,
        second_at=second_at,
        moved_to=moved_to,
        dice_of=str(seed),
    )


def _time(dice: Random, day: date) -> time:
    # Half past midnight: the local date and the date in UTC are two.
    if dice.random() < 0.03:
        return time(0, 30)
    hours = (10, 14, 16, 18, 19, 20) if day.weekday() > 4 else (15, 17, 18, 19, 20)
    return time(dice.choice(hours), dice.choice((0, 0, 0, 30)))


def _series(seed: int) -> list[Plan]:
    """Give the club that comes every second Tuesday evening and has its discount in rules.yaml."""
    club = Person("Vera", "Verein", "dauer@verein.example", "02557 / 12 34")
    days = (date(2026, 10, 13) + timedelta(weeks=2 * n) for n in range(16))
    plans = []
    for number, day in enumerate(days):
        start = datetime.combine(day, time(21, 0), BERLIN)
        asked_at = _on_grid(start - timedelta(days=9, hours=number))
        reference = "SERIE" + "".join(Random(f"{seed}/series/{number}").choices(LETTERS, k=7))
        plans.append(Plan(reference, club, start, 60, asked_at, "template", "ok", dice_of=str(seed)))
    return plans


def _one_of(dice: Random, weights: dict[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]
