"""The plain values of rules.yaml by name, each with its reader and with what is expected where it is wrong."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from mailbot.config import values
from mailbot.model import rules
from mailbot.model.people import Role


@dataclass(frozen=True, slots=True)
class Leaf:
    """A plain value: how its text is read, and what was expected where that fails."""

    read: Callable[[str], object]
    expected: str

    def check(self, found: object) -> object:
        """Read a value; raises ValueError saying what was expected."""
        if isinstance(found, str):
            try:
                return self.read(found)
            except (ValueError, LookupError, ArithmeticError, OSError):
                pass
        raise ValueError(self.expected)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)


def _role(found: str) -> Role:
    return {r.value: r for r in (Role.REVIEWER, Role.DESK, Role.SUBSCRIBER)}[found]


def one_of(names: Iterable[str]) -> Leaf:
    """Make a leaf that is one of a few names."""
    known = {name: name for name in names}
    return Leaf(known.__getitem__, "one of " + ", ".join(known))


Text = Annotated[str, Leaf(values.text, "text")]
AnyText = Annotated[str, Leaf(values.any_text, 'text or ""')]
Word = Annotated[str, Leaf(values.word, "one or two words of letters and digits")]
Secret = Annotated[str, Leaf(values.secret, "text, best ${NAME} of the environment")]
Switch = Annotated[bool, Leaf(values.switch, "true or false")]
Port = Annotated[int, Leaf(values.whole(1, 65_535), "a port from 1 to 65535")]
PerHour = Annotated[int, Leaf(values.whole(1, 1_000_000), "a whole number from 1")]
Digits = Annotated[int, Leaf(values.whole(4, 10), "a number from 4 to 10")]
ListDays = Annotated[int, Leaf(values.whole(1, 60), "a number from 1 to 60")]
Money = Annotated[Decimal, Leaf(values.money, 'EUR such as "45.00"')]
Percent = Annotated[Decimal, Leaf(values.percent, "a number from 0 to 100")]
Day = Annotated[date, Leaf(values.day, '"YYYY-MM-DD"')]
Clock = Annotated[time, Leaf(values.clock, '"HH:MM"')]
Moment = Annotated[time, Leaf(values.moment, '"HH:MM"')]
Spans = Annotated[tuple[tuple[time, time], ...], Leaf(values.spans, '"HH:MM-HH:MM"')]
Days = Annotated[tuple[int, ...], Leaf(values.days, "weekdays such as mon-thu, sat or mon-sun")]
Duration = Annotated[timedelta, Leaf(values.duration, 'a duration such as "60s", "60m" or "4h"')]
Pause = Annotated[timedelta, Leaf(values.positive_duration, 'a duration from "1s" to "24h"')]
Slot = Annotated[timedelta, Leaf(values.slot, 'whole minutes such as "60m", up to "24h"')]
WholeDays = Annotated[int, Leaf(values.whole_days, 'days such as "14d"')]
OfficeDays = Annotated[int, Leaf(values.office_days, 'office days such as "3 office days"')]
Keeping = Annotated[int, Leaf(values.keeping, 'a time such as "90 days", "24 months" or "8 years"')]
Size = Annotated[int, Leaf(values.size, 'a size such as "25 MB"')]
Email = Annotated[str, Leaf(values.email, 'an e-mail address such as "name@place.example"')]
Sender = Annotated[tuple[str, str], Leaf(values.sender, 'a sender such as "Name <name@place.example>"')]
ListedSender = Annotated[str, Leaf(values.listed_sender, 'an e-mail address, or "@place.example" for a whole domain')]
Host = Annotated[str, Leaf(values.host, "a host name or an IP address")]
TokenUrl = Annotated[str, Leaf(values.token_url, "microsoft, google or an https address")]
Phone = Annotated[str, Leaf(values.phone, 'a phone number such as "+49 2557 1111111"')]
Iban = Annotated[str, Leaf(values.iban, "an IBAN whose check digits fit")]
Bic = Annotated[str, Leaf(values.bic, "a BIC of 8 or 11 characters")]
Zone = Annotated[ZoneInfo, Leaf(values.zone, 'a time zone such as "Europe/Berlin"')]
Calendar = Annotated[str, Leaf(values.calendar, 'a country or part of it such as "DE-NW"')]
InvoiceNumber = Annotated[str, Leaf(values.invoice_number, 'a pattern such as "SK-{year}-{n:05d}", no "PROBE-"')]
Security = Annotated[rules.Security, Leaf(rules.Security, "tls, starttls or none")]
Proof = Annotated[rules.Proof, Leaf(rules.Proof, "dmarc, dkim or token")]
PersonRole = Annotated[Role, Leaf(_role, "reviewer, desk or subscriber")]
Language = Annotated[str, Leaf({"de": "de", "en": "en"}.__getitem__, "de or en")]
PerSlot = Annotated[bool, Leaf({"day": False, "slot": True}.__getitem__, "day or slot")]
