"""Letters that claim to be one of us and are not proven: kept, and told to the office in bundles, one mail an hour.

An OpenLetter's round is 0 until a mail listed it. Each mail's list is kept, so that its numbers keep their meaning.
Of a flood a mail lists fifty, and counts the others that hold no notice: they lie in the trouble folder.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from mailbot.decide import orders
from mailbot.decide.letters import office_of_letter
from mailbot.decide.wording import clean
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import SuspicionsGathered, Unproven
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import Actor
from mailbot.model.records import Change, Gone, OpenLetter, Setting
from mailbot.model.rules import Person, Rules

PAUSE = timedelta(hours=1)
IN_ONE_MAIL = 50


def unproven(books: Books, by: Actor, event: Unproven, given: Given) -> Decision:
    """Keep an unproven letter and tell the office, unless it was told of another within the hour."""
    letter = OpenLetter(
        key=event.letter,
        received_at=given.now,
        subject=clean(event.subject),
        why=": ".join(filter(None, (clean(event.claimed, 100), clean(event.evidence)))),
        is_unproven=True,
        notice=event.notice,
        round=0,
        claimed=event.claimed,
        office=_answered(books, event, given.rules),
    )
    notes = ((event.letter, f"Nicht bewiesen, ändert nichts: {letter.why}"),)
    office = office_of_letter(letter, given.rules)
    if not may_tell(books, office, given.now):
        return Decision((letter,), (), (), notes, "suspicious", to_trouble=True)
    changes, mails = _told(books.after((letter,)), office, given)
    return Decision((letter, *changes), mails, (), notes, "suspicious", to_trouble=True)


def gathered(books: Books, by: Actor, event: SuspicionsGathered, given: Given) -> Decision:
    """Tell an office of the unproven letters that came within the hour since the last such mail."""
    office = given.rules.people.get(event.office)
    if office is None or not untold(books, office, given.rules):
        return Decision()
    changes, mails = _told(books, office, given)
    return Decision(changes, mails)


def may_tell(books: Books, office: Person, now: datetime) -> bool:
    """Tell whether the last office/suspicious to this office is an hour old."""
    told_at = books.setting(_setting(office))
    # Told in the future means that the clock was put back since.
    return told_at is None or not timedelta(0) <= now - datetime.fromisoformat(told_at) < PAUSE


def untold(books: Books, office: Person, rules: Rules) -> list[OpenLetter]:
    """Give the unproven letters that no mail to this office has listed yet, oldest first."""
    letters = (letter for letter in books.open_letters() if letter.is_unproven and letter.round == 0)
    return [letter for letter in letters if office_of_letter(letter, rules).key == office.key]


def listed(books: Books, matter: Matter) -> list[str]:
    """Give the keys of the letters an office/suspicious listed, in the order of its numbers."""
    keys = books.setting(f"suspicious/{matter.ref}")
    return keys.split("\n") if keys else [matter.ref]


def _answered(books: Books, event: Unproven, rules: Rules) -> str:
    """Give the key of the office whose mail a stranger answers: its subject names what no other office is to read."""
    booking = books.booking_about(event.answered) if event.answered else None
    if booking and booking.stay.resource in rules.resources:
        return rules.resources[booking.stay.resource].reviewer
    reader = rules.people.get(event.reader)
    return orders.office_for(reader.emails[0], rules).key if reader else ""


def _setting(office: Person) -> str:
    return f"suspicious_told/{office.key}"


def _told(books: Books, office: Person, given: Given) -> tuple[tuple[Change, ...], tuple[MailOrder, ...]]:
    waiting = untold(books, office, given.rules)
    # A flood in a person's name must not delay the one notice that may be real: only those have an answer.
    first = {letter.key for letter in sorted(waiting, key=lambda letter: letter.notice is None)[:IN_ONE_MAIL]}
    told = [replace(letter, round=1) for letter in waiting if letter.key in first]
    counted = [letter for letter in waiting if letter.notice is None and letter.key not in first]
    matter = Matter(MatterKind.LETTER, told[0].key)
    facts = {"letters": tuple(told), "more": len(counted), "folder": given.rules.mailbox.trouble}
    mail = MailOrder("office/suspicious", orders.person_reader(office), matter, orders.new_token(given.dice), 1, facts)
    gone = (Gone(OpenLetter.TABLE, letter.key) for letter in counted)
    return (*told, *gone, *_settings(office, told, given.now)), (mail,)


def _settings(office: Person, told: Iterable[OpenLetter], now: datetime) -> tuple[Setting, Setting]:
    keys = [letter.key for letter in told]
    return Setting(_setting(office), now.isoformat()), Setting(f"suspicious/{keys[0]}", "\n".join(keys))
