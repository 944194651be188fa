"""How a single value of rules.yaml reads: text in, value out.

Only form is judged here; what must fit together is the business of names.py and settings.py. Every function fails
alike: ValueError, LookupError, ArithmeticError or OSError, which leaves.py turns into what was expected.
"""

import ipaddress
import re
import string
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from email.utils import parseaddr
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from schwifty import BIC, IBAN

from mailbot.decide.office_days import is_calendar
from mailbot.model.rules import OAuth
from mailbot.model.words import folded

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_AMOUNT = re.compile(r"(\d{1,9})\s*([a-z]+(?: [a-z]+)?)", re.IGNORECASE)
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+|localhost)")
_WORD = re.compile(r"\w+([ -]\w+){0,2}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:]+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{2,30}")
_SIZES = {"b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "day": 86_400, "days": 86_400}
# Where providers trade a refresh token for an access token.
TOKEN_URLS = {"microsoft": OAuth("").token_url, "google": "https://oauth2.googleapis.com/token"}
# Days of a month and a year in hundredths, as model/rules.py documents them for Privacy.
_KEEPING = {"d": 100, "day": 100, "days": 100, "month": 3044, "months": 3044, "year": 36_525, "years": 36_525}


def _matched(pattern: re.Pattern[str], found: str) -> re.Match[str]:
    match = pattern.fullmatch(found.strip())
    if match is None:
        raise ValueError
    return match


def any_text(found: str) -> str:
    """Read text that may be empty, without control characters."""
    if not all(c.isprintable() for c in found):
        raise ValueError
    return found.strip()


def text(found: str) -> str:
    """Read text that is not empty."""
    if not any_text(found):
        raise ValueError
    return any_text(found)


def word(found: str) -> str:
    """Read a word people answer with: letters, digits, single hyphens, at most three words."""
    return _matched(_WORD, folded(found))[0]


def secret(found: str) -> str:
    """Read a password as it is, blanks included."""
    if not text(found):
        raise ValueError
    return found


def switch(found: str) -> bool:
    """Read true or false."""
    return {"true": True, "false": False}[found.strip().lower()]


def whole(least: int, most: int) -> Callable[[str], int]:
    """Make a reader of whole numbers within bounds."""

    def parse(found: str) -> int:
        number = int(found) if found.isascii() else -1
        if not least <= number <= most:
            raise ValueError
        return number

    return parse


def money(found: str) -> Decimal:
    """Read EUR with at most two decimals, not negative."""
    return Decimal(_matched(re.compile(r"\d{1,7}(\.\d{1,2})?", re.ASCII), found)[0])


def percent(found: str) -> Decimal:
    """Read a percentage from 0 to 100."""
    value = Decimal(_matched(re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII), found)[0])
    if value > 100:
        raise ValueError
    return value


def day(found: str) -> date:
    """Read a date written YYYY-MM-DD."""
    return date.fromisoformat(_matched(re.compile(r"\d{4}-\d\d-\d\d", re.ASCII), found)[0])


def clock(found: str) -> time:
    """Read a time of day; 24:00 is time.max."""
    hour, minute = _matched(_CLOCK, found).groups()
    return time(int(hour), int(minute)) if hour else time.max


def moment(found: str) -> time:
    """Read a time of day at which something begins, so not 24:00."""
    if clock(found) == time.max:
        raise ValueError
    return clock(found)


def spans(found: str) -> tuple[tuple[time, time], ...]:
    """Read opening hours of a day: HH:MM-HH:MM, several with commas, in order and apart."""
    result: list[tuple[time, time]] = []
    for part in found.split(","):
        start, end = (clock(side) for side in part.split("-"))
        if start >= end or (result and start < result[-1][1]):
            raise ValueError
        result.append((start, end))
    return tuple(result)


def days(found: str) -> tuple[int, ...]:
    """Read weekdays such as mon-thu, sat or mon,wed as numbers, 0 for Monday; sat-mon goes round the week."""
    result: list[int] = []
    for part in found.lower().split(","):
        first, last = (WEEKDAYS.index(d.strip()) for d in (part.split("-") if "-" in part else (part, part)))
        result += [(first + n) % 7 for n in range((last - first) % 7 + 1)]
    if len(set(result)) != len(result):
        raise ValueError
    return tuple(result)


