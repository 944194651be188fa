"""What the tests of this room share: a scripted SMTP server, rules that lead to it, and patience with threads."""

import threading
from collections.abc import Callable, Iterator

import pytest
from scripted_smtp import Scripted

from mailbot.model.rules import Security, SmtpRules


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.close()


@pytest.fixture
def rules(server: Scripted) -> SmtpRules:
    return SmtpRules(
        "127.0.0.1", "Soccer-Kirche", "buchung@sk.example", port=server.port, security=Security.NONE, per_hour=500
    )


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until something is so, at most five seconds."""

    def wait(is_so: Callable[[], bool]) -> None:
        pause = threading.Event()
        for _ in range(1000):
            if is_so():
                return
            pause.wait(0.005)
        raise AssertionError("it never came to be so")

    return wait
