"""The whole season's door codes for the office: at generation, and when it asks by `liste codes`. Changes nothing."""

from itertools import groupby

from mailbot.decide import desk_codes, orders
from mailbot.decide.brake import enough_lists
from mailbot.decide.conditions import Case
from mailbot.decide.refusals import ask_back
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.list_events import CodesAsked
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import Actor, Reader, Role
from mailbot.model.rules import Resource

NONE_YET = "Für Ihre Anlagen sind in dieser Saison noch keine Türcodes hinterlegt."


def codes_asked(books: Books, by: Actor, event: CodesAsked, given: Given) -> Decision:
    """Send a reviewer the season's codes of each resource of his; the desk gets its rolling list."""
    if by.role is Role.DESK:
        return desk_codes.asked(books, by, event, given)
    reader, own = orders.answerer(by, given.rules), orders.resources_of(by.person, given.rules)
    mails = tuple(mail for r in own for mail in season_list(books, r, reader, given, is_reply=True))
    if not mails:
        return ask_back(Case(books, by, event, given), NONE_YET)
    if enough := enough_lists(books, mails[0].matter, by.address, given, "office/codes"):
        return enough
    note = ("mailbot", "Die Türcodes der Saison gingen an das Büro.")
    return Decision(mails=mails, notes=(note,), outcome="codes listed")


def season_list(
    books: Books, resource: Resource, reader: Reader, given: Given, *, is_reply: bool = False
) -> tuple[MailOrder, ...]:
    """Order office/codes about one resource; nothing where its season has no codes."""
    season = resource.door_codes
    codes = [c for c in books.door_codes(resource.key) if season.season_from <= c.day <= season.season_to]
    if not codes:
        return ()
    months = tuple(tuple(group) for _, group in groupby(codes, key=lambda code: (code.day.year, code.day.month)))
    facts = {"resource": resource, "codes": tuple(codes), "months": months}
    matter, token = Matter(MatterKind.CODES, f"season/{resource.key}"), orders.new_token(given.dice)
    attach = ("codes_csv", "codes_pdf")
    return (MailOrder("office/codes", reader, matter, token, 0, facts, True, attach, is_reply),)
