"""What must hold for a row of states.py to count. Each condition answers with the German sentence that stands against
it, or "" where it holds; so a refusal always knows its reason. Changes nothing and orders no mail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from mailbot.decide import billing, codes
from mailbot.decide.finding import kept_length, shown_after
from mailbot.decide.orders import looks_after, may_write_to, office_of_booking, resource_named
from mailbot.decide.papers import billed
from mailbot.decide.wording import field_words, on_day, stay_words
from mailbot.errors import AskHumanError
from mailbot.model.booking import Booking, State, Stay
from mailbot.model.books import Books
from mailbot.model.day_events import Released
from mailbot.model.decisions import Given
from mailbot.model.events import Answer, Approved, BookingRequested, Event, Moved
from mailbot.model.money import Price
from mailbot.model.people import Actor

BILLABLE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Case:
    """An event held against the books: the booking it means (None: unknown) and the stay it wants.

    `stay` is None where the event names none; `puzzle` is the sentence saying why the wanted times make no sense.
    """

    books: Books
    by: Actor
    event: Event
    given: Given
    booking: Booking | None = None
    stay: Stay | None = None
    puzzle: str = ""

    @classmethod
    def of(cls, books: Books, by: Actor, event: Event, given: Given, booking: Booking | None) -> "Case":
        """Hold an event against a booking at the time it has."""
        return cls(books, by, event, given, booking, booking.stay if booking else None)

    @property
    def state(self) -> State | None:
        """Give where the booking stands, None where there is none."""
        return self.booking.state if self.booking else None

    def agreed(self) -> tuple[Decimal | None, Decimal | None]:
        """Give the price and the percent off that the office named: in this answer, else in this round's `ok`."""
        if isinstance(self.event, Approved):
            return self.event.price, self.event.discount
        return (self.booking.agreed_price, self.booking.agreed_discount) if self.booking else (None, None)

    def price(self) -> Price:
        """Work out what the wanted stay costs; raises AskHumanError where no price line fits."""
        assert self.booking
        assert self.stay
        fixed, percent = self.agreed()
        rules = self.given.rules
        resource = resource_named(self.stay.resource, rules)
        customer = self.booking.customer
        discounts = billing.discounts_of(customer, self.books, rules)
        return billing.price(self.stay, customer, resource, discounts, fixed=fixed, percent=percent)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition: how README says it, and what stands against it in a case ("" where it holds)."""

    text: str
    against: Callable[[Case], str]


def _incomplete(case: Case) -> str:
    assert isinstance(case.event, BookingRequested | Moved)
    given = {"name": case.event.notice.name, "email": case.event.notice.email, "start": case.stay}
    missing = tuple(name for name, value in given.items() if not value)
    return f"In der Nachricht fehlt: {field_words(missing)}." if missing else ""


def _not_over(case: Case) -> str:
    return "" if case.stay and case.stay.is_over(case.given.now) else "Der Termin ist noch nicht vorbei."


def _not_cancelled_first(case: Case) -> str:
    first = case.booking is not None and case.booking.decided_at == case.booking.received_at
    return "" if first else "Die Buchung wurde nicht vorab storniert."


def _has_other_times(case: Case) -> str:
    same = case.booking is not None and case.stay == case.booking.stay
    return "" if same else "Die Nachricht nennt eine andere Zeit."


def _not_moved_first(case: Case) -> str:
    moved_first = case.booking is not None and case.booking.moves >= case.booking.round
    return "" if moved_first else "Die Verschiebung kam nicht vor der Anfrage."


def _said_anew(case: Case) -> str:
    # An old time that the page names once more is no wish to have it back: a copy came late, or another field changed.
    shown, now = _shown(case)
    return "" if now is not None and now == shown else "Die Buchungsseite zeigte vorher eine andere Zeit."


def _not_followed(case: Case) -> str:
    # A page's appointments have a length of their own: the office's start in that length is the office's own move.
    assert case.booking
    shown, now = _shown(case)
    if shown is None or now is None or now.start != case.booking.stay.start:
        return "Die Buchungsseite nennt einen anderen Beginn als das Büro."
    is_same_length = now.end == kept_length(shown, now.start)
    is_within = case.booking.shown is not None and case.booking.shown.by_office and now.end <= case.booking.stay.end
    return "" if is_same_length or is_within else "Die Buchungsseite nennt eine andere Dauer."


def _shown(case: Case) -> tuple[Stay | None, Stay | None]:
    """Give the time the page showed before a notice, and the one it shows now."""
    assert isinstance(case.event, BookingRequested | Moved)
    shown = case.booking.shown.stay if case.booking and case.booking.shown else None
    return shown, shown_after(case.event.notice, shown) if shown else None


def _no_other_times(case: Case) -> str:
    assert case.booking
    if case.stay is None:
        return "In der Nachricht fehlt die neue Zeit."
    return "" if case.stay != case.booking.stay else "Die Zeit steht schon so in den Büchern."


def _other_office(case: Case) -> str:
    assert case.booking
    office = office_of_booking(case.booking, case.given.rules)
    return "" if case.by.person == office.key else f"Über diese Buchung entscheidet {office.name}."


def _other_people(case: Case) -> str:
    assert case.booking
    if looks_after(case.by, case.booking, case.given.rules):
        return ""
    office = office_of_booking(case.booking, case.given.rules)
    return f"Um diese Buchung kümmert sich {office.name}."


def _older_round(case: Case) -> str:
    assert case.booking
    assert isinstance(case.event, Answer)
    if case.event.round == case.booking.round:
        return ""
    now = stay_words(case.booking.stay)
    return (
        f"Ihre Antwort gehört zu einer älteren Mail; inzwischen geht es um {now}. Bitte antworten Sie auf die neueste."
    )


def _stay_over(case: Case) -> str:
    return "Der Termin ist schon vorbei." if case.stay and case.stay.is_over(case.given.now) else ""


def _not_billable(case: Case) -> str:
    assert case.stay
    if not case.stay.is_over(case.given.now):
        return "Der Termin ist noch nicht vorbei."
    late = case.given.now - case.stay.end > BILLABLE
    return f"Der Termin ist länger als {BILLABLE.days} Tage vorbei." if late else ""


def _clash(case: Case) -> str:
    assert case.booking
    assert case.stay
    taken = taken_by(case.books, case.booking, case.stay)
    if taken is None or (case.booking.released_at and taken.state is not State.CONFIRMED):
        # Of two whose codes are both out by phone, the office says which one counts.
        return ""
    how = "ist bestätigt" if taken.state is State.CONFIRMED else "hat den Code schon am Telefon bekommen"
    return f"Die Zeit ist vergeben: {taken.code}, {stay_words(taken.stay)}, {how}."


def taken_by(books: Books, booking: Booking, stay: Stay) -> Booking | None:
    """Give the booking that has a stay's time: confirmed, else one whose code was given out; None where it is free."""
    others = books.overlapping(stay, but=booking.code)
    confirmed = next((other for other in others if other.state is State.CONFIRMED), None)
    return confirmed or next((other for other in others if other.released_at), None)


