"""A source's letter as what it announces: a request, a move, a withdrawal, or something only a person can read.

Nothing is guessed: what contradicts itself, or lacks name, e-mail or start, is puzzling, and the office is asked. Who
wrote it and whether that is proven is recognise.py's question. Never fails, whatever the letter holds.
"""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from mailbot.model.booking import Links
from mailbot.model.events import (
    BookingRequested,
    Moved,
    Notice,
    NoticeIgnored,
    NoticeKind,
    NoticePuzzled,
    Withdrawn,
)
from mailbot.model.letter import Letter
from mailbot.model.rules import Rules, Source
from mailbot.understand import html
from mailbot.understand.facts import facts_of, name_in
from mailbot.understand.sheets import Sheet, sheet_of
from mailbot.understand.speech import fold, one_line, visible

_KINDS = {"cancelled": NoticeKind.WITHDRAWN, "moved": NoticeKind.MOVED, "ignored": None}
# The words of the template's EREIGNIS line and subject (FIELD-NOTES).
_EVENTS = {
    "neu": NoticeKind.NEW,
    "new": NoticeKind.NEW,
    "umgebucht": NoticeKind.MOVED,
    "verschoben": NoticeKind.MOVED,
    "moved": NoticeKind.MOVED,
    "storniert": NoticeKind.WITHDRAWN,
    "abgesagt": NoticeKind.WITHDRAWN,
    "cancelled": NoticeKind.WITHDRAWN,
    "canceled": NoticeKind.WITHDRAWN,
}
_NEEDED = {
    NoticeKind.NEW: ("name", "email", "start"),
    NoticeKind.MOVED: ("reference", "start"),
    NoticeKind.WITHDRAWN: ("reference",),
}
_CANCEL, _MOVE = re.compile(r"cancel|stornier|absag"), re.compile(r"move|reschedul|verschieb|umbuch")
_URL = re.compile(r"https?://[^\s<>\"')\]]{1,500}")

Announced = BookingRequested | Moved | Withdrawn | NoticePuzzled | NoticeIgnored


def announced(letter: Letter, source: Source, rules: Rules) -> Announced:
    """Tell what a source's letter announces."""
    notice = notice_in(letter, source, rules)
    if _subject_words(letter, source, notice.name if notice else None)[:1] == ["ignored"]:
        return NoticeIgnored("eine Erinnerung, die nichts ändert")
    subject = one_line(letter.get("Subject"), 200)
    if notice is None:
        return NoticePuzzled(None, (), subject, letter.key, letter.received_at)
    missing = tuple(name for name in _NEEDED[notice.kind] if getattr(notice, name) is None)
    if missing or notice.doubts:
        return NoticePuzzled(notice, missing, subject, letter.key, letter.received_at)
    if notice.kind is NoticeKind.MOVED:
        return Moved(notice)
    return Withdrawn(notice) if notice.kind is NoticeKind.WITHDRAWN else BookingRequested(notice)


def notice_in(letter: Letter, source: Source, rules: Rules) -> Notice | None:
    """Read a letter as a notice of this source; None where nothing of it reads like one (a newsletter)."""
    texts = [visible(letter.text)] if letter.text is not None else []
    seen = html.notice_text(letter.html) if letter.html is not None else None
    read = [found for text in (*texts, seen or "") if text.strip() and (found := _notice(text, letter, source, rules))]
    if not read:
        return None
    # The text version comes first; the HTML one counts where the text says less (a stub), or something else.
    best = min(read, key=lambda notice: sum(getattr(notice, name) is None for name in _NEEDED[notice.kind]))
    doubts = [*best.doubts, *_disagreements(read), *(f"Am Brief ist etwas unklar: {s}." for s in letter.surprises)]
    return replace(best, doubts=tuple(dict.fromkeys(doubts)), links=_links(letter, source))


