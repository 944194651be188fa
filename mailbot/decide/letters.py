"""Letters that a person must look at: unreadable notices, letters too large or broken, and what the first start left.

Each becomes a mail to the office; a notice that lacks something waits as an OpenLetter for the missing lines.
"""

from dataclasses import replace

from mailbot.decide import orders
from mailbot.decide.wording import FIELDS, clean, field_words
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import FirstStartListed, LetterBroken, LetterVanished, Notice, NoticePuzzled, TooLarge
from mailbot.model.letter import VANISHED, Handled
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import Actor
from mailbot.model.records import Change, OpenLetter, Setting
from mailbot.model.rules import Person, Rules

# The Setting that names, by their SHA-256, letters that are to leave the trouble folder for the done folder.
TO_REFILE = "to_refile"


def settled(books: Books, handled: Handled) -> tuple[Change, ...]:
    """Record a letter of the trouble folder as it is now that it is done; refiling.py moves it."""
    waiting = dict.fromkeys([*(books.setting(TO_REFILE) or "").split(), handled.digest])
    return replace(handled, filed_to="done"), Setting(TO_REFILE, " ".join(waiting))


def unreadable(letter: OpenLetter, office: Person, given: Given, *, is_answerable: bool = False) -> MailOrder:
    """Order office/unreadable about a letter; `is_answerable` where it waits for its missing lines."""
    facts = {
        "subject": clean(letter.subject),
        "missing": tuple(FIELDS.get(name, name) for name in letter.missing),
        "problem": letter.why,
        "notice": letter.notice,
        "answerable": is_answerable,
        "folder": given.rules.mailbox.trouble,
    }
    matter = Matter(MatterKind.LETTER, letter.key) if letter.key else Matter(MatterKind.NONE)
    token, reader = orders.new_token(given.dice), orders.person_reader(office)
    return MailOrder("office/unreadable", reader, matter, token, letter.round, facts)


def office_of_letter(letter: OpenLetter, rules: Rules) -> Person:
    """Give the office of the mail a letter answers, of the resource its notice is about, or of whom it claims to be."""
    if letter.office in rules.people:
        return rules.people[letter.office]
    source = rules.sources.get(letter.notice.source) if letter.notice else None
    resource = rules.resources.get(source.resource) if source else None
    return orders.office_of(resource, rules) if resource else orders.office_for(letter.claimed, rules)


def problem_of(notice: Notice | None, missing: tuple[str, ...]) -> str:
    """Say in German why a notice cannot be taken as it is."""
    if notice is None:
        return "Diese Mail liest sich nicht wie eine Buchungsnachricht."
    doubts = [clean(doubt) for doubt in notice.doubts]
    return " ".join([*doubts, f"Es fehlt: {field_words(missing)}."] if missing else doubts) or "Etwas passt nicht."


def asked_for(notice: Notice | None, missing: tuple[str, ...]) -> tuple[str, ...]:
    """Give the fields the office is asked for: what lacks; where all is there but doubted, the date as it is meant."""
    return missing or (("start",) if notice and notice.doubts else ())


def puzzled(books: Books, by: Actor, event: NoticePuzzled, given: Given) -> Decision:
    """Ask the office for what a notice lacks; where nothing reads like a notice, only tell it."""
    notice, rules = event.notice, given.rules
    problem = problem_of(notice, event.missing)
    letter = OpenLetter(
        key=event.letter,
        received_at=event.sent_at,
        subject=clean(event.subject),
        why=problem,
        is_unproven=False,
        notice=notice,
        missing=asked_for(notice, event.missing),
    )
    office = office_of_letter(letter, rules) if notice else orders.office_for(by.address, rules)
    mail = unreadable(letter, office, given, is_answerable=notice is not None)
    notes = ((event.letter, f"Nicht lesbar: {problem}"),)
    return Decision((letter,) if notice else (), (mail,), (), notes, "unreadable", to_trouble=True)


def too_large(books: Books, by: Actor, event: TooLarge, given: Given) -> Decision:
    """Tell the office of a letter that was moved away unread because of its size."""
    megabytes = f"{event.size / 1_000_000:.1f}".replace(".", ",")
    problem = f"Die Mail von {clean(event.sender, 100)} ist mit {megabytes} MB zu groß und wurde nicht gelesen."
    return _put_aside(event, problem, given)


def broken(books: Books, by: Actor, event: LetterBroken, given: Given) -> Decision:
    """Tell the office of a letter that could not be handled."""
    sender = clean(event.sender, 100)
    problem = f"Die Mail von {sender} konnte mailbot nicht verarbeiten: {clean(event.what)}"
    return _put_aside(event, problem, given)


def vanished(books: Books, by: Actor, event: LetterVanished, given: Given) -> Decision:
    """Note a letter that was taken away before it was read: nobody did wrong, but nobody is to wonder either."""
    sender, subject = clean(event.sender, 100), clean(event.subject, 150)
    whose = f" von {sender}" * bool(sender) + f" („{subject}“)" * bool(subject)
    line = f"Brief{whose} verschwunden, bevor mailbot ihn lesen konnte; es hat sich nichts geändert."
    return Decision(notes=((event.letter, line),), outcome=VANISHED, leave=True)


def _put_aside(event: TooLarge | LetterBroken, problem: str, given: Given) -> Decision:
    letter = OpenLetter(event.letter, given.now, event.subject, problem, is_unproven=False)
    mail = unreadable(letter, orders.office_for(event.sender, given.rules), given)
    return Decision((), (mail,), (), ((event.letter, problem),), "unreadable", to_trouble=True)


def first_start(books: Books, by: Actor, event: FirstStartListed, given: Given) -> Decision:
    """List in one mail what the first start left alone."""
    listed = tuple((at, clean(sender, 100), clean(subject, 150)) for at, sender, subject in event.letters)
    facts, nothing = {"letters": listed}, Matter(MatterKind.NONE)
    readers = (orders.person_reader(office) for office in orders.offices(given.rules))
    mails = tuple(
        MailOrder("office/first_start", reader, nothing, orders.new_token(given.dice), facts=facts)
        for reader in readers
    )
    note = f"Erster Start: {len(listed)} ältere Nachrichten blieben liegen."
    return Decision(mails=mails, notes=(("mailbot", note),))
