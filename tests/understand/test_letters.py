"""Letters as they came, with what must be read from them beside each: tests/letters/*.eml and *.expected."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from understand_story import BOOKS, LETTERS, RULES, told

from mailbot.receive.parse import letter as parsed
from mailbot.understand.recognise import recognise

EXPECTED = sorted(LETTERS.glob("*.expected"))


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.stem)
def test_letter(expected: Path) -> None:
    """A letter's bytes become exactly the actor and event written beside it."""
    raw = expected.with_suffix(".eml").read_bytes()
    by, event = recognise(parsed("letter:file/x", datetime(2026, 11, 20, 9, tzinfo=UTC), raw), BOOKS, RULES)
    assert f"by: {by}\n{told(event)}" == expected.read_text("utf-8")


def test_every_letter_has_its_expectation() -> None:
    """The letters of this room come in pairs, so none is forgotten."""
    assert len(EXPECTED) > 30
    assert all(path.with_suffix(".eml").exists() for path in EXPECTED)
