"""Where a command works and by which clock: rules file, data folder, `--now`; and what is refused before any work.

Knows the environment's secrets only to hand them to the rules. Fails with StopError, in the contract's exit codes.
"""

import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from mailbot import config
from mailbot.environment import stand_in_env
from mailbot.errors import EXIT_CANNOT_WRITE, EXIT_USAGE, StopError
from mailbot.model.rules import Rules
from mailbot.running import Workplace, templates_beside

LIMIT = timedelta(hours=1)
# Years before and after every moment can still be counted.
YEARS = range(1970, 9000)


@dataclass(slots=True)
class Place:
    """Where a command works: the rules file and the data folder."""

    rules_path: Path = Path("rules.yaml")
    data: Path = Path("data")

    def workplace(self, now: str | None = None) -> Workplace:
        """Read the rules with the secrets of the environment. Raises StopError with every mistake."""
        self._look_at_data()
        rules = config.load(self.rules_path, os.environ)
        return Workplace(rules, self.data, templates_beside(self.rules_path), clock_of(now, rules))

    def for_writing(self, now: str | None = None) -> Workplace:
        """Give the workplace of a command that writes by itself: its user and its clock must be those of the books."""
        self.refuse_other_user()
        here = self.workplace(now)
        refuse_far_clock(now, here.rules, here.clock())
        return here

    def rules_for_reading(self) -> Rules:
        """Read the rules without needing the secrets: reading commands talk to no server."""
        self._look_at_data()
        return config.load(self.rules_path, stand_in_env(self.rules_path, "-"))

    def refuse_other_user(self) -> None:
        """Refuse to write, as root, into another user's data: the daemon could not read it afterwards."""
        if os.geteuid() != 0 or not self.data.is_dir() or (owner := self.data.stat().st_uid) == 0:
            return
        user = _user(owner)
        raise StopError(
            f"{self.data} belongs to {user}, expected this command from that user: sudo -u {user} …", EXIT_CANNOT_WRITE
        )

    def _look_at_data(self) -> None:
        if os.path.lexists(self.data) and not self.data.is_dir():
            raise StopError(f"{self.data}: found no folder, expected the folder of the books", EXIT_CANNOT_WRITE)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"


def clock_of(now: str | None, rules: Rules) -> Callable[[], datetime]:
    """Give the clock a command works by: the real one, or one that goes on from `now` in the site's time zone."""
    zone = rules.site.timezone
    if now is None:
        return lambda: datetime.now(zone)
    start = _moment(now, zone)
    if start is None or start.year not in YEARS:
        raise StopError(f"--now: found {now!r}, expected a time like 2026-11-23T09:00", EXIT_USAGE)
    begun = datetime.now(zone)
    return lambda: start + (datetime.now(zone) - begun)


def _moment(typed: str, zone: ZoneInfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(typed)
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def refuse_far_clock(now: str | None, rules: Rules, clock: datetime) -> None:
    """Refuse a clock that would book live books into the future: only on loopback servers may it be far off."""
    hosts = (rules.mailbox.host, rules.smtp.host)
    if now is None or all(config.is_loopback(host) for host in hosts):
        return
    if abs(clock - datetime.now(rules.site.timezone)) > LIMIT:
        sentence = f"--now: found {now}, expected a time within an hour of now: these are live mail servers"
        raise StopError(sentence, EXIT_USAGE)
