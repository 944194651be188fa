"""Answers to a digest's numbers: `1 ok, 2 nein voll`, or one number a line, several numbers before one answer.

Each piece is read like an answer of its own; doubt in one is doubt of the whole. A number that may begin another piece
always does: what then makes no sense is doubt, and no customer reads half of another customer's answer. Never fails.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from mailbot.model.answers import Answer
from mailbot.model.day_events import Released
from mailbot.model.digest_events import ItemsAnswered, PageSettled
from mailbot.model.discount_events import DiscountEnded, DiscountGiven
from mailbot.model.events import Approved, Changed, Doubt, Doubted, Rejected
from mailbot.model.talk_events import Asked, Cancelled, Noted, Paid
from mailbot.understand.dates import MONTHS
from mailbot.understand.phrases import DECIDING, Grammar, is_closing, phrase
from mailbot.understand.readers import Question, doubt
from mailbot.understand.speech import LINE, SAID, fold, one_line

# What a number may be answered with; anything else belongs to a mail of its own.
ALLOWED = (
    *(Approved, Rejected, Changed, Asked, Cancelled, Noted, Paid, Released, DiscountGiven, DiscountEnded),
    PageSettled,
)
_NUMBERS = r"(?:(?:nr\.?|nummer|no\.?)\s*)?\d{1,3}(?:\s*(?:,|und|and|\+|&)\s*\d{1,3})*"
_HEAD = re.compile(rf"(?P<numbers>{_NUMBERS})(?!\d)\s*(?:[.):=]|[-–](?=\s))?\s*(?=[^\W\d])", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"(?P<strong>\s*[,;/]\s*(?:(?:und|and)\s+)?|\s+(?:und|and|sowie|&|\+)\s+)|\s*\.\s+|\s+", re.IGNORECASE
)
_UNITS = ("uhr", *MONTHS)


@dataclass(slots=True)
class _Piece:
    numbers: tuple[int, ...]
    words: str
    rest: list[str]


def is_numbered(line: str) -> bool:
    """Tell whether a line begins with a number and goes on in words."""
    return _HEAD.match(_bare(line)) is not None


def items_answered(
    lines: Sequence[str], question: Question, answer: Callable[[Sequence[str], Question], Answer]
) -> ItemsAnswered | Doubted:
    """Read lines, the first of them numbered, as answers to numbers; `answer` reads one of them."""
    pieces = _pieces(lines, question.grammar)
    read = _read(pieces, lines, question, answer)
    numbers = tuple(dict.fromkeys(number for piece in pieces for number in piece.numbers))
    return replace(read, numbers=numbers) if isinstance(read, Doubted) else read


def _read(
    pieces: Sequence[_Piece],
    lines: Sequence[str],
    question: Question,
    answer: Callable[[Sequence[str], Question], Answer],
) -> ItemsAnswered | Doubted:
    items: list[tuple[int, Answer]] = []
    notes: list[tuple[int, str]] = []
    for piece in pieces:
        said = one_line(f"{', '.join(map(str, piece.numbers))} {piece.words}", SAID)
        read = answer([piece.words, *piece.rest], question)
        if isinstance(read, Doubted):
            return replace(read, said=said)
        if not isinstance(read, ALLOWED):
            return doubt(question, Doubt.NOT_HERE, said)
        items += [(number, replace(read, note="")) for number in piece.numbers]
        notes += [(number, read.note) for number in piece.numbers if read.note]
    if len({number for number, _ in items}) < len(items):
        return doubt(question, Doubt.TWO_DECISIONS, one_line(lines[0], SAID))
    return ItemsAnswered(question.matter, question.round, items=tuple(items), notes=tuple(notes))


def _pieces(lines: Sequence[str], grammar: Grammar) -> list[_Piece]:
    """Take lines apart at their numbers; a line without one goes on what stands above it, a signature ends it all."""
    found: list[_Piece] = []
    end = next((at for at, line in enumerate(lines) if is_closing(line)), len(lines))
    for line in lines[:end]:
        if is_numbered(line):
            found += _in_line(_bare(line), grammar)
        else:
            found[-1].rest.append(line)
    return found


def _in_line(line: str, grammar: Grammar) -> Iterator[_Piece]:
    at: int | None = 0
    while at is not None:
        head = _HEAD.match(line, at)
        assert head
        cut, begins = _next(line, head.end(), grammar)
        numbers = tuple(int(number) for number in re.findall(r"\d+", head["numbers"]))
        yield _Piece(numbers, line[head.end() : cut].strip(), [])
        at = begins


def _next(line: str, at: int, grammar: Grammar) -> tuple[int, int | None]:
    """Give where the piece ends whose words begin at `at`, and where the next one begins, None for the last."""
    for gap in _SEPARATOR.finditer(line, at):
        head = _HEAD.match(line, gap.end())
        if head is None or (not gap["strong"] and _is_amount(line[at : gap.start()], grammar)):
            continue
        behind = line[head.end() :]
        found = phrase(behind, grammar)
        if found and found.keyword in DECIDING:
            return gap.start(), gap.end()
        # `7. Dezember` and `18 Uhr` are times of the piece before.
        if gap["strong"] and fold(behind.split()[0]).strip(".,;") not in _UNITS:
            return gap.start(), gap.end()
    return len(line.rstrip(" ,;")), None


def _is_amount(before: str, grammar: Grammar) -> bool:
    """Tell whether a number behind these words is an amount, as in `1 ok preis 45, 2 ok`."""
    last = fold(before).rstrip(" :").split(" ")[-1]
    return grammar.words.get(last) in ("price", "discount", "paid", "fee")


def _bare(line: str) -> str:
    return line[:LINE].strip(" \t*_-•·>").strip()
