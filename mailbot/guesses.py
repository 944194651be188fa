"""Answers to mails that never were: they name a Message-ID in our domain that nobody was ever given.

Counted by their headers alone, whoever wrote them, also where the letter is none of ours and stays unread. The count
is a Setting with the place of the last one, so no letter counts twice; `status` shows it, and many in a day are told.
Fails with TryLaterError where the disk says no.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from mailbot.flow import Flow
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival
from mailbot.model.events import TroubleLasted
from mailbot.model.letter import Head
from mailbot.model.people import CLOCK
from mailbot.model.records import Setting
from mailbot.understand import tokens

NAME = "wrong_tokens"
# A forgotten mail may be answered once in a while; so many on one day are somebody who tries.
MANY = 10
TODO = "Es ist nichts geschehen; erraten lässt sich so etwas nicht. Bitte sagen Sie es der Person, die mailbot betreut."


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there were, the last one's time in ISO 8601 and place in the mailbox, and how many on its day."""

    count: int = 0
    last: str = ""
    uidvalidity: int = 0
    uid: int = 0
    of_day: int = 0


def tally_of(books: Books) -> Tally:
    """Give the count as recorded."""
    value = books.setting(NAME)
    return Tally(**json.loads(value)) if value else Tally()


def count(flow: Flow, heads: Sequence[Head], uidvalidity: int) -> None:
    """Count the guesses among letters just seen, and tell the office, once a day, where there are many."""
    books, old, now = flow.books(), tally_of(flow.books()), flow.clock()
    seen = old.uid if old.uidvalidity == uidvalidity else 0
    fresh = [head.uid for head in heads if head.uid > seen and tokens.is_guess(head, books, flow.rules)]
    if not fresh:
        return
    is_same_day = old.last[:10] == str(now.date())
    of_day = len(fresh) + (old.of_day if is_same_day else 0)
    new = Tally(old.count + len(fresh), now.isoformat(), uidvalidity, max(fresh), of_day)
    flow.record([], [Setting(NAME, json.dumps(asdict(new)))])
    if of_day >= MANY:
        flow.handle([_told(of_day, now)])


def _told(of_day: int, now: datetime) -> Arrival:
    what = (
        f"Heute kamen {of_day} Mails, die auf eine Mail von mailbot antworten, die es nie gab: Jemand probiert etwas."
    )
    return Arrival(f"clock:{NAME}:{now.date()}", CLOCK, TroubleLasted(NAME, what, None, TODO))
