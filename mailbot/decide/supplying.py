"""The office mends a letter that waits: the missing lines of an unreadable notice, or `übernehmen` for an unproven one.

From there on the notice goes exactly the way of any other (intake.py); a value that cannot be one changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from mailbot.decide.conditions import Case
from mailbot.decide.intake import announced, withdrawn
from mailbot.decide.letters import asked_for, office_of_letter, problem_of, settled, unreadable
from mailbot.decide.orders import is_address
from mailbot.decide.refusals import SENTENCES, ask_back, works_for_letter
from mailbot.decide.suspicions import listed
from mailbot.decide.wording import clean, field_words
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import (
    Accepted,
    BookingRequested,
    Doubt,
    Moved,
    Notice,
    NoticeKind,
    Supplied,
    Withdrawn,
)
from mailbot.model.mail import MatterKind
from mailbot.model.people import Actor, Role
from mailbot.model.records import Gone, OpenLetter

NEEDED: Mapping[NoticeKind, tuple[str, ...]] = {
    NoticeKind.NEW: ("name", "email", "start"),
    NoticeKind.MOVED: ("start",),
    NoticeKind.WITHDRAWN: (),
}
# More answers than these help nobody.
MOST_NAMED = 5
GONE = "Dieser Brief wartet nicht mehr: Er ist schon übernommen oder ergänzt."


def supplied(books: Books, by: Actor, event: Supplied, given: Given) -> Decision:
    """Fill in what a notice lacked; with all of it there, take the notice in."""
    case = Case(books, by, event, given)
    letter = books.open_letter(event.matter.ref)
    if why := _against(case, letter, is_unproven=False):
        return ask_back(case, why)
    assert letter
    assert letter.notice
    works = works_for_letter(letter)
    values, wrong = _values(event.values, given)
    if wrong:
        return ask_back(case, wrong, works=works)
    notice = replace(letter.notice, doubts=(), **values)  # type: ignore[arg-type]  # READERS give each field its type
    if missing := _still_missing(letter, notice, values):
        return ask_back(case, f"Es fehlt noch: {field_words(missing)}.", works=works)
    return _taken(case, letter, notice, f"Vom Büro ergänzt: {field_words(tuple(values))}.")


def accepted(books: Books, by: Actor, event: Accepted, given: Given) -> Decision:
    """Take in the unproven notice with this number, on the office's word."""
    case = Case(books, by, event, given)
    keys = listed(books, event.matter)
    number = 1 if event.number is None and len(keys) == 1 else event.number
    if number is None:
        works = tuple((f"{n} übernehmen", f"Brief Nr. {n} ist echt") for n in range(1, len(keys) + 1)[:MOST_NAMED])
        return ask_back(case, f"Die Liste hat {len(keys)} Briefe; welcher ist echt?", works=works)
    if not 1 <= number <= len(keys):
        return ask_back(case, f"Die Liste hat {len(keys)} Einträge, keinen mit der Nummer {number}.")
    letter = books.open_letter(keys[number - 1])
    if why := _against(case, letter, is_unproven=True):
        return ask_back(case, why)
    assert letter
    if letter.notice is None:
        folder = given.rules.mailbox.trouble
        return ask_back(case, f"Dieser Brief ist keine Buchungsnachricht; er liegt im Ordner {folder}.", works=())
    missing = _missing(letter.notice)
    if missing or letter.notice.doubts:
        return _now_unreadable(letter, missing, given)
    return _taken(case, letter, letter.notice, "Vom Büro als echt übernommen.")


def _against(case: Case, letter: OpenLetter | None, *, is_unproven: bool) -> str:
    """Say what stands against answering about this letter, "" where nothing does."""
    assert isinstance(case.event, Supplied | Accepted)
    if case.event.matter.kind is not MatterKind.LETTER:
        return SENTENCES[Doubt.NOT_HERE]
    if letter is None or (is_unproven and not letter.is_unproven):
        return GONE
    if letter.is_unproven and not is_unproven:
        return "Diese Nachricht ist noch nicht bewiesen."
    office = office_of_letter(letter, case.given.rules)
    return "" if office.key == case.by.person else f"Über diesen Brief entscheidet {office.name}."


