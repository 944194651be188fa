"""A look at the mailbox: what is read at once."""

from datetime import UTC, datetime

import pytest
from world import RULES

from mailbot import stage
from mailbot.looking import SLICE, SLICE_BYTES, slices
from mailbot.model.letter import Head

LIMIT = stage.stage_rules(RULES).mailbox.max_letter
SMALL = 4_000


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([SMALL] * (SLICE + 1), [SLICE, 1]),
        ([20_000_000] * 3, [1, 1, 1]),
        ([SMALL, 20_000_000, SMALL, SMALL], [1, 1, 2]),
        ([SLICE_BYTES - SMALL, SMALL, SMALL], [2, 1]),
        # Over max_letter it is not fetched, and takes no room.
        ([SMALL, LIMIT + 1, LIMIT + 1, SMALL], [4]),
        ([LIMIT, SMALL], [1, 1]),
    ],
)
def test_slices_are_cut_by_number_and_by_size(sizes: list[int], expected: list[int]) -> None:
    """What is fetched at once is at most fifty letters and 5 MB, or one letter; none is lost, and the order stays."""
    heads = [Head(uid, size, datetime.now(UTC), ()) for uid, size in enumerate(sizes)]
    cut = list(slices(heads, stage.stage_rules(RULES)))
    assert [len(some) for some in cut] == expected
    assert [head for some in cut for head in some] == heads
