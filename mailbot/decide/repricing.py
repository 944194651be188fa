"""A customer's bookings priced anew after his discounts changed, and the sentences that show the office what follows.

Only what the office has not decided yet changes; what is confirmed stays as it is. Records nothing itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mailbot.decide.conditions import Case
from mailbot.decide.reviews import price_asked, priced
from mailbot.decide.wording import euro, stay_words
from mailbot.model.booking import Booking, State
from mailbot.model.books import Books

# So many bookings are named of each sort; a whole season's would bury what counts.
MOST = 10
NONE_YET = "Noch hat keine Buchung diese Adresse; es zählt, sobald eine kommt."
NONE_AHEAD = "Zurzeit ist von diesem Kunden nichts angefragt oder bestätigt."


@dataclass(frozen=True, slots=True)
class Repriced:
    """The bookings whose price changes, as they are then, and what to tell the office of all that are ahead."""

    changed: tuple[Booking, ...]
    told: tuple[str, ...]


def repriced(case: Case, email: str, after: Books) -> Repriced:
    """Price a customer's undecided bookings by the books as they will be, by start."""
    known = case.given.rules.resources
    found = after.bookings_of(email)
    pairs = [
        (old, priced(old, price_asked(after, old, case.given)))
        for old in found
        if old.is_open and old.stay.resource in known
    ]
    changed = [(old, new) for old, new in pairs if new != old]
    same = [new for old, new in pairs if new == old]
    fixed = [b for b in found if b.state is State.CONFIRMED and not b.stay.is_over(case.given.now)]
    told = (
        *_some([f"{_when(new)}: {_amount(new)} statt {_amount(old)}." for old, new in changed]),
        *_some([f"{_when(booking)}: unverändert {_amount(booking)}." for booking in same]),
        *_some([f"{_when(booking)}: bleibt bei {_amount(booking)}, denn {_why(booking)}." for booking in fixed]),
    )
    return Repriced(tuple(new for _, new in changed), told or ((NONE_AHEAD if found else NONE_YET),))


def _when(booking: Booking) -> str:
    return f"Am {stay_words(booking.stay)} ({booking.code})"


def _amount(booking: Booking) -> str:
    return "ohne Preis" if booking.price is None else euro(booking.price)


def _why(booking: Booking) -> str:
    return f"die Rechnung {booking.invoice} ist geschrieben" if booking.invoice else "der Termin ist schon bestätigt"


def _some(sentences: Sequence[str]) -> tuple[str, ...]:
    left = len(sentences) - MOST
    return (*sentences[:MOST], *((f"Ebenso {left} weitere Termine.",) if left > 0 else ()))
