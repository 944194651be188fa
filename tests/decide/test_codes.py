"""Door codes: never easy, never twice, never told in an error; booking codes that survive typing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from mailbot.decide.codes import (
    ALPHABET,
    check_symbol,
    checked_import,
    code_for,
    gaps,
    generate,
    new_booking_code,
)
from mailbot.decide.trivial import is_date, is_pattern
from mailbot.errors import AskHumanError
from mailbot.model.booking import Booking, Customer, State, Stay
from mailbot.model.books import Books
from mailbot.model.codes import DoorCode
from mailbot.model.rules import (
    CodeRules,
    Hours,
    MailboxRules,
    Payment,
    PriceLine,
    Resource,
    Rules,
    Site,
    SmtpRules,
    Trust,
)

BERLIN = ZoneInfo("Europe/Berlin")
SEASON = CodeRules(date(2026, 9, 15), date(2027, 5, 31))
DAYS = 259
OPEN = Hours((((time(14), time(22)),),) * 5 + (((time(10), time.max),),) * 2)
PRICES = (PriceLine((0,), time(0), time.max, Decimal(45)),)
KIRCHE = Resource("kirche", "Kirche", "Weg 1", "office", Payment("H", "I", "I", "T"), SEASON, PRICES, open=OPEN)
PER_SLOT = replace(KIRCHE, key="halle", door_codes=replace(SEASON, per_slot=True, season_to=date(2026, 9, 20)))


def rules(*resources: Resource) -> Rules:
    mailbox, smtp = MailboxRules("localhost", "m"), SmtpRules("localhost", "Halle", "m@halle.example")
    return Rules(Site("H", "b@h.example"), mailbox, smtp, Trust("mx"), {}, {r.key: r for r in resources}, {}, {})


def stay(start: str) -> Stay:
    begin = datetime.fromisoformat(start).replace(tzinfo=BERLIN)
    return Stay("kirche", begin, begin + timedelta(hours=1))


def booking(code: str) -> Booking:
    at = datetime(2026, 11, 23, tzinfo=BERLIN)
    return Booking(code, State.REQUESTED, stay("2026-11-28T19:00"), Customer("Kim", "k@k.example"), at)


@for_all(seed=st.integers(), digits=st.integers(4, 8))
def test_a_generated_season_is_whole_and_hard_to_guess(seed: int, digits: int) -> None:
    """One code a day, keypad digits only, none twice, none easy, in any season of any dice."""
    season = replace(SEASON, digits=digits, season_to=date(2026, 10, 31))
    made = generate(Books(), rules(replace(KIRCHE, door_codes=season)), Random(seed))
    codes = [code.code for code in made]
    assert [code.day for code in made] == [season.season_from + timedelta(days=n) for n in range(47)]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == digits and set(code) <= set("0123456789") for code in codes)
    assert not any(is_pattern(code) or is_date(code, range(1900, 2100)) for code in codes)
    assert all(code.slot is None for code in made)


def test_a_code_per_slot_covers_the_opening_hours() -> None:
    """Each slot inside the opening hours has a code, up to midnight; closed hours have none."""
    made = generate(Books(), rules(PER_SLOT), Random(1))
    tuesday = [code.slot for code in made if code.day == date(2026, 9, 15)]
    saturday = [code.slot for code in made if code.day == date(2026, 9, 19)]
    assert tuesday == [f"{hour}:00" for hour in range(14, 22)]
    assert saturday == [f"{hour}:00" for hour in range(10, 24)]
    assert len({code.code for code in made}) == len(made)


def test_only_a_resource_without_codes_is_given_some() -> None:
    """What exists is never overwritten; a second time there is nothing to make."""
    both = rules(KIRCHE, PER_SLOT)
    first = DoorCode("kirche", date(2026, 9, 15), None, "482913")
    made = generate(Books.of([first]), both, Random(1))
    assert {code.resource for code in made} == {"halle"}
    assert generate(Books.of([first, *made]), both, Random(1)) == []


def test_last_seasons_codes_do_not_stand_in_the_way() -> None:
    """Codes of days outside the season are another season's."""
    old = DoorCode("kirche", date(2026, 5, 1), None, "482913")
    assert len(generate(Books.of([old]), rules(KIRCHE), Random(1))) == DAYS


def test_too_few_digits_for_the_season_are_refused() -> None:
    """At least half of all codes stay unused; else a person is told to take more digits."""
    long = replace(PER_SLOT, slot=timedelta(minutes=5), door_codes=replace(PER_SLOT.door_codes, digits=3))
    with pytest.raises(AskHumanError, match=r"resources\.halle: \d+ codes are needed, too many for 3 digits"):
        generate(Books(), rules(long), Random(1))


