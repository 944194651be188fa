"""An edge that stays out of order, or a flood of mails: the office is told once, and once more when it works again.

An edge may come and go: an alarm about the same one rests for a while.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from mailbot.decide import orders
from mailbot.decide.pausing import is_held
from mailbot.decide.wording import clean
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival, Decision, Given
from mailbot.model.events import TroubleEnded, TroubleLasted
from mailbot.model.mail import MailOrder, Matter, MatterKind
from mailbot.model.people import CLOCK, Actor
from mailbot.model.records import Gone, Setting
from mailbot.model.rules import Rules

REST = timedelta(hours=6)
HOUR = timedelta(hours=1)


def trouble_lasted(books: Books, by: Actor, event: TroubleLasted, given: Given) -> Decision:
    """Raise office/alarm for a trouble the office does not know of yet."""
    name = _setting(event.key)
    told_at = books.setting(name)
    # Told in the future means that the clock was put back since.
    if told_at and timedelta(0) <= given.now - datetime.fromisoformat(told_at) < REST:
        return Decision()
    what = clean(event.what)
    todo = "mailbot versucht es weiter. Bitte sagen Sie es der Person, die mailbot betreut, wenn es anhält."
    mails = _alarms(what, event.todo or todo, event.since, given)
    return Decision((Setting(name, given.now.isoformat()),), mails, (), (("mailbot", f"Störung: {what}"),), "alarm")


def trouble_ended(books: Books, by: Actor, event: TroubleEnded, given: Given) -> Decision:
    """Tell the office that a trouble it knows of is over, and forget it."""
    name = _setting(event.key)
    if books.setting(name) is None:
        return Decision()
    what = f"Wieder in Ordnung: {clean(event.what)}"
    mails = _alarms(what, "Sie brauchen nichts zu tun.", None, given)
    return Decision((Gone(Setting.TABLE, name),), mails, (), (("mailbot", what),), "alarm over")


def held_by_cap(books: Books, now: datetime, rules: Rules) -> Iterator[Arrival]:
    """Ask whether more mails are ready to leave than `smtp.per_hour` lets go now.

    Asked before the cap is used up, so that the alarm, as the most urgent mail, is not held back by it.
    """
    since = now.astimezone(UTC) - HOUR
    left = rules.smtp.per_hour - sum(at.astimezone(UTC) > since for at in books.sent_at(now))
    ready = [mail for mail in books.queued() if mail.due_at.astimezone(UTC) <= now.astimezone(UTC)]
    if len(ready) > left and (count := sum(not is_held(books, mail, rules) for mail in ready)) > left:
        what = (
            f"Es warten {count} Mails, mehr als in einer Stunde hinausgehen dürfen ({rules.smtp.per_hour}). "
            "Die dringendsten gehen zuerst, die übrigen später."
        )
        yield Arrival(f"clock:cap:{now.astimezone(UTC):%Y-%m-%dT%H}", CLOCK, TroubleLasted("cap", what, now))


def _setting(key: str) -> str:
    return f"trouble_told/{key}"


def _alarms(what: str, todo: str, since: datetime | None, given: Given) -> tuple[MailOrder, ...]:
    facts = {"what": what, "todo": todo, "since": since}
    readers = (orders.person_reader(office) for office in orders.offices(given.rules))
    return tuple(
        MailOrder("office/alarm", reader, Matter(MatterKind.NONE), orders.new_token(given.dice), facts=facts)
        for reader in readers
    )
