"""The story the tests of decide/ are told in: one office, its desk and caretaker, a second office with a hall."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from mailbot.decide.dispatch import decide
from mailbot.model.booking import Booking, Customer, State, Stay
from mailbot.model.books import Books
from mailbot.model.codes import DoorCode
from mailbot.model.decisions import Decision, Given
from mailbot.model.events import Event, Notice, NoticeKind
from mailbot.model.mail import MailOrder, Matter, MatterKind, OutMail, Sending
from mailbot.model.people import CLOCK, Actor, Role
from mailbot.model.records import Change, HistoryLine
from mailbot.model.rules import (
    CodeRules,
    Hours,
    MailboxRules,
    Payment,
    Person,
    PriceLine,
    Resource,
    Rules,
    Site,
    SmtpRules,
    Source,
    Trust,
    VatRate,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=BERLIN)
CODE = "QNBZAQPTAITT"
OFFICE = Actor(Role.REVIEWER, "office", "buero@kruempel.example")
DEPUTY = Actor(Role.REVIEWER, "office", "chefin@kruempel.example")
OTHER_OFFICE = Actor(Role.REVIEWER, "hall_office", "halle@gemeinde.example")
DESK = Actor(Role.DESK, "medifit", "theke@medifit.example")
SUBSCRIBER = Actor(Role.SUBSCRIBER, "platzwart", "platzwart@soccer-kirche.example")
CUSTOMER = Actor(Role.CUSTOMER, "", "sabine@kunde.example")
SOURCE = Actor(Role.SOURCE, "youcanbookme", "notifications@youcanbook.me")
HALL_SOURCE = Actor(Role.SOURCE, "hall_page", "bote@halle.example")

_WEEK = ((time(8), time(16)),)
_OFFICE_HOURS = Hours((_WEEK, _WEEK, _WEEK, _WEEK, ((time(8), time(13)),), (), ()))
_OPEN = Hours((((time(14), time(22)),),) * 5 + (((time(10), time(22)),),) * 2)
_PAYMENT = Payment(
    "Krümpel GmbH",
    "DE02120300000000202051",
    "Krümpel GmbH, Kirchstraße 1, 48493 Wettringen",
    "311/123/45678",
    vat=(VatRate(date(2007, 1, 1), Decimal(19)),),
    invoice_number="SK-{year}-{n:05d}",
)
_SEASON = CodeRules(date(2026, 9, 15), date(2027, 5, 31))
_PRICES = (PriceLine(tuple(range(7)), time(0), time.max, Decimal("45.00")),)
_PEOPLE = (
    Person("office", "Büro Krümpel", Role.REVIEWER, (OFFICE.address, DEPUTY.address), None, "02557 111", _OFFICE_HOURS),
    Person("hall_office", "Gemeindebüro", Role.REVIEWER, (OTHER_OFFICE.address,), hours=_OFFICE_HOURS),
    Person("medifit", "Medifit", Role.DESK, (DESK.address,), None, "02557 999"),
    Person("platzwart", "Platzwart", Role.SUBSCRIBER, (SUBSCRIBER.address,)),
)
CHURCH = Resource(
    "kirche",
    "Soccer-Kirche",
    "Kirchstraße 1",
    "office",
    _PAYMENT,
    _SEASON,
    _PRICES,
    desk="medifit",
    subscribers=("platzwart",),
    open=_OPEN,
)
HALL = Resource("halle", "Halle", "Am Markt 2", "hall_office", _PAYMENT, _SEASON, _PRICES)
RULES = Rules(
    Site("Soccer-Kirche", "buero@kruempel.example"),
    MailboxRules("imap.example", "buchung@soccer-kirche.example"),
    SmtpRules("smtp.example", "Soccer-Kirche", "buchung@soccer-kirche.example"),
    Trust("mx.example"),
    {person.key: person for person in _PEOPLE},
    {"kirche": CHURCH, "halle": HALL},
    {
        "youcanbookme": Source("youcanbookme", "kirche", ("@youcanbook.me",), {}, {}),
        "hall_page": Source("hall_page", "halle", ("@halle.example",), {}, {}),
    },
    {},
)

STAY = Stay("kirche", datetime(2026, 11, 28, 19, 30, tzinfo=BERLIN), datetime(2026, 11, 28, 20, 30, tzinfo=BERLIN))
LATER = Stay("kirche", datetime(2026, 12, 5, 18, 0, tzinfo=BERLIN), datetime(2026, 12, 5, 19, 0, tzinfo=BERLIN))
PAST = Stay("kirche", datetime(2026, 11, 21, 19, 30, tzinfo=BERLIN), datetime(2026, 11, 21, 20, 30, tzinfo=BERLIN))
SABINE = Customer("Sabine Müller", "sabine@kunde.example", "0171 2345678", "Am Markt 3", "48565 Steinfurt")


def season_codes(resource: str = "kirche") -> list[DoorCode]:
    """Give every day of the season its own door code, which no other number in the tests looks like."""
    days = (_SEASON.season_to - _SEASON.season_from).days + 1
    start = _SEASON.season_from
    return [DoorCode(resource, start + timedelta(n), None, f"{731000 + 7 * n:06d}") for n in range(days)]


def notice(stay: Stay | None = STAY, kind: NoticeKind = NoticeKind.NEW, **fields: object) -> Notice:
    """Give Sabine's notice, with other fields where named."""
    base = Notice(
        "youcanbookme",
        kind,
        reference=CODE,
        name=SABINE.name,
        email=SABINE.email,
        phone=SABINE.phone,
        street=SABINE.street,
        city=SABINE.city,
        start=stay.start if stay else None,
        end=stay.end if stay else None,
    )
    return replace(base, **fields)  # type: ignore[arg-type]  # any field of a notice


