"""What is finished: the records that nothing waits for any more, so that they may leave the open books for the archive.

They are not gone: the archive finds them by code, reference, token and address. Nothing leaves before it was quiet for
KEPT; then mails and history leave, and with the last euro the booking, its invoices and payments. Changes nothing.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from mailbot.model.booking import Booking
from mailbot.model.books import Books
from mailbot.model.codes import DoorCode
from mailbot.model.letter import Handled
from mailbot.model.mail import OutMail, Sending
from mailbot.model.money import Invoice, Payment
from mailbot.model.records import HistoryLine, Record
from mailbot.model.rules import Rules
from mailbot.model.table import table_line

# Longer than anything looks back: letters are looked through again for 14 days, a stay can be approved 14 days after.
KEPT = timedelta(days=30)


def finished(books: Books, now: datetime, rules: Rules) -> list[Record]:
    """Give the open records that may leave for the archive at `now`, in the order they were recorded."""
    before = now - KEPT
    records = list(books.records())
    bookings = [record for record in records if isinstance(record, Booking)]
    working = {booking.code for booking in bookings if not _is_quiet(booking, books, before)}
    unsettled = {booking.code for booking in bookings if table_line(booking, books).balance} | working
    working |= {letter.key for letter in books.open_letters()}

    def may_leave(record: Record) -> bool:
        match record:
            case Booking(code=code) | Invoice(booking=code) | Payment(booking=code):
                return code not in unsettled
            case OutMail(matter=matter):
                return matter.ref not in working and record.state is not Sending.QUEUED and record.created_at < before
            case HistoryLine(ref=ref):
                return ref not in working and record.at < before
            case Handled(key=key):
                return key not in working and record.at < before
            case DoorCode():
                # The season's codes stay together, for its lists.
                return record.day < min(before.date(), _first_day(record, rules))
        return False

    return [record for record in records if may_leave(record)]


def _is_quiet(booking: Booking, books: Books, before: datetime) -> bool:
    """Tell whether nobody is asked anything about a booking, and all of it was over before a moment."""
    shown = booking.shown.stay if booking.shown else None
    ends = (booking.stay.end, shown.end if shown else None)
    moments = (*ends, booking.received_at, booking.decided_at, booking.released_at)
    is_waiting = booking.is_open or books.pending(booking.code) is not None
    return not is_waiting and _latest(moments) < before


def _first_day(code: DoorCode, rules: Rules) -> date:
    resource = rules.resources.get(code.resource)
    return resource.door_codes.season_from if resource else date.max


def _latest(moments: Iterable[datetime | None]) -> datetime:
    return max(moment.astimezone(UTC) for moment in moments if moment is not None)
