"""Answers as every mail program sets them around our real mails: none is taken for another, hardly one is asked back.

The tables are tests/understanding.py and tests/hostile.py; benchmarks/ runs all of them, here is a fixed part.
"""

from collections import Counter

import pytest
from hostile import cases as quoted_cases
from hostile import decided
from understanding import CLIENTS, HONEST, UNCLEAR, Meant, cases, shapes, verdict

from mailbot.model.events import Rejected

# No divisor of the table's width, so that every program meets every meaning in some form.
STRIDE = 5
CASES = list(cases())[::STRIDE]


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {client: Counter() for client in CLIENTS}
    for case in CASES:
        is_honest = case.meant.event is not None
        found[case.client][verdict(case) if is_honest else f"unclear, {verdict(case)}"] += 1
    return found


def test_the_table_is_whole() -> None:
    """Over 1300 letters: every program in every form and language, every meaning."""
    assert len(CASES) > 1300
    assert {(case.client, case.language, case.form) for case in CASES} == set(shapes())
    assert {case.meant for case in CASES} == set(HONEST + UNCLEAR)


@pytest.mark.parametrize("client", CLIENTS)
def test_nothing_is_misunderstood(verdicts: dict[str, Counter[str]], client: str) -> None:
    """34: no honest answer is taken for another, and no unclear one for an answer."""
    assert verdicts[client]["wrong"] == verdicts[client]["unclear, wrong"] == 0


@pytest.mark.parametrize("client", CLIENTS)
def test_honest_answers_are_understood(verdicts: dict[str, Counter[str]], client: str) -> None:
    """Of each program's honest answers at least 95 in 100 need no question back."""
    understood, asked = verdicts[client]["understood"], verdicts[client]["asked back"]
    assert understood >= 0.95 * (understood + asked) > 10


def test_the_judge_sees_a_wrong_reading() -> None:
    """A letter that is read as anything but what was meant counts as wrong."""
    honest = next(case for case in CASES if case.meant.typed == "nein: Halle gesperrt")
    assert verdict(honest) == "understood"
    for event in (Rejected(honest.meant.event.matter, 3), None):  # type: ignore[union-attr]  # an answer has a matter
        assert verdict(honest._replace(meant=Meant(honest.meant.typed, event))) == "wrong"


def test_quoted_mails_decide_nothing() -> None:
    """17, 35: 1000 letters that quote our mails around hostile customer text, and say nothing themselves."""
    count, found = 0, []
    for case in quoted_cases(range(500_000, 500_025)):
        count += 1
        if event := decided(case):
            found.append((case.style, case.kind, event))
    assert found == []
    assert count == 1000
