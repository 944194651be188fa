"""What is left to do at the booking page: where it shows another time for a booking than the books keep.

The page is known by its notices and by the office's `erledigt` (Booking.shown); what is to do is worked out from that
and never stored. What lies behind us needs nothing. Decides nothing and orders no mail.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailbot.decide import orders
from mailbot.decide.conditions import CONDITIONS, Case
from mailbot.decide.finding import kept_length, shown_after
from mailbot.decide.wording import stay_words
from mailbot.model.booking import Booking, Shown, Stay
from mailbot.model.books import Books
from mailbot.model.decisions import Given
from mailbot.model.digests import PageLine
from mailbot.model.events import BookingRequested, Notice
from mailbot.model.rules import Person

# An answer that settles it, where the page sends no notice of its own.
SETTLES = "Bis die Buchungsseite das meldet, steht es morgens in der Übersicht; „erledigt“ nimmt es dort heraus."


@dataclass(frozen=True, slots=True)
class ToDo:
    """What is left to do, in German: `words` for lists, `sentence` for office/done; `link` is the notice's own."""

    words: str
    sentence: str
    link: str | None = None


def known(booking: Booking) -> Shown | None:
    """Give what the page shows; of a booking written before that was kept, the time it had until now."""
    return booking.shown or (Shown(booking.stay) if booking.source else None)


def shown_now(case: Case, notice: Notice) -> Shown | None:
    """Give what the page shows after a notice about a known booking; what came too late tells nothing new."""
    assert case.booking
    old = case.booking.shown
    if old is None or old.stay is None or _is_late(case):
        # What was withdrawn at the page never comes back there under the same reference.
        return old
    stay = shown_after(notice, old.stay)
    is_less = old.by_office and stay is not None and stay.start == old.stay.start and stay.end <= old.stay.end
    return old if stay is None or is_less else Shown(stay)


def _is_late(case: Case) -> bool:
    return isinstance(case.event, BookingRequested) and not CONDITIONS["moved_first"].against(case)


def to_do(booking: Booking, now: datetime) -> ToDo | None:
    """Say what the office has to do at the page, None where nothing is left or all of it is over."""
    if not booking.is_astray or booking.shown is None:
        return None
    shown, held = _ahead(booking.shown.stay, now), _ahead(booking.held, now)
    if shown is None:
        return _block(held) if held else None
    if held is None:
        return _free(booking, shown)
    return _resize(shown, held) if shown.start == held.start else _move(booking, shown, held)


def _ahead(stay: Stay | None, now: datetime) -> Stay | None:
    return None if stay is None or stay.is_over(now) else stay


def _block(stay: Stay) -> ToDo:
    said = stay_words(stay)
    return ToDo(f"die Zeit {said} sperren", f"Bitte sperren Sie auf der Buchungsseite {said}.")


def _free(booking: Booking, shown: Stay) -> ToDo:
    sentence = "Bitte geben Sie die Zeit auf der Buchungsseite wieder frei."
    if shown != booking.stay:
        sentence = f"{sentence} Dort steht {stay_words(shown)}."
    return ToDo(f"die Zeit {stay_words(shown)} wieder freigeben", sentence, booking.links.cancel)


def _resize(shown: Stay, held: Stay) -> ToDo:
    if shown.end < held.end:
        return _block(replace(held, start=shown.end))
    said = stay_words(replace(shown, start=held.end))
    return ToDo(f"die Zeit {said} wieder freigeben", f"Bitte geben Sie auf der Buchungsseite {said} wieder frei.")


def _move(booking: Booking, shown: Stay, held: Stay) -> ToDo:
    words = f"den Termin verschieben auf {stay_words(held)}"
    sentence = "Bitte verlegen Sie den Termin auch auf der Buchungsseite."
    reaches = kept_length(shown, held.start)
    if held.end - reaches > timedelta(0):
        rest = stay_words(replace(held, start=reaches))
        words = f"{words}, und {rest} sperren"
        sentence = f"{sentence} Reicht er dort nicht so lang, sperren Sie dazu {rest}."
    return ToDo(words, sentence, booking.links.move)


def asked_for(booking: Booking, now: datetime, beside: str = "") -> tuple[str | None, str]:
    """Give link and sentences of an office/done about what a decision left to do, (None, `beside`) where nothing.

    `beside` is what else it left, and stands between what to do and how it ends.
    """
    left = to_do(booking, now)
    if left is None:
        return None, beside
    return left.link, " ".join(filter(None, (left.sentence, beside, SETTLES)))


def lines_for(books: Books, office: Person, given: Given, at: datetime, first: int) -> tuple[PageLine, ...]:
    """Give what an office has to do at its pages and was decided by the moment `at`, numbered from `first`."""
    found: list[PageLine] = []
    for booking in books.astray():
        resource = given.rules.resources.get(booking.stay.resource)
        left = to_do(booking, given.now)
        is_new = booking.decided_at is not None and booking.decided_at > at
        if left and resource and resource.reviewer == office.key and not is_new:
            shown = booking.shown.stay if booking.shown else None
            number = first + len(found)
            found.append(PageLine(number, orders.for_office(booking), left.words, shown, left.link))
    return tuple(found)


def seen_words(booking: Booking, now: datetime) -> str:
    """Say for the history what the page shows now, and what is still to do there."""
    stay = booking.shown.stay if booking.shown else None
    if stay is None:
        said = "Bei YouCanBook.me ist die Zeit jetzt frei."
    else:
        said = f"Bei YouCanBook.me steht jetzt {stay_words(stay)}."
    left = to_do(booking, now)
    return f"{said} Noch zu tun: {left.words}." if left else said