def _notice(text: str, letter: Letter, source: Source, rules: Rules) -> Notice | None:
    sheet = sheet_of(text, source.labels)
    kind, doubts = _kind(sheet, letter, source)
    notice = facts_of(sheet, Notice(source.key, kind), rules.site.timezone)
    if not _reads_like_one(notice, sheet):
        return None
    language = notice.language or _language_of_subject(letter) or rules.site.language
    subject_reference = re.match(r"\s*MAILBOT\s+([A-Z0-9-]{4,32})\s", letter.get("Subject"))
    if sheet.is_template and subject_reference and notice.reference not in (None, subject_reference[1]):
        doubts = (*doubts, "Betreff und Text nennen verschiedene Buchungscodes.")
    return replace(notice, language=language, doubts=(*sheet.doubts, *doubts, *notice.doubts))


def _reads_like_one(notice: Notice, sheet: Sheet) -> bool:
    """Tell a notice from a newsletter: a template, two labels that we know, a start, or a reference in a sentence."""
    return sheet.is_template or len(sheet.values) > 1 or notice.start is not None or notice.reference is not None


def _kind(sheet: Sheet, letter: Letter, source: Source) -> tuple[NoticeKind, tuple[str, ...]]:
    if not sheet.is_template:
        return _kind_of_subject(letter, source, name_in(sheet)) or NoticeKind.NEW, ()
    subject = fold(letter.get("Subject")).split()
    named = _EVENTS.get(subject[-1]) if subject[:1] == ["mailbot"] else None
    kind = _EVENTS.get(sheet.event)
    if sheet.event and kind is None:
        return named or NoticeKind.NEW, ("Das EREIGNIS der Vorlage ist unbekannt.",)
    if kind and named and kind is not named:
        return kind, ("Betreff und EREIGNIS der Vorlage widersprechen sich.",)
    found = kind or named
    return found or NoticeKind.NEW, () if found else ("Die Vorlage nennt kein EREIGNIS.",)


def _kind_of_subject(letter: Letter, source: Source, name: str | None) -> NoticeKind | None:
    return next((_KINDS[kind] for kind in _subject_words(letter, source, name)), None)


def _subject_words(letter: Letter, source: Source, name: str | None) -> list[str]:
    """Give the kinds the subject names, the first word of them first.

    The words of the customer's name stand behind them and are left out: who calls himself "Erinnerung" still booked.
    """
    words = re.findall(r"[\w-]+", fold(letter.get("Subject")))[::-1]
    for own in re.findall(r"[\w-]+", fold(name or "")):
        if own in words:
            words.remove(own)
    subject = f" {' '.join(words[::-1])} "
    places = [
        (subject.find(f" {fold(word)} "), name)
        for name, words in source.subjects.items()
        for word in words
        if name in _KINDS and f" {fold(word)} " in subject
    ]
    return [name for _, name in sorted(places)]


def _language_of_subject(letter: Letter) -> str:
    words = set(re.findall(r"\w+", fold(letter.get("Subject"))))
    return "en" if words & {"booking", "rescheduled", "cancelled", "canceled", "moved"} else ""


def _disagreements(read: list[Notice]) -> list[str]:
    names = {"reference": "Buchungscodes", "email": "E-Mail-Adressen", "start": "Anfänge", "end": "Enden"}
    doubts = []
    for name, words in names.items():
        values = {getattr(notice, name) for notice in read} - {None}
        if len(values) > 1:
            doubts.append(f"Text und HTML der Nachricht nennen verschiedene {words}.")
    return doubts


def _links(letter: Letter, source: Source) -> Links:
    """Give the source's own links; one that stands there twice with different targets may be a customer's."""
    in_html = html.links(letter.html) if letter.html is not None else ()
    in_text = tuple((url, "") for url in _URL.findall(visible(letter.text or ""))) if not in_html else ()
    found = [(url, fold(text)) for url, text in (*in_html, *in_text) if _is_theirs(url, source)]
    return Links(_only(found, _CANCEL), _only(found, _MOVE))


def _only(found: list[tuple[str, str]], pattern: re.Pattern[str]) -> str | None:
    urls = {url for url, text in found if pattern.search(text or urlsplit(url).path.lower())}
    return urls.pop() if len(urls) == 1 else None


def _is_theirs(url: str, source: Source) -> bool:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    domains = [sender.rpartition("@")[2].lower() for sender in source.senders]
    return parts.scheme in ("http", "https") and any(host == d or host.endswith("." + d) for d in domains)
