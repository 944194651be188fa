"""`mailbot check`: whose newest letter is judged, wherever it lies now."""

from datetime import UTC, datetime, timedelta

import pytest
from accounts import Account

from mailbot.checking import _newest
from mailbot.receive.mailbox import Mailbox

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
# Folder, From, days ago.
LETTERS = (
    ("INBOX", "buero@kruempel.example", 5),
    ("INBOX", "Büro <Buero@Kruempel.example>", 3),
    ("INBOX", '"buero@kruempel.example" <x@evil.example>', 0),
    ("INBOX", "buero@kruempel.example <x@evil.example>", 0),
    ("INBOX", "nicht-buero@kruempel.example", 1),
    ("Mailbot/Erledigt", "notifications@youcanbook.me", 4),
    ("Mailbot/Erledigt", "chefin@kruempel.example", 4),
    ("Mailbot/Erledigt", "notifications@youcanbook.me", 9),
    ("Mailbot/Unklar", "chefin@kruempel.example", 2),
    ("Papierkorb", "theke@medifit.example", 1),
)


@pytest.mark.parametrize(
    ("address", "days_ago"),
    [
        ("buero@kruempel.example", 3),
        ("@youcanbook.me", 4),
        ("chefin@kruempel.example", 2),
        ("theke@medifit.example", None),
    ],
)
def test_the_newest_letter_of_exactly_that_sender(account: Account, address: str, days_ago: int | None) -> None:
    """Inbox, done and trouble folder are searched alike; names and addresses that only hold it do not count, and the
    date decides, not the place in the folder.
    """
    inbox = Mailbox(account.rules(), None)
    inbox.connect()
    inbox.check()
    with account.opened() as imap:
        imap.create("Papierkorb")
    for folder, sender, days in LETTERS:
        raw = f"From: {sender}\r\nSubject: {days}\r\n\r\nhallo\r\n".encode()
        account.deliver(raw, NOON - timedelta(days=days), folder)
    folders = [inbox, inbox.beside("Mailbot/Erledigt"), inbox.beside("Mailbot/Unklar")]
    found = _newest(folders, address)
    assert (found and found.get("Subject")) == (None if days_ago is None else str(days_ago))
    for box in folders:
        box.close()
    assert all(flags == set() for flags in account.flags())
