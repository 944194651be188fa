"""The table of bookings by mail: what `liste` and `liste oktober` give a reviewer; the desk's is desk_codes.py's.

Each office gets the bookings it is responsible for. Changes nothing.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from mailbot.decide import desk_codes, orders
from mailbot.decide.brake import enough_lists
from mailbot.model.booking import Booking, State
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.list_events import ListAsked
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import Actor, Role
from mailbot.model.rules import Resource, Rules
from mailbot.model.table import table_line

TABLE = Matter(MatterKind.LIST, "bookings")


def list_asked(books: Books, by: Actor, event: ListAsked, given: Given) -> Decision:
    """Send a reviewer the table of bookings, whole or of one month; the desk gets its list of codes."""
    if by.role is Role.DESK:
        return desk_codes.asked(books, by, event, given)
    if enough := enough_lists(books, TABLE, by.address, given, "office/table"):
        return enough
    month = month_meant(event, orders.resources_of(by.person, given.rules), given.now.date())
    lines = tuple(table_line(booking, books) for booking in bookings_of(books, by.person, month, given.rules))
    counts = Counter(line.booking.state for line in lines)
    facts = {
        "lines": lines,
        "month": month,
        "counts": tuple((state, counts[state]) for state in State if counts[state]),
        # What is off or not decided yet costs nobody anything.
        "price": sum((line.paid + line.balance for line in lines), Decimal(0)),
        "paid": sum((line.paid for line in lines), Decimal(0)),
        "balance": sum((line.balance for line in lines), Decimal(0)),
    }
    reader, token = orders.answerer(by, given.rules), orders.new_token(given.dice)
    mail = MailOrder("office/table", reader, TABLE, token, 0, facts, attach=("table",), is_reply=True)
    return Decision(mails=(mail,), notes=(("mailbot", "Die Tabelle der Buchungen ging an das Büro."),), outcome="table")


def bookings_of(books: Books, office: str, month: date | None, rules: Rules) -> list[Booking]:
    """Give an office's bookings by start, those of one month where it is named by its first day.

    Bookings of what rules.yaml no longer knows belong to the first office.
    """
    known = {resource.key for resource in orders.resources_of(office, rules)}
    takes_lost = orders.offices(rules)[0].key == office
    return [
        booking
        for booking in books.bookings()
        if booking.stay.resource in known or (takes_lost and booking.stay.resource not in rules.resources)
        if month is None or booking.stay.day.replace(day=1) == month
    ]


def month_meant(event: ListAsked, resources: Iterable[Resource], today: date) -> date | None:
    """Give the first day of the month that was asked for: without a year that of a season, else the nearest one."""
    if event.month is None:
        return None
    if event.year is not None:
        return date(event.year, event.month, 1)
    nearest = sorted(
        (date(year, event.month, 1) for year in range(today.year - 1, today.year + 2)),
        key=lambda first: (abs((first - today).days), -first.toordinal()),
    )
    seasons = [(r.door_codes.season_from.replace(day=1), r.door_codes.season_to) for r in resources]
    in_season = (first for first in nearest if any(since <= first <= to for since, to in seasons))
    return next(in_season, nearest[0])
