"""The real process, killed at random moments while mail comes in: nothing is lost, nothing doubled, no code astray."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from killed_town import Town, embedded_town

NOTICES = 12
KILLS = 4
SEED = 20261121
# A machine that is busy with other things takes its time; a good run needs a few seconds.
PATIENCE = 90.0


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with embedded_town(tmp_path, SEED, notices=NOTICES) as running:
        yield running


def test_a_killed_process_loses_and_doubles_nothing(town: Town) -> None:
    """Killed again and again while notices and answers come in, mailbot ends with each handled exactly once."""
    town.generate_codes()
    for _ in range(KILLS):
        town.start()
        town.live(town.dice.uniform(0.02, 0.6))
        town.kill()
    town.start()
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not town.is_quiet():
        town.live(0.2)
    town.stop()
    assert town.violations() == []
