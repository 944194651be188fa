"""Door codes that are too easy to guess: found by rule, and by the calendar."""

from datetime import date

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from mailbot.decide.trivial import is_date, is_pattern


@pytest.mark.parametrize(
    "code",
    [
        "0000",
        "111111",
        "1234",
        "123456",
        "7890",
        "890123",
        "4321",
        "098765",
        "2468",
        "8642",
        "1212",
        "121212",
        "123123",
        "12121",
        "112233",
        "665544",
        "1221",
        "123321",
        "12321",
        "4444",
    ],
)
def test_a_code_that_follows_a_rule_is_too_easy(code: str) -> None:
    """Equal digits, rows up and down, repetitions, pairs in a row and mirrored rows are found."""
    assert is_pattern(code)


@pytest.mark.parametrize("code", ["4829", "482913", "5533117", "907261", "1357902", "122334"])
def test_a_code_without_a_rule_is_taken(code: str) -> None:
    """Chance digits are no pattern."""
    assert not is_pattern(code)


@pytest.mark.parametrize(
    "code",
    [
        "0612",
        "1206",
        "2902",
        "3112",
        "1999",
        "2026",
        "061226",
        "261206",
        "120626",
        "290224",
        "311299",
        "202612",
        "122026",
        "06122026",
        "20261206",
        "12062026",
    ],
)
def test_a_code_that_reads_as_a_date_is_too_easy(code: str) -> None:
    """Day, month and year in any usual order, with two or four digits of the year, or a year alone."""
    assert is_date(code, range(1900, 2100))


@pytest.mark.parametrize("code", ["3013", "0000", "4829", "993141", "482913", "30022026", "1899", "12345"])
def test_what_no_calendar_knows_is_no_date(code: str) -> None:
    """A thirteenth month, a 30 February and a year out of range are none."""
    assert not is_date(code, range(1900, 2100))


@for_all(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["%d%m", "%d%m%y", "%y%m%d", "%d%m%Y", "%Y%m%d"])
)
def test_every_date_is_found_however_it_is_written(day: date, form: str) -> None:
    """No day of two centuries slips through as a code."""
    assert is_date(day.strftime(form), range(1900, 2100))
