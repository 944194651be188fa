"""Billing: what a stay costs to the cent, and invoices whose numbers never come twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from mailbot.decide.billing import cancellation, has_to_wait, invoice, list_price, price, vat_percent
from mailbot.errors import AskHumanError
from mailbot.model.booking import Booking, Customer, State, Stay
from mailbot.model.books import Books
from mailbot.model.decisions import Given
from mailbot.model.money import Invoice, InvoiceKind, Price
from mailbot.model.rules import (
    CodeRules,
    Discount,
    MailboxRules,
    Payment,
    PriceLine,
    Resource,
    Rules,
    Site,
    SmtpRules,
    Trust,
    VatRate,
)

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = tuple(range(7))
PAYMENT = Payment(
    "Halle GmbH",
    "DE02120300000000202051",
    "Halle GmbH",
    "1/2",
    vat=(VatRate(date.min, Decimal(19)), VatRate(date(2027, 1, 1), Decimal(20))),
    invoice_number="SK-{year}-{n:05d}",
)
CODES = CodeRules(date(2026, 9, 15), date(2027, 5, 31))
CHEAP = PriceLine((0, 1, 2, 3, 4), time(14), time(17), Decimal("30.00"))
FULL = PriceLine(EVERY_DAY, time(0), time.max, Decimal("45.00"))
KIRCHE = Resource("kirche", "Kirche", "Weg 1", "office", PAYMENT, CODES, (CHEAP, FULL))
KIM = Customer("Kim Kunde", "kim@kunde.example", street="Weg 1", city="48493 Wettringen")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def stay(start: str, end: str) -> Stay:
    return Stay("kirche", at(start), at(end))


def given(now: str = "2026-11-23T09:00", rehearsal: str | None = None) -> Given:
    rules = Rules(
        Site("Halle", "buero@halle.example", rehearsal=rehearsal),
        MailboxRules("localhost", "m"),
        SmtpRules("localhost", "Halle", "m@halle.example"),
        Trust("mx"),
        {},
        {"kirche": KIRCHE},
        {},
        {},
    )
    return Given(at(now), Random(1), rules)


BOOKING = Booking(
    "QNBZAQPTAITT", State.CONFIRMED, stay("2026-11-28T19:00", "2026-11-28T20:30"), KIM, at("2026-11-23T09:00")
)


@pytest.mark.parametrize(
    ("start", "end", "gross"),
    [
        ("2026-11-28T19:00", "2026-11-28T20:00", "45.00"),
        ("2026-11-23T14:00", "2026-11-23T17:00", "90.00"),
        ("2026-11-23T16:30", "2026-11-23T17:30", "37.50"),  # half an hour at each rate
        ("2026-11-23T16:59", "2026-11-23T17:01", "1.25"),
        ("2026-11-27T23:30", "2026-11-28T00:30", "45.00"),  # over midnight
        ("2026-11-22T23:00", "2026-11-23T15:00", "705.00"),  # Sunday night to Monday afternoon
        ("2026-11-28T19:00", "2026-11-28T19:20", "15.00"),
        ("2026-11-28T19:00", "2026-11-28T19:01", "0.75"),
        ("2026-10-25T00:00", "2026-10-25T06:00", "315.00"),  # seven real hours
        ("2027-03-28T00:00", "2027-03-28T06:00", "225.00"),  # five
        ("2026-11-28T00:00", "2026-11-29T00:00", "1080.00"),
    ],
)
def test_each_part_of_a_stay_pays_its_own_rate(start: str, end: str, gross: str) -> None:
    """By the minute, across price lines, midnight and the nights of DST."""
    assert list_price(stay(start, end), KIRCHE) == Decimal(gross)


def test_an_edge_in_the_hour_that_comes_twice_counts_both_times() -> None:
    """From 2:30 it costs ten times as much; the clock passes 2:30 twice in autumn, and jumps over it in spring."""
    dear = PriceLine(EVERY_DAY, time(2, 30), time.max, Decimal(60))
    night = replace(KIRCHE, prices=(dear, PriceLine(EVERY_DAY, time(0), time.max, Decimal(6))))
    assert list_price(stay("2026-10-24T01:00", "2026-10-24T04:00"), night) == Decimal("99.00")
    assert list_price(stay("2026-10-25T01:00", "2026-10-25T04:00"), night) == Decimal("132.00")
    assert list_price(stay("2027-03-28T01:00", "2027-03-28T04:00"), night) == Decimal("66.00")


def test_a_minute_without_a_price_line_is_named() -> None:
    """Where no line fits, a person names the price; the message says for when."""
    afternoons = replace(KIRCHE, prices=(CHEAP,))
    with pytest.raises(AskHumanError, match=r"23\.11\.2026, 17:00 Uhr"):
        list_price(stay("2026-11-23T16:00", "2026-11-23T18:00"), afternoons)
    assert price(stay("2026-11-28T19:00", "2026-11-28T20:00"), KIM, afternoons, (), fixed=Decimal(40)) == Price(
        Decimal("40.00"), Decimal("40.00")
    )


@pytest.mark.parametrize("end", ["2026-11-28T19:00", "2026-11-28T18:00", "2027-01-28T19:00", "9999-12-30T00:00"])
def test_a_senseless_length_has_no_price(end: str) -> None:
    """A stay of no time, of negative time, or of months is a person's to price."""
    with pytest.raises(AskHumanError):
        list_price(stay("2026-11-28T19:00", end), KIRCHE)


