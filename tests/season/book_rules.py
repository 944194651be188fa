"""What must hold for the table of bookings each evening, beside what people got: states, invoices, lists, silence.

The table is taken as the record it is; whether it is right is judged by the letters and mails alone.
"""

import re
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from season.diary import Mail
from season.town import BERLIN, PAUSES, next_office_day
from season.walk import Walk

from mailbot.model.booking import Booking
from mailbot.model.money import InvoiceKind

# What a customer was told last, and where the booking then stands.
LAST_WORD = {
    "customer/received": "requested",
    "customer/move_received": "requested",
    "customer/confirmed": "confirmed",
    "customer/payment": "confirmed",
    "customer/rejected": "rejected",
    "customer/cancelled": "cancelled",
    "customer/lapsed": "lapsed",
}
LISTED = ("requested", "held", "confirmed")
_BLOCK = re.compile(r"Türcode +(\S.*)\n(?:.*\n)*?Buchungscode +([A-Z]{12})\nStand +(.+)")


def is_paused(now: datetime) -> bool:
    """Tell whether the office has asked for silence."""
    return any(since <= now <= until for since, until in PAUSES)


def reckon(walk: Walk) -> None:
    """Hold every rule of the table; the machine has made its last pass of the day."""
    rows = walk.machine.bookings()
    each_notice_is_one_booking(walk, rows)
    no_two_have_one_time(rows)
    invoices_are_whole(walk, rows)
    nothing_is_forgotten(walk, rows)
    nothing_lies_unread(walk)
    if not is_paused(walk.now):
        the_last_word_is_true(walk, rows)
        the_desk_has_the_books(walk, rows)
    a_second_look_changes_nothing(walk)


def each_notice_is_one_booking(walk: Walk, rows: list[Booking]) -> None:
    found = Counter(row.source_reference or row.code for row in rows)
    assert [code for code, times in found.items() if times > 1] == []
    assert set(found) <= set(walk.plans)
    asked = {w.about for w in walk.diary.letters if w.who == "source" and w.text == "new" and w.read_at}
    clear = {code for code in asked if walk.plans[code].shape in ("template", "german", "english")}
    assert clear <= set(found)


def no_two_have_one_time(rows: list[Booking]) -> None:
    kept = [row for row in rows if row.state == "confirmed"]
    for one, other in pairwise(kept):
        assert one.stay.end.astimezone(UTC) <= other.stay.start.astimezone(UTC), f"{one.code} and {other.code}"


def invoices_are_whole(walk: Walk, rows: list[Booking]) -> None:
    """Hold that numbers run on without gap or double, and each confirmed booking alone has one open invoice."""
    papers = walk.machine.invoices()
    for year in ("2026", "2027"):
        numbers = [int(p.number[-5:]) for p in papers if p.number.startswith(f"SK-{year}-")]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
    taken_back = {paper.cancels for paper in papers if paper.kind is InvoiceKind.CANCELLATION}
    still = Counter(p.booking for p in papers if p.kind is InvoiceKind.INVOICE and p.number not in taken_back)
    # A confirmed booking that was moved keeps its invoice until the office has decided about the new time.
    kept = Counter(row.code for row in rows if row.invoice and row.state in ("requested", "held"))
    wanted = Counter(row.code for row in rows if row.state == "confirmed") + kept
    assert still == wanted, f"open invoices: {still - wanted} too many, {wanted - still} missing"
    sent = Counter(
        name for m in walk.diary.mails if m.kind in ("customer/confirmed", "customer/payment") for name in m.files
    )
    assert not [name for name, times in sent.items() if name.startswith("SK-") and times > 1]


def nothing_is_forgotten(walk: Walk, rows: list[Booking]) -> None:
    """Hold that what is over was decided, billed or lapsed on the next office day, or the office was told why not."""
    alarms = "".join(mail.text for mail in walk.diary.mails if mail.kind == "office/alarm")
    for row in rows:
        if row.state in ("requested", "held") and row.code not in alarms:
            over = row.stay.end - timedelta(microseconds=1)
            since = max(over, walk.asked_at(row.code))
            waits_until = datetime.combine(next_office_day(since.date()), time(8), BERLIN)
            if row.released_at:
                # An answer that could not be done puts the bill off by a day; one to a digest, all bills it announced.
                refused = (*walk.diary.about(row.code, "office/refused"), *walk.diary.about("", "office/refused"))
                doubts = [mail.at for mail in refused]
                since = max(row.released_at, *doubts) if doubts else row.released_at
                waits_until = datetime.combine(next_office_day(since.date()), time(8, 30), BERLIN)
            assert walk.now < waits_until, f"{row.code} is {row.state} since {waits_until} in vain"


def nothing_lies_unread(walk: Walk) -> None:
    assert walk.machine.letters.inbox == {}


def the_last_word_is_true(walk: Walk, rows: list[Booking]) -> None:
    """Hold that a customer was told of where his booking stands, and told of it once."""
    told: dict[str, list[Mail]] = {}
    for mail in walk.diary.mails:
        if mail.kind in LAST_WORD and mail.booking:
            told.setdefault(mail.booking, []).append(mail)
    for row in rows:
        words = told.get(row.code, [])
        if row.customer.email.startswith("noreply") or not walk.is_told(row.code):
            continue
        state = "requested" if row.state == "held" else row.state
        last = LAST_WORD[words[-1].kind] if words else "cancelled"
        if not (row.released_at and state == "requested"):
            assert last == state, f"{row.code} is {state}, the customer heard {[m.kind for m in words]}"
        for one, other in pairwise(words):
            assert (one.kind, one.subject) != (other.kind, other.subject) or one.kind.endswith("move_received")


def the_desk_has_the_books(walk: Walk, rows: list[Booking]) -> None:
    """Hold that the desk's last list shows the coming days as the books have them."""
    lists = [mail for mail in walk.diary.mails if mail.kind == "desk/codes"]
    if not lists:
        return
    first = lists[-1].at.date()
    days = {first + timedelta(days=n) for n in range(4)}
    blocks = (_BLOCK.search(block) for block in lists[-1].text.split("\n\n"))
    shown = {block[2]: (block[1], block[3]) for block in blocks if block}
    listed = {r.code: r for r in rows if r.stay.start.date() in days and (r.state in LISTED or r.released_at)}
    assert set(shown) == set(listed), f"list {set(shown) ^ set(listed)}"
    for code, (door, stand) in shown.items():
        assert ("bestätigt" in stand) == (listed[code].state == "confirmed"), f"{code} stands as {stand}"
        if listed[code].state == "confirmed" and door.isdigit():
            assert door == walk.codes.get(listed[code].stay.start.date()), f"{code} has another code on the list"


def a_second_look_changes_nothing(walk: Walk) -> None:
    mails, commits = len(walk.diary.mails), walk.machine.commits
    walk.machine.turn()
    assert (len(walk.diary.mails), walk.machine.commits) == (mails, commits)
