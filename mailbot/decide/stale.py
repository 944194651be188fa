"""Queued mails that a decision made wrong before they left; flow marks them withdrawn. What was sent stays sent."""

from collections.abc import Mapping

from mailbot.decide.orders import about
from mailbot.model.booking import Booking
from mailbot.model.books import Books
from mailbot.model.day_events import PaymentDue, Released, ReviewMissed
from mailbot.model.events import Approved, BookingRequested, Changed, Event, Moved, Rejected, Withdrawn
from mailbot.model.mail import Sending
from mailbot.model.talk_events import Cancelled

PROMISES = ("customer/confirmed", "customer/payment", "customer/invoice", "customer/code_changed")
QUESTION = "customer/question"
CALLS = ("customer/call", "office/reminder")
# Nobody is to read „not yet confirmed“ behind the decision itself.
RECEIPTS = ("customer/received", "customer/move_received")
# A new stay makes its round's mails wrong; each has a successor in the same decision. subscriber/request has none.
OF_THE_ROUND = (
    *(*PROMISES, QUESTION, *CALLS),
    *(*RECEIPTS, "office/review", "desk/request"),
)

STALE: Mapping[type[Event], tuple[str, ...]] = {
    BookingRequested: OF_THE_ROUND,
    Moved: OF_THE_ROUND,
    Withdrawn: (*PROMISES, "office/review", QUESTION, *CALLS, *RECEIPTS, "desk/request"),
    Changed: (*PROMISES, QUESTION, *CALLS, *RECEIPTS),
    Rejected: (*PROMISES, QUESTION, *CALLS, *RECEIPTS, "desk/request"),
    Approved: (QUESTION, *CALLS, *RECEIPTS),
    Released: CALLS,
    PaymentDue: (QUESTION, *CALLS, *RECEIPTS),
    ReviewMissed: (*CALLS, *RECEIPTS, "office/review", "desk/request"),
    Cancelled: PROMISES,
}


def now_wrong(books: Books, booking: Booking, event: Event) -> tuple[str, ...]:
    """Give the outbox ids of queued mails about a booking that the event made wrong."""
    kinds = STALE.get(type(event), ())
    mails = books.mails_about(about(booking))
    return tuple(mail.id for mail in mails if mail.kind in kinds and mail.state is Sending.QUEUED)
