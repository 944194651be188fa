"""The answers that stand ready below a customer's message: those that the table of states allows now, wish first.

Each is a keyword with what follows it; the mail spells the keyword as the office does. Decides nothing.
"""

from dataclasses import replace
from datetime import date

from mailbot.decide import orders
from mailbot.decide.conditions import Case
from mailbot.decide.outcome import Outcome, Ready
from mailbot.decide.reviewing import stay_changed
from mailbot.decide.states import fitting, step
from mailbot.decide.wording import stay_words
from mailbot.model.booking import STATE_WORDS, State
from mailbot.model.events import Approved, Changed, Event, Rejected
from mailbot.model.people import Actor, Role
from mailbot.model.talk_events import Asked, Cancelled, ChangeWished, WithdrawalWished

APPROVE: Ready = ("approve", "", "bestätigen, mit Code und Rechnung")
REJECT: Ready = ("reject", ": Grund", "ablehnen, mit Grund")
CANCEL: Ready = ("cancel", ": Grund", "stornieren, mit Grund und Stornorechnung")
CANCEL_WISHED: Ready = ("cancel", ": auf Ihren Wunsch", "stornieren, mit Stornorechnung")
REJECT_WISHED: Ready = ("reject", ": auf Ihren Wunsch", "die Anfrage ablehnen")
CHANGE: Ready = ("change", " 20:00-21:30", "andere Zeit")
ASK: Ready = ("question", ": Ihre Worte", "dem Kunden schreiben")


def ready_for(case: Case, event: Event) -> tuple[tuple[Ready, ...], tuple[str, ...]]:
    """Give the answers that would work on a booking after a customer's message, and what speaks against his wish."""
    assert case.booking
    booking = case.booking
    office = orders.office_of_booking(booking, case.given.rules)
    now = replace(case, by=Actor(Role.REVIEWER, office.key, office.emails[0]))
    matter, number = orders.about(booking), booking.round
    tried: tuple[tuple[Ready, Approved | Rejected | Cancelled], ...] = (
        (APPROVE, Approved(matter, number)),
        (REJECT_WISHED if isinstance(event, WithdrawalWished) else REJECT, Rejected(matter, number)),
        (CANCEL_WISHED if isinstance(event, WithdrawalWished) else CANCEL, Cancelled(matter, number)),
    )
    works = [ready for ready, answer in tried if not isinstance(step(replace(now, event=answer)), str)]
    if isinstance(event, WithdrawalWished):
        works = [ready for ready in works if ready is not APPROVE]
    change, against = _change(now, event)
    if isinstance(event, ChangeWished):
        works = [*change, *works]
    elif not isinstance(event, WithdrawalWished):
        works = [*works, *change]
    if not isinstance(step(replace(now, event=Asked(matter, number))), str):
        works.append(ASK)
    return tuple(works), against


def _change(now: Case, event: Event) -> tuple[tuple[Ready, ...], tuple[str, ...]]:
    """Give the `ändern` that does what the customer wishes, or any, and why the wished times would not do."""
    assert now.booking
    if not fitting(now.booking.state, Changed, Role.REVIEWER):
        return (), ()
    if not isinstance(event, ChangeWished) or (event.day is None and event.start is None):
        return (() if now.booking.stay.is_over(now.given.now) else (CHANGE,)), ()
    wish = Changed(orders.about(now.booking), now.booking.round, day=event.day, start=event.start, end=event.end)
    stay, puzzle = stay_changed(now.booking, wish, now.given)
    against = step(replace(now, event=wish, stay=stay, puzzle=puzzle))
    if isinstance(against, str):
        return (CHANGE,), (f"Die gewünschte Zeit geht nicht: {against}",)
    assert stay
    times = f" {_day_words(stay.day, now.given.now.date())} {stay.start:%H:%M}-{stay.end:%H:%M}"
    return (("change", times, "auf diese Zeit verlegen"),), ()


def _day_words(day: date, today: date) -> str:
    # Without its year a day is the next such day; further off it needs one.
    return f"{day.day}.{day.month}." if 0 <= (day - today).days < 300 else f"{day:%d.%m.%Y}"


def readings(outcome: Outcome) -> tuple[str, ...]:
    """Give what looks odd about a booking, with every other booking it overlaps."""
    mine, known = outcome.booking, " ".join(outcome.oddities)
    others = (
        f"Überschneidet sich mit {other.code} ({other.customer.name}, {stay_words(other.stay)}), "
        f"{STATE_WORDS[other.state]}; {'kam zuerst' if other.received_at <= mine.received_at else 'kam später'}."
        for other in outcome.clashes
        if other.code not in known
    )
    is_taken = any(other.state is State.CONFIRMED for other in outcome.clashes)
    taken = ("Die Zeit ist schon vergeben.",) if is_taken else ()
    return (*outcome.oddities, *others, *taken)
