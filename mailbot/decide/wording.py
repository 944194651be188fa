"""German words for times, money and people, as they stand in history lines and in what a mail says was done.

Knows no rule and no event; numbers and dates in templates are the templates' own business. Never a door code.
"""

import re
from datetime import date, datetime
from decimal import Decimal

from mailbot.model.booking import State, Stay
from mailbot.model.rules import Rules

WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
STATES = {
    State.REQUESTED: "angefragt",
    State.HELD: "Rückfrage offen",
    State.CONFIRMED: "bestätigt",
    State.REJECTED: "abgelehnt",
    State.CANCELLED: "storniert",
    State.LAPSED: "verfallen",
}
FIELDS = {
    "name": "Name",
    "email": "E-Mail",
    "start": "Datum",
    "end": "Ende",
    "reference": "Buchungscode",
    "phone": "Telefon",
    "street": "Straße",
    "city": "Ort",
    "remark": "Bemerkung",
    "resource": "Anlage",
    "kind": "Anlass",
}


def on_day(day: date) -> str:
    """Say a day: `Sa 28.11.2026`."""
    return f"{WEEKDAYS[day.weekday()]} {day:%d.%m.%Y}"


def at_moment(at: datetime) -> str:
    """Say a moment: `23.11.2026 um 09:00 Uhr`."""
    return f"{at:%d.%m.%Y} um {at:%H:%M} Uhr"


def stay_words(stay: Stay) -> str:
    """Say a stay: `Sa 28.11.2026, 19:30–20:30 Uhr`, with both days where it passes midnight."""
    if stay.start.date() == stay.end.date():
        return f"{on_day(stay.day)}, {stay.start:%H:%M}–{stay.end:%H:%M} Uhr"
    return f"{on_day(stay.day)}, {stay.start:%H:%M} Uhr bis {on_day(stay.end.date())}, {stay.end:%H:%M} Uhr"


def euro(amount: Decimal) -> str:
    """Say an amount: `1.234,50 €`."""
    return f"{amount:,.2f} €".replace(",", "\0").replace(".", ",").replace("\0", ".")


def percent_words(percent: Decimal) -> str:
    """Say a percentage without idle zeros: `20 %`, `12,5 %`."""
    return f"{percent.normalize():f} %".replace(".", ",")


def agreed_words(price: Decimal | None, discount: Decimal | None) -> str:
    """Say what an `ok` named beside the list, "" where it named nothing: `der Preis von 40,00 €`, `20 % Rabatt`."""
    if price is not None:
        return f"der Preis von {euro(price)}"
    return f"{percent_words(discount)} Rabatt" if discount is not None else ""


def who(by: str | None, rules: Rules) -> str:
    """Say who decided, from `office buero@kruempel.example`: `Büro Krümpel (buero@kruempel.example)`."""
    key, _, address = (by or "").partition(" ")
    person = rules.people.get(key)
    if person is None:
        return "mailbot"
    return f"{person.name} ({address})" if address else person.name


def field_words(fields: tuple[str, ...]) -> str:
    """Say Notice fields by their German labels: `Name, Datum`."""
    return ", ".join(FIELDS.get(name, name) for name in fields)


def clean(text: str, limit: int = 300) -> str:
    """Make hostile text one harmless line: printable characters only, runs of space folded, cut at `limit`."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    line = re.sub(r"\s+", " ", printable).strip()
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
