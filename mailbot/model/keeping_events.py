"""What happens to what is kept about people: erased because it was asked for, or because its time is over."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The operator wants a person's contact data erased. `mentioned` are the digests of kept letters in which the
    address, a booking's code or name stands, `bodies` the mails about many that speak of this person too.
    """

    email: str = field(repr=False)
    mentioned: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outdated:
    """A night came: what was kept long enough goes. `lying` are the digests of old letters whose bytes lie here,
    `mails` the ids of such mails.
    """

    lying: frozenset[str] = frozenset()
    mails: frozenset[str] = frozenset()


KeepingEvent = Forgotten | Outdated
