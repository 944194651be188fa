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
_KIND_EMOJI = re.compile("[👍👌✅🙂😊🙏😀😃😄\U0001f3fb-\U0001f3ff]")
_GREETINGS = re.compile(
    r"(?:hallo|hi|hey|hello|moin(?: moin)?|servus|gruess gott|guten (?:tag|morgen|abend)"
    r"|good (?:morning|afternoon|evening)|sehr geehrte[rs]?|liebe[rs]?|dear|werte[rs]?|mahlzeit)\b"
)
_ADDRESSED = {"zusammen", "team", "damen", "und", "herren", "herr", "frau", "all", "there", "everyone", "an", "alle"}
_ADDRESSED |= {"ihr", "lieben", "liebe", "lieber", "liebes", "sir", "or", "madam", "mailbot", "kollegen", "kolleginnen"}
_BYE = (
    r"(?:mit )?(?:(?:freundliche[nrm]?|viele[n]?|liebe[n]?|beste[n]?|schoene[n]?|herzliche[n]?|sonnige[n]?|nette[n]?)"
    r" )?(?:gruesse[n]?|gruss)(?: aus \w+)?|lg|vg|mfg|bg|glg|(?:kind |best |warm )?regards|best wishes|cheers"
)
_CLOSING = re.compile(rf"(?:{_BYE})(?:[ ,!.]+[\w.,' -]{{0,60}})?")
_THANKS = (
    r"(?:vielen|besten|herzlichen|lieben|schoenen)(?: lieben)? dank|danke?(?: schoen| sehr| dir| ihnen| euch)?"
    r"|dankeschoen|thanks(?: a lot| very much)?|thank you(?: very much)?|many thanks|thx|merci|bitte(?: schoen| sehr)?"
    r"|gerne?|super|prima|alles klar|please"
)
_COURTESY = re.compile(
    rf"(?:[\s,.;!–-]*(?:(?:und|and) )?(?:{_THANKS})\b)*[\s,.;!–-]*"
    rf"(?:(?:(?:und|and) )?(?:{_BYE})\b(?:[ ,.!]+[^\W\d_][\w'-]*){{0,3}})?[\s.!,]*"
)
# `no problem`, `nein, kein Einwand` agree; with these a bare line is no clear rejection either way.
_HEDGES = re.compile(
    r"\b(aber|doch|jedoch|allerdings|sondern|nicht|nix|kein\w*|nur|ausser|falls|sofern|vielleicht|evtl|eventuell|oder|but"
    r"|not|only|maybe|unless|except|however|problem\w*|worries|einwand|einwaende|bedenken|objections?|sorge\w*)\b"
)
_STARTS_BUT = re.compile(
    r"(aber|jedoch|allerdings|sondern|ausser|oder|falls|sofern|doch nicht|nur wenn|but|unless|except|or)\b"
)
# Between a keyword and its words; `-40` keeps its minus, for it is another amount.
_BETWEEN = re.compile(r"^(?:[ ,;–—]|-(?!\d))+")
_AMOUNT = r"(\d{1,4}(?:[.,]\d{1,2})?)(?![\d.,]*\d)"
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
        longest = max((word.count(" ") + 1 for word in words), default=1)
        deciding = frozenset(word for word, keyword in words.items() if keyword in DECIDING)
        return cls(words, tuple(fold(banner) for banner in banners if fold(banner)), longest, deciding)

    def of_keyword(self, *keywords: str) -> str:
        """Give a regular expression for any word of these keywords, never matching where there is none."""
        found = sorted((re.escape(w) for w, k in self.words.items() if k in keywords), key=len, reverse=True)
        return "(?:" + "|".join(found) + ")" if found else "(?!)"


class Phrase(NamedTuple):
    """A line that begins with a keyword: what follows it (as written), whether after a colon, and a number before."""

    keyword: str
    rest: str
    has_colon: bool
    number: int | None = None


class Terms(NamedTuple):
    """What an approval was given with: gross EUR, a discount in percent, whether the customer is told."""

    price: Decimal | None = None
    discount: Decimal | None = None
    silent: bool = False


def phrase(line: str, grammar: Grammar) -> Phrase | None:
    """Read the keyword a line begins with, longest first; None where it begins with none."""
    line = _KIND_EMOJI.sub(" ", line[:LINE]).replace("\uff1a", ":").strip(_WRAPPING)
    numbered = re.match(r"(\d{1,3})[.):]?\s+(?=[^\W\d])", line)
    if numbered:
        found = phrase(line[numbered.end() :], grammar)
        return found._replace(number=int(numbered[1])) if found and found.keyword == "accept" else None
    head, colon, tail = line.partition(":")
    if colon and (keyword := grammar.words.get(_bare(head))):
        return Phrase(keyword, tail.strip(), has_colon=True)
    words = line.split()
    for count in range(min(grammar.longest, len(words)), 0, -1):
        if keyword := grammar.words.get(_bare(" ".join(words[:count]))):
            return Phrase(keyword, _BETWEEN.sub("", " ".join(words[count:])), has_colon=False)
    return None


