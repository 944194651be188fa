"""What goes of a person and what grew old: which bookings, which letters and mails, and what stays of them."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from decide_story import BERLIN, CODE, CUSTOMER, NOW, OFFICE, RULES, STAY, booking

from mailbot.decide.billing import invoice
from mailbot.decide.erasing import GONE, changes, is_erased, is_waiting, kept_until, outdated, to_forget
from mailbot.decide.numbers import counters
from mailbot.model.booking import Booking, Customer, State
from mailbot.model.books import Books
from mailbot.model.decisions import Given
from mailbot.model.events import Notice, NoticeKind
from mailbot.model.letter import Handled
from mailbot.model.mail import Matter, MatterKind, OutMail, Sending
from mailbot.model.money import MailedDiscount, Payment, Price
from mailbot.model.people import Role
from mailbot.model.records import Gone, HistoryLine, OpenLetter, Record

WHO = CUSTOMER.address
OTHER = "OTHERBOOKING"
PRIVACY = RULES.privacy
DONE = booking(State.REJECTED, decided_at=NOW)
ANOTHER = replace(DONE, code=OTHER, customer=Customer("Otto", "otto@kunde.example"))


def letter(number: int, *refs: str, at: datetime = NOW) -> list[Record]:
    """Give a handled letter with digest d1, d2 … whose history lines name these refs."""
    key = f"letter:{number}"
    lines = [HistoryLine(f"{number}-{ref}", ref, at, WHO, f"Text {number}", key) for ref in refs]
    return [Handled(key, f"d{number}", at, "done"), *lines]


def mail(mail_id: str, about: Matter, to: str = OFFICE.address) -> OutMail:
    row = OutMail(
        mail_id, "office/review", to, Role.REVIEWER, "office", about, 1, mail_id, f"<{mail_id}@x>", "p", NOW, NOW
    )
    return replace(row, state=Sending.SENT, finished_at=NOW, reader=to)


def about(code: str) -> Matter:
    return Matter(MatterKind.BOOKING, code)


def test_letters_go_with_their_bookings_alone() -> None:
    """A letter goes when it is about this person's bookings only, or about none and names them; else it stays."""
    books = Books.of(
        [DONE, ANOTHER, *letter(1, CODE), *letter(2, CODE, OTHER), *letter(3), *letter(4), *letter(5, OTHER)]
    )
    assert to_forget(books, WHO.upper(), {"d2", "d3", "d5"}).digests == {"d1", "d3"}


def test_what_waits_for_the_office_goes_only_where_it_is_theirs() -> None:
    """A notice that waits goes with the person it names; another's stays, whatever words stand in it."""
    theirs = Notice("youcanbookme", NoticeKind.NEW, None, "Sabine", WHO)
    waiting = [
        OpenLetter("letter:1", NOW, "x", "y", is_unproven=False, notice=theirs),
        OpenLetter("letter:2", NOW, "x", "y", is_unproven=False, notice=replace(theirs, email="otto@kunde.example")),
    ]
    plan = to_forget(Books.of([*letter(1), *letter(2), *waiting]), WHO, {"d2"})
    assert plan.digests == {"d1"}
    assert plan.letters == {"letter:1"}


def test_a_letter_the_office_completed_belongs_to_its_booking() -> None:
    """A notice that the office supplied lines to is the booking's letter, though only the answer names it."""
    books = Books.of([ANOTHER, *letter(1), *letter(2, "letter:1", OTHER)])
    assert to_forget(books, WHO, {"d1"}).digests == frozenset()


def test_mails_go_that_are_about_them_or_to_them() -> None:
    """Mails about the person's bookings go, with what told of their failure, and mails to the person; others stay."""
    rows = [
        mail("m1", about(CODE)),
        mail("m2", Matter(MatterKind.MAIL, "m1")),
        mail("m3", Matter(MatterKind.OCCUPANCY, WHO), WHO),
        mail("m4", about(OTHER)),
        mail("m5", Matter(MatterKind.MAIL, "m4")),
    ]
    assert to_forget(Books.of([DONE, ANOTHER, *rows]), WHO, ()).rows == {"m1", "m2", "m3"}


