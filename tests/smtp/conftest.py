"""What the tests of this folder share: a mailbox that works, and a line to a scripted SMTP server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from smtp_line import Line, on_line
from world import RULES

from mailbot import stage
from mailbot.embedded import EmbeddedServers


@pytest.fixture(scope="session")
def servers() -> Iterator[EmbeddedServers]:
    """Give embedded servers for the whole run; each line looks at what is new to it."""
    base = stage.stage_rules(RULES)
    with EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id) as running:
        yield running


@pytest.fixture
def line(servers: EmbeddedServers, tmp_path: Path) -> Iterator[Line]:
    """Give a line that has worked so far: one request came in, and its four mails left."""
    with on_line(servers, tmp_path) as made:
        made.request()
        yield made
