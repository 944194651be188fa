"""Who acts and who is written to: roles of people, as proven by understand/trust, and readers of mails."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Name what a person or machine may be for us."""

    SOURCE = "source"
    REVIEWER = "reviewer"
    DESK = "desk"
    SUBSCRIBER = "subscriber"
    CUSTOMER = "customer"
    OPERATOR = "operator"
    CLOCK = "clock"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who an arrival is from, as proven. `person` is the key in rules.people (or source), `address` the proven one."""

    role: Role
    person: str = ""
    address: str = ""

    def __str__(self) -> str:
        """Read as in `decided_by`: `office buero@kruempel.example`, or `clock`."""
        return f"{self.person} {self.address}".strip() or self.role.value


CLOCK = Actor(Role.CLOCK)
OPERATOR = Actor(Role.OPERATOR)
NOBODY = Actor(Role.NOBODY)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a mail is for; one address, one envelope. `language` is "de" or "en"."""

    role: Role
    name: str
    address: str
    person: str = ""
    language: str = "de"
