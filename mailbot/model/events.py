"""Everything that can happen, as past participles. understand/ makes them from letters, decide/due from the clock.

No event decides anything: decide/ holds it against the books. An answer names the matter its token stands for and
the round that token was issued in; whether that round is still open is decide's question.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum

from mailbot.model.answers import Answer as Answer  # noqa: PLC0414  # known to all by this address
from mailbot.model.answers import Notice as Notice  # noqa: PLC0414  # known to all by this address
from mailbot.model.answers import NoticeKind as NoticeKind  # noqa: PLC0414  # known to all by this address
from mailbot.model.day_events import DayEvent
from mailbot.model.digest_events import DigestEvent
from mailbot.model.discount_events import DiscountEvent
from mailbot.model.keeping_events import KeepingEvent
from mailbot.model.list_events import ListEvent
from mailbot.model.mail import Matter
from mailbot.model.talk_events import TalkEvent


@dataclass(frozen=True, slots=True)
class BookingRequested:
    """A source announced a new booking with name, e-mail and start."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class Moved:
    """A source announced another time for a booking it names."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A source announced that a booking it names is off."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class NoticePuzzled:
    """A source's letter lacks something or contradicts itself. `missing` names Notice fields, e.g. ("name", "start").

    `notice` is None where nothing of it reads like a notice (a newsletter, an unreadable mail).
    """

    notice: Notice | None
    missing: tuple[str, ...]
    subject: str
    letter: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeIgnored:
    """A source's letter is of a kind that needs nothing, such as a reminder."""

    why: str


@dataclass(frozen=True, slots=True)
class Unproven:
    """A letter claims to be one of us and is not proven: nothing changes, the office hears of it.

    `claimed` is the listed address, `evidence` says in German what the headers proved or not. `notice` is kept
    where it reads as a booking notice, so that the office can take it over. Where a stranger answers a mail of ours,
    `answered` is its matter and `reader` the key of the listed person it went to, "" where that was a customer.
    """

    claimed: str
    evidence: str
    subject: str
    letter: str
    notice: Notice | None = None
    answered: Matter | None = None
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Approved(Answer):
    """`ok`, perhaps at a price (EUR gross), a discount (percent), silently, with the customer's (street, city)."""

    price: Decimal | None = field(default=None, kw_only=True)
    discount: Decimal | None = field(default=None, kw_only=True)
    silent: bool = field(default=False, kw_only=True)
    address: tuple[str, str] | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Rejected(Answer):
    """`nein`, with the reason the customer reads ("" where none was given)."""

    reason: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class Changed(Answer):
    """`ändern`: other times. `day` None keeps the booking's day; times are local."""

    day: date | None = field(default=None, kw_only=True)
    start: time | None = field(default=None, kw_only=True)
    end: time | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Supplied(Answer):
    """The missing lines of an unreadable notice: (Notice field, value) pairs; start and end as ISO 8601 text."""

    values: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Accepted(Answer):
    """`übernehmen`: the unproven notice with this number is real; None where the answer names none."""

    number: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Readdressed(Answer):
    """`EMAIL: neu@...`: the customer's right address; the failed mail goes out again to it."""

    email: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class Addressed(Answer):
    """`ADRESSE: ...`: the customer's postal address (street, city), for an invoice that waits for it."""

    address: tuple[str, str] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class HelpAsked(Answer):
    """`hilfe`: the answers that work."""


class Doubt(StrEnum):
    """Name why an answer was not understood; each has its sentence in office/refused."""

    EMPTY = "empty"
    UNKNOWN = "unknown"
    QUESTION = "question"
    BUT = "but"
    TWO_DECISIONS = "two_decisions"
    TEXT_AND_HTML = "text_and_html"
    OPAQUE = "opaque"
    UNREADABLE = "unreadable"
    UNMARKED = "unmarked"
    ADDRESS = "address"
    DETAIL = "detail"
    NO_TOKEN = "no_token"  # noqa: S105  # a reason, not a secret
    WRONG_ROLE = "wrong_role"
    NOT_YOURS = "not_yours"
    NOT_HERE = "not_here"
    DISCOUNT = "discount"


