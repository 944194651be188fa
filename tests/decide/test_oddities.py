"""What the review points out: one friendly sentence for each oddity, and a switch for each."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from decide_story import BERLIN, LATER, NOW, PAST, RULES, SABINE, STAY, World, booking, notice

from mailbot.decide.oddities import IN_SHORT, ODDITIES, Sight, odd_words, oddities
from mailbot.model.booking import Booking, State, Stay
from mailbot.model.books import Books
from mailbot.model.decisions import Given
from mailbot.model.events import Notice
from mailbot.model.money import Invoice, InvoiceKind, Payment, Price
from mailbot.model.records import Change
from mailbot.model.rules import Hours

PRICE = Price(Decimal(45), Decimal(45))


def _sight(seen: Booking, *others: Booking, said: Notice | None = None, price: Price | None = PRICE) -> Sight:
    world = World.of(seen, *others)
    return Sight(world.books, world.given, seen, price, said)


def _at(day: int, month: int, hour: int, minutes: int = 60) -> Stay:
    start = datetime(2027 if month < 9 else 2026, month, day, hour, tzinfo=BERLIN)
    return Stay("kirche", start, start + timedelta(minutes=minutes))


def _other(state: State = State.REQUESTED, **fields: object) -> Booking:
    return booking(state, code="ANDERE", source_reference="ANDERE", **fields)


def _phone(number: str | None) -> Sight:
    return _sight(booking(customer=replace(SABINE, phone=number)))


def _address(street: str | None, city: str | None) -> Sight:
    return _sight(booking(customer=replace(SABINE, street=street, city=city)))


def _with(record: Change, sight: Sight) -> Sight:
    return replace(sight, books=sight.books.after([record]))


def _invoice(due_on: date = date(2026, 11, 22)) -> Invoice:
    money = Decimal("45.00")
    day, time_of = NOW.date(), PAST.start
    named = ("SK-2026-00007", InvoiceKind.INVOICE, "ANDERE", "kirche", day, due_on, time_of, PAST.end, ("S",))
    return Invoice(*named, gross=money, net=money, vat=Decimal(0), vat_percent=Decimal(0), list_price=money)


ODD: Mapping[str, tuple[Sight, str]] = {
    "past": (
        _sight(booking(stay=PAST)),
        "Der Termin ist schon vorbei; ein „ok“ schickt nur noch die Rechnung.",
    ),
    "short_notice": (
        _sight(booking(short_notice=True)),
        "Der Termin ist sehr bald; der Kunde wurde gebeten anzurufen.",
    ),
    "clash": (
        _sight(booking(), _other(State.CONFIRMED)),
        "Überschneidet sich mit ANDERE (Sabine Müller, Sa 28.11.2026, 19:30–20:30 Uhr); ist schon bestätigt.",
    ),
    "code": (
        Sight(Books(), Given(NOW, World().dice, RULES), booking(), PRICE),
        "Für Sa 28.11.2026 ist kein Code hinterlegt; so lange geht ein „ok“ nicht.",
    ),
    "price": (
        _sight(booking(), price=None),
        "Für diese Zeit steht kein Preis in der Preisliste; mit „ok preis 45“ geht es.",
    ),
    "season": (
        _sight(booking(stay=_at(5, 6, 19))),
        "Außerhalb der Saison (15.09.2026 bis 31.05.2027).",
    ),
    "hours": (_sight(booking(stay=_at(28, 11, 9))), "Außerhalb der Öffnungszeit (10:00–22:00)."),
    "assumed_end": (
        _sight(booking(assumed_end=True)),
        "Es war kein Ende angegeben; angenommen sind 60 Minuten.",
    ),
    "second": (
        _sight(booking(), said=notice(second=(("phone", "0171\n999"),))),
        "Nach der Bemerkung steht noch etwas anderes, das nicht verwendet wird (Telefon: 0171 999).",
    ),
    "phone": (_phone("12"), "Die Telefonnummer wirkt ungewöhnlich (12)."),
    "email": (
        _sight(booking(customer=replace(SABINE, email="sabine@kunde"))),
        "Die E-Mail-Adresse wirkt ungewöhnlich (sabine@kunde).",
    ),
    "several": (
        _sight(booking(), _other(stay=LATER)),
        "Von derselben Person sind noch weitere Anfragen offen: ANDERE.",
    ),
    "unpaid": (
        _with(_invoice(), _sight(booking(), _other(State.CONFIRMED, stay=PAST, invoice="SK-2026-00007"))),
        "Von derselben Person ist noch nicht bezahlt: ANDERE.",
    ),
    "twice": (
        _sight(booking(), _other(stay=_at(28, 11, 12), customer=replace(SABINE, email="sabine@woanders.example"))),
        "Dieselbe Person hat an dem Tag schon gebucht: ANDERE (Sa 28.11.2026, 12:00–13:00 Uhr).",
    ),
    "address": (_address("Markt", "Steinfurt"), "Die Anschrift wirkt unvollständig (Straße: Markt, Ort: Steinfurt)."),
    "moved_often": (_sight(booking(moves=3)), "Die Buchung wurde schon 3-mal verschoben."),
}


def test_a_plain_request_has_nothing_odd() -> None:
    """No sentence without a reason."""
    assert oddities(_sight(booking())) == ()


def test_every_oddity_has_a_word_for_the_digest() -> None:
    """Each can be said in short; what is switched off is not."""
    assert set(IN_SHORT) == set(ODDITIES)
    sight, _ = ODD["season"]
    assert "außerhalb der Saison" in odd_words(sight)
    quiet = replace(sight, given=replace(sight.given, rules=replace(RULES, oddities={"season": False})))
    assert "außerhalb der Saison" not in odd_words(quiet)


@pytest.mark.parametrize("street", ["Am Markt 3", "Kirchstr.3a", "Ölmühle 12"])
@pytest.mark.parametrize("city", ["48565 Steinfurt", "NL-7511 AA Enschede", "A-1010 Wien"])
def test_usual_addresses_are_not_odd(street: str, city: str) -> None:
    """A house number and a postcode are enough; no address at all is no oddity."""
    assert oddities(_address(street, city)) == ()
    assert oddities(_address(None, None)) == ()


def test_what_may_still_be_paid_in_time_is_not_odd() -> None:
    """Only an overdue invoice counts, and only while it is not paid."""
    sight = _sight(booking(), _other(State.CONFIRMED, stay=PAST, invoice="SK-2026-00007"))
    assert oddities(_with(_invoice(due_on=NOW.date()), sight)) == ()
    paid = Payment("p", "ANDERE", Decimal("45.00"), NOW, "office")
    assert oddities(_with(paid, _with(_invoice(), sight))) == ()


def test_namesakes_on_another_day_are_not_booked_twice() -> None:
    """The same day counts, and only what is asked for or confirmed."""
    elsewhere = replace(SABINE, email="sabine@woanders.example")
    for other in (_other(stay=LATER, customer=elsewhere), _other(State.REJECTED, stay=_at(28, 11, 12))):
        assert oddities(_sight(booking(), other)) == ()


def test_every_oddity_has_its_example() -> None:
    """None of them is untold."""
    assert set(ODD) == set(ODDITIES)


@pytest.mark.parametrize("name", ODD)
def test_an_oddity_is_said_in_one_sentence(name: str) -> None:
    """Each oddity says what is odd, in German."""
    sight, sentence = ODD[name]
    assert sentence in oddities(sight)


@pytest.mark.parametrize("name", ODD)
def test_an_oddity_can_be_switched_off(name: str) -> None:
    """`oddities: {name: false}` in rules.yaml silences that one."""
    sight, sentence = ODD[name]
    quiet = replace(sight, given=replace(sight.given, rules=replace(RULES, oddities={name: False})))
    assert sentence not in oddities(quiet)


@pytest.mark.parametrize("number", ["0171 / 23 45 678", "+49 (2557) 99-99", "02557/1234567"])
def test_usual_phone_numbers_are_not_odd(number: str) -> None:
    """However people write them."""
    assert oddities(_phone(number)) == ()


@pytest.mark.parametrize("number", [None, "0000000000", "ruf mich an 01712345678", "0171234567890123456"])
def test_unusual_phone_numbers_are_odd(number: str | None) -> None:
    """None at all, one digit only, with words, or too long."""
    assert len(oddities(_phone(number))) == 1


@pytest.mark.parametrize(
    ("stay", "is_odd"),
    [(_at(28, 11, 21), False), (_at(28, 11, 21, 61), True), (_at(23, 11, 13), True), (_at(23, 11, 14), False)],
)
def test_opening_hours_count_to_their_last_minute(stay: Stay, is_odd: bool) -> None:
    """A stay may begin with the opening and end with the closing, not a minute more."""
    sight = _sight(booking(stay=stay))
    sight = replace(sight, given=replace(sight.given, now=NOW - timedelta(days=7)))
    assert bool(oddities(sight)) is is_odd


def test_midnight_is_inside_hours_that_end_at_24() -> None:
    """An opening until 24:00 lets a stay end at midnight."""
    church = RULES.resources["kirche"]
    spans = tuple(((span[0], time.max),) for (span,) in church.open.spans)
    rules = replace(RULES, resources={"kirche": replace(church, open=Hours(spans))})
    sight = _sight(booking(stay=_at(28, 11, 23)))
    assert oddities(replace(sight, given=replace(sight.given, rules=rules))) == ()


def test_who_came_first_is_said() -> None:
    """Two open requests for one time: the review says which one came first."""
    earlier = _sight(booking(), _other(received_at=NOW - timedelta(days=3)))
    later = _sight(booking(), _other(received_at=NOW))
    assert "kam zuerst" in " ".join(oddities(earlier))
    assert "kam später" in " ".join(oddities(later))


def test_no_code_is_missed_for_a_stay_that_is_over() -> None:
    """After the stay no code is needed, so none is asked for."""
    sight = replace(_sight(booking(stay=PAST)), books=Books())
    assert not any("Code" in sentence for sentence in oddities(sight))


def test_a_stay_that_runs_is_said_to_run() -> None:
    """A request for a time that has begun."""
    sight = _sight(booking())
    running = replace(sight, given=replace(sight.given, now=STAY.start + timedelta(minutes=5)))
    assert "Der Termin hat schon begonnen." in oddities(running)