def test_a_door_code_is_never_a_booking_code() -> None:
    """A reference of digits alone, should one ever get in, is not given out for a door."""
    short = replace(KIRCHE, door_codes=CodeRules(date(2026, 9, 15), date(2026, 9, 15), digits=4))
    (first,) = generate(Books(), rules(short), Random(1))
    (second,) = generate(Books.of([booking(first.code)]), rules(short), Random(1))
    assert first.code != second.code


def test_gaps_are_the_days_without_a_code() -> None:
    """A season made at once has none; a day taken out is named."""
    made = generate(Books(), rules(KIRCHE, PER_SLOT), Random(1))
    assert gaps(Books.of(made), rules(KIRCHE, PER_SLOT)) == []
    left = [code for code in made if code.key not in ("kirche/2026-12-06/", "halle/2026-09-16/15:00")]
    assert gaps(Books.of(left), rules(KIRCHE, PER_SLOT)) == [
        ("kirche", date(2026, 12, 6), None),
        ("halle", date(2026, 9, 16), "15:00"),
    ]
    assert len(gaps(Books(), rules(KIRCHE))) == DAYS


@pytest.mark.parametrize(
    ("start", "key"),
    [
        ("2026-09-15T19:00", "halle/2026-09-15/19:00"),
        ("2026-09-15T19:59", "halle/2026-09-15/19:00"),
        ("2026-09-15T14:00", "halle/2026-09-15/14:00"),
        ("2026-09-15T13:59", None),
        ("2026-09-15T22:00", None),
        ("2026-09-19T23:30", "halle/2026-09-19/23:00"),
        ("2026-09-21T19:00", None),
    ],
)
def test_a_stay_opens_with_the_code_of_the_slot_that_holds_its_start(start: str, key: str | None) -> None:
    """Outside slots and season there is no code."""
    books = Books.of(generate(Books(), rules(PER_SLOT), Random(1)))
    found = code_for(books, PER_SLOT, stay(start))
    assert (found.key if found else None) == key


def test_a_stay_opens_with_the_code_of_the_day_it_starts() -> None:
    """Over midnight the local date of the start counts, opening hours or not."""
    books = Books.of(generate(Books(), rules(KIRCHE), Random(1)))
    for start in ("2026-12-06T00:00", "2026-12-06T23:59"):
        found = code_for(books, KIRCHE, stay(start))
        assert found
        assert found.key == "kirche/2026-12-06/"
    assert code_for(books, KIRCHE, stay("2027-06-01T19:00")) is None


DAY = date(2026, 12, 6)


def test_a_good_list_is_taken_over() -> None:
    """New codes come back as records; what the books know already is no change and no mistake."""
    known = DoorCode("kirche", DAY, None, "482913")
    rows = [("kirche", DAY, None, "482913", 2), ("kirche", date(2026, 12, 7), None, "907261", 3)]
    assert checked_import(rows, Books.of([known]), rules(KIRCHE)) == [
        DoorCode("kirche", date(2026, 12, 7), None, "907261")
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("482913", DAY, None, "kirche", 9), "codes.csv:9: unknown resource, expected kirche or halle"),
        (
            ("kirche", date(2026, 6, 1), None, "482913", 9),
            "codes.csv:9: 2026-06-01 is outside the season, expected",
        ),
        (("kirche", DAY, "19:00", "482913", 9), "codes.csv:9: found a slot, expected none"),
        (("halle", date(2026, 9, 15), None, "482913", 9), "codes.csv:9: no slot of that day, expected one of 14:00"),
        (("halle", date(2026, 9, 15), "14:30", "482913", 9), "codes.csv:9: no slot of that day, expected one of 14:00"),
        (("kirche", DAY, None, "48291", 9), "codes.csv:9: no code for this keypad, expected exactly 6 digits"),
        (("kirche", DAY, None, "48291a", 9), "codes.csv:9: no code for this keypad, expected exactly 6 digits"),
        (("kirche", DAY, None, "٤٨٢٩١٣", 9), "codes.csv:9: no code for this keypad, expected exactly 6 digits"),
        (("kirche", DAY, None, "123456", 9), "codes.csv:9: a code too easy to guess"),
        (("kirche", DAY, None, "061226", 9), "codes.csv:9: a code too easy to guess"),
        (("kirche", date(2026, 11, 1), None, "482914", 9), "codes.csv:9: 2026-11-01 has another code already"),
        (("kirche", DAY, None, "482913", 9), "codes.csv:9: the same code as 2026-11-01, expected each once"),
        (
            ("kirche", date(2026, 12, 24), None, "482914", 9),
            "codes.csv:9: 2026-12-24 again, expected it once",
        ),
        (("kirche", DAY, None, "907261", 9), "codes.csv:9: the same code as line 1, expected each once"),
    ],
)
def test_a_bad_line_is_told_without_its_code(row: tuple[str, date, str | None, str, int], told: str) -> None:
    """File, line, what is wrong and what was expected; never the code, not even from a swapped column."""
    books = Books.of([DoorCode("kirche", date(2026, 11, 1), None, "482913")])
    good = ("kirche", date(2026, 12, 24), None, "907261", 1)
    with pytest.raises(AskHumanError) as asked:
        checked_import([good, row], books, rules(KIRCHE, PER_SLOT), "codes.csv")
    assert any(line.startswith(told) for line in str(asked.value).splitlines()), str(asked.value)
    assert not any(
        secret in str(asked.value) for secret in ("482913", "482914", "907261", "123456", "48291a", "061226")
    )


