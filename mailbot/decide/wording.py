"""German words for times, money and people, as they stand in history lines and in what a mail says was done.

Knows no rule and no event; numbers and dates in templates are the templates' own business. Never a door code.
"""

import re
from datetime import date, datetime
from decimal import Decimal

from mailbot.model.booking import Stay
from mailbot.model.money import Price
from mailbot.model.rules import Discount, Rules

WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
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


def terms_words(discount: Discount, today: date) -> str:
    """Say how long a discount lasts, and why there is one: `bis 31.05.2027, vom Büro am 21.11.2026`."""
    starts = f"ab {discount.since:%d.%m.%Y}" if discount.since and discount.since > today else ""
    ends = f"bis {discount.until:%d.%m.%Y}" if discount.until else ""
    why = f"für {discount.reason}" if discount.reason else ""
    lasts = " ".join(part for part in (starts, ends, why) if part)
    whence = f"vom Büro am {discount.given_on:%d.%m.%Y}" if discount.given_on else "aus rules.yaml"
    return ", ".join(part for part in (lasts, whence) if part)


def discount_words(discount: Discount, today: date) -> str:
    """Say a discount: `20 % Rabatt bis 31.05.2027, vom Büro am 21.11.2026`."""
    return f"{percent_words(discount.percent)} Rabatt {terms_words(discount, today)}"


def discount_told(price: Price) -> tuple[str, ...]:
    """Say which discount of the customer's own is in a price; nothing where there is none, or the answer named it."""
    why = price.discount_terms or (f"für {price.discount_reason}" if price.discount_reason else "")
    if not price.discount_percent or not why:
        return ()
    less = f"{euro(price.asked)} statt {euro(price.listed)}"
    return (f"Berechnet sind {less}: {percent_words(price.discount_percent)} Rabatt {why}.",)


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
