"""What may leave the open books for the archive, and when."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from decide_story import CHURCH, NOW, OFFICE, RULES, STAY, booking, matter

from mailbot.decide.finished import KEPT, finished
from mailbot.model.booking import Booking, Shown, State
from mailbot.model.books import Books
from mailbot.model.codes import DoorCode
from mailbot.model.events import Approved
from mailbot.model.letter import Handled
from mailbot.model.mail import Matter, MatterKind, OutMail, Sending
from mailbot.model.money import Payment
from mailbot.model.pending import PendingDecision
from mailbot.model.people import Role
from mailbot.model.records import HistoryLine, OpenLetter, Record, Setting

LONG_AFTER = STAY.end + KEPT + timedelta(minutes=1)
AHEAD = replace(STAY, start=STAY.start + timedelta(60), end=STAY.end + timedelta(60))
LINE = HistoryLine("1", STAY.resource, NOW, "clock", "Angefragt.")
PAID = Payment("p1", booking().code, Decimal("45.00"), NOW, "clock")


def mail(about: Matter, **fields: object) -> OutMail:
    row = OutMail("m1", "office/review", OFFICE.address, Role.REVIEWER, "office", about, 1, "t", "<t@x>", "p", NOW, NOW)
    return replace(row, state=Sending.SENT, finished_at=NOW, **fields)  # type: ignore[arg-type]  # any field of a row


def leaving(*records: Record, at: datetime = LONG_AFTER) -> list[Record]:
    return finished(Books.of(records), at, RULES)


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (booking(State.REQUESTED), "the office has not decided"),
        (booking(State.HELD), "the customer has not answered"),
        (booking(State.CONFIRMED), "it is not paid"),
        (booking(State.LAPSED, released_at=NOW, price=Decimal("45.00")), "the desk gave the code out: it is owed"),
        (booking(State.REJECTED, decided_at=LONG_AFTER - timedelta(days=2)), "it was decided two days ago"),
        (booking(State.REJECTED, shown=Shown(AHEAD)), "its page still shows a time to be freed"),
    ],
)
def test_what_waits_stays(held: Booking, why: str) -> None:
    """A booking that waits for somebody, or for money, stays open however old it is."""
    assert held not in leaving(held), why


def test_a_paid_stay_leaves_with_all_that_belongs_to_it() -> None:
    """Thirty days after a paid stay the booking, its payment, mails and history leave together, not a day before."""
    done = booking(State.CONFIRMED)
    whole: list[Record] = [done, PAID, mail(matter()), replace(LINE, ref=done.code)]
    assert leaving(*whole) == whole
    assert leaving(*whole, at=STAY.end + KEPT - timedelta(minutes=1)) == []


def test_an_unpaid_stay_keeps_only_what_is_owed() -> None:
    """Of a stay that was never paid the booking stays; its old mails and history leave."""
    owed, row, line = booking(State.CONFIRMED), mail(matter()), replace(LINE, ref=booking().code)
    assert leaving(owed, row, line) == [row, line]


def test_an_answer_that_waits_keeps_its_booking() -> None:
    """A rejection that can still be taken back keeps the booking it is about, with its mails."""
    done, row = booking(State.REJECTED), mail(matter())
    waiting = PendingDecision.of(OFFICE, Approved(matter(), 1), NOW, LONG_AFTER)
    assert leaving(done, row, waiting) == []


def test_mails_and_letters_of_no_booking_leave_by_their_age() -> None:
    """A digest's row, an arrival's key and mailbot's own history leave after 30 days, a queued row never."""
    digest = mail(Matter(MatterKind.DIGEST, "d1"))
    queued = replace(digest, id="m2", state=Sending.QUEUED)
    handled = Handled("letter:a/INBOX/1/7", "", NOW, "digest", "done")
    young = replace(handled, key="letter:a/INBOX/1/8", at=LONG_AFTER - timedelta(days=1))
    setting = Setting("paused", "no")
    assert leaving(digest, queued, handled, young, LINE, setting) == [digest, handled, LINE]


def test_a_letter_the_office_has_not_answered_keeps_its_mails() -> None:
    """While a letter waits for the office, its key, mails and history stay."""
    letter = OpenLetter("letter:a/INBOX/1/7", NOW, "Anfrage", "ohne Datum", is_unproven=False)
    row = mail(Matter(MatterKind.LETTER, letter.key))
    handled = Handled(letter.key, "", NOW, "unreadable", "trouble")
    assert leaving(letter, row, handled, replace(LINE, ref=letter.key)) == []


def test_codes_leave_with_their_season() -> None:
    """The codes of the season stay together; those of the season before, or of a pitch no longer named, leave."""
    first = CHURCH.door_codes.season_from
    here = DoorCode("kirche", first, None, "731000")
    past = DoorCode("kirche", first - timedelta(days=200), None, "731007")
    gone = DoorCode("garten", first, None, "731014")
    assert leaving(here, past, gone) == [past, gone]