def _text(value: str, given: Given) -> str | None:
    return clean(value) or None


def _email(value: str, given: Given) -> str | None:
    email = value.strip()
    return email if is_address(email) else None


def _time(value: str, given: Given) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    zone = given.rules.site.timezone
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


READERS: Mapping[str, Callable[[str, Given], object]] = {
    "name": _text,
    "email": _email,
    "phone": _text,
    "street": _text,
    "city": _text,
    "reference": _text,
    "remark": _text,
    "start": _time,
    "end": _time,
}


def _values(pairs: tuple[tuple[str, str], ...], given: Given) -> tuple[dict[str, object], str]:
    """Read the supplied lines; else the sentence saying which is no value of its field."""
    values: dict[str, object] = {}
    if not pairs:
        return values, "In Ihrer Antwort stand keine der fehlenden Zeilen."
    for name, text in pairs:
        value = READERS[name](text, given) if name in READERS else None
        if value is None:
            return {}, f"„{clean(text, 80)}“ kann mailbot nicht als {field_words((name,))} lesen."
        if values.setdefault(name, value) != value:
            return {}, f"{field_words((name,))} steht zweimal da, mit verschiedenen Werten."
    return values, ""


def _missing(notice: Notice) -> tuple[str, ...]:
    missing = tuple(name for name in NEEDED[notice.kind] if getattr(notice, name) is None)
    nameless = notice.kind is not NoticeKind.NEW and notice.reference is None and notice.email is None
    return (*missing, "reference") if nameless else missing


def _still_missing(letter: OpenLetter, notice: Notice, values: Mapping[str, object]) -> tuple[str, ...]:
    """Give what lacks; a field the letter was doubted for lacks until the office names it, whatever the notice says."""
    doubted = (name for name in letter.missing if name not in values)
    return tuple(dict.fromkeys((*_missing(notice), *doubted)))


def _now_unreadable(letter: OpenLetter, missing: tuple[str, ...], given: Given) -> Decision:
    problem, asked = problem_of(letter.notice, missing), asked_for(letter.notice, missing)
    waiting = replace(letter, is_unproven=False, missing=asked, why=problem, round=letter.round + 1)
    mail = unreadable(waiting, office_of_letter(letter, given.rules), given, is_answerable=True)
    note = (letter.key, "Vom Büro als echt übernommen, aber noch nicht vollständig.")
    return Decision((waiting,), (replace(mail, is_reply=True),), (), (note,), "unreadable")


def _taken(case: Case, letter: OpenLetter, notice: Notice, line: str) -> Decision:
    source = Actor(Role.SOURCE, notice.source)
    given = replace(case.given, came_at=letter.received_at)
    if notice.kind is NoticeKind.WITHDRAWN:
        decision = withdrawn(case.books, source, Withdrawn(notice), given)
    else:
        event = BookingRequested(notice) if notice.kind is NoticeKind.NEW else Moved(notice)
        decision = announced(case.books, source, event, given)
    if decision.to_trouble:
        return ask_back(case, str(decision.mails[0].facts["problem"]), works=works_for_letter(letter))
    told = decision.mails or ask_back(case, "Das stand schon so in den Büchern; nichts hat sich geändert.").mails
    handled = case.books.handled(letter.key)
    # Who looks into the trouble folder is to find there only what still waits.
    filed = settled(case.books, replace(handled, outcome=decision.outcome)) if handled and handled.digest else ()
    changes = (*decision.changes, Gone(OpenLetter.TABLE, letter.key), *filed)
    notes = (*decision.notes, *((ref, line) for ref in (letter.key, *(ref for ref, _ in decision.notes[:1]))))
    return replace(decision, changes=changes, mails=told, notes=notes)
