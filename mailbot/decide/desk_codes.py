"""The desk's rolling list of door codes: the next days, every morning, and at once when something in it changes.

Each list has a number and replaces the one before, of which a queued one is withdrawn. What the last list said is kept
as one hash a day, so that a change shows whatever caused it. Never decides about a booking.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from mailbot.decide import codes, orders, unheard
from mailbot.decide.brake import enough_lists
from mailbot.decide.conditions import Case
from mailbot.decide.refusals import ask_back
from mailbot.model.booking import LIVING, Booking, State
from mailbot.model.books import Books
from mailbot.model.codes import CodeLine
from mailbot.model.decisions import Arrival, Decision, Given
from mailbot.model.list_events import CodesAsked, CodesListDue, ListAsked
from mailbot.model.mail import UNDELIVERED, MailOrder, Matter, MatterKind, Sending
from mailbot.model.people import CLOCK, Actor, Reader
from mailbot.model.records import Setting
from mailbot.model.rules import Person, Resource, Rules

KIND = "desk/codes"
LATE = timedelta(hours=1)
CALL_OFFICE = "Der Code wurde schon ausgegeben; bitte rufen Sie das Büro an."
NOT_ARRIVED = "Die Mail mit dem Code kam beim Kunden nicht an; er wird anrufen."


@dataclass(frozen=True, slots=True)
class Told:
    """What the last list was: its number, its first day, and a hash of what it said of each day."""

    number: int
    since: date
    days: dict[str, str] = field(repr=False)


def lists_due(books: Books, now: datetime, rules: Rules) -> Iterator[Arrival]:
    """Ask which desks are to get their list now: it is morning, or what the last list said is no longer so."""
    today = now.date()
    for desk, resources in _desks(rules).items():
        told = told_last(books, desk)
        listed_at = min(resource.door_codes.list_at for resource in resources)
        morning = f"clock:desk_codes:{desk}:{today}"
        if now.time() >= listed_at and books.handled(morning) is None:
            if _lines(books, resources, today, now):
                yield Arrival(morning, CLOCK, CodesListDue(desk))
        elif told and _has_changed(books, resources, told, now):
            yield Arrival(f"{morning}:{told.number + 1}", CLOCK, CodesListDue(desk))


def list_due(books: Books, by: Actor, event: CodesListDue, given: Given) -> Decision:
    """Send a desk its list for the days that begin today."""
    resources = _desks(given.rules).get(event.desk)
    if not resources or not (told_last(books, event.desk) or _lines(books, resources, given.now.date(), given.now)):
        return Decision()
    desk = given.rules.people[event.desk]
    return _sent(books, desk, given, (orders.person_reader(desk),))


def asked(books: Books, by: Actor, event: ListAsked | CodesAsked, given: Given) -> Decision:
    """Send a desk its list because it asked; another of its addresses gets the same list beside the first one."""
    resources = _desks(given.rules).get(by.person, [])
    if not _lines(books, resources, given.now.date(), given.now):
        why = "Für die nächsten Tage gibt es keine Türcodes und keine Termine."
        return ask_back(Case(books, by, event, given), why if resources else "Für Sie gibt es keine Codeliste.")
    if enough := enough_lists(books, about(by.person), by.address, given, KIND):
        return enough
    desk = given.rules.people[by.person]
    first, answerer = orders.person_reader(desk), orders.answerer(by, given.rules)
    others = (first,) if first.address.casefold() != answerer.address.casefold() else ()
    sent = _sent(books, desk, given, (answerer, *others))
    mails = tuple(
        replace(mail, is_reply=mail.reader == answerer, facts={**mail.facts, "is_late": False}) for mail in sent.mails
    )
    return replace(sent, mails=mails)


def anew(books: Books, resource: Resource, day: date, given: Given) -> Decision:
    """Send the list again because a day's code changed; nothing where the day is not on it, or nobody gets one."""
    desk, today = resource.door_codes.list_to or "", given.now.date()
    is_listed = today <= day < today + timedelta(days=resource.door_codes.list_days)
    if not is_listed or desk not in given.rules.people or told_last(books, desk) is None:
        return Decision()
    person = given.rules.people[desk]
    return _sent(books, person, given, (orders.person_reader(person),))


def told_last(books: Books, desk: str) -> Told | None:
    """Give what the desk's last list was, None where it never got one."""
    setting = books.setting(_setting(desk))
    if setting is None:
        return None
    value = json.loads(setting)
    return Told(value["number"], date.fromisoformat(value["since"]), value["days"])


def about(desk: str) -> Matter:
    """Give the matter a desk's lists belong to."""
    return Matter(MatterKind.CODES, f"desk/{desk}")


def _setting(desk: str) -> str:
    return f"desk_codes/{desk}"


def _desks(rules: Rules) -> dict[str, list[Resource]]:
    """Give each person who gets a list, with the resources in it."""
    found: dict[str, list[Resource]] = {}
    for resource in rules.resources.values():
        if resource.door_codes.list_to in rules.people:
            found.setdefault(str(resource.door_codes.list_to), []).append(resource)
    return found


