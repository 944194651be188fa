"""The grammar of one answer line: greeting, courtesy, keyword, and what stands behind it.

A line is an answer only as a whole: a word that is not in the office's list and not mere courtesy makes it doubt.
Knows no letter, role or matter. Never fails; what it cannot read is None.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from mailbot.model.events import Doubt
from mailbot.model.words import COURTESY_BEFORE, REGRET_BEFORE, spellings
from mailbot.understand.limits import hedges, may_be_reason, nods
from mailbot.understand.speech import LINE, by_word, fold

# Keywords that only stand beside another one, never for themselves.
BESIDE = ("silent", "price")
# Keywords that decide something: on a line of their own further down they make two decisions of one answer.
DECIDING = (
    "approve",
    "reject",
    "change",
    "question",
    "cancel",
    "released",
    "paid",
    "accept",
    "undo",
    "new_code",
    "fee",
    "discount",
    "done",
)

_WRAPPING = " \t*_\"'`´„“”‚‘’»«"
_KIND_EMOJI = re.compile("[👍👌✅✔☑🙂😊☺🙏😀😃😄😁😉👏💪🤝🎉⚽❤\U0001f3fb-\U0001f3ff]|[:;]-?\\)")
# What then is no keyword stays unknown.
_BEFORE = re.compile(rf"{COURTESY_BEFORE}[ ,!.]+(?=\S)", re.IGNORECASE)
_ALAS = re.compile(rf"{REGRET_BEFORE}[ ,]+(?=\S)", re.IGNORECASE)
_GREETINGS = re.compile(
    r"(?:hallo|hi|hey|hello|moin(?: moin)?|servus|gruess (?:gott|dich|euch|sie)|grueezi|(?:guten )?tag|n?abend"
    r"|guten (?:morgen|abend)"
    r"|good (?:morning|afternoon|evening)|sehr geehrte[rs]?|liebe[rs]?|dear|werte[rs]?|mahlzeit)\b"
)
_ADDRESSED = {"zusammen", "team", "damen", "und", "herren", "herr", "frau", "all", "there", "everyone", "an", "alle"}
_ADDRESSED |= {"ihr", "lieben", "liebe", "lieber", "liebes", "sir", "or", "madam", "mailbot", "kollegen", "kolleginnen"}
_BYE = (
    r"(?:mit )?(?:(?:freundliche[nrm]?|viele[n]?|liebe[nr]?|beste[nr]?|schoene[nr]?|herzliche[nr]?|sonnige[n]?"
    r"|nette[nr]?) )?(?:gruesse[n]?|gruss)(?: aus \w+)?|lg|vg|mfg|bg|glg"
    r"|(?:kind |best |warm )?regards|best wishes|cheers"
)
_WISHES = (
    r"(?:einen? )?(?:schoene[nrs]?|angenehme[nrs]?|gute[nrs]?)"
    r" (?:tag|abend|feierabend|nachmittag|woche|wochenende|(?:sams|sonn|mon|diens|donners|frei)tag|mittwoch)(?: noch)?"
    r"|have a (?:nice|good|great) (?:day|evening|weekend)"
)
_CLOSING = re.compile(rf"(?:{_BYE})(?:[ ,!.]+[\w.,' -]{{0,60}})?")
_THANKS = (
    r"(?:vielen|besten|herzlichen|lieben|schoenen)(?: lieben)? dank|danke?(?: schoen| sehr| dir| ihnen| euch)?"
    r"|dankeschoen|thanks(?: a lot| very much)?|thank you(?: very much)?|many thanks|thx|merci|bitte(?: schoen| sehr)?"
    r"|gerne?|super|prima|alles klar|please"
)
_COURTESY = re.compile(
    rf"(?:[\s,.;!–-]*\(?(?:(?:und|and) )?(?:{_THANKS}|{_WISHES})\b\)?)*[\s,.;!–-]*"
    rf"(?:(?:(?:und|and) )?(?:{_BYE})\b(?:[ ,.!]+[^\W\d_][\w'-]*){{0,3}})?[\s.!,]*"
)
# Between a keyword and its words; `-40` keeps its minus, for it is another amount.
_BETWEEN = re.compile(r"^(?:[ ,;–—]|-(?!\d))+")
_AMOUNT = r"\d{1,4}(?:[.,]\d{1,2})?(?![\d.,]*\d)"
# What says no more than the approval before it.
_AGREED = r"so|klar|gut|top|klasse|perfekt|(?:bitte )?(?:freigeben|bestaetigen|genehmigen)"
_BANNERS = re.compile(
    r"[\[*!( ]*(achtung|caution|warnung|warning|vorsicht|hinweis|external|extern|externe)\b.{0,40}?"
    r"(extern|external|outside|ausserhalb).{0,400}|[\[*(]*(extern|external)( e-?mail| sender| absender)?[\])*:!]*"
    r"|(sie|einige personen.{0,60}) erhalten nicht (oft|haeufig) (eine )?e-?mails? von .{0,300}"
    r"|(you|some people who received this message) don['’]?t often get email from .{0,300}"
    r"|[*\[( ]*(extern|external)e?s? (e-?mail|mail|nachricht|message|sender|absender)[*\])!. ]*"
    r"|(diese|this) (e-?mail|mail|nachricht|message) (is|was|came|comes|originated|kommt|kam|stammt|wurde|ist)\b"
    r".{0,80}?"
    r"\b(extern\w*|external|outside|ausserhalb)\b.{0,300}|zjqcmqryfpfptbanner(start|end)|report suspicious.{0,300}"
    r"|sicherheitshinweis: .{0,80}(extern|ausserhalb).{0,300}"
    r"|(do not click|klicken sie nicht|oeffnen sie keine|klicken sie auf keine|unless you recogni[sz]e).{0,400}"
)


@dataclass(frozen=True, slots=True)
class Grammar:
    """The office's words, folded: `words` maps each to its keyword, `deciding` are those that decide something.

    `banners` are lines that mail gateways add; `longest` is the most words a keyword has.
    """

    words: Mapping[str, str]
    banners: tuple[str, ...] = ()
    longest: int = 1
    deciding: frozenset[str] = frozenset()

    @classmethod
    def of(cls, replies: Mapping[str, Sequence[str]], banners: Sequence[str] = ()) -> "Grammar":
        """Build the grammar from rules.yaml's `replies` and `banners`."""
        words = by_word(replies)
        for word, keyword in tuple(words.items()):
            for spelling in spellings(word):
                words.setdefault(spelling, keyword)
        longest = max((word.count(" ") + 1 for word in words), default=1)
        deciding = frozenset(word for word, keyword in words.items() if keyword in DECIDING)
        return cls(words, tuple(fold(banner) for banner in banners if fold(banner)), longest, deciding)

    def of_keyword(self, *keywords: str) -> str:
        """Give a regular expression for any word of these keywords, never matching where there is none."""
        found = sorted((re.escape(w) for w, k in self.words.items() if k in keywords), key=len, reverse=True)
        return "(?:" + "|".join(found) + ")" if found else "(?!)"


