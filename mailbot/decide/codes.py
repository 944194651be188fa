"""Door codes and booking codes: made, taken over from a list, and found. Pure; the dice are given.

A door code is digits only and secret: no message here names one. A booking code begins with a letter, so the two can
never be mixed up. What makes a door code too easy to guess stands in trivial.py.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from random import Random

from mailbot.decide.trivial import is_date, is_pattern
from mailbot.errors import AskHumanError
from mailbot.model.booking import Stay
from mailbot.model.books import Books
from mailbot.model.codes import DoorCode, door_code_key
from mailbot.model.rules import CodeRules, Resource, Rules

# FIELD-NOTES "Money": 31 symbols, a prime, without those that are taken for one another.
DIGITS, LETTERS = "23456789", "ABCDEFGHJKMNPQRSTUVWXYZ"
ALPHABET = DIGITS + LETTERS
_ALL_YEARS = range(1900, 2100)

Row = tuple[str, date, str | None, str, int]
Place = tuple[date, str | None]


def generate(books: Books, rules: Rules, dice: Random) -> list[DoorCode]:
    """Make a whole season's codes for each resource that has none yet; nothing that exists is touched.

    Raises AskHumanError where the digits give too few codes.
    """
    bare = [resource for resource in rules.resources.values() if not _codes_of_season(books, resource)]
    return [code for resource in bare for code in _season(resource, books, dice)]


def _season(resource: Resource, books: Books, dice: Random) -> Iterator[DoorCode]:
    digits, places = resource.door_codes.digits, list(_places(resource))
    # At least half of all codes stay unused, or trying the door would pay.
    if 2 * len(places) > 10**digits:
        why = f"{len(places)} codes are needed, too many for {digits} digits"
        raise AskHumanError(f"resources.{resource.key}: {why}, expected more in door_codes.digits")
    used: set[str] = set()
    for day, slot in places:
        code = _drawn(digits, used, books, dice)
        used.add(code)
        yield DoorCode(resource.key, day, slot, code)


def _drawn(digits: int, used: set[str], books: Books, dice: Random) -> str:
    while True:
        code = f"{dice.randrange(10**digits):0{digits}d}"
        if code not in used and not is_pattern(code) and not is_date(code, _ALL_YEARS) and books.booking(code) is None:
            return code


def gaps(books: Books, rules: Rules) -> list[tuple[str, date, str | None]]:
    """Give the days (and slots) of each resource's season that have no code, as (resource, day, slot)."""
    return [
        (resource.key, day, slot)
        for resource in rules.resources.values()
        for day, slot in _places(resource)
        if books.door_code(resource.key, day, slot) is None
    ]


def code_for(books: Books, resource: Resource, stay: Stay) -> DoorCode | None:
    """Find the code a stay opens with: that of the local date of its start, or of the slot that holds the start."""
    if not resource.door_codes.per_slot:
        return books.door_code(resource.key, stay.day)
    at = stay.start.hour * 60 + stay.start.minute
    slot = next((since for since, to in _slots(resource, stay.day) if since <= at < to), None)
    return None if slot is None else books.door_code(resource.key, stay.day, _label(slot))


def another(books: Books, resource: Resource, dice: Random) -> str:
    """Draw a code that no day of the resource's season has, for one day (or slot) alone."""
    used = {code.code for code in _codes_of_season(books, resource)}
    return _drawn(resource.door_codes.digits, used, books, dice)


def against(code: str, resource: Resource, key: str, books: Books) -> str:
    """Say in German what stands against a code of the office's own for the place with this key, "" where nothing."""
    season = resource.door_codes
    if not (len(code) == season.digits and code.isascii() and code.isdigit()):
        return f"Das Schloss braucht genau {season.digits} Ziffern."
    if _is_too_easy(code, season) or books.booking(code):
        return "Dieser Code ist zu leicht zu erraten: keine Reihe, keine Wiederholung, kein Datum."
    known = next((c for c in _codes_of_season(books, resource) if c.code == code), None)
    if known is None:
        return ""
    return "Das ist schon der Code für diesen Tag." if known.key == key else "Diesen Code hat schon ein anderer Tag."


def _is_too_easy(code: str, season: CodeRules) -> bool:
    # One in ten random numbers reads as a date of some year; a list from the lock's maker is full of them. So of
    # codes that are not ours only the dates of the season's own years are refused.
    return is_pattern(code) or is_date(code, range(season.season_from.year, season.season_to.year + 1))


def slots_on(resource: Resource, day: date) -> list[str | None]:
    """Give the slots of a day that have a code of their own, [None] where the day has one code."""
    return [_label(since) for since, _ in _slots(resource, day)] if resource.door_codes.per_slot else [None]


def slot_of(resource: Resource, stay: Stay) -> str | None:
    """Give the slot whose code a stay opens with, None where codes are per day or no slot holds its start."""
    at = stay.start.hour * 60 + stay.start.minute
    slots = _slots(resource, stay.day) if resource.door_codes.per_slot else []
    return next((_label(since) for since, to in slots if since <= at < to), None)


def _codes_of_season(books: Books, resource: Resource) -> list[DoorCode]:
    season = resource.door_codes
    return [c for c in books.door_codes(resource.key) if season.season_from <= c.day <= season.season_to]


