"""Discounts by mail: what is kept, what it changes, what the office is shown, and what is refused."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from decide_story import (
    CODE,
    DEPUTY,
    DESK,
    LATER,
    NOW,
    OFFICE,
    OTHER_OFFICE,
    RULES,
    SABINE,
    SOURCE,
    STAY,
    World,
    booking,
    kinds,
    matter,
    notice,
    only,
)

from mailbot.model.booking import Booking, State, Stay
from mailbot.model.decisions import Decision
from mailbot.model.digest_events import ItemsAnswered
from mailbot.model.digests import Digest
from mailbot.model.discount_events import DiscountEnded, DiscountGiven, DiscountsAsked
from mailbot.model.events import Approved, BookingRequested, Event
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.money import MailedDiscount
from mailbot.model.people import CLOCK, Actor
from mailbot.model.rules import Discount
from mailbot.model.talk_events import UndoEnded

MAY = date(2027, 5, 31)
DAUER = "dauer@verein.example"
DIGEST = Matter(MatterKind.DIGEST, "office/1")
IN_RULES = (Discount(SABINE.email, Decimal(10), reason="Verein"),)
LIST = Decimal("45.00")


def given(percent: object = 20, **more: object) -> DiscountGiven:
    about = more.pop("matter", matter())
    return DiscountGiven(about, 1, percent=Decimal(str(percent)), **more)  # type: ignore[arg-type]  # its own fields


def asked(**fields: object) -> Booking:
    return booking(**{"price": LIST, "list_price": LIST, **fields})  # type: ignore[arg-type]  # a booking's fields


def price(world: World, code: str = CODE) -> Decimal | None:
    found = world.books.booking(code)
    assert found
    return found.price


def did(decision: Decision) -> tuple[str, ...]:
    done = [mail for mail in decision.mails if mail.kind == "office/done"]
    lines = done[0].facts["did"]
    assert isinstance(lines, tuple)
    return lines


def kept(world: World) -> list[tuple[Decimal, date, date | None]]:
    return [(d.percent, d.since, d.until) for d in world.books.discounts()]


def test_a_discount_is_kept_and_shown() -> None:
    """What is asked gets its new price, what is confirmed or after the end keeps its own; the office sees all."""
    later = asked(code="LATER", stay=LATER)
    summer = Stay("kirche", STAY.start + timedelta(days=200), STAY.end + timedelta(days=200))
    billed = booking(State.CONFIRMED, code="BILLED", stay=LATER, invoice="SK-2026-00007")
    world = World.of(asked(), later, asked(code="SUMMER", stay=summer, state=State.HELD), billed)
    decision = world.tell(OFFICE, given(until=MAY))
    done = only(decision, "office/done")
    assert done.facts["said"] == "20 % Rabatt ab 23.11.2026 bis 31.05.2027 für Sabine Müller (sabine@kunde.example)"
    assert did(decision) == (
        "Am Sa 28.11.2026, 19:30–20:30 Uhr (QNBZAQPTAITT): 36,00 € statt 45,00 €.",
        "Am Sa 05.12.2026, 18:00–19:00 Uhr (LATER): 36,00 € statt 45,00 €.",
        "Am Mi 16.06.2027, 19:30–20:30 Uhr (SUMMER): unverändert 45,00 €.",
        "Am Sa 05.12.2026, 18:00–19:00 Uhr (BILLED): bleibt bei 45,00 €,"
        " denn die Rechnung SK-2026-00007 ist geschrieben.",
    )
    assert [price(world, code) for code in (CODE, "LATER", "SUMMER", "BILLED")] == [36, 36, 45, 45]
    assert kept(world) == [(Decimal(20), NOW.date(), MAY)]
    assert world.books.history(CODE)[-1].line == f"{done.facts['said']}."
    assert [line.line for line in world.books.history("LATER")] == [f"{done.facts['said']}."]
    assert world.books.history("BILLED") == []


def test_the_next_notice_is_priced_with_it_and_says_why() -> None:
    """The review and the office/done of the `ok` name the discount, until when and since when; the invoice shows it."""
    world = World()
    world.tell(OFFICE, given(matter=DIGEST, customer=SABINE.email.upper(), until=MAY))
    review = only(world.tell(SOURCE, BookingRequested(notice())), "office/review")
    terms = "bis 31.05.2027, vom Büro am 23.11.2026"
    shown = review.facts["price"]
    assert (shown.asked, shown.discount_terms) == (Decimal("36.00"), terms)  # type: ignore[attr-defined]  # a price
    decision = world.tell(OFFICE, Approved(matter(), 1))
    assert f"Berechnet sind 36,00 € statt 45,00 €: 20 % Rabatt {terms}." in did(decision)
    (paper,) = world.books.invoices_of(CODE)
    assert (paper.list_price, paper.discount_percent, paper.gross) == (LIST, Decimal(20), Decimal("36.00"))


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, STAY.day, 36),
        (None, STAY.day - timedelta(days=1), 45),
        (STAY.day, None, 36),
        (STAY.day + timedelta(days=1), None, 45),
    ],
)
def test_both_days_are_included(since: date | None, until: date | None, expected: int) -> None:
    """A discount counts for stays from its first to its last day, and for none before or after."""
    world = World.of(asked())
    world.tell(OFFICE, given(since=since, until=until))
    assert price(world) == expected


def test_the_best_one_counts() -> None:
    """Discounts of rules.yaml and of mails never add up, and the office is told of the other; `ok rabatt` beats all."""
    world = World.of(asked())
    world.rules = replace(RULES, discounts=IN_RULES)
    decision = world.tell(OFFICE, given(20, until=MAY))
    assert did(decision)[0] == (
        "Daneben gilt: 10 % Rabatt für Verein, aus rules.yaml. Es zählt immer nur der beste Rabatt."
    )
    assert price(world) == 36
    assert "unverändert 36,00 €" in did(world.tell(OFFICE, given(15)))[-1]
    assert price(world) == 36
    world.tell(OFFICE, Approved(matter(), 1, discount=Decimal(5)))
    assert price(world) == Decimal("42.75")


def test_one_with_the_same_end_takes_its_place() -> None:
    """A slip is mended by the right number; one that begins later lets the older last until then."""
    world = World.of(asked())
    world.tell(OFFICE, given(50, until=MAY))
    decision = world.tell(OFFICE, given(5, until=MAY))
    assert did(decision)[0] == "Nicht mehr gilt: 50 % Rabatt bis 31.05.2027, vom Büro am 23.11.2026."
    assert (kept(world), price(world)) == ([(Decimal(5), NOW.date(), MAY)], Decimal("42.75"))
    first = date(2026, 12, 1)
    decision = world.tell(OFFICE, given(30, since=first, until=MAY))
    assert did(decision)[0].startswith("Nur noch bis 30.11.2026 gilt: 5 % Rabatt")
    assert sorted(kept(world)) == [(Decimal(5), NOW.date(), first - timedelta(days=1)), (Decimal(30), first, MAY)]


def test_an_ended_discount_counts_no_more() -> None:
    """`rabatt 0%` ends what came by mail from today on, prices anew and names what rules.yaml still has."""
    world = World.of(asked())
    world.rules = replace(RULES, discounts=IN_RULES)
    world.tell(OFFICE, given())
    world.now += timedelta(days=2)
    decision = world.tell(DEPUTY, DiscountEnded(matter(), 1))
    assert did(decision) == (
        "Nur noch bis 24.11.2026 gilt: 20 % Rabatt vom Büro am 23.11.2026.",
        "Es bleibt: 10 % Rabatt für Verein, aus rules.yaml.",
        "Am Sa 28.11.2026, 19:30–20:30 Uhr (QNBZAQPTAITT): 40,50 € statt 36,00 €.",
    )
    assert [mail.reader.address for mail in decision.mails] == [DEPUTY.address, OFFICE.address]
    assert price(world) == Decimal("40.50")
    refused = only(world.tell(OFFICE, DiscountEnded(matter(), 1)), "office/refused")
    assert "gilt kein Rabatt, den das Büro per Mail gegeben hat. Es bleibt: 10 %" in str(refused.facts["why"])


REFUSED: dict[str, tuple[Actor, Event, str]] = {
    "over 100": (OFFICE, given(120), "geht bis 100 %"),
    "negative": (OFFICE, given(-5), "über 0 %"),
    "over": (OFFICE, given(until=NOW.date() - timedelta(days=1)), "Das Ende (22.11.2026) ist schon vorbei."),
    "backwards": (OFFICE, given(since=MAY, until=date(2027, 5, 1)), "liegt vor dem Beginn (31.05.2027)"),
    "no address": (OFFICE, given(customer="dauer@verein"), "„dauer@verein“ ist keine Adresse."),
    "no booking": (OFFICE, given(matter=DIGEST), "Nennen Sie bitte die Adresse des Kunden."),
    "ended, no address": (OFFICE, DiscountEnded(matter(), 1, customer="dauer"), "keine Adresse"),
    "another office": (OTHER_OFFICE, given(), "Über diese Buchung entscheidet Büro Krümpel."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_changes_nothing(case: str) -> None:
    """The person is told why, and what would work, except where nothing would."""
    by, event, why = REFUSED[case]
    world = World.of(asked())
    decision = world.tell(by, event)
    refused = only(decision, "office/refused")
    assert (decision.changes, why in str(refused.facts["why"])) == ((), True), refused.facts["why"]
    works = refused.facts["works"]
    assert isinstance(works, tuple)
    assert any("rabatt" in answer for answer, _ in works) == (by is OFFICE)


@pytest.mark.parametrize("event", [given(), DiscountEnded(matter(), 1), DiscountsAsked(matter(), 1)])
def test_the_desk_has_no_say_in_discounts(event: Event) -> None:
    """The desk gives, ends and sees none."""
    world = World.of(asked())
    decision = world.tell(DESK, event)
    assert (decision.changes, kinds(decision)) == ((), ["desk/refused"])


def test_a_customer_to_come_may_have_one() -> None:
    """An address that no booking has is fine: the office hears so, and no history keeps the address."""
    world = World()
    decision = world.tell(OFFICE, given(matter=DIGEST, customer=DAUER))
    assert did(decision) == ("Noch hat keine Buchung diese Adresse; es zählt, sobald eine kommt.",)
    assert only(decision, "office/done").facts["booking"] is None
    assert [DAUER in line for _, line in decision.notes] == [False]
    assert kept(world) == [(Decimal(20), NOW.date(), None)]


def test_an_old_mail_will_do_and_every_resource_counts() -> None:
    """It decides nothing of a round, and belongs to the customer wherever he books."""
    hall = Stay("halle", LATER.start, LATER.end)
    world = World.of(asked(round=3), asked(code="HALL", stay=hall))
    world.tell(OFFICE, given())
    assert [price(world), price(world, "HALL")] == [36, 36]


def test_a_number_of_the_digest_may_get_a_discount() -> None:
    """`1 rabatt 20%, …` is done beside the other numbers and told in the one office/done."""
    world = World.of(asked(), Digest("office/1", "office", NOW, ((CODE, 1),)))
    items = ItemsAnswered(DIGEST, 1, items=((1, given(matter=DIGEST)),), notes=())
    done = only(world.tell(OFFICE, items), "office/done")
    items_told = done.facts["items"]
    assert isinstance(items_told, tuple)
    assert [(item.is_done, item.said[:11]) for item in items_told] == [(True, "20 % Rabatt")]
    assert price(world) == 36


def test_the_list_names_what_counts_now_or_later() -> None:
    """`rabatt` shows rules.yaml's and the mailed ones by customer, without those that ended."""
    ended = MailedDiscount("e", SABINE.email, Decimal(40), date(2026, 1, 1), date(2026, 11, 22), NOW, str(OFFICE))
    world = World.of(ended)
    world.rules = replace(RULES, discounts=IN_RULES)
    world.tell(OFFICE, given(matter=DIGEST, customer=DAUER, since=date(2026, 12, 1), until=MAY))
    shown = only(world.tell(OFFICE, DiscountsAsked(DIGEST, 1)), "office/discounts")
    assert shown.facts["lines"] == (
        (DAUER, "20 % Rabatt ab 01.12.2026 bis 31.05.2027, vom Büro am 23.11.2026"),
        (SABINE.email, "10 % Rabatt für Verein, aus rules.yaml"),
    )


def test_a_discount_waits_for_no_undo() -> None:
    """Like a note or a payment it counts at once; an `ok` that still waits is priced with it when its time is over."""
    undo = timedelta(minutes=10)
    world = World.of(asked())
    world.rules = replace(RULES, schedule=replace(RULES.schedule, undo=undo))
    world.tell(OFFICE, Approved(matter(), 1))
    world.tell(OFFICE, given())
    assert price(world) == 36
    world.now += undo
    world.tell(CLOCK, UndoEnded(CODE))
    (paper,) = world.books.invoices_of(CODE)
    assert paper.gross == Decimal("36.00")