def _bare(words: str) -> str:
    """Fold words without the marks around them; `ok...` keeps a dot, for it is no clear word."""
    word = fold(words).strip(_WRAPPING).rstrip("!")
    return word.removesuffix(".").removesuffix(",").removesuffix(";").strip(_WRAPPING)


def is_courtesy(text: str, grammar: Grammar) -> bool:
    """Tell whether a text is nothing but thanks, a closing formula with a name, or empty."""
    low = fold(_KIND_EMOJI.sub(" ", text))
    return _COURTESY.fullmatch(low) is not None and not hedges(low) and not _words_of(low) & grammar.deciding


def is_greeting(line: str, grammar: Grammar) -> bool:
    """Tell whether a line is a bare greeting: behind it only names (capitalised) and words of address."""
    low = fold(line)
    found = _GREETINGS.match(low)
    if not found or hedges(low) or _words_of(low) & grammar.deciding:
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


def hedges(text: str) -> bool:
    """Tell whether a text takes back or limits what it says."""
    return _HEDGES.search(fold(text)) is not None


def starts_with_but(line: str) -> bool:
    """Tell whether a line goes on with a limit to what the line above said."""
    return _STARTS_BUT.match(fold(line)) is not None


def is_decision(line: str, grammar: Grammar) -> bool:
    """Tell whether a line, as a whole, would be a decision by itself."""
    found = phrase(line, grammar)
    if found is None or found.keyword not in DECIDING:
        return False
    if found.has_colon or is_courtesy(found.rest, grammar) or terms(found.rest, grammar):
        return True
    if found.keyword == "reject":
        return bare_reason(found.rest, grammar) and len(found.rest.split()) <= 3
    return found.keyword != "approve" and any(char.isdigit() for char in found.rest)


def terms(rest: str, grammar: Grammar) -> Terms | None:
    """Read what stands behind an approval, as a whole; None where anything in it is not understood."""
    price = rf"{grammar.of_keyword('price')}\s*:?\s*(?:eur(?:o)?\s*|€\s*)?{_AMOUNT}\s*(?:€|eur(?:o)?\b)?"
    percent = rf"{grammar.of_keyword('discount')}\s*:?\s*{_AMOUNT}\s*(?:%|prozent\b|percent\b)"
    silent = rf"(?P<silent>{grammar.of_keyword('silent')})(?!\w)"
    again = rf"{grammar.of_keyword('approve')}(?!\w)"
    piece = re.compile(rf"[\s,;.!+]*(?:(?:und|and|mit)\s+)?(?:{price}|{percent}|{silent}|{again})")
    left, found = fold(_KIND_EMOJI.sub(" ", rest)), Terms()
    while match := piece.match(left):
        if (match[1] or match[2]) and (found.price, found.discount) != (None, None):
            # Two prices, or a price and a discount: discounts never add up, so nobody knows what is meant.
            return None
        if match[1]:
            found = found._replace(price=_decimal(match[1]))
        elif match[2]:
            found = found._replace(discount=_decimal(match[2]))
        elif match["silent"]:
            found = found._replace(silent=True)
        left = left[match.end() :]
    is_possible = found.discount is None or found.discount <= 100
    return found if is_possible and is_courtesy(left, grammar) else None


def _decimal(written: str) -> Decimal:
    return Decimal(written.replace(",", "."))


def bare_reason(rest: str, grammar: Grammar) -> bool:
    """Tell whether what follows `nein` without a colon can only be a reason (CONTRACT "Answers")."""
    low = fold(rest)
    return "?" not in low and not hedges(low) and not _words_of(low) & grammar.deciding


def why_unclear(line: str, grammar: Grammar) -> Doubt:
    """Name why a line that is no answer is not clear: asked, limited, or simply unknown."""
    low = fold(line)
    if not _words_of(low) & grammar.words.keys():
        return Doubt.UNKNOWN
    if "?" in low:
        return Doubt.QUESTION
    return Doubt.BUT if hedges(low) else Doubt.UNKNOWN


def _words_of(low: str) -> set[str]:
    words = re.findall(r"\w+", low)
    return set(words) | {f"{one} {two}" for one, two in pairwise(words)}