def _amount(found: str, units: dict[str, int]) -> tuple[int, int]:
    number, unit = _matched(_AMOUNT, found).groups()
    return int(number), units[unit.lower()]


def duration(found: str) -> timedelta:
    """Read a duration such as 60s, 60m, 1h or 14d."""
    number, unit = _amount(found, _SECONDS)
    return timedelta(seconds=number * unit)


def positive_duration(found: str) -> timedelta:
    """Read a duration of at least one second and at most a day."""
    if not timedelta(seconds=1) <= duration(found) <= timedelta(days=1):
        raise ValueError
    return duration(found)


def slot(found: str) -> timedelta:
    """Read the length of a slot: whole minutes, at most a day."""
    if duration(found) % timedelta(minutes=1) or not positive_duration(found):
        raise ValueError
    return duration(found)


def whole_days(found: str) -> int:
    """Read whole days such as 14d."""
    return _amount(found, {"d": 1, "day": 1, "days": 1})[0]


def office_days(found: str) -> int:
    """Read office days such as 3 office days."""
    return _amount(found, {"office day": 1, "office days": 1})[0]


def keeping(found: str) -> int:
    """Read how long something is kept, in days rounded up."""
    number, unit = _amount(found, _KEEPING)
    return -(-number * unit // 100)


def size(found: str) -> int:
    """Read a size such as 25 MB, in bytes, at least one kilobyte."""
    number, unit = _amount(found, _SIZES)
    if number * unit < 1_000:
        raise ValueError
    return number * unit


def email(found: str) -> str:
    """Read a bare e-mail address."""
    return _matched(_EMAIL, found)[0]


def sender(found: str) -> tuple[str, str]:
    """Read a From of ours, `Name <address>` or an address alone, as (name, address)."""
    name, address = parseaddr(text(found))
    return name, email(address)


def listed_sender(found: str) -> str:
    """Read whom notices come from: an address, or @domain for all of it."""
    return "@" + email("x" + found.strip())[2:] if found.strip().startswith("@") else email(found)


def host(found: str) -> str:
    """Read a host name or an IP address."""
    return _matched(_HOST, found)[0]


def token_url(found: str) -> str:
    """Read where a refresh token is traded: a provider's name, or an https address (http on a loopback address)."""
    if found in TOKEN_URLS:
        return TOKEN_URLS[found]
    address = urlsplit(found)
    if not address.hostname or address.username or address.fragment or not found.isascii() or " " in found:
        raise ValueError
    if address.scheme != "https" and not (address.scheme == "http" and is_loopback(address.hostname)):
        raise ValueError
    return found


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def phone(found: str) -> str:
    """Read a phone number."""
    return _matched(_PHONE, found)[0]


def iban(found: str) -> str:
    """Read an IBAN whose check digits fit, without spaces."""
    return str(IBAN(found.strip()).compact)


def bic(found: str) -> str:
    """Read a BIC."""
    return str(BIC(found.strip()).compact)


def zone(found: str) -> ZoneInfo:
    """Read a time zone by its IANA name."""
    return ZoneInfo(text(found))


def calendar(found: str) -> str:
    """Read whose public holidays count, such as DE-NW."""
    if not is_calendar(found.strip()):
        raise ValueError
    return found.strip()


def invoice_number(found: str) -> str:
    """Read the pattern of invoice numbers: {year} and {n}, each once or more, n perhaps as {n:05d}."""
    fields = [part for part in string.Formatter().parse(text(found)) if part[1] is not None]
    specs = {"year": re.compile(""), "n": re.compile(r"(0[1-9])?d?")}
    if {name for _, name, _, _ in fields} != set(specs) or found.strip().startswith("PROBE-"):
        raise ValueError
    if any(conversion or not specs[str(name)].fullmatch(spec or "") for _, name, spec, conversion in fields):
        raise ValueError
    return found.strip()
