"""`pause` and `weiter`: while an office pauses, all is recorded and reviewed, and its mails to everybody else wait.

The pause is a Setting of the books, so it outlives a restart; the flow asks is_held() before it hands a mail over. An
office holds back what is about its own resources; what several share waits only while all of them pause.
"""

from datetime import datetime

from mailbot.decide import orders
from mailbot.decide.done import done_apart
from mailbot.decide.wording import at_moment, who
from mailbot.model.books import Books
from mailbot.model.decisions import Decision, Given
from mailbot.model.digest_events import Paused, Resumed
from mailbot.model.mail import OutMail
from mailbot.model.people import Actor, Role
from mailbot.model.records import Gone, Setting
from mailbot.model.rules import Rules

# Set by a restore, as `restored_at backup_at`, until the letters since the backup were looked through once.
RESTORED = "restored"
NOBODYS = "Sie sind für keine Anlage das Büro; anhalten kann die Mails nur, wer für eine Anlage entscheidet."


def paused(books: Books, by: Actor, event: Paused, given: Given) -> Decision:
    """Hold back every mail about an office's resources that is not an office's own, until `weiter`."""
    if not orders.resources_of(by.person, given.rules):
        return _answered(by, event, given, "Keine Pause", (NOBODYS,))
    if said := _standing(books, by.person, given):
        return _answered(by, event, given, "Pause", (said,))
    setting = Setting(_name(by.person), f"{given.now.isoformat()} {by}")
    did = (
        "Anfragen werden weiter aufgenommen, und Sie bekommen sie zum Entscheiden.",
        "Mails an Kunden, Theke und Abonnenten warten, bis Sie „weiter“ schreiben.",
    )
    decision = _answered(by, event, given, "Pause", did)
    note = ("mailbot", f"Pause: Mails an Kunden und Theke warten ({who(str(by), given.rules)}).")
    return Decision((setting,), decision.mails, (), (note,), "paused")


def resumed(books: Books, by: Actor, event: Resumed, given: Given) -> Decision:
    """Let go what a pause held back."""
    if paused_since(books, by.person) is None:
        return _answered(by, event, given, "Weiter", ("Es war keine Pause; alle Mails gehen wie immer hinaus.",))
    count = held_back(books, by.person, given.rules)
    waiting = "Es wartete keine Mail." if not count else f"{_mails(count)} jetzt hinaus."
    decision = _answered(by, event, given, "Weiter", ("Die Pause ist vorbei.", waiting))
    note = ("mailbot", f"Die Pause ist vorbei ({who(str(by), given.rules)}).")
    return Decision((Gone(Setting.TABLE, _name(by.person)),), decision.mails, (), (note,), "resumed")


def paused_since(books: Books, office: str) -> datetime | None:
    """Give since when an office's mails are held back, None while it does not pause."""
    setting = books.setting(_name(office))
    return datetime.fromisoformat(setting.partition(" ")[0]) if setting else None


def is_held(books: Books, mail: OutMail, rules: Rules) -> bool:
    """Tell whether a queued mail has to wait: for a pause's end, or after a restore for what became of it since."""
    restored = books.setting(RESTORED)
    if restored and mail.created_at < datetime.fromisoformat(restored.partition(" ")[0]):
        return True
    return _is_paused(books, mail, rules)


def held_back(books: Books, office: str, rules: Rules) -> int:
    """Count the queued mails that an office's pause holds back."""
    held = (mail for mail in books.queued() if _is_paused(books, mail, rules))
    return sum(office in _offices_of(books, mail, rules) for mail in held)


def _is_paused(books: Books, mail: OutMail, rules: Rules) -> bool:
    if mail.role is Role.REVIEWER:
        return False
    return all(paused_since(books, office) for office in _offices_of(books, mail, rules))


def _offices_of(books: Books, mail: OutMail, rules: Rules) -> set[str]:
    """Give the offices a mail is sent for: its booking's, else those of the reader's resources, else all of them."""
    booking = books.booking_about(mail.matter)
    resource = rules.resources.get(booking.stay.resource) if booking else None
    if resource:
        return {resource.reviewer}
    known = rules.resources.values()
    theirs = {found.reviewer for found in known if mail.person in orders.people_of(found)}
    return theirs or {found.reviewer for found in known}


def _name(office: str) -> str:
    return f"paused/{office}"


def _mails(count: int) -> str:
    return "Eine wartende Mail geht" if count == 1 else f"{count} wartende Mails gehen"


def _standing(books: Books, office: str, given: Given) -> str:
    since, by = paused_since(books, office), (books.setting(_name(office)) or "").partition(" ")[2]
    return f"Die Pause gilt schon, seit {at_moment(since)} von {who(by, given.rules)}." if since else ""


def _answered(by: Actor, event: Paused | Resumed, given: Given, said: str, did: tuple[str, ...]) -> Decision:
    # The subject is what was said; with its moment, no two of them are alike.
    said = f"{said}, {at_moment(given.now)}"
    mails = done_apart(by, (event.matter, event.round), said, did, given)
    return Decision(mails=mails, outcome="told")
