"""After a restore: the folders of handled letters are looked through for those that the restored books do not know.

They are handled as they came, oldest first, and stay where they lie. A letter is known by its bytes, so nothing is
handled twice, however often this is broken off and begun again. Fails with TryLaterError where the server is away.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from mailbot.decide.pausing import RESTORED
from mailbot.flow import Flow
from mailbot.looking import LOOK_BACK, arrival_of, letter_key, ours_of
from mailbot.model.decisions import Arrival
from mailbot.model.events import LetterBroken, NotOurs, TroubleLasted
from mailbot.model.people import CLOCK, NOBODY
from mailbot.model.records import Gone, Setting
from mailbot.oauth import token_of
from mailbot.receive.filed import Filed
from mailbot.record import durable

# Set with RESTORED: the invoice numbers drawn since the backup, in words, "" where there are none.
LOST, UNSURE = "restored_numbers", "?"
NO_PAPERS = "Seitdem wurde keine Rechnung geschrieben."
UNKNOWN_PAPERS = "Ob seitdem Rechnungen geschrieben wurden, weiß mailbot nicht."
TODO = (
    "Ihre Antworten seitdem werden noch einmal bearbeitet, oder mailbot fragt Sie noch einmal; manche Mail kommt ein "
    "zweites Mal. Türcodes, die seitdem gemacht oder geändert wurden, trägt die Technik neu ein."
)
TODO_PAPERS = (
    f"{TODO} Ein Termin, der seitdem freigegeben wurde, bekommt dabei eine zweite Rechnung mit neuer Nummer; die erste "
    "hat der Kunde schon. Sagen Sie ihm und Ihrer Steuerberatung bitte, dass nur die neue gilt."
)
TODO_UNSURE = (
    "Bitte suchen Sie, bevor Sie etwas freigeben, in Ihren Mails „Erledigt“ die letzte Rechnungsnummer, und nennen Sie "
    "sie der Technik (mailbot restore, --invoice): Sonst kann eine Nummer zweimal vergeben werden."
)
# One letter that was handled before: when it came, its key in the folder where it lies, its bytes.
Lying = tuple[datetime, str, bytes]


def restored(restored_at: datetime, backup_at: datetime) -> Setting:
    """Give the fact that books were restored, which stands in them until look_again() is through."""
    return Setting(RESTORED, f"{restored_at.isoformat()} {backup_at.isoformat()}")


def lost(numbers: Iterable[str], *, is_sure: bool) -> Setting:
    """Give the fact which invoice numbers were drawn since the backup, as far as is known; it goes with restored()."""
    return Setting(LOST, ", ".join(numbers) or ("" if is_sure else UNSURE))


def look_again(flow: Flow) -> None:
    """Handle what the restored books do not know of the last 14 days, or of the time since the backup if longer."""
    found = flow.books().setting(RESTORED)
    if found is None:
        return
    backup_at = datetime.fromisoformat(found.partition(" ")[2])
    _tell(flow, found.partition(" ")[0], backup_at)
    since = min(flow.clock() - LOOK_BACK, backup_at - timedelta(days=1)).date()
    rules = flow.rules.mailbox
    lying = [letter for name in filter(None, (rules.done, rules.trouble)) for letter in _lying(flow, name, since)]
    for at, key, raw in sorted(lying, key=lambda letter: letter[:2]):
        _handle(flow, at, key, raw)
    durable.step("all looked through")
    flow.record([], [Gone(Setting.TABLE, RESTORED), Gone(Setting.TABLE, LOST)])


def _tell(flow: Flow, restored_at: str, backup_at: datetime) -> None:
    """Tell the office, once and before it is asked anything again, what the restored books cannot know."""
    numbers = flow.books().setting(LOST) or ""
    since = f"Die Bücher sind die vom {backup_at.astimezone(flow.rules.site.timezone):%d.%m.%Y, %H:%M} Uhr."
    papers, todo = NO_PAPERS, TODO
    if numbers == UNSURE:
        papers, todo = UNKNOWN_PAPERS, f"{TODO} {TODO_UNSURE}"
    elif numbers:
        papers, todo = f"Seitdem vergebene Rechnungsnummern, die nicht mehr darin stehen: {numbers}.", TODO_PAPERS
    event = TroubleLasted(f"restored:{restored_at}", f"{since} {papers}", datetime.fromisoformat(restored_at), todo)
    flow.handle([Arrival(f"clock:restored:{restored_at}", CLOCK, event)])


def _lying(flow: Flow, name: str, since: date) -> Iterator[Lying]:
    """Give the letters of ours in a folder that the books do not know; too large ones were told of when they came."""
    folder = Filed(flow.rules.mailbox, name, token_of(flow.rules.mailbox.oauth, flow.files.data))
    try:
        folder.connect()
        uids = folder.since(since) if folder.is_there else []
        last = min(uids, default=1) - 1
        while uids and (heads := folder.new(last)):
            last = heads[-1].uid
            ours = ours_of(folder, heads, flow.books(), flow.rules)
            sound = {head.uid: head for head in ours if head.size <= flow.rules.mailbox.max_letter}
            for uid, raw in folder.fetch(list(sound)).items():
                if flow.books().handled_content(sha256(raw).hexdigest()) is None:
                    yield sound[uid].received_at, letter_key(folder, uid), raw
    finally:
        folder.close()


def _handle(flow: Flow, at: datetime, key: str, raw: bytes) -> None:
    digest = sha256(raw).hexdigest()
    if flow.books().handled_content(digest):
        return
    arrival = arrival_of(key, at, raw, flow.books(), flow.rules)
    if isinstance(arrival.event, NotOurs):
        return
    flow.files.keep_letter(key, digest, raw, at)
    entries, failed = flow.decide([arrival])
    if failed:
        event = LetterBroken(arrival.by.address, "", key, failed[0][1])
        entries, _ = flow.decide([replace(Arrival(key, NOBODY, event), digest=digest)])
    flow.record(entries)
