"""What every test may ask for: embedded servers, real Dovecot and Postfix, and the rule for where they are missing.

A test that uses a real server carries the marker `real_server`, by itself or through its fixtures. Without the servers
it fails where CI=true; elsewhere it is skipped and the last line of the run says so.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Helpers beside this file are imported by their bare name, as pytest runs with --import-mode=importlib.
sys.path.insert(0, str(Path(__file__).parent))

from accounts import Account
from real_servers import Dovecot, Postfix, free_port, missing
from world import RULES, World

from mailbot import stage
from mailbot.embedded import EmbeddedServers

ACCOUNTS = {
    "mailbot": "buchung@soccer-kirche.example",
    "office": "buero@kruempel.example",
    "medifit": "theke@medifit.example",
    "platzwart": "platzwart@soccer-kirche.example",
    "customer": "kunde@kunde.example",
}
NOT_INSTALLED = "not installed"

# No test is timed: on a busy machine an example may take longer than hypothesis allows by itself.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real_server: needs Dovecot or Postfix from Debian (tests/servers.sh)")


def pytest_runtest_setup(item: pytest.Item) -> None:
    names = getattr(item, "fixturenames", ())
    is_real = item.get_closest_marker("real_server") or {"dovecot", "postfix"} & set(names)
    if not is_real or not missing():
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{' and '.join(missing())} must be there under CI: tests/servers.sh installs them", pytrace=False)
    pytest.skip(f"{' and '.join(missing())} {NOT_INSTALLED}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report for report in terminalreporter.getreports("skipped") if NOT_INSTALLED in str(report.longrepr)]
    if skipped:
        servers = " and ".join(missing())
        were = "were" if " and " in servers else "was"
        count = f"{len(skipped)} test{'s' * (len(skipped) > 1)}"
        terminalreporter.write_line(f"real servers: {servers} {were} {NOT_INSTALLED}, {count} did not run")


@pytest.fixture
def embedded() -> Iterator[EmbeddedServers]:
    """Embedded servers with an account for each person of the story."""
    with EmbeddedServers(ACCOUNTS) as servers:
        yield servers


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    """Embedded servers with the accounts of `make run`, for all tests of a file."""
    with _story_servers() as running:
        yield running


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give the office of `make run` with servers of its own, before anything happened."""
    with _story_servers() as running:
        yield World.on(running, tmp_path / "data")


def _story_servers() -> EmbeddedServers:
    base = stage.stage_rules(RULES)
    return EmbeddedServers(stage.accounts(base), stage.PASSWORD, base.trust.authserv_id)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One private Dovecot for the whole run; `account()` gives a fresh user."""
    server = Dovecot()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postfix(dovecot: Dovecot) -> Iterator[Postfix]:
    """One private Postfix that delivers into that Dovecot's accounts."""
    server = Postfix(dovecot)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["embedded", pytest.param("dovecot", marks=pytest.mark.real_server)])
def account(request: pytest.FixtureRequest) -> Account:
    """Give a fresh account, on the embedded server and again on Dovecot."""
    server = request.getfixturevalue(request.param)
    if isinstance(server, EmbeddedServers):
        return Account(server.imap_port, "mailbot")
    assert isinstance(server, Dovecot)
    return server.account()


@pytest.fixture
def smtp_sink() -> Iterator[int]:
    """Give the port of Postfix's smtp-sink, which takes every mail and throws it away (for floods)."""
    if missing():
        pytest.skip("Postfix not installed")
    port = free_port()
    sink = subprocess.Popen(["/usr/sbin/smtp-sink", "-u", "postfix", f"127.0.0.1:{port}", "100"])
    yield port
    sink.terminate()
    sink.wait(5)