class Phrase(NamedTuple):
    """A line that begins with a keyword: what follows it (as written), whether after a colon, and a number before.

    `is_nodded`: a sign of agreement stood in the line, such as a thumb.
    """

    keyword: str
    rest: str
    has_colon: bool
    number: int | None = None
    is_nodded: bool = False


class Terms(NamedTuple):
    """What an approval was given with: gross EUR, a discount in percent, whether the customer is told."""

    price: Decimal | None = None
    discount: Decimal | None = None
    silent: bool = False


def phrase(line: str, grammar: Grammar) -> Phrase | None:
    """Read the keyword a line begins with, behind courtesy too, longest first; None where it begins with none."""
    found = bare_phrase(line, grammar) or _behind_courtesy(_plain(line), grammar)
    return found._replace(is_nodded=nods(line[:LINE])) if found else None


def bare_phrase(line: str, grammar: Grammar) -> Phrase | None:
    """Read the keyword a line begins with, and nothing before it: a subject among people may say `Bitte Hilfe`."""
    return _begun(_plain(line), grammar)


def _plain(line: str) -> str:
    return _KIND_EMOJI.sub(" ", line[:LINE]).replace("\uff1a", ":").strip(_WRAPPING)


def _behind_courtesy(line: str, grammar: Grammar) -> Phrase | None:
    """Read `Bitte ablehnen`, `Moin, ok`; regret goes with a refusal alone."""
    while before := _BEFORE.match(line):
        line = line[before.end() :]
    alas = _ALAS.match(line)
    found = _begun(line[alas.end() :] if alas else line, grammar)
    return None if found and alas and found.keyword not in ("reject", "cancel") else found


def _begun(line: str, grammar: Grammar) -> Phrase | None:
    # `ok,danke`: a mark without a space behind it still ends the word.
    line = re.sub(r"^([^\W\d_]+[,;.!])(?=[^\W\d_])", r"\1 ", line)
    numbered = re.match(r"(\d{1,3})[.):]?\s+(?=[^\W\d])", line)
    if numbered:
        found = _begun(line[numbered.end() :], grammar)
        return found._replace(number=int(numbered[1])) if found and found.keyword == "accept" else None
    head, colon, tail = line.partition(":")
    if colon and (keyword := grammar.words.get(_bare(head))):
        return Phrase(keyword, tail.strip(), has_colon=True)
    words = line.split()
    for count in range(min(grammar.longest, len(words)), 0, -1):
        if keyword := grammar.words.get(_bare(" ".join(words[:count]))):
            behind = " ".join(words[count:])
            # Only a question stands for itself behind a dash as it does behind a colon: `Frage - Wie viele?`.
            is_set_off = keyword == "question" and behind.startswith(("- ", "– ", "— "))
            return Phrase(keyword, _BETWEEN.sub("", behind), has_colon=is_set_off)
    return None