def _sent(books: Books, desk: Person, given: Given, readers: tuple[Reader, ...]) -> Decision:
    before, today, resources = told_last(books, desk.key), given.now.date(), _desks(given.rules)[desk.key]
    lines, number = _lines(books, resources, today, given.now), before.number + 1 if before else 1
    facts = {
        "lines": tuple(lines),
        "number": number,
        "before": before.number if before else None,
        "since": today,
        "until": today + timedelta(days=max(resource.door_codes.list_days for resource in resources) - 1),
        "is_late": before is not None and before.since < today and _is_late(resources, given.now),
    }
    matter, dice = about(desk.key), given.dice
    mails = tuple(MailOrder(KIND, reader, matter, orders.new_token(dice), 0, facts, True) for reader in readers)
    stale = tuple(mail.id for mail in books.mails_about(matter) if mail.state is Sending.QUEUED and mail.kind == KIND)
    value = {"number": number, "since": today.isoformat(), "days": _hashes(lines)}
    note = ("mailbot", f"Codeliste Nr. {number} ging an {desk.name}.")
    return Decision((Setting(_setting(desk.key), json.dumps(value)),), mails, stale, (note,), "codes listed")


def _is_late(resources: list[Resource], now: datetime) -> bool:
    """Tell whether the morning's list comes more than an hour after its time."""
    at = min(resource.door_codes.list_at for resource in resources)
    return now - datetime.combine(now.date(), at, now.tzinfo) > LATE


def _has_changed(books: Books, resources: list[Resource], told: Told, at: datetime) -> bool:
    """Tell whether what is left of the last list's days is no longer as it said."""
    today = at.date().isoformat()
    ahead = {day: said for day, said in told.days.items() if day >= today}
    now = _hashes(_lines(books, resources, told.since, at))
    days = {day for day in now if day >= today}
    return any(now.get(day) != ahead.get(day) for day in days | set(ahead))


def _hashes(lines: list[CodeLine]) -> dict[str, str]:
    days: dict[str, list[str]] = {}
    for line in lines:
        days.setdefault(line.day.isoformat(), []).append("|".join(_words(line)))
    return {day: hashlib.sha256("\n".join(said).encode()).hexdigest()[:16] for day, said in days.items()}


def _words(line: CodeLine) -> Iterator[str]:
    """Give all that a line tells, the code too: any other word makes it another list."""
    yield from (line.resource, line.slot or "", line.code or "", line.phone, line.warning, str(line.is_taken))
    if booking := line.booking:
        yield from (booking.code, booking.state.value, booking.customer.name, str(booking.released_at or ""))
        yield from (booking.stay.start.isoformat(), booking.stay.end.isoformat())


def _lines(books: Books, resources: list[Resource], since: date, now: datetime) -> list[CodeLine]:
    found = [
        line
        for resource in resources
        for n in range(resource.door_codes.list_days)
        for line in _day(books, resource, since + timedelta(days=n), now)
    ]
    return sorted(found, key=lambda line: (line.day, line.resource, _begins(line)))


def _begins(line: CodeLine) -> tuple[time, str]:
    if line.booking:
        return line.booking.stay.start.time(), line.booking.code
    return time.fromisoformat(line.slot) if line.slot else time.min, ""


def _day(books: Books, resource: Resource, day: date, now: datetime) -> Iterator[CodeLine]:
    """Give a day's bookings, and the codes of what nobody asked for yet: a caller may come before his request."""
    shown = [booking for booking in books.on(resource.key, day) if booking.stay.day == day and _is_shown(booking)]
    yield from (_line(books, resource, booking, now) for booking in shown)
    used = {codes.slot_of(resource, booking.stay) for booking in shown}
    for slot in codes.slots_on(resource, day):
        code = books.door_code(resource.key, day, slot)
        if code and slot not in used:
            yield CodeLine(resource.key, day, slot, None, code=code.code)


def _is_shown(booking: Booking) -> bool:
    return booking.state in LIVING or booking.released_at is not None


def _line(books: Books, resource: Resource, booking: Booking, now: datetime) -> CodeLine:
    code = codes.code_for(books, resource, booking.stay)
    is_taken, is_living = _is_taken(books, booking), booking.state in LIVING
    phone = "".join(sign for sign in booking.customer.phone or "" if sign.isdigit())[-4:]
    return CodeLine(
        resource.key,
        booking.stay.day,
        codes.slot_of(resource, booking.stay),
        orders.for_desk(booking),
        phone,
        code.code if code and is_living and not is_taken else None,
        is_taken,
        CALL_OFFICE if not is_living else _unheard(books, booking, now),
    )


def _is_taken(books: Books, booking: Booking) -> bool:
    """Tell whether somebody else holds this time: confirmed, or let in by phone."""
    if booking.state is State.CONFIRMED or booking.released_at:
        return False
    others = books.overlapping(booking.stay, but=booking.code)
    return any(other.state is State.CONFIRMED or other.released_at for other in others)


def _unheard(books: Books, booking: Booking, now: datetime) -> str:
    """Warn where the mail with the code did not arrive; one that still waits is late when the stay is near."""
    mail = unheard.code_mail(books, booking)
    is_lost = mail is not None and mail.state in UNDELIVERED
    is_late = unheard.is_near(booking, now) and unheard.is_unheard(books, booking, now)
    return NOT_ARRIVED if is_lost or is_late else ""
