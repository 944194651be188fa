"""What is to be erased, by names that say nothing about a person: so it can be written down and done everywhere."""

import json
from dataclasses import dataclass

# The Setting that holds an erasure that was decided and is not done everywhere yet.
SETTING = "erasing"


@dataclass(frozen=True, slots=True)
class Erasure:
    """Bookings that lose their contact data (`codes`) or go with their invoices (`dropped`), discounts given by mail,
    letters and mails.

    `digests` are letters whose bytes go, `letters` the keys such letters have in the books; `rows` are mails that go,
    `bodies` those of which only the bytes go, because others stand in them too. `everywhere`: in backups as well.
    """

    codes: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    discounts: frozenset[str] = frozenset()
    digests: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()
    everywhere: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to erase."""
        return not any(getattr(self, name) for name in _SETS)

    def joined(self, other: "Erasure") -> "Erasure":
        """Give both in one."""
        return Erasure(
            **{name: getattr(self, name) | getattr(other, name) for name in _SETS},
            everywhere=self.everywhere or other.everywhere,
        )

    def to_text(self) -> str:
        """Write it down as the value of a Setting."""
        return json.dumps({name: sorted(getattr(self, name)) for name in _SETS} | {"everywhere": self.everywhere})

    @classmethod
    def from_text(cls, text: str | None) -> "Erasure":
        """Read what was written down; nothing is nothing to erase."""
        values = json.loads(text or "{}")
        sets = {name: frozenset(values.get(name, ())) for name in _SETS}
        return cls(**sets, everywhere=bool(values.get("everywhere")))


_SETS = ("codes", "dropped", "discounts", "digests", "letters", "rows", "bodies")