def _bare(words: str) -> str:
    """Fold words without the marks around them; `ok...` keeps a dot, for it is no clear word."""
    word = fold(words).strip(_WRAPPING).rstrip("!")
    return word.removesuffix(".").removesuffix(",").removesuffix(";").strip(_WRAPPING)


def is_courtesy(text: str, grammar: Grammar) -> bool:
    """Tell whether a text is nothing but thanks, a closing formula with a name, or empty."""
    low = fold(_KIND_EMOJI.sub(" ", text))
    return _COURTESY.fullmatch(low) is not None and not hedges(low) and not words_of(low) & grammar.deciding


def is_greeting(line: str, grammar: Grammar) -> bool:
    """Tell whether a line is a bare greeting: behind it only names (capitalised) and words of address."""
    low = fold(line)
    found = _GREETINGS.match(low)
    if not found or hedges(low) or words_of(low) & grammar.deciding:
        return False
    names = line.split()[len(found[0].split()) :]
    return len(names) <= 5 and all(name[:1].isupper() or _bare(name) in _ADDRESSED for name in names)


def is_closing(line: str) -> bool:
    """Tell whether a line is a closing formula: what follows is a signature."""
    return _CLOSING.fullmatch(fold(line).strip(_WRAPPING)) is not None


def is_banner(line: str, grammar: Grammar) -> bool:
    """Tell whether a line is what a mail gateway sets in front of foreign mail, configured or well known."""
    low = fold(line).strip(_WRAPPING)
    return any(low.startswith(banner) for banner in grammar.banners) or _BANNERS.fullmatch(low) is not None


def is_decision(line: str, grammar: Grammar) -> bool:
    """Tell whether a line, as a whole, would be a decision by itself."""
    found = phrase(line, grammar)
    if found is None or found.keyword not in DECIDING:
        return False
    if found.has_colon or is_courtesy(found.rest, grammar) or terms(found.rest, grammar):
        return True
    if found.keyword in ("approve", "reject", "cancel") and hedges(found.rest):
        # `nein, doch nicht`: whatever it means, it speaks of the decision above it.
        return True
    if found.keyword == "reject":
        return bare_reason(found.rest, grammar) and len(found.rest.split()) <= 3
    return found.keyword != "approve" and any(char.isdigit() for char in found.rest)


def terms(rest: str, grammar: Grammar) -> Terms | None:
    """Read what stands behind an approval, as a whole; None where anything in it is not understood."""
    amount, of = _AMOUNT, grammar.of_keyword
    price = rf"{of('price')}\s*[:=]?\s*(?:eur(?:o)?\s*|€\s*)?(?P<price>{amount})(?:,[-–]+)?\s*(?:€|eur(?:o)?\b)?"
    percent = r"\s*(?:%|prozent\b|percent\b)"
    discount = rf"{of('discount')}\s*:?\s*(?P<behind>{amount}){percent}"
    before = rf"(?P<before>{amount}){percent}\s*{of('discount')}(?!\w)"
    silent = rf"(?P<silent>{of('silent')})(?!\w)"
    again = rf"(?:{_AGREED}|(?:(?:das )?(?:ist|geht) )?{of('approve')})(?!\w)"
    piece = re.compile(rf"[\s,;.!+]*(?:(?:und|and|mit)\s+)?(?:{price}|{discount}|{before}|{silent}|{again})")
    left, found = fold(_KIND_EMOJI.sub(" ", rest)), Terms()
    while match := piece.match(left):
        percents = match["behind"] or match["before"]
        if (match["price"] or percents) and (found.price, found.discount) != (None, None):
            # Two prices, or a price and a discount: discounts never add up, so nobody knows what is meant.
            return None
        if match["price"]:
            found = found._replace(price=_decimal(match["price"]))
        elif percents:
            found = found._replace(discount=_decimal(percents))
        elif match["silent"]:
            found = found._replace(silent=True)
        left = left[match.end() :]
    is_possible = found.discount is None or found.discount <= 100
    return found if is_possible and is_courtesy(left, grammar) else None


def _decimal(written: str) -> Decimal:
    return Decimal(written.replace(",", "."))


def bare_reason(rest: str, grammar: Grammar) -> bool:
    """Tell whether what follows `nein` without a colon can only be a reason (CONTRACT "Answers")."""
    return may_be_reason(rest) and not words_of(fold(rest)) & grammar.deciding


def why_unclear(line: str, grammar: Grammar) -> Doubt:
    """Name why a line that is no answer is not clear: asked, limited, or simply unknown."""
    low = fold(line)
    if not words_of(low) & grammar.words.keys():
        return Doubt.UNKNOWN
    if "?" in low:
        return Doubt.QUESTION
    return Doubt.BUT if hedges(low) else Doubt.UNKNOWN


def words_of(low: str) -> set[str]:
    """Give the words of a folded text, and each two that stand together."""
    words = re.findall(r"\w+", low)
    return set(words) | {f"{one} {two}" for one, two in pairwise(words)}
