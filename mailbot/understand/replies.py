"""A proven person's letter as an answer: the author's words in text and in HTML, and whether both say the same.

Where the versions differ, or the letter cannot be read, nothing is decided and the person is asked back. Knows no
trust and no token: recognise.py asks only once it knows who wrote and about what. Never fails.
"""

from dataclasses import replace

from mailbot.model.booking import State
from mailbot.model.books import Books
from mailbot.model.events import CustomerWrote, Doubt, Doubted, Rejected
from mailbot.model.letter import Letter
from mailbot.model.mail import MatterKind, OutMail
from mailbot.model.people import Role
from mailbot.model.rules import Rules
from mailbot.model.talk_events import Answered, Asked, Cancelled, ChangeWished, WithdrawalWished
from mailbot.understand import html, phrases, quotes, talk
from mailbot.understand.answers import Reply, answer, own_words
from mailbot.understand.phrases import Grammar
from mailbot.understand.quotes import Words
from mailbot.understand.readers import Question, doubt
from mailbot.understand.speech import SAID, one_line
from mailbot.understand.supplied import Asked as Reading
from mailbot.understand.supplied import labels_of

MOST_TEXT = 500_000
MOST_SHOWN = 4000
QUESTION = "customer/question"

Lines = tuple[str, ...]


def answered(letter: Letter, mail: OutMail, role: Role, books: Books, rules: Rules) -> Reply:
    """Read a letter as the answer to one of our mails; doubt of any kind becomes a Doubted."""
    matter, opened = mail.matter, mail.round
    if letter.surprises:
        why = Doubt.OPAQUE if "opaque" in letter.surprises else Doubt.UNREADABLE
        return Doubted(matter, opened, why=why, said=said(letter))
    versions = _versions(letter)
    if versions is None:
        return Doubted(matter, opened, why=Doubt.UNREADABLE, said="")
    runs_on = any(_runs_on(words, matter.ref) for words in versions)
    grammar, reading = Grammar.of(rules.replies, rules.banners), _asked(letter, mail, books, rules)
    question = Question(matter, opened, role, grammar, reading, runs_on)
    return _one([_answer(words, question) for words in versions], [words.lines for words in versions])


def _answer(words: Words, question: Question) -> Reply:
    """Read one version; where our own mail may run on from the answer, only what is surely the author's may decide."""
    whole = answer(words.lines, question)
    if not question.runs_on or (isinstance(whole, Doubted) and whole.why is not Doubt.TWO_DECISIONS):
        return whole
    alone = answer(own_words(words.lines, question.grammar), question)
    if replace(whole, note="") == replace(alone, note=""):
        return whole
    if isinstance(whole, Doubted):
        return alone if _is_rejected_anew(alone, words.lines, question.grammar) else whole
    return doubt(question, Doubt.UNMARKED, next(line for line in words.lines if line))


def _runs_on(words: Words, ref: str) -> bool:
    """Tell whether our own mail may stand among the author's lines: its signs below them, or the booking's code."""
    return not words.is_sure or (ref != "" and any(ref in line for line in words.lines[1:]))


def _is_rejected_anew(alone: Reply, lines: Lines, grammar: Grammar) -> bool:
    """Tell a rejection above an earlier `ok` of the same thread, which no mark sets apart (ATTACKS 48)."""
    decisions = [phrases.phrase(line, grammar) for line in lines if phrases.is_decision(line, grammar)]
    keywords = [found.keyword for found in decisions if found]
    is_whole = not any(found and found.has_colon and not found.rest for found in decisions)
    return isinstance(alone, Rejected) and is_whole and set(keywords[1:]) == {"approve"}


def said(letter: Letter) -> str:
    """Give the first line the author wrote, to show it when asking back; "" where there is none."""
    lines = _first_lines(letter)
    return one_line(next((line for line in lines if line), ""), SAID)


def written(letter: Letter) -> str:
    """Give what the author wrote, in lines, as a message to be passed on; at most 4000 characters."""
    return "\n".join(_first_lines(letter))[:MOST_SHOWN]


def _first_lines(letter: Letter) -> Lines:
    return next((words.lines for words in _versions(letter) or () if words.lines), ())


def customers(
    letter: Letter, mail: OutMail, books: Books, rules: Rules
) -> Answered | CustomerWrote | WithdrawalWished | ChangeWished:
    """Read what a customer wrote in reply to a mail: an answer to our question, a wish, or a message in free words."""
    matter, text = mail.matter, written(letter)
    booking = books.booking_about(matter)
    if text and mail.kind == QUESTION and booking and booking.state is State.HELD:
        return Answered(matter, text)
    reading, grammar = _asked(letter, mail, books, rules), Grammar.of(rules.replies, rules.banners)
    return talk.wish(matter, text, reading, grammar) or CustomerWrote(matter, text)


def _asked(letter: Letter, mail: OutMail, books: Books, rules: Rules) -> Reading:
    zone = rules.site.timezone
    waiting = books.open_letter(mail.matter.ref) if mail.matter.kind is MatterKind.LETTER else None
    start = waiting.notice.start if waiting and waiting.notice else None
    labels = labels_of([source.labels for source in rules.sources.values()])
    return Reading(labels, zone, letter.received_at.astimezone(zone).date(), start)


def _versions(letter: Letter) -> list[Words] | None:
    """Give the author's lines of the text and the HTML version, as far as there are; None where one is unreadable."""
    found: list[Words] = []
    if letter.text is not None and (letter.text.strip() or letter.html is None):
        if len(letter.text) > MOST_TEXT:
            return None
        found.append(quotes.words(letter.text))
    if letter.html is not None:
        seen = html.authored_text(letter.html)
        if seen is None:
            return None
        found.append(quotes.words(seen))
    # A letter that is nothing but a file holds no words: it is read as an empty one.
    return found or [quotes.words("")]


def _one(answers: list[Reply], versions: list[Lines]) -> Reply:
    """Give the one answer both versions hold; the text's notes count."""
    first, *others = answers
    for other in others:
        if replace(first, note="") == replace(other, note=""):
            continue
        if (longer := _longer_reason(first, other, versions)) is None:
            return _differing(first, other)
        first = longer
    return first


def _differing(first: Reply, other: Reply) -> Doubted:
    doubts = [doubt for doubt in (first, other) if isinstance(doubt, Doubted)]
    spoken = next((doubt.said for doubt in doubts if doubt.said), "")
    if len(doubts) == 2:
        # Both are unclear: there is nothing to choose between.
        return doubts[0] if doubts[0].said else doubts[1]
    return Doubted(first.matter, first.round, why=Doubt.TEXT_AND_HTML, said=spoken)


def _longer_reason(first: Reply, other: Reply, versions: list[Lines]) -> Reply | None:
    """Mail programs break long lines of the text version: the HTML's whole reason is then the author's."""
    cut, whole = _words_for_customer(first), _words_for_customer(other)
    text = " ".join(" ".join(versions[0]).split())
    if type(first) is not type(other) or not cut or not whole.startswith(cut) or whole not in text:
        return None
    if isinstance(first, Asked):
        return replace(first, question=whole, note=other.note)
    assert isinstance(first, Rejected | Cancelled)
    return replace(first, reason=whole, note=other.note)


def _words_for_customer(said: Reply) -> str:
    if isinstance(said, Asked):
        return " ".join(said.question.split())
    return " ".join(said.reason.split()) if isinstance(said, Rejected | Cancelled) else ""
