"""`pause` and `weiter`: while paused, everything is recorded and reviewed, and only the office's own mails leave.

The pause is a Setting of the books, so it outlives a restart; the flow asks is_held() before it hands a mail over.
"""

from datetime import datetime

from mailbot.decide.done import done_apart
from mailbot.decide.wording import at_moment, who
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.digest_events import Paused, Resumed
from mailbot.model.mail import OutMail
from mailbot.model.people import Actor, Role
from mailbot.model.records import Gone, Setting

NAME = "paused"
# Set by a restore, as `restored_at backup_at`, until the letters since the backup were looked through once.
RESTORED = "restored"


def paused(books: Books, by: Actor, event: Paused, given: Given) -> Decision:
    """Hold back every mail that is not the office's own, until `weiter`."""
    if said := _standing(books, given):
        return _answered(by, event, given, "Pause", (said,))
    setting = Setting(NAME, f"{given.now.isoformat()} {by}")
    did = (
        "Anfragen werden weiter aufgenommen, und Sie bekommen sie zum Entscheiden.",
        "Mails an Kunden, Theke und Abonnenten warten, bis Sie „weiter“ schreiben.",
    )
    decision = _answered(by, event, given, "Pause", did)
    note = ("mailbot", f"Pause: Mails an Kunden und Theke warten ({who(str(by), given.rules)}).")
    return Decision((setting,), decision.mails, (), (note,), "paused")


def resumed(books: Books, by: Actor, event: Resumed, given: Given) -> Decision:
    """Let go what a pause held back."""
    if paused_since(books) is None:
        return _answered(by, event, given, "Weiter", ("Es war keine Pause; alle Mails gehen wie immer hinaus.",))
    count = held_back(books)
    waiting = "Es wartete keine Mail." if not count else f"{_mails(count)} jetzt hinaus."
    decision = _answered(by, event, given, "Weiter", ("Die Pause ist vorbei.", waiting))
    note = ("mailbot", f"Die Pause ist vorbei ({who(str(by), given.rules)}).")
    return Decision((Gone(Setting.TABLE, NAME),), decision.mails, (), (note,), "resumed")


def paused_since(books: Books) -> datetime | None:
    """Give since when mails are held back, None while there is no pause."""
    setting = books.setting(NAME)
    return datetime.fromisoformat(setting.partition(" ")[0]) if setting else None


def is_held(books: Books, mail: OutMail) -> bool:
    """Tell whether a queued mail has to wait: for a pause's end, or after a restore for what became of it since."""
    restored = books.setting(RESTORED)
    if restored and mail.created_at < datetime.fromisoformat(restored.partition(" ")[0]):
        return True
    return mail.role is not Role.REVIEWER and paused_since(books) is not None


def held_back(books: Books) -> int:
    """Count the queued mails that a pause holds back."""
    return sum(mail.role is not Role.REVIEWER for mail in books.queued())


def _mails(count: int) -> str:
    return "Eine wartende Mail geht" if count == 1 else f"{count} wartende Mails gehen"


def _standing(books: Books, given: Given) -> str:
    since, by = paused_since(books), (books.setting(NAME) or "").partition(" ")[2]
    return f"Die Pause gilt schon, seit {at_moment(since)} von {who(by, given.rules)}." if since else ""


def _answered(by: Actor, event: Paused | Resumed, given: Given, said: str, did: tuple[str, ...]) -> Decision:
    # The subject is what was said; with its moment, no two of them are alike.
    said = f"{said}, {at_moment(given.now)}"
    mails = done_apart(by, (event.matter, event.round), said, did, given)
    return Decision(mails=mails, outcome="told")