def test_what_is_left_of_a_booking_is_a_bare_fact() -> None:
    """Name, address, phone, remark and reasons are gone; what was decided stays; again changes nothing."""
    full = replace(DONE, remark="privat", reason="privat", extras=(("Team", "rot"),), question="privat")
    books = Books.of([full, *letter(1, CODE)])
    plan = to_forget(books, WHO, ())
    after = books.after(changes(books, plan))
    left = after.booking(CODE)
    assert left is not None
    assert is_erased(left)
    assert (left.customer, left.stay, left.state) == (Customer(GONE, ""), STAY, State.REJECTED)
    assert "privat" not in repr(left)
    assert [(line.line, line.by) for line in after.history(CODE)] == [("(gelöscht)", "customer")]
    assert [c for c in changes(after, plan) if not isinstance(c, Gone) and c not in after.history(CODE)] == []
    assert to_forget(after, WHO, ()).is_empty


@pytest.mark.parametrize(
    ("record", "at", "waits"),
    [
        (booking(State.REQUESTED), STAY.end, True),
        (booking(State.HELD), STAY.end, True),
        (booking(State.CONFIRMED), STAY.start, True),
        (booking(State.CONFIRMED, price=Decimal(45)), STAY.end, True),
        (booking(State.CONFIRMED, price=Decimal(0)), STAY.end, False),
        (booking(State.LAPSED, released_at=NOW), STAY.end + timedelta(days=13), True),
        (booking(State.LAPSED, released_at=NOW), STAY.end + timedelta(days=15), False),
        (booking(State.CANCELLED), STAY.start, False),
    ],
)
def test_what_is_not_finished(record: Booking, at: datetime, waits: bool) -> None:
    """Unfinished is what waits for a decision, lies ahead, or still lacks its invoice."""
    assert is_waiting(record, Books.of([record]), at) is waits


def test_years_begin_at_the_end_of_the_year() -> None:
    """An invoice of any day of a year is kept until its years after that year's last day, or its payment's."""
    given, price = Given(NOW, Random(1), RULES), Price(Decimal(45), Decimal(45))
    paper, counter = invoice(DONE, price, RULES.resources["kirche"], given, Books())
    books = Books.of([DONE, paper, counter])
    assert kept_until(CODE, books, PRIVACY) == date(2026, 12, 31) + timedelta(days=PRIVACY.invoices_days)
    later = Payment("p", CODE, Decimal(45), datetime(2027, 1, 2, tzinfo=BERLIN), "office")
    assert kept_until(CODE, books.after([later]), PRIVACY) == date(2027, 12, 31) + timedelta(days=PRIVACY.invoices_days)
    assert to_forget(books, WHO, ()).is_empty


def test_a_young_booking_keeps_its_old_letter() -> None:
    """A letter about a booking that is kept does not go before it, however old; one about nothing goes in time."""
    long_after = NOW + timedelta(days=PRIVACY.forget_after_days + 10)
    young = replace(DONE, received_at=long_after, decided_at=long_after)
    books = Books.of([young, *letter(1, CODE), *letter(2), *letter(3, at=long_after)])
    assert outdated(books, PRIVACY, long_after, {"d1", "d2", "d3"}, ()).digests == {"d2"}
    assert outdated(books, PRIVACY, long_after, {"d1", "d3"}, ()).is_empty, "what does not lie here needs no erasing"


def test_invoice_numbers_read_backwards() -> None:
    """A number tells its series and how far it came, the highest counts; the pattern is that of rules.yaml."""
    numbers = ["SK-2026-00007", "SK-2026-00057", "SK-2027-00001", "PROBE-SK-2026-00003", "turcodes-kirche", "SK-26-1"]
    pattern = "SK-{year}-{n:05d}"
    assert {counter.name: counter.value for counter in counters(numbers, RULES)} == {
        f"invoice//{pattern}/2026": 57,
        f"invoice//{pattern}/2027": 1,
        f"invoice/PROBE/{pattern}/2026": 3,
    }


def test_discounts_go_with_their_customer_and_in_time() -> None:
    """A discount given by mail names its customer: it goes with him, and when it has been over long enough."""
    theirs = MailedDiscount("x1", WHO, Decimal(20), NOW.date(), NOW.date(), NOW, "office")
    others = replace(theirs, id="x2", customer="otto@kunde.example", until=None)
    books = Books.of([theirs, others])
    plan = to_forget(books, WHO, ())
    assert books.after(changes(books, plan)).discounts() == [others]
    long_after = NOW + timedelta(days=PRIVACY.forget_after_days + 2)
    assert outdated(books, PRIVACY, long_after, (), ()).discounts == {"x1"}
