"""What follows from `rabatt …`: a customer's discount is given or ended by mail, or those in force are listed.

A discount belongs to the customer, everywhere, and is about no round: an old mail of the matter will do. What is not
decided yet is priced anew and shown. Several discounts never add up, the best one counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from mailbot.decide import orders
from mailbot.decide.billing import as_discount, discounts_of
from mailbot.decide.conditions import CONDITIONS, Case
from mailbot.decide.done import done_apart
from mailbot.decide.history import notes_of
from mailbot.decide.outcome import Orders, Outcome
from mailbot.decide.refusals import DISCOUNT_WORKS, ask_back, refused
from mailbot.decide.repricing import Repriced, repriced
from mailbot.decide.wording import clean, discount_words, percent_words
from mailbot.decide.writers import WRITERS
from mailbot.model.booking import Booking, Customer
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.discount_events import DiscountEnded, DiscountGiven, DiscountsAsked
from mailbot.model.mail import MailOrder
from mailbot.model.money import MailedDiscount
from mailbot.model.people import Actor
from mailbot.model.records import Change, Gone
from mailbot.model.rules import Discount

NOBODYS = "Diese Mail gehört zu keiner Buchung. Nennen Sie bitte die Adresse des Kunden."
NO_PERCENT = "Ein Rabatt liegt über 0 % und geht bis 100 %."
BEST = "Es zählt immer nur der beste Rabatt."


@dataclass(frozen=True, slots=True)
class _Kept:
    """What changes about the discounts of one address: records, what was understood, and what is said of it."""

    email: str
    changes: tuple[Change, ...]
    said: str
    told: tuple[str, ...]
    works: tuple[tuple[str, str], ...] = ()


def discount_given(books: Books, by: Actor, event: DiscountGiven, given: Given) -> Decision:
    """Keep a customer's discount; an older one that ends on the same day gives way to it."""
    case, email, why = _meant(books, by, event, given)
    today = given.now.date()
    first = event.since or today
    if why := why or _senseless(event, first, today):
        return _not_kept(case, why)
    new_id = orders.new_token(given.dice)[:10]
    new = MailedDiscount(new_id, email, event.percent, first, event.until, given.now, str(by))
    older = [old for old in books.discounts_of(email) if old.until == new.until]
    cuts = [_cut(old, first) for old in older]
    beside = [d for d in _ahead(email, books.after(cuts), given) if not (new.until and d.since and d.since > new.until)]
    told = (*map(_cut_words, older, cuts), *(f"Daneben gilt: {_words(d, given)}. {BEST}" for d in beside))
    until = f" bis {new.until:%d.%m.%Y}" if new.until else ""
    said = f"{percent_words(new.percent)} Rabatt ab {first:%d.%m.%Y}{until} für {_whose(books, email)}"
    works = ((f"rabatt {'' if _own(case, email) else f'{email} '}0%", "diesen Rabatt beenden"),)
    return _decided(case, _Kept(email, (*cuts, new), said, told, works), "discount given")


def discount_ended(books: Books, by: Actor, event: DiscountEnded, given: Given) -> Decision:
    """End what the office gave a customer by mail; a discount of rules.yaml stays, and is named."""
    case, email, why = _meant(books, by, event, given)
    if why:
        return _not_kept(case, why)
    first = event.since or given.now.date()
    older = [old for old in books.discounts_of(email) if old.until is None or old.until >= first]
    cuts = [_cut(old, first) for old in older]
    stays = tuple(f"Es bleibt: {_words(d, given)}." for d in _ahead(email, books.after(cuts), given) if not d.given_on)
    if not older:
        why = f"Für {_whose(books, email)} gilt kein Rabatt, den das Büro per Mail gegeben hat."
        return _not_kept(case, " ".join((why, *stays)))
    said = f"Ab {first:%d.%m.%Y} kein Rabatt mehr für {_whose(books, email)}"
    return _decided(case, _Kept(email, tuple(cuts), said, (*map(_cut_words, older, cuts), *stays)), "discount ended")


def discounts_asked(books: Books, by: Actor, event: DiscountsAsked, given: Given) -> Decision:
    """Send a reviewer the discounts that count today or later: those of rules.yaml and those given by mail."""
    found = _those_ahead([*given.rules.discounts, *map(as_discount, books.discounts())], given)
    found.sort(key=lambda discount: (discount.customer.casefold(), -discount.percent))
    lines = tuple((discount.customer, _words(discount, given)) for discount in found)
    reader, token = orders.answerer(by, given.rules), orders.new_token(given.dice)
    facts = {"lines": lines, "works": DISCOUNT_WORKS[1:]}
    mail = MailOrder("office/discounts", reader, event.matter, token, event.round, facts, is_reply=True)
    note = ("mailbot", "Die Liste der Rabatte ging an das Büro.")
    return Decision(mails=(mail,), notes=(note,), outcome="discounts listed")