def _no_code(case: Case) -> str:
    assert case.stay
    if codes.code_for(case.books, resource_named(case.stay.resource, case.given.rules), case.stay):
        return ""
    return f"Für {on_day(case.stay.day)} ist kein Code hinterlegt."


def _no_price(case: Case) -> str:
    assert case.booking
    assert case.stay
    try:
        price = case.price()
        billed(case.books, case.booking, replace(case.booking, stay=case.stay), price, case.given)
    except AskHumanError as error:
        return str(error)
    return "Ein Preis unter 0 € geht nicht." if price.asked < 0 else ""


def _puzzle(case: Case) -> str:
    return case.puzzle


def _no_news(case: Case) -> str:
    assert case.booking
    is_so = case.booking.state is State.CONFIRMED and case.booking.stay == case.stay
    return "Die Buchung ist schon für genau diese Zeit bestätigt." if is_so else ""


def _not_released(case: Case) -> str:
    return "" if case.booking and case.booking.released_at else "Es wurde kein Code am Telefon ausgegeben."


def _is_released(case: Case) -> str:
    return "Der Code wurde schon am Telefon ausgegeben." if case.booking and case.booking.released_at else ""


def _played(case: Case) -> str:
    if not _stay_over(case) or _clash(case):
        # Beside a confirmed one nothing can be billed: its `nein` is the only way to an end.
        return ""
    return "Der Code wurde am Telefon ausgegeben, und der Termin ist vorbei: Er lässt sich nicht mehr stornieren."


def _time_free(case: Case) -> str:
    is_taken = case.booking and taken_by(case.books, case.booking, case.booking.stay)
    return "" if is_taken else "Die Zeit ist nicht vergeben."


def _same_round(case: Case) -> str:
    """Only a mail's own word can be about an older time; who names the booking's code means the booking as it is."""
    assert case.booking
    assert isinstance(case.event, Released)
    is_older = not case.event.code and case.event.round < case.booking.round
    return "" if is_older else "Die Antwort gehört zur neuesten Mail."


def _is_short(case: Case) -> str:
    return "Die Buchung ist schon kurzfristig." if case.booking and case.booking.short_notice else ""


def _unreachable(case: Case) -> str:
    assert case.booking
    email = case.booking.customer.email
    return "" if may_write_to(email, case.given.rules) else f"An {email} kann mailbot nicht schreiben."


CONDITIONS: Mapping[str, Condition] = {
    "complete": Condition("name, e-mail and start given", _incomplete),
    "over_at_intake": Condition("stay over at intake", _not_over),
    "cancelled_first": Condition("cancelled before it came", _not_cancelled_first),
    "same_times": Condition("the times already in the books", _has_other_times),
    "moved_first": Condition("the move came before it", _not_moved_first),
    "said_before": Condition("the times the page showed before", _said_anew),
    "followed": Condition("the office's start, in the page's own length", _not_followed),
    "other_times": Condition("another stay", _no_other_times),
    "own_office": Condition("the resource's own reviewer", _other_office),
    "own_people": Condition("the resource's own office or desk", _other_people),
    "open_round": Condition("open round", _older_round),
    "times_clear": Condition("times make sense", _puzzle),
    "news": Condition("not so already", _no_news),
    "ahead": Condition("before the stay's end", _stay_over),
    "billable": Condition(f"after the end, at most {BILLABLE.days} days", _not_billable),
    "no_clash": Condition("no clash with a confirmed one", _clash),
    "code_there": Condition("code there", _no_code),
    "priced": Condition("price there", _no_price),
    "reachable": Condition("a person reads the customer's mail", _unreachable),
    "released": Condition("code given out by phone", _not_released),
    "unreleased": Condition("no code given out by phone", _is_released),
    "unplayed": Condition("before the stay's end, or its time is a confirmed one's", _played),
    "over": Condition("after the stay's end", _not_over),
    "time_taken": Condition("overlapping a confirmed or released one", _time_free),
    "older_mail": Condition("answer to a mail of before a move", _same_round),
    "not_short": Condition("not short notice yet", _is_short),
}