def booking(state: State = State.REQUESTED, **fields: object) -> Booking:
    """Give Sabine's booking in a state, complete with what belongs to the state."""
    base = Booking(CODE, state, STAY, SABINE, NOW - timedelta(days=1), "youcanbookme", CODE)
    if state is State.CONFIRMED:
        money = Decimal("45.00")
        base = replace(base, price=money, list_price=money, door_code="731518")
    if state not in (State.REQUESTED, State.HELD):
        base = replace(base, decided_at=NOW - timedelta(hours=1), decided_by=str(OFFICE))
    return replace(base, **fields)  # type: ignore[arg-type]  # any field of a booking


def matter(code: str = CODE) -> Matter:
    """Give the matter of a booking."""
    return Matter(MatterKind.BOOKING, code)


@dataclass
class World:
    """Books that live through decisions as the flow records them: mails become rows, notes become history."""

    books: Books = field(default_factory=lambda: Books.of(season_codes()))
    now: datetime = NOW
    rules: Rules = RULES
    dice: Random = field(default_factory=lambda: Random(1))
    mails: list[MailOrder] = field(default_factory=list)
    count: int = 0

    @classmethod
    def of(cls, *records: Change) -> "World":
        """Give a world with a season's codes and these records."""
        return cls(Books.of(season_codes()).after(records))

    @property
    def given(self) -> Given:
        """Give time, chance and settings as they are now."""
        return Given(self.now, self.dice, self.rules)

    def tell(self, by: Actor, event: Event) -> Decision:
        """Let an event happen and record what follows."""
        decision = decide(self.books, by, event, self.given)
        rows = [self._row(order) for order in decision.mails]
        withdrawn = [replace(row, state=Sending.WITHDRAWN) for i in decision.withdraws if (row := self.books.mail(i))]
        history = [self._line(by, ref, line) for ref, line in decision.notes]
        self.books = self.books.after((*decision.changes, *withdrawn, *rows, *history))
        self.mails += decision.mails
        return decision

    def end_all(self, state: Sending) -> None:
        """Let every queued mail end in a state."""
        self.books = self.books.after([replace(row, state=state) for row in self.books.queued()])

    def _row(self, order: MailOrder) -> OutMail:
        self.count += 1
        reader = order.reader
        return OutMail(
            f"m{self.count:04d}",
            order.kind,
            reader.address,
            reader.role,
            reader.person,
            order.matter,
            order.round,
            order.token,
            f"<{order.token}@example>",
            "",
            self.now,
            self.now,
            has_code=order.has_code,
            reader=reader.address,
        )

    def _line(self, by: Actor, ref: str, line: str) -> HistoryLine:
        self.count += 1
        return HistoryLine(f"{self.count:06d}", ref, self.now, str(by or CLOCK), line)


def known(world: World) -> Booking:
    """Give Sabine's booking as it is in the books now."""
    found = world.books.booking(CODE)
    assert found
    return found


def kinds(decision: Decision) -> list[str]:
    """Give the kinds of a decision's mails, in order."""
    return [order.kind for order in decision.mails]


def only(decision: Decision, kind: str) -> MailOrder:
    """Give the one mail of a kind."""
    (found,) = [order for order in decision.mails if order.kind == kind]
    return found