@dataclass(frozen=True, slots=True)
class Doubted(Answer):
    """A proven person wrote something that is no clear answer; `said` is its first line, for asking back.

    `numbers` are the digest's numbers it answered, () where it named none or nobody can tell which.
    """

    why: Doubt = field(default=Doubt.UNKNOWN, kw_only=True)
    said: str = field(default="", kw_only=True, repr=False)
    numbers: tuple[int, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class CustomerWrote:
    """A customer answered one of our mails; it is passed on and changes nothing."""

    matter: Matter
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Automatic:
    """A robot answered (absence, receipt, list) with `said`: no decision, no answer. `what` names it in German."""

    matter: Matter
    what: str
    said: str = field(default="", repr=False)
    # Some ticket systems mark what people write as automatic; `said` is then all of it, and `sender` claims it.
    may_be_person: bool = False
    sender: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryFailed:
    """A delivery report says that our mail with this token did not arrive; `detail` is the server's own line."""

    token: str = field(repr=False)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryDelayed:
    """A delivery report says that our mail is late; nothing to do but note it."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotOurs:
    """After reading it, the letter turns out to be none of our business: it is left as it was."""

    why: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A letter of ours is over `max_letter`; it was not fetched but moved to trouble."""

    sender: str
    subject: str
    size: int
    letter: str


@dataclass(frozen=True, slots=True)
class LetterBroken:
    """A letter of ours could not be handled: it is parked in trouble and a person looks. `what` is one sentence."""

    sender: str
    subject: str
    letter: str
    what: str


@dataclass(frozen=True, slots=True)
class LetterVanished:
    """A letter of ours was seen, and taken away before it could be read. `sender` and `subject` as far as known."""

    sender: str
    subject: str
    letter: str


@dataclass(frozen=True, slots=True)
class FirstStartListed:
    """What the first start left alone: (date, sender, subject) of each notice, oldest first."""

    letters: tuple[tuple[datetime, str, str], ...]


@dataclass(frozen=True, slots=True)
class CodesGenerated:
    """The operator asked for the season's door codes of every resource that has none.

    `is_quiet`: the office is not sent the list, as for a story that begins with the season already made.
    """

    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class CodesImported:
    """The operator gave a list: (resource, day, slot, code) rows, in file order, with the line each stands on."""

    rows: tuple[tuple[str, date, str | None, str, int], ...] = field(repr=False)
    filename: str = ""


@dataclass(frozen=True, slots=True)
class MailEnded:
    """The post gave up a row of the outbox, as failed or uncertain; `detail` is the server's last answer."""

    mail: str
    detail: str


@dataclass(frozen=True, slots=True)
class TroubleLasted:
    """An edge has been out of order since `since`. `what` is the sentence, `key` names the edge.

    `todo` is the sentence that says what the office can do, "" for the usual one.
    """

    key: str
    what: str
    since: datetime | None
    todo: str = ""


@dataclass(frozen=True, slots=True)
class TroubleEnded:
    """An edge that was out of order works again. `key` is that of its TroubleLasted, `what` the sentence for people."""

    key: str
    what: str


@dataclass(frozen=True, slots=True)
class SuspicionsGathered:
    """The hour since the last office/suspicious to this office is over, and unproven letters wait for the next."""

    office: str


Event = (
    BookingRequested
    | Moved
    | Withdrawn
    | NoticePuzzled
    | NoticeIgnored
    | Unproven
    | Approved
    | Rejected
    | Changed
    | Supplied
    | Accepted
    | Readdressed
    | Addressed
    | HelpAsked
    | Doubted
    | CustomerWrote
    | Automatic
    | DeliveryFailed
    | DeliveryDelayed
    | NotOurs
    | TooLarge
    | LetterBroken
    | LetterVanished
    | FirstStartListed
    | CodesGenerated
    | CodesImported
    | MailEnded
    | TroubleLasted
    | TroubleEnded
    | SuspicionsGathered
    | DayEvent
    | DigestEvent
    | TalkEvent
    | ListEvent
    | DiscountEvent
    | KeepingEvent
)