@for_all(
    start=st.integers(0, 60 * 24 * 365),
    lengths=st.lists(st.integers(1, 600), min_size=2, max_size=4),
    rates=st.lists(st.integers(1, 200), min_size=3, max_size=3),
    edges=st.lists(st.integers(1, 23 * 60), min_size=2, max_size=2, unique=True),
)
def test_the_parts_of_a_stay_add_up_to_the_whole(
    start: int, lengths: Sequence[int], rates: Sequence[int], edges: Sequence[int]
) -> None:
    """Wherever a stay is cut, its parts cost together what it costs as one, but for a cent a part."""
    first, second = (time(edge // 60, edge % 60) for edge in sorted(edges))
    lines = (
        PriceLine((0, 2, 4, 6), time(0), first, Decimal(rates[0])),
        PriceLine(EVERY_DAY, first, second, Decimal(rates[1])),
        PriceLine(EVERY_DAY, time(0), time.max, Decimal(rates[2])),
    )
    resource = replace(KIRCHE, prices=lines)
    moments = [datetime(2026, 9, 1, tzinfo=UTC) + timedelta(minutes=start)]
    for length in lengths:
        moments.append(moments[-1] + timedelta(minutes=length))
    local = [moment.astimezone(BERLIN) for moment in moments]
    parts = sum(list_price(Stay("kirche", a, b), resource) for a, b in pairwise(local))
    whole = list_price(Stay("kirche", local[0], local[-1]), resource)
    assert abs(parts - whole) <= Decimal("0.005") * (len(lengths) + 1)
    assert whole == _by_the_minute(local[0], sum(lengths), resource)


def _by_the_minute(start: datetime, minutes: int, resource: Resource) -> Decimal:
    clocks = [(start.astimezone(UTC) + timedelta(minutes=n)).astimezone(BERLIN) for n in range(minutes)]
    fitting = [
        next(x for x in resource.prices if c.weekday() in x.days and x.start <= c.time() < x.end) for c in clocks
    ]
    return (sum((line.per_hour for line in fitting), Decimal(0)) / 60).quantize(Decimal("0.01"), "ROUND_HALF_UP")


EVENING = stay("2026-11-28T19:00", "2026-11-28T20:00")
TWENTY = Discount("KIM@kunde.example", Decimal(20), date(2026, 9, 15), date(2027, 5, 31), "Dauerbuchung")
TEN = Discount("kim@kunde.example", Decimal(10), reason="Verein")


@pytest.mark.parametrize(
    ("discounts", "own", "expected"),
    [
        ((), {}, Price(Decimal("45.00"), Decimal("45.00"))),
        ((TEN, TWENTY), {}, Price(Decimal("45.00"), Decimal("36.00"), Decimal(20), "Dauerbuchung")),
        (
            (TEN, replace(TWENTY, until=date(2026, 11, 27))),
            {},
            Price(Decimal("45.00"), Decimal("40.50"), Decimal(10), "Verein"),
        ),
        ((replace(TWENTY, since=date(2026, 11, 29)),), {}, Price(Decimal("45.00"), Decimal("45.00"))),
        ((replace(TWENTY, customer="other@kunde.example"),), {}, Price(Decimal("45.00"), Decimal("45.00"))),
        ((TWENTY,), {"percent": Decimal(5)}, Price(Decimal("45.00"), Decimal("42.75"), Decimal(5))),
        ((TWENTY,), {"percent": Decimal(0)}, Price(Decimal("45.00"), Decimal("45.00"))),
        ((TWENTY,), {"fixed": Decimal(40)}, Price(Decimal("45.00"), Decimal("40.00"))),
        ((TWENTY,), {"percent": Decimal("33.33")}, Price(Decimal("45.00"), Decimal("30.00"), Decimal("33.33"))),
        ((), {"percent": Decimal("0.3")}, Price(Decimal("45.00"), Decimal("44.87"), Decimal("0.3"))),  # 44.865
    ],
)
def test_discounts_never_add_up(discounts: tuple[Discount, ...], own: dict[str, Decimal], expected: Price) -> None:
    """The answer's own counts, else the customer's best that is valid on the day of the stay."""
    assert price(EVENING, KIM, KIRCHE, discounts, **own) == expected


def test_the_vat_rate_is_that_of_the_service() -> None:
    """Dated rates change on their day; a small business has none; no rate at all is a person's question."""
    assert [vat_percent(PAYMENT, day) for day in (date(2026, 12, 31), date(2027, 1, 1))] == [Decimal(19), Decimal(20)]
    assert vat_percent(replace(PAYMENT, small_business_from=date(2026, 1, 1)), date(2026, 6, 1)) == 0
    assert vat_percent(replace(PAYMENT, small_business_from=date(2027, 1, 1)), date(2026, 6, 1)) == Decimal(19)
    with pytest.raises(AskHumanError, match=r"01\.06\.2026"):
        vat_percent(replace(PAYMENT, vat=PAYMENT.vat[1:]), date(2026, 6, 1))


def test_an_invoice_says_what_the_law_asks() -> None:
    """Number, dates, time of service, recipient; gross is net and VAT to the cent."""
    asked = price(BOOKING.stay, KIM, KIRCHE, (TWENTY,))
    paper, counter = invoice(BOOKING, asked, KIRCHE, given(), Books())
    assert paper == Invoice(
        number="SK-2026-00001",
        kind=InvoiceKind.INVOICE,
        booking="QNBZAQPTAITT",
        resource="kirche",
        issued_on=date(2026, 11, 23),
        due_on=date(2026, 12, 7),
        served_from=BOOKING.stay.start,
        served_to=BOOKING.stay.end,
        recipient=("Kim Kunde", "Weg 1", "48493 Wettringen"),
        gross=Decimal("54.00"),
        net=Decimal("45.38"),
        vat=Decimal("8.62"),
        vat_percent=Decimal(19),
        list_price=Decimal("67.50"),
        discount_percent=Decimal(20),
    )
    assert (counter.value, counter.name) == (1, "invoice//SK-{year}-{n:05d}/2026")


@for_all(cents=st.integers(0, 10_000_000), rate=st.sampled_from([Decimal(0), Decimal(7), Decimal(19)]))
def test_net_and_vat_are_the_gross(cents: int, rate: Decimal) -> None:
    """VAT is round(gross·rate/(100+rate)), and nothing is lost to rounding."""
    gross = Decimal(cents) / 100
    resource = replace(KIRCHE, payment=replace(PAYMENT, vat=(VatRate(date.min, rate),)))
    paper, _ = invoice(BOOKING, Price(gross, gross), resource, given(), Books())
    assert paper.net + paper.vat == paper.gross == gross
    assert abs(paper.vat - gross * rate / (100 + rate)) <= Decimal("0.005")


def test_a_service_that_ends_at_midnight_is_of_the_day_before() -> None:
    """A stay to the end of the year has the old year's rate; one into the new year has the new."""
    rates = []
    for end in ("2027-01-01T00:00", "2027-01-01T00:01"):
        booking = replace(BOOKING, stay=stay("2026-12-31T22:00", end))
        rates.append(invoice(booking, Price(Decimal(90), Decimal(90)), KIRCHE, given(), Books())[0].vat_percent)
    assert rates == [Decimal(19), Decimal(20)]


def test_numbers_go_on_and_start_again_each_year() -> None:
    """Papers take the next number of their year, cancellations among them; no number comes twice."""
    books, numbers, asked = Books(), [], Price(Decimal(45), Decimal(45))
    for now in ("2026-12-30T09:00", "2026-12-31T23:59", "2027-01-01T00:00"):
        paper, counter = invoice(BOOKING, asked, KIRCHE, given(now), books)
        books = books.after([paper, counter])
        back, counter = cancellation(paper, KIRCHE, given(now), books)
        books = books.after([back, counter])
        numbers += [paper.number, back.number]
    assert numbers == [f"SK-2026-0000{n}" for n in (1, 2, 3, 4)] + ["SK-2027-00001", "SK-2027-00002"]


def test_who_shares_a_pattern_shares_its_numbers() -> None:
    """Two resources with a pattern of their own that is the same never give one number twice."""
    second = replace(KIRCHE, key="second", payment=replace(PAYMENT, due_days=7))
    other = replace(KIRCHE, key="other", payment=replace(PAYMENT, invoice_number="X-{year}-{n}"))
    books, numbers = Books(), []
    for resource in (KIRCHE, second, other, second):
        paper, counter = invoice(BOOKING, Price(Decimal(45), Decimal(45)), resource, given(), books)
        books = books.after([paper, counter])
        numbers.append(paper.number)
    assert numbers == ["SK-2026-00001", "SK-2026-00002", "X-2026-1", "SK-2026-00003"]


def test_a_rehearsal_has_a_series_of_its_own() -> None:
    """Papers of a rehearsal are marked in their number and leave the real series alone; so are their cancellations."""
    asked, rehearsed = Price(Decimal(45), Decimal(45)), given(rehearsal="probe@halle.example")
    paper, counter = invoice(BOOKING, asked, KIRCHE, rehearsed, Books())
    books = Books.of([paper, counter])
    assert (paper.number, paper.series) == ("PROBE-SK-2026-00001", "PROBE")
    assert invoice(BOOKING, asked, KIRCHE, given(), books)[0].number == "SK-2026-00001"
    assert cancellation(paper, KIRCHE, given(), books)[0].number == "PROBE-SK-2026-00002"


def test_a_cancellation_takes_everything_back() -> None:
    """It is a paper of its own with negative amounts that names what it cancels; the invoice stays as it was."""
    paper, counter = invoice(BOOKING, Price(Decimal("67.50"), Decimal("54.00")), KIRCHE, given(), Books())
    back, _ = cancellation(paper, KIRCHE, given("2026-12-01T10:00"), Books.of([paper, counter]))
    assert (back.kind, back.cancels, back.number) == (InvoiceKind.CANCELLATION, paper.number, "SK-2026-00002")
    assert (back.gross, back.net, back.vat, back.list_price) == (
        -paper.gross,
        -paper.net,
        -paper.vat,
        -paper.list_price,
    )
    assert (back.issued_on, back.due_on, back.served_from) == (date(2026, 12, 1), date(2026, 12, 1), paper.served_from)


def test_a_large_invoice_waits_for_an_address() -> None:
    """Up to 250 EUR no postal address is needed (§ 33 UStDV)."""
    homeless = replace(KIM, street=None)
    assert [has_to_wait(homeless, Decimal(gross)) for gross in ("250.00", "250.01")] == [False, True]
    assert not has_to_wait(KIM, Decimal(1000))
