"""Reader of `rabatt …` as an answer of its own: `rabatt 20% bis 31.5.2027`, `rabatt name@… 0%`, or the word alone.

The line is read as a whole, in any order of its parts; a part that is missing, doubled or not understood makes it
doubt. Whether a percentage or an address makes sense is decide's question. Never fails.
"""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from mailbot.model.discount_events import DiscountEnded, DiscountGiven, DiscountsAsked
from mailbot.model.events import Doubt, Doubted
from mailbot.understand import limits, times
from mailbot.understand.dates import MONTHS
from mailbot.understand.phrases import Grammar, Phrase, is_courtesy
from mailbot.understand.readers import Question, doubt, note
from mailbot.understand.speech import fold, one_line, without_links

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = (
    r"(?:(?P<iso>\d{4}-\d{2}-\d{2})"
    r"|(?P<day>\d{1,2})\. ?(?P<number>\d{1,2})\.(?: ?(?P<year>20\d{2})(?!\d)|(?P<short>\d{2})(?![\d%]))?"
    rf"|(?P<mday>\d{{1,2}})\.? (?P<month>{_MONTH})\b\.?(?: (?P<myear>20\d{{2}})(?!\d))?"
    rf"|(?:ende|end of) (?P<last>{_MONTH})\b\.?(?: (?P<lyear>20\d{{2}})(?!\d))?)"
)
_PIECE = re.compile(
    r"[ ,;]*(?:(?:und|and|von|of) )?(?:"
    # A minus belongs to its number: it is no discount, and decide says so.
    r"(?P<percent>[-\u2212]?\d{1,4}(?:[.,]\d{1,2})?) ?(?:%|prozent\b|percent\b)"
    rf"|(?P<edge>bis|until|ab|from)(?: (?:zum|einschliesslich|dem))* {_DAY}"
    r"|(?P<now>ab sofort|ab heute)\b"
    r"|(?P<ended>ende|beendet|beenden)\b"
    # Where the address stood.
    r"|(?:(?:fuer|for) )?\x1a)"
)
_ADDRESS = re.compile(r"\S*@\S*")
LONGEST_ADDRESS = 254
T = TypeVar("T")


@dataclass(slots=True)
class _Heard:
    """What was read of a line: each list holds what was named, and more than one of a kind is doubt."""

    customers: list[str]
    percents: list[Decimal] = field(default_factory=list)
    since: list[date | None] = field(default_factory=list)
    until: list[date | None] = field(default_factory=list)
    is_ended: bool = False

    def hears(self, piece: re.Match[str], today: date) -> bool:
        """Take in one piece; False where it names a day that no calendar has."""
        if piece["percent"]:
            self.percents.append(Decimal(piece["percent"].replace(",", ".").replace("\u2212", "-")))
        elif piece["edge"]:
            day = _day(piece, today)
            (self.until if piece["edge"] in ("bis", "until") else self.since).append(day)
            return day is not None
        elif piece["now"]:
            self.since.append(None)
        self.is_ended |= bool(piece["ended"])
        return True

    def is_clear(self) -> bool:
        """Tell whether exactly one thing is said, and nothing twice."""
        is_said = len(self.percents) + self.is_ended == 1
        return is_said and all(len(named) <= 1 for named in (self.customers, self.since, self.until))


def discount(
    found: Phrase, rest: list[str], question: Question
) -> DiscountGiven | DiscountEnded | DiscountsAsked | Doubted:
    """Read what stands behind `rabatt`: a discount, the end of one, or nothing, which asks for those in force."""
    matter, number, below = question.matter, question.round, note(rest)
    if not found.has_colon and is_courtesy(found.rest, question.grammar):
        return DiscountsAsked(matter, number, note=below)
    heard = _heard(found.rest, question.asked.today, question.grammar)
    if isinstance(heard, str):
        return doubt(question, _why(heard))
    if not heard.is_clear() or _goes_on(rest):
        return doubt(question, Doubt.DISCOUNT)
    customer, since, until = _only(heard.customers) or "", _only(heard.since), _only(heard.until)
    if heard.is_ended or heard.percents == [0]:
        if heard.until:
            # Nothing can end until some day.
            return doubt(question, Doubt.DISCOUNT)
        return DiscountEnded(matter, number, customer=customer, since=since, note=below)
    return DiscountGiven(
        matter, number, percent=heard.percents[0], customer=customer, since=since, until=until, note=below
    )


def _heard(said: str, today: date, grammar: Grammar) -> _Heard | str:
    """Read a line piece by piece; the text that is not understood where there is some."""
    bare = without_links(said)
    customers = [one_line(word.strip("<>()[]\"',;.:"), LONGEST_ADDRESS) for word in _ADDRESS.findall(bare)]
    heard, left = _Heard(customers), fold(_ADDRESS.sub(" \x1a ", bare))
    while piece := _PIECE.match(left):
        if not heard.hears(piece, today):
            break
        left = left[piece.end() :]
    return heard if is_courtesy(left, grammar) else left


def _goes_on(rest: Sequence[str]) -> bool:
    """Tell whether the next line goes on with a number or a day: as a mere note it would be lost."""
    piece = _PIECE.match(fold(next((line for line in rest if line), "")))
    return piece is not None and bool(piece["percent"] or piece["edge"])


def _why(left: str) -> Doubt:
    if "?" in left:
        return Doubt.QUESTION
    return Doubt.BUT if limits.hedges(left) else Doubt.DISCOUNT


def _only(named: Sequence[T | None]) -> T | None:
    return named[0] if named else None


def _day(piece: re.Match[str], today: date) -> date | None:
    if piece["last"] is None:
        return times.day_named(piece, today)
    month, year = MONTHS[piece["last"]], int(piece["lyear"] or 0)
    if not year:
        year = today.year + (month < today.month)
    return date(year, month, calendar.monthrange(year, month)[1])