def test_all_bad_lines_are_told_at_once_and_nothing_is_taken() -> None:
    """The good lines of a bad list are not taken over."""
    rows = [
        ("kirche", date(2026, 12, n), None, code, n) for n, code in ((1, "482913"), (2, "1"), (3, "482913"), (4, "0"))
    ]
    with pytest.raises(AskHumanError) as asked:
        checked_import(rows, Books(), rules(KIRCHE), "f.csv")
    assert [line.split(":")[1] for line in str(asked.value).splitlines()] == ["2", "3", "4"]


def test_an_empty_list_is_a_mistake() -> None:
    """A file without rows is not taken for a season."""
    with pytest.raises(AskHumanError, match="no codes found"):
        checked_import([], Books(), rules(KIRCHE), "f.csv")


def test_a_list_may_hold_dates_of_other_years() -> None:
    """A list from the lock's maker is full of chance dates; only those of the season's years are too easy."""
    rows = [("kirche", DAY, None, "240688", 1)]
    assert checked_import(rows, Books(), rules(KIRCHE))[0].code == "240688"
    with pytest.raises(AskHumanError, match="line 1: a code too easy"):
        checked_import([("kirche", DAY, None, "240627", 1)], Books(), rules(KIRCHE))


@for_all(seed=st.integers())
def test_what_was_generated_can_be_taken_over(seed: int) -> None:
    """An export of one house is a good list for another with the same rules."""
    made = generate(Books(), rules(PER_SLOT), Random(seed))
    rows = [(code.resource, code.day, code.slot, code.code, n) for n, code in enumerate(made, 2)]
    assert checked_import(rows, Books(), rules(PER_SLOT)) == made
    assert checked_import(rows, Books.of(made), rules(PER_SLOT)) == []


@for_all(seed=st.integers(), place=st.integers(0, 11), symbol=st.sampled_from(ALPHABET))
def test_a_slip_in_a_booking_code_is_seen(seed: int, place: int, symbol: str) -> None:
    """Any single wrong symbol, and any two neighbours swapped, break the check symbol."""
    code = new_booking_code(Books(), Random(seed))
    assert len(code) == 12
    assert set(code) <= set(ALPHABET)
    assert code[0].isalpha()
    assert _holds(code)
    slip = code[:place] + symbol + code[place + 1 :]
    assert _holds(slip) is (slip == code)
    swapped = code[: place - 1] + code[place] + code[place - 1] + code[place + 1 :] if place else code
    assert _holds(swapped) is (swapped == code)


def _holds(code: str) -> bool:
    return check_symbol(code[:-1]) == code[-1]


def test_a_booking_code_keeps_its_distance() -> None:
    """A code one or two symbols from an issued one is drawn again."""
    first = new_booking_code(Books(), Random(7))
    near = "A" if first[3] != "A" else "B"
    for taken in (first, first[:3] + near + first[4:], first[:3] + near + first[4:-1] + "2"):
        other = new_booking_code(Books.of([booking(taken)]), Random(7))
        assert sum(a != b for a, b in zip(taken, other, strict=True)) >= 3


def test_booking_codes_and_door_codes_never_look_alike() -> None:
    """Over a whole season of codes and a thousand bookings none of one kind could be one of the other."""
    dice = Random(1)
    doors: Sequence[str] = [code.code for code in generate(Books(), rules(KIRCHE), dice)]
    assert not any(new_booking_code(Books(), dice).isdigit() for _ in range(1000))
    assert all(door.isdigit() for door in doors)