def _meant(books: Books, by: Actor, event: DiscountGiven | DiscountEnded, given: Given) -> tuple[Case, str, str]:
    """Give the case, the folded address it is about, and the sentence that stands against it ("": nothing does)."""
    booking = books.booking_about(event.matter)
    case = Case.of(books, by, event, given, booking)
    if event.customer:
        is_one = orders.is_address(event.customer)
        return case, event.customer.casefold(), "" if is_one else f"„{clean(event.customer, 80)}“ ist keine Adresse."
    if booking is None:
        return case, "", NOBODYS
    return case, booking.customer.email.casefold(), CONDITIONS["own_office"].against(case)


def _senseless(event: DiscountGiven, first: date, today: date) -> str:
    """Say what makes no sense about a discount; "" where it does."""
    if not Decimal(0) < event.percent <= Decimal(100):
        return NO_PERCENT
    if event.until and event.until < today:
        return f"Das Ende ({event.until:%d.%m.%Y}) ist schon vorbei."
    if event.until and event.until < first:
        return f"Das Ende ({event.until:%d.%m.%Y}) liegt vor dem Beginn ({first:%d.%m.%Y})."
    return ""


def _not_kept(case: Case, why: str) -> Decision:
    """Answer why nothing changes; about another office's booking no such answer would work either."""
    is_foreign = case.booking is not None and why == CONDITIONS["own_office"].against(case)
    return refused(case, why) if is_foreign else ask_back(case, why, works=DISCOUNT_WORKS)


def _cut(old: MailedDiscount, first: date) -> MailedDiscount | Gone:
    """Let a discount end on the day before `first`; it is dropped where it would never count."""
    last = first - timedelta(days=1)
    return replace(old, until=last) if old.since <= last else Gone(MailedDiscount.TABLE, old.key)


def _cut_words(old: MailedDiscount, cut: MailedDiscount | Gone) -> str:
    was = discount_words(as_discount(old), old.since)
    return f"Nicht mehr gilt: {was}." if isinstance(cut, Gone) else f"Nur noch bis {cut.until:%d.%m.%Y} gilt: {was}."


def _ahead(email: str, books: Books, given: Given) -> list[Discount]:
    """Give the discounts of an address that count today or later."""
    return _those_ahead(discounts_of(Customer("", email), books, given.rules), given)


def _those_ahead(discounts: Sequence[Discount], given: Given) -> list[Discount]:
    return [d for d in discounts if d.until is None or d.until >= given.now.date()]


def _words(discount: Discount, given: Given) -> str:
    return discount_words(discount, given.now.date())


def _whose(books: Books, email: str) -> str:
    """Name an address with the name of its newest booking."""
    named = [booking.customer.name for booking in books.bookings_of(email)]
    return f"{clean(named[-1], 60)} ({email})" if named else email


def _own(case: Case, email: str) -> Booking | None:
    """Give the booking the answered mail is about, where it is this customer's."""
    return case.booking if case.booking and case.booking.customer.email.casefold() == email else None


def _decided(case: Case, kept: _Kept, outcome: str) -> Decision:
    """Record what changes, price anew what is undecided, and show the office both."""
    shown = repriced(case, kept.email, case.books.after(kept.changes))
    mails = _done(case, kept, shown)
    return Decision((*kept.changes, *shown.changed), mails, (), _notes(case, kept, shown), outcome)


def _notes(case: Case, kept: _Kept, shown: Repriced) -> tuple[tuple[str, str], ...]:
    """Write it into the history of every booking it is about; elsewhere no address is kept."""
    own, line = _own(case, kept.email), f"{kept.said}."
    about = notes_of(case, own, line) if own else (("mailbot", "Die Rabatte eines Kunden wurden geändert."),)
    return (*about, *((booking.code, line) for booking in shown.changed if own is None or booking.code != own.code))


def _done(case: Case, kept: _Kept, shown: Repriced) -> Orders:
    """Write office/done to who answered and to the office's first address, with what follows for the bookings."""
    did = (*kept.told, *shown.told)
    if own := _own(case, kept.email):
        outcome = Outcome(case.books, case.given, case.by, own, said=kept.said, did=did, works=kept.works)
        return WRITERS["office/done"](outcome)
    assert isinstance(case.event, DiscountGiven | DiscountEnded)
    answered = case.event.matter, case.event.round
    return done_apart(case.by, answered, kept.said, did, case.given, works=kept.works)