def _places(resource: Resource) -> Iterator[Place]:
    season = resource.door_codes
    for n in range((season.season_to - season.season_from).days + 1):
        day = season.season_from + timedelta(days=n)
        if season.per_slot:
            yield from ((day, _label(since)) for since, _ in _slots(resource, day))
        else:
            yield day, None


def _slots(resource: Resource, day: date) -> list[tuple[int, int]]:
    """Cut a day's opening hours into slots, in minutes since midnight; the last of a span may be shorter."""
    step = int(resource.slot / timedelta(minutes=1))
    spans = [(_minutes(start), _minutes(end)) for start, end in resource.open.spans[day.weekday()]]
    return [(since, min(since + step, to)) for start, to in spans for since in range(start, to, step)]


def _minutes(at: time) -> int:
    return 24 * 60 if at == time.max else at.hour * 60 + at.minute


def _label(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def checked_import(rows: Iterable[Row], books: Books, rules: Rules, filename: str = "") -> list[DoorCode]:
    """Give the new codes of a list of (resource, day, slot, code, line); what the books know already is left out.

    Raises AskHumanError with every bad line, `file:line: what, expected what`; nothing of a bad list is taken.
    """
    judge = _Import(books, rules)
    place = f"{filename}:" if filename else "line "
    mistakes = [f"{place}{row[4]}: {what}" for row in rows for what in judge.against(row)]
    if mistakes:
        raise AskHumanError("\n".join(mistakes))
    if not judge.lines:
        raise AskHumanError(f"{place}1: no codes found, expected lines of date, resource, slot and code")
    return judge.new


@dataclass(slots=True)
class _Import:
    """A list as it is read, line by line: `lines` is where each place stands, `used` where each code does."""

    books: Books
    rules: Rules
    new: list[DoorCode] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    used: dict[tuple[str, str], str] = field(default_factory=dict)

    def against(self, row: Row) -> list[str]:
        """Say what stands against a row; where nothing does, its code is one of the new ones."""
        key, day, slot, code, line = row
        resource = self.rules.resources.get(key)
        if resource is None:
            # What was found is not told: in a list with swapped columns it is a code.
            return [f"unknown resource, expected {' or '.join(self.rules.resources)}"]
        wrong = [*self._place(resource, day, slot, line), *self._form(resource, code), *self._repeated(row)]
        known = self.books.door_code(key, day, slot)
        if known and known.code != code:
            wrong.append(
                f"{_place_words(day, slot)} has another code already, expected that one (`code neu` changes it)"
            )
        if not known and not wrong:
            self.new.append(DoorCode(key, day, slot, code))
        return wrong

    def _place(self, resource: Resource, day: date, slot: str | None, line: int) -> Iterator[str]:
        season = resource.door_codes
        if not season.season_from <= day <= season.season_to:
            yield f"{day} is outside the season, expected {season.season_from} to {season.season_to}"
        labels = [_label(since) for since, _ in _slots(resource, day)] if season.per_slot else []
        if not season.per_slot and slot is not None:
            yield "found a slot, expected none: codes are per day"
        elif season.per_slot and slot not in labels:
            yield f"no slot of that day, expected one of {', '.join(labels) or 'none: it is closed'}"
        first = self.lines.setdefault(door_code_key(resource.key, day, slot), line)
        if first != line:
            yield f"{_place_words(day, slot)} again, expected it once (first in line {first})"

    def _form(self, resource: Resource, code: str) -> Iterator[str]:
        season = resource.door_codes
        if not (len(code) == season.digits and code.isascii() and code.isdigit()):
            yield f"no code for this keypad, expected exactly {season.digits} digits"
            return
        if _is_too_easy(code, season):
            yield "a code too easy to guess, expected no row, repetition or date"
        if self.books.booking(code):
            yield "a code that is a booking code too, expected another"

    def _repeated(self, row: Row) -> Iterator[str]:
        key, day, slot, code, _ = row
        if not any(owner == key for owner, _ in self.used):
            for known in _codes_of_season(self.books, self.rules.resources[key]):
                self.used[key, known.code] = known.key
        here = door_code_key(key, day, slot)
        first = self.used.setdefault((key, code), here)
        if first != here:
            where = f"line {self.lines[first]}" if first in self.lines else first.partition("/")[2].rstrip("/")
            yield f"the same code as {where}, expected each once in a season"


def _place_words(day: date, slot: str | None) -> str:
    return f"{day} {slot}" if slot else f"{day}"


def new_booking_code(books: Books, dice: Random) -> str:
    """Make a booking code that survives typing: 12 symbols, a letter first, a check symbol last.

    It differs from every code in the books in three places at least, so that one slip never meets another booking.
    """
    issued = books.booking_codes()
    while True:
        payload = dice.choice(LETTERS) + "".join(dice.choice(ALPHABET) for _ in range(10))
        code = payload + check_symbol(payload)
        if all(_distance(code, other) >= 3 for other in issued):
            return code


def check_symbol(payload: str) -> str:
    """Give the symbol that makes any single slip and any swap of neighbours visible: Σ(i+2)·a mod 31."""
    return ALPHABET[sum((n + 2) * ALPHABET.index(symbol) for n, symbol in enumerate(payload)) % len(ALPHABET)]


def _distance(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other))
