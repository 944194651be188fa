"""How dates, times, money and states read in German and English; each function is a filter of the templates.

Only user of babel. A value comes in as model/ has it and leaves as words; nothing here knows which mail they are for.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from mailbot.model.booking import STATE_WORDS, State, Stay

LANGUAGES = ("de", "en")
_LOCALE = {"de": "de_DE", "en": "en_GB"}
_DAY = {"de": "EEE, dd.MM.yyyy", "en": "EEE d MMM yyyy"}
_LONG_DAY = {"de": "EEEE, d. MMMM yyyy", "en": "EEEE, d MMMM yyyy"}
_CLOCK = {"de": " Uhr", "en": ""}
_STATES: Mapping[str, Mapping[State, str]] = {
    "de": STATE_WORDS,
    "en": {
        State.REQUESTED: "requested",
        State.HELD: "requested, a question is open",
        State.CONFIRMED: "confirmed",
        State.REJECTED: "declined",
        State.CANCELLED: "cancelled",
        State.LAPSED: "lapsed",
    },
}
# The German words of some states are answers too (`bestätigt`, `abgelehnt`): alone in a cell they get a noun.
_BEFORE = {
    State.HELD: "angefragt, ",
    State.CONFIRMED: "Termin ",
    State.REJECTED: "Anfrage ",
    State.CANCELLED: "Termin ",
    State.LAPSED: "Anfrage ",
}
# How the office calls the mails that may get lost; any other is an "Information".
_MAILS = {
    "customer/received": "Eingangsbestätigung",
    "customer/confirmed": "Bestätigung mit Türcode und Rechnung",
    "customer/payment": "Rechnung",
    "customer/invoice": "Rechnung",
    "customer/rejected": "Ablehnung",
    "customer/cancelled": "Stornierung",
    "customer/move_received": "Eingangsbestätigung der neuen Zeit",
    "customer/question": "Rückfrage",
    "customer/noted": "Nachricht ist weitergegeben",
    "office/review": "Anfrage zum Entscheiden",
    "office/message": "Nachricht an das Büro",
    "office/done": "Erledigt-Meldung",
    "office/digest": "Übersicht am Morgen",
    "office/refused": "Rückfrage an Sie",
    "office/history": "Geschichte der Buchung",
    "office/mail_failed": "Hinweis auf eine gescheiterte Mail",
    "desk/request": "Anfrage an die Theke",
    "customer/call": "Bitte um Anruf",
    "customer/lapsed": "Nachricht, dass die Anfrage verfallen ist",
    "desk/decided": "Entscheidung an die Theke",
}


@lru_cache(maxsize=2048)
def day(lang: str, value: date) -> str:
    """Read `Sa., 28.11.2026` or `Sat 28 Nov 2026`."""
    return format_date(value, _DAY[lang], locale=_LOCALE[lang])


@lru_cache(maxsize=2048)
def long_day(lang: str, value: date) -> str:
    """Read `Samstag, 28. November 2026` or `Saturday, 28 November 2026`."""
    return format_date(value, _LONG_DAY[lang], locale=_LOCALE[lang])


@lru_cache(maxsize=128)
def month(lang: str, value: date) -> str:
    """Read `Oktober 2026` or `October 2026`."""
    return format_date(value, "LLLL yyyy", locale=_LOCALE[lang])


@lru_cache(maxsize=2048)
def moment(lang: str, value: datetime) -> str:
    """Read `Fr., 20.11.2026, 16:00 Uhr`; the datetime's own zone is kept."""
    return f"{day(lang, value.date())}, {format_datetime(value, 'HH:mm', locale=_LOCALE[lang])}{_CLOCK[lang]}"


def when(lang: str, stay: Stay) -> str:
    """Read `Sa., 28.11.2026, 19:30–20:30 Uhr`; a stay into another day names both."""
    return _span(lang, stay, day)


def long_when(lang: str, stay: Stay) -> str:
    """Read `Samstag, 28. November 2026, 19:30–20:30 Uhr`; a stay into another day names both."""
    return _span(lang, stay, long_day)


def hours(_: str, stay: Stay) -> str:
    """Read `19:30–20:30`; an end at midnight is 24:00, and one on another day names it."""
    end, nights = f"{stay.end:%H:%M}", (stay.end.date() - stay.start.date()).days
    until = "24:00" if (end, nights) == ("00:00", 1) else end if not nights else f"{end} ({stay.end:%d.%m.})"
    return f"{stay.start:%H:%M}–{until}"


def _span(lang: str, stay: Stay, name: Callable[[str, date], str]) -> str:
    start, end = f"{stay.start:%H:%M}", f"{stay.end:%H:%M}"
    is_midnight = end == "00:00" and (stay.end.date() - stay.start.date()).days == 1
    if stay.end.date() == stay.start.date() or is_midnight:
        return f"{name(lang, stay.day)}, {start}–{'24:00' if is_midnight else end}{_CLOCK[lang]}"
    until = f"{name(lang, stay.end.date())}, {end}{_CLOCK[lang]}"
    return f"{name(lang, stay.day)}, {start}{_CLOCK[lang]} – {until}"


@lru_cache(maxsize=512)
def money(lang: str, value: Decimal) -> str:
    """Read `45,00 €` or `€45.00`."""
    return format_currency(value, "EUR", locale=_LOCALE[lang])


@lru_cache(maxsize=512)
def percent(lang: str, value: Decimal) -> str:
    """Read `20 %` or `20%`; the value is in percent already."""
    return format_decimal(value.normalize(), "#,##0.##", locale=_LOCALE[lang]) + ("\u00a0%" if lang == "de" else "%")


def state(lang: str, value: State) -> str:
    """Read a booking's state as it stands within a sentence: `bestätigt`, `Rückfrage offen`."""
    return _STATES[lang][value]


def standing(lang: str, value: State) -> str:
    """Read a booking's state where it stands alone, never a word that is an answer: `Termin bestätigt`."""
    return (_BEFORE.get(value, "") if lang == "de" else "") + state(lang, value)


def mail_name(kind: str) -> str:
    """Name a kind of mail for the office, as in "Nicht angekommen: …"."""
    return _MAILS.get(kind, "Information")


def iban(value: str) -> str:
    """Read an IBAN in groups of four."""
    return " ".join(re.findall(".{1,4}", value.replace(" ", "")))


def tel(value: str) -> str:
    """Give the tel: link of a phone number, "" where it does not look like one."""
    digits = re.sub(r"[\s()/.\-\u2010-\u2015\u00a0]", "", value)
    return f"tel:{digits}" if re.fullmatch(r"\+?[0-9]{5,16}", digits) else ""


def web(value: str | None) -> str:
    """Give an http(s) link as it is, "" for anything else that calls itself a link."""
    return value if value and re.fullmatch(r"https?://[!#-;=?-~]{1,900}", value) else ""


def filters(lang: str) -> dict[str, Callable[..., str]]:
    """Give the filters of one language by the names the templates use."""
    words = (day, long_day, month, moment, when, hours, long_when, money, percent, state, standing)
    spoken = {f.__name__: partial(f, lang) for f in words}
    return {**spoken, "mail_name": mail_name, "iban": iban, "tel": tel, "web": web}
