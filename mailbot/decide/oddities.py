"""What the review points out as odd: one friendly German sentence each. The office decides, never the machine.

Each oddity is one function and one line of ODDITIES, and can be switched off by that name in rules.yaml.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from mailbot.decide import codes
from mailbot.decide.finding import PHONE_DIGITS, is_same_person
from mailbot.decide.orders import is_address, may_write_to, resource_named, resources_of
from mailbot.decide.wording import clean, field_words, on_day, stay_words
from mailbot.model.booking import LIVING, Booking, State
from mailbot.model.books import Books
from mailbot.model.decisions import Given
from mailbot.model.events import Notice
from mailbot.model.money import Price
from mailbot.model.rules import Resource


@dataclass(frozen=True, slots=True)
class Sight:
    """A booking under review, with what it is judged by. `price` is None where no price line fits."""

    books: Books
    given: Given
    booking: Booking
    price: Price | None
    notice: Notice | None = None

    @property
    def resource(self) -> Resource:
        """Give the resource the booking is for."""
        return resource_named(self.booking.stay.resource, self.given.rules)


def oddities(sight: Sight) -> tuple[str, ...]:
    """Name what looks odd, in the order of ODDITIES; a switched-off one is not looked for."""
    wanted = (look for name, look in ODDITIES.items() if sight.given.rules.oddities.get(name, True))
    return tuple(sentence for look in wanted if (sentence := look(sight)))


def odd_words(sight: Sight) -> tuple[str, ...]:
    """Name what looks odd in a word or two each; the review has the sentences."""
    wanted = {name: look for name, look in ODDITIES.items() if sight.given.rules.oddities.get(name, True)}
    return tuple(IN_SHORT[name] for name, look in wanted.items() if look(sight))


def _past(sight: Sight) -> str:
    stay = sight.booking.stay
    if stay.is_over(sight.given.now):
        return "Der Termin ist schon vorbei; ein „ok“ schickt nur noch die Rechnung."
    return "Der Termin hat schon begonnen." if stay.start <= sight.given.now else ""


def _short_notice(sight: Sight) -> str:
    if not sight.booking.short_notice:
        return ""
    return "Der Termin ist sehr bald; der Kunde wurde gebeten anzurufen."


def _clash(sight: Sight) -> str:
    booking = sight.booking
    others = sight.books.overlapping(booking.stay, but=booking.code)
    return " ".join(_clash_with(other, booking) for other in others)


def _clash_with(other: Booking, booking: Booking) -> str:
    if other.state is State.CONFIRMED:
        order = "ist schon bestätigt"
    elif other.received_at <= booking.received_at:
        order = "kam zuerst"
    else:
        order = "kam später"
    return f"Überschneidet sich mit {other.code} ({clean(other.customer.name, 60)}, {stay_words(other.stay)}); {order}."


def _code(sight: Sight) -> str:
    stay = sight.booking.stay
    if codes.code_for(sight.books, sight.resource, stay) or stay.is_over(sight.given.now):
        return ""
    return f"Für {on_day(stay.day)} ist kein Code hinterlegt; so lange geht ein „ok“ nicht."


def _price(sight: Sight) -> str:
    return "" if sight.price else "Für diese Zeit steht kein Preis in der Preisliste; mit „ok preis 45“ geht es."


def _season(sight: Sight) -> str:
    season, day = sight.resource.door_codes, sight.booking.stay.day
    if season.season_from <= day <= season.season_to:
        return ""
    return f"Außerhalb der Saison ({season.season_from:%d.%m.%Y} bis {season.season_to:%d.%m.%Y})."


def _hours(sight: Sight) -> str:
    stay, hours = sight.booking.stay, sight.resource.open
    if not any(hours.spans):
        return ""
    spans = hours.spans[stay.day.weekday()]
    if any(_moment(stay.start, start) <= stay.start and stay.end <= _moment(stay.start, end) for start, end in spans):
        return ""
    open_at = " und ".join(f"{start:%H:%M}–{'24:00' if end == time.max else f'{end:%H:%M}'}" for start, end in spans)
    return f"Außerhalb der Öffnungszeit ({open_at or 'geschlossen'})."


def _moment(start: datetime, at: time) -> datetime:
    if at == time.max:  # 24:00: a stay may well end at midnight sharp
        return datetime.combine(start.date() + timedelta(days=1), time.min, start.tzinfo)
    return datetime.combine(start.date(), at, start.tzinfo)


def _assumed_end(sight: Sight) -> str:
    if not sight.booking.assumed_end:
        return ""
    minutes = int(sight.resource.slot.total_seconds() // 60)
    return f"Es war kein Ende angegeben; angenommen sind {minutes} Minuten."


def _second(sight: Sight) -> str:
    second = sight.notice.second if sight.notice else ()
    told = ", ".join(f"{field_words((name,))}: {clean(value, 80)}" for name, value in second)
    return f"Nach der Bemerkung steht noch etwas anderes, das nicht verwendet wird ({told})." if told else ""


def _phone(sight: Sight) -> str:
    phone = sight.booking.customer.phone
    if not phone:
        return "Es ist keine Telefonnummer angegeben."
    digits = sum(sign.isdigit() for sign in phone)
    odd = digits not in PHONE_DIGITS or re.search(r"[^\d\s+()/.\-–]", phone) or re.search(r"(\d)\1{6}", phone)
    return f"Die Telefonnummer wirkt ungewöhnlich ({clean(phone, 40)})." if odd else ""


def _email(sight: Sight) -> str:
    email = sight.booking.customer.email
    if not may_write_to(email, sight.given.rules):
        return f"An {clean(email, 80)} kann mailbot nicht schreiben; bitte den Kunden anrufen."
    if not is_address(email):
        return f"Die E-Mail-Adresse wirkt ungewöhnlich ({clean(email, 80)})."
    other = (sight.notice.email if sight.notice else None) or email
    if other.casefold() == email.casefold():
        return ""
    return (
        f"Diese Nachricht nennt eine andere E-Mail-Adresse ({clean(other, 80)}); mailbot schreibt weiter an die alte."
    )


def _of_same_person(sight: Sight) -> list[Booking]:
    """Give what the same person has besides, as far as it is this office's business."""
    mine = sight.booking
    own = {resource.key for resource in resources_of(sight.resource.reviewer, sight.given.rules)}
    others = sight.books.bookings_of(mine.customer.email)
    return [other for other in others if other.code != mine.code and other.stay.resource in own]


