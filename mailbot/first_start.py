"""The first start on a living mailbox: what is past is left alone and told to the office in one mail.

Letters of the last 14 days whose stay is not over are handled as usual. Older notices and those of past stays stay
where they are; when everything else is committed, one commit lists them, so that a crash in between loses no line.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailbot.errors import TryLaterError
from mailbot.flow import Flow
from mailbot.looking import letter_key
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival
from mailbot.model.events import BookingRequested, FirstStartListed, Moved, Withdrawn
from mailbot.model.letter import Handled, Head
from mailbot.model.people import CLOCK
from mailbot.model.records import Setting
from mailbot.receive.mailbox import Mailbox

SETTING = "first_start"
DONE = "done"
LISTED = "listed"


@dataclass(slots=True)
class FirstStart:
    """What the first start leaves alone: (date, sender, subject) rows, and the arrivals among them that were read.

    `old` are the UIDs of notices older than the look back: a letter moved here from elsewhere has a high UID and keeps
    its date. `met` are the keys of such letters.
    """

    flow: Flow
    rows: list[tuple[datetime, str, str]] = field(default_factory=list)
    past: list[Arrival] = field(default_factory=list)
    old: set[int] = field(default_factory=set)
    met: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, flow: Flow, mailbox: Mailbox, look_back: timedelta, *, take_all: bool) -> "FirstStart | None":
        """Give the first start while it is not finished, with the older notices already listed; None afterwards."""
        if take_all or not is_first_start(flow.books()):
            return None
        senders = [sender for source in flow.rules.sources.values() for sender in source.senders]
        made = cls(flow)
        for head in mailbox.notices_before((flow.clock() - look_back).date(), senders):
            made.rows.append((head.received_at, head.get("From"), head.get("Subject")))
            made.old.add(head.uid)
        return made

    def without_old(self, heads: list[Head], mailbox: Mailbox) -> list[Head]:
        """Set aside the older notices, which are listed already; give the others."""
        self.met += [letter_key(mailbox, head.uid) for head in heads if head.uid in self.old]
        return [head for head in heads if head.uid not in self.old]

    def without_past(self, arrivals: list[tuple[int, Arrival]]) -> list[tuple[int, Arrival]]:
        """Set aside notices whose stay is over; give the others."""
        now = self.flow.clock()
        past = [(uid, arrival) for uid, arrival in arrivals if is_past(arrival, now)]
        for _, arrival in past:
            self.past.append(arrival)
            event = arrival.event
            assert isinstance(event, BookingRequested | Moved | Withdrawn)
            when = event.notice.start or now
            self.rows.append((when, arrival.by.address, event.notice.name or event.notice.reference or ""))
        return [pair for pair in arrivals if pair not in past]

    def end(self) -> None:
        """Tell the office what was left, and record that the first start is over, in one commit."""
        now = self.flow.clock()
        left = [Handled(arrival.key, arrival.digest, now, LISTED, "") for arrival in self.past]
        left += [Handled(key, "", now, LISTED, "") for key in self.met]
        done = Setting(SETTING, DONE)
        if not self.rows:
            self.flow.record([], [done])
            return
        event = FirstStartListed(tuple(sorted(self.rows)))
        entries, failed = self.flow.decide([Arrival(f"clock:first_start::{now.date()}", CLOCK, event)])
        if failed:
            raise TryLaterError(f"The list of what the first start left alone cannot be written: {failed[0][1]}")
        self.flow.record(entries, [*left, done])


def is_first_start(books: Books) -> bool:
    """Tell whether the first start is not finished yet."""
    return books.setting(SETTING) != DONE


def is_past(arrival: Arrival, now: datetime) -> bool:
    """Tell whether an arrival is a notice whose stay is over."""
    event = arrival.event
    if not isinstance(event, BookingRequested | Moved | Withdrawn):
        return False
    ends = event.notice.end or event.notice.start
    return ends is not None and ends <= now
