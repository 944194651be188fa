"""Invoice numbers in words: what was drawn beyond the books, whatever the office's pattern looks like."""

import pytest
from decide_story import World

from mailbot.decide.numbers import spans
from mailbot.model.money import Counter


@pytest.mark.parametrize(
    ("name", "known", "drawn", "said"),
    [
        ("invoice//SK-{year}-{n:05d}/2026", 11, [15, 12], ["SK-2026-00012 bis SK-2026-00015"]),
        ("invoice//SK-{year}-{n:05d}/2026", 11, [12], ["SK-2026-00012"]),
        ("invoice//SK-{year}-{n:05d}/2026", 12, [12, 3], []),
        ("invoice//RE/{year}/{n}/2026", 0, [2], ["RE/2026/1 bis RE/2026/2"]),
        ("invoice/PROBE/SK-{year}-{n:05d}/2026", 0, [1], ["PROBE-SK-2026-00001"]),
    ],
)
def test_what_was_drawn_since(name: str, known: int, drawn: list[int], said: list[str]) -> None:
    """The numbers between the books' and the highest one found; nothing where the books know all."""
    books = World.of(Counter(name, known)).books
    assert spans([Counter(name, value) for value in drawn], books) == said
