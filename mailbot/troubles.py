"""An edge that is out of order: since when, whether the office knows, and the words it reads about it.

A restart must not forget that: it lies in data/troubles.json, beside the books and not in them. A trouble is a fact
about this machine, so no backup holds it and no restore turns it back, and it can be noted where the ledger cannot be.
Times and names of edges only. Best effort: where the disk refuses, or the file is damaged, what is in memory counts.
"""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from mailbot.errors import DiskError
from mailbot.record import durable

NAME = "troubles.json"
# What has lasted so long is told.
LASTS = timedelta(minutes=10)
# What the office reads when an edge stays out of order, before what its technician reads.
LASTING = {
    "mailbox": "Das Postfach kann nicht bearbeitet werden; neue Briefe bleiben liegen.",
    "filing": "Bearbeitete Briefe lassen sich nicht ablegen und bleiben im Posteingang; doppelt geschieht nichts.",
    "commands": "Befehle aus dem Terminal werden nicht angenommen.",
    "clock": "Fällige Arbeiten bleiben liegen.",
    "post": "Mails gehen nicht hinaus; sie warten.",
    "alarm": "Ein Alarm konnte nicht aufgeschrieben werden.",
    "export": "Die nächtliche Kopie der Tabelle wird nicht geschrieben.",
    "archive": "Abgeschlossenes kann nicht ins Archiv gelegt werden; alles Übrige läuft weiter.",
    "retention": "Was zu löschen ist, konnte noch nicht überall gelöscht werden.",
}
# What the office reads when an edge works again.
SENTENCES = {
    "mailbox": "Das Postfach ist wieder erreichbar; alles Liegengebliebene wird jetzt bearbeitet.",
    "filing": "Bearbeitete Briefe lassen sich wieder ablegen.",
    "commands": "Befehle aus dem Terminal werden wieder angenommen.",
    "clock": "Fällige Arbeiten werden wieder erledigt.",
    "post": "Der Mailversand läuft wieder; wartende Mails gehen jetzt hinaus.",
    "alarm": "Alarme können wieder aufgeschrieben werden.",
    "export": "Die nächtliche Kopie der Tabelle wird wieder geschrieben.",
    "archive": "Abgeschlossenes wird wieder ins Archiv gelegt.",
    "retention": "Was zu löschen war, ist überall gelöscht.",
}
# What is known of a way out that was shut when mailbot stopped; the server's own words are not kept.
SHUT_BEFORE = "der Mailserver nahm schon vor dem Neustart keine Mails an"


@dataclass(slots=True)
class Trouble:
    """An edge that is out of order: since when, how often tried, when to try again, and whether the office knows."""

    since: datetime
    tries: int
    again_at: datetime
    is_told: bool = False

    def has_lasted(self, now: datetime) -> bool:
        """Tell whether it has lasted long enough for a person to hear of it."""
        return now - self.since >= LASTS


Known = dict[str, dict[str, object]]


@dataclass(slots=True)
class Kept:
    """The file of one data folder. `known` is what it holds, as far as it was read or written."""

    data: Path
    known: Known = field(default_factory=dict)

    def read(self, now: datetime) -> tuple[dict[str, Trouble], dict[str, datetime]]:
        """Give the troubles of the last run, each to be tried at once, and when the second way may tell of each again.

        Times are in the zone of `now`.
        """
        try:
            found = json.loads(durable.read(self.data / NAME) or b"{}")
            since = {edge: _time(row["since"], now) for edge, row in found["troubles"].items() if edge in LASTING}
            troubles = {edge: Trouble(at, 0, now, bool(found["troubles"][edge]["told"])) for edge, at in since.items()}
            elsewhere = {edge: _time(at, now) for edge, at in found["elsewhere"].items()}
        except (DiskError, ValueError, LookupError, TypeError, AttributeError):
            return {}, {}
        self.known = _snapshot(troubles, elsewhere)
        return troubles, elsewhere

    def write(self, troubles: Mapping[str, Trouble], elsewhere: Mapping[str, datetime]) -> None:
        """Note what must outlive this run, where it is news."""
        snapshot = _snapshot(troubles, elsewhere)
        if snapshot == self.known or not (self.known or any(snapshot.values())):
            return
        # Tried again with the next try of the edge.
        with contextlib.suppress(DiskError):
            durable.write_new(self.data / NAME, json.dumps(snapshot).encode())
            self.known = snapshot


def _time(text: str, now: datetime) -> datetime:
    return datetime.fromisoformat(text).astimezone(now.tzinfo)


def _snapshot(troubles: Mapping[str, Trouble], elsewhere: Mapping[str, datetime]) -> Known:
    return {
        "troubles": {edge: {"since": one.since.isoformat(), "told": one.is_told} for edge, one in troubles.items()},
        "elsewhere": {edge: at.isoformat() for edge, at in elsewhere.items()},
    }
