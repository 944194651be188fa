"""The operator's commands about the season's door codes: made or taken over, all of them or none. Never says a code."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from mailbot.decide import codes, orders
from mailbot.decide.season_list import season_list
from mailbot.errors import EXIT_BAD_INPUT, AskHumanError
from mailbot.model.books import Books
from mailbot.model.codes import DoorCode
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import CodesGenerated, CodesImported
from mailbot.model.mail import MailOrder
from mailbot.model.people import Actor
from mailbot.model.rules import Rules


def codes_generated(books: Books, by: Actor, event: CodesGenerated, given: Given) -> Decision:
    """Make the season's door codes of every resource that has none; where all have some, refuse."""
    try:
        made = codes.generate(books, given.rules, given.dice)
    except AskHumanError as error:
        return _refused(str(error), *_gaps(books, given.rules))
    if not made:
        return _refused("every resource has its codes already; nothing is overwritten", *_gaps(books, given.rules))
    recorded = _recorded(books, made, given, "made", "erzeugt")
    return replace(recorded, mails=()) if event.is_quiet else recorded


def codes_imported(books: Books, by: Actor, event: CodesImported, given: Given) -> Decision:
    """Take over a list of door codes, or say everything that is wrong with it."""
    try:
        made = codes.checked_import(event.rows, books, given.rules, event.filename)
    except AskHumanError as error:
        return _refused(str(error))
    return _recorded(books, made, given, "taken over", "übernommen")


def _refused(*why: str) -> Decision:
    lines = tuple(line for text in why for line in text.splitlines())
    return Decision(outcome="refused", exit_code=EXIT_BAD_INPUT, said=lines)


def _recorded(books: Books, made: list[DoorCode], given: Given, done: str, verb: str) -> Decision:
    counts = Counter(code.resource for code in made)
    said = tuple(f"{key}: {count} door codes {done}" for key, count in counts.items())
    notes = tuple(
        ("mailbot", f"{count} Türcodes für {_name(key, given.rules)} {verb}.") for key, count in counts.items()
    )
    gaps = _gaps(books.after(made), given.rules)
    mails = _lists(books.after(made), counts, given)
    return Decision(tuple(made), mails, (), notes, "codes", said=(*said, *gaps) or ("nothing new in the list",))


def _lists(books: Books, keys: Iterable[str], given: Given) -> tuple[MailOrder, ...]:
    """Send each office the whole season's list of the resources whose codes are new."""
    resources = [orders.resource_named(key, given.rules) for key in keys]
    return tuple(
        mail
        for resource in resources
        for mail in season_list(books, resource, orders.person_reader(orders.office_of(resource, given.rules)), given)
    )


def _gaps(books: Books, rules: Rules) -> tuple[str, ...]:
    """Say for each resource how many days (or slots) of its season have no code, and which is the first."""
    missing: dict[str, list[date]] = {}
    for key, day, _ in codes.gaps(books, rules):
        missing.setdefault(key, []).append(day)
    return tuple(f"{key}: {len(days)} without a door code, the first on {min(days)}" for key, days in missing.items())


def _name(key: str, rules: Rules) -> str:
    return orders.resource_named(key, rules).name
