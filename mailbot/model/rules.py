"""The office's rules as frozen values. config.py makes them from rules.yaml and the environment; nothing else does.

Every default is documented here. `Resource` carries its own door codes, prices, payment and short notice, already
merged with the top level. Times of day are local; `Money` is EUR.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from mailbot.model.people import Role


class Security(StrEnum):
    """Name how a connection is protected; `none` only on a loopback address."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Proof(StrEnum):
    """Name what a letter must have passed to change anything (RFC 8601 methods, or our own token)."""

    DMARC = "dmarc"
    DKIM = "dkim"
    TOKEN = "token"  # noqa: S105  # the name of a proof, not a secret


@dataclass(frozen=True, slots=True)
class Site:
    """The house itself. `rehearsal` is the one address that gets every mail while rehearsing."""

    name: str
    contact: str
    language: str = "de"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Berlin"))
    rehearsal: str | None = None


@dataclass(frozen=True, slots=True)
class OAuth:
    """XOAUTH2 instead of a password: a command prints an access token, or a refresh token is traded for one there."""

    user: str
    token_command: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token_url: str = "https://login.microsoftonline.com/common/oauth2/v2.0/token"  # noqa: S105  # no secret


@dataclass(frozen=True, slots=True)
class MailboxRules:
    """The watched mailbox. `done` "" leaves handled letters with the keyword $Mailbot; `max_letter` in bytes."""

    host: str
    user: str
    port: int = 993
    security: Security = Security.TLS
    password: str | None = field(default=None, repr=False)
    oauth: OAuth | None = None
    inbox: str = "INBOX"
    done: str = "Mailbot/Erledigt"
    trouble: str = "Mailbot/Unklar"
    poll_every: timedelta = timedelta(seconds=60)
    max_letter: int = 25_000_000
    subaddress: bool = False


@dataclass(frozen=True, slots=True)
class SmtpRules:
    """Where mails leave. `sender` is name and address; no user means no log-in; `per_hour` is a sliding hour."""

    host: str
    sender_name: str
    sender_address: str
    port: int = 587
    security: Security = Security.STARTTLS
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    oauth: OAuth | None = None
    per_hour: int = 500


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose Authentication-Results is believed, and what a letter must have passed. `without_id`: Microsoft 365."""

    authserv_id: str
    require: Proof = Proof.DMARC
    without_id: bool = False


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours: for each weekday 0 (Monday) to 6 the (from, to) spans, local, `to` 24:00 as time.max."""

    spans: tuple[tuple[tuple[time, time], ...], ...] = ((),) * 7


@dataclass(frozen=True, slots=True)
class Person:
    """One of us: `key` as in rules.people. The first e-mail is written to, all may answer."""

    key: str
    name: str
    role: Role
    emails: tuple[str, ...]
    trust: Proof | None = None
    phone: str | None = None
    hours: Hours = Hours()
    holidays: str | None = None
    closed: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceLine:
    """Gross EUR per hour on these weekdays (0 Monday) between two local times; the first line that fits counts."""

    days: tuple[int, ...]
    start: time
    end: time
    per_hour: Decimal


@dataclass(frozen=True, slots=True)
class CodeRules:
    """The season's door codes. `per_slot` False: one a day. `list_*` is the desk's rolling list."""

    season_from: date
    season_to: date
    per_slot: bool = False
    digits: int = 6
    list_to: str | None = None
    list_days: int = 4
    list_at: time = time(7, 0)


@dataclass(frozen=True, slots=True)
class VatRate:
    """A VAT rate in percent from a day on."""

    since: date
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """How customers pay and what an invoice needs. `vat` is dated, oldest first; `iban` without spaces."""

    holder: str
    iban: str
    issuer: str
    tax_number: str
    bic: str | None = None
    due_days: int = 14
    vat: tuple[VatRate, ...] = ()
    invoice_number: str = "{year}-{n:05d}"
    cancel_free: timedelta = timedelta(hours=24)
    small_business_from: date | None = None


@dataclass(frozen=True, slots=True)
class ShortNotice:
    """Short notice: less than `office_time` of office hours lies between the request and start − `margin`."""

    office_time: timedelta = timedelta(hours=1)
    margin: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Resource:
    """What can be booked. `reviewer`, `desk`, `subscribers` are keys of rules.people; `slot` of a stay without end."""

    key: str
    name: str
    address: str
    reviewer: str
    payment: Payment
    door_codes: CodeRules
    prices: tuple[PriceLine, ...]
    desk: str | None = None
    subscribers: tuple[str, ...] = ()
    open: Hours = Hours()
    slot: timedelta = timedelta(minutes=60)
    short_notice: ShortNotice = ShortNotice()


@dataclass(frozen=True, slots=True)
class Source:
    """Which letters are booking notices and how their fields are labelled: Notice field -> labels as written.

    `senders` are addresses or `@domain`; `subjects` maps cancelled/moved/ignored to words.
    """

    key: str
    resource: str
    senders: tuple[str, ...]
    subjects: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Discount:
    """A customer's discount in percent while it lasts; discounts never add up, the best one counts.

    `given_on` is the day the office gave it by mail, None where it stands in rules.yaml.
    """

    customer: str
    percent: Decimal
    since: date | None = None
    until: date | None = None
    reason: str = ""
    given_on: date | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the day's work is done; `review_reminder` in office hours, `undo` zero means answers take effect at once."""

    digest: time = time(8, 0)
    review_reminder: timedelta = timedelta(hours=4)
    short_notice_payment: time = time(8, 30)
    undo: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Privacy:
    """How long things are kept, in days (a month is 30.44, a year 365.25 days, rounded up)."""

    forget_after_days: int = 731
    invoices_days: int = 2922
    letters_days: int = 2192
    backups_days: int = 90


@dataclass(frozen=True, slots=True)
class AlarmRules:
    """A second way out for alarms: another SMTP server and an address elsewhere."""

    to: str | None = None
    smtp: SmtpRules | None = None


@dataclass(frozen=True, slots=True)
class DunningLevel:
    """A step of dunning: this many days after the one before, at this cost in EUR."""

    after_days: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Rules:
    """All of rules.yaml. `replies` maps a keyword (approve, reject, …) to its words, normalised as replies are read.

    `oddities` maps a plausibility rule to whether it is on; `csv` maps a bank's name to its column names.
    `fingerprint` changes when what makes a letter ours changes (sources, people, mailbox).
    """

    site: Site
    mailbox: MailboxRules
    smtp: SmtpRules
    trust: Trust
    people: Mapping[str, Person]
    resources: Mapping[str, Resource]
    sources: Mapping[str, Source]
    replies: Mapping[str, tuple[str, ...]]
    discounts: tuple[Discount, ...] = ()
    schedule: Schedule = Schedule()
    privacy: Privacy = Privacy()
    banners: tuple[str, ...] = ()
    oddities: Mapping[str, bool] = field(default_factory=dict)
    silence_office_days: int = 3
    alarm: AlarmRules = AlarmRules()
    csv: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dunning: tuple[DunningLevel, ...] = ()
    fingerprint: str = ""

    def person_of(self, address: str) -> Person | None:
        """Find whom an address is listed for, any case."""
        wanted = address.casefold()
        return next((p for p in self.people.values() if wanted in (e.casefold() for e in p.emails)), None)

    def source_of(self, address: str) -> Source | None:
        """Find the source an address sends notices for: listed itself, or its exact domain."""
        wanted = address.casefold()
        domain = "@" + wanted.rpartition("@")[2]
        for source in self.sources.values():
            if any(listed.casefold() in (wanted, domain) for listed in source.senders):
                return source
        return None
