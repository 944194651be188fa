"""What follows from `erledigt`: what was left to do at the booking page is done, on the office's word."""

from dataclasses import replace

from mailbot.decide import page
from mailbot.decide.conditions import CONDITIONS, Case
from mailbot.decide.history import notes_of
from mailbot.decide.outcome import Outcome
from mailbot.decide.refusals import ask_back, refused
from mailbot.decide.writers import WRITERS
from mailbot.model.booking import Shown
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.digest_events import PageSettled
from mailbot.model.people import Actor

NOTHING = "Bei YouCanBook.me ist für diese Buchung nichts mehr zu tun."


def settled(books: Books, by: Actor, event: PageSettled, given: Given) -> Decision:
    """Take the office's word that the page now shows what the books keep; the digest names it no more."""
    booking = books.booking_about(event.matter)
    case = Case.of(books, by, event, given, booking)
    if booking is None or (why := CONDITIONS["own_office"].against(case)):
        return refused(case, why if booking else "")
    left = page.to_do(booking, given.now)
    if left is None:
        return ask_back(case, NOTHING)
    after = replace(booking, shown=Shown(booking.held, by_office=True))
    said = f"Bei YouCanBook.me erledigt: {left.words}"
    did = ("Die Übersicht am Morgen nennt es nicht mehr.",)
    outcome = Outcome(books, given, by, after, said=said, did=did)
    return Decision((after,), WRITERS["office/done"](outcome), (), notes_of(case, after, f"{said}."), "settled")