def _several(sight: Sight) -> str:
    others = [other for other in _of_same_person(sight) if other.is_open]
    if not others:
        return ""
    return f"Von derselben Person sind noch weitere Anfragen offen: {', '.join(other.code for other in others)}."


def _unpaid(sight: Sight) -> str:
    """Name what the same person owes: what is overdue, not what may still be paid in time."""
    today = sight.given.now.date()
    owing = [other for other in _of_same_person(sight) if _owes(other, sight, today)]
    return f"Von derselben Person ist noch nicht bezahlt: {', '.join(o.code for o in owing)}." if owing else ""


def _owes(booking: Booking, sight: Sight, today: date) -> bool:
    invoice = sight.books.invoice(booking.invoice) if booking.invoice else None
    if booking.state is not State.CONFIRMED or invoice is None or invoice.due_on >= today:
        return False
    return sight.books.paid(booking.code) < (booking.price or Decimal(0))


def _twice(sight: Sight) -> str:
    """Name what the same person, by e-mail, phone or name, has on the same day and place besides."""
    booking = sight.booking
    others = [o for o in sight.books.on(booking.stay.resource, booking.stay.day) if o.code != booking.code]
    living = [o for o in others if o.state in LIVING]
    same = [o for o in living if o.stay.day == booking.stay.day and is_same_person(o.customer, booking.customer)]
    told = ", ".join(f"{o.code} ({stay_words(o.stay)})" for o in same)
    return f"Dieselbe Person hat an dem Tag schon gebucht: {told}." if same else ""


def _address(sight: Sight) -> str:
    """Name an address that no letter would reach; none at all is no oddity, small invoices need none."""
    street, city = sight.booking.customer.street, sight.booking.customer.city
    lacks = []
    if street is not None and not (re.search(r"[^\W\d_]{3}", street) and re.search(r"\d", street)):
        lacks.append(f"Straße: {clean(street, 40)}")
    if city is not None and not (re.search(r"[^\W\d_]{2}", city) and re.search(r"\d{4,5}", city)):
        lacks.append(f"Ort: {clean(city, 40)}")
    return f"Die Anschrift wirkt unvollständig ({', '.join(lacks)})." if lacks else ""


def _moved_often(sight: Sight) -> str:
    moves = sight.booking.moves
    return f"Die Buchung wurde schon {moves}-mal verschoben." if moves > 1 else ""


ODDITIES: Mapping[str, Callable[[Sight], str]] = {
    "past": _past,
    "short_notice": _short_notice,
    "clash": _clash,
    "code": _code,
    "price": _price,
    "season": _season,
    "hours": _hours,
    "assumed_end": _assumed_end,
    "second": _second,
    "phone": _phone,
    "email": _email,
    "several": _several,
    "unpaid": _unpaid,
    "twice": _twice,
    "address": _address,
    "moved_often": _moved_often,
}

# The same in a word or two, for a line of the digest.
IN_SHORT: Mapping[str, str] = {
    "past": "Termin vorbei",
    "short_notice": "kurzfristig",
    "clash": "Überschneidung",
    "code": "kein Türcode",
    "price": "kein Preis",
    "season": "außerhalb der Saison",
    "hours": "außerhalb der Öffnungszeit",
    "assumed_end": "ohne Ende",
    "second": "doppelte Angaben",
    "phone": "Telefon",
    "email": "E-Mail",
    "several": "weitere Anfragen",
    "unpaid": "Unbezahltes",
    "twice": "am selben Tag zweimal",
    "address": "Anschrift",
    "moved_often": "oft verschoben",
}
