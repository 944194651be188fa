"""What two ends are compared by: records, files and mails, with a name in the place of every word that chance made."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from email import message_from_bytes
from email.message import Message
from typing import Any

from mailbot.model.codes import DoorCode
from mailbot.model.mail import OutMail
from mailbot.model.money import MailedDiscount, Payment
from mailbot.model.records import Record
from mailbot.record import codec

NOT_COMPARED = ("bell", "lock", "sendings.log", "ledger.json", "ledger.previous.json", "archive.sqlite")
# What tells only how often something had to be tried.
TRIES = ("attempts", "uncertain", "due_at", "answer", "again")


def text_of_record(record: Record) -> str:
    """Write a record down but for what tells only how often something was tried."""
    fields: dict[str, Any] = {name: value for name, value in codec.encode(record).items() if name not in TRIES}
    if record.TABLE == "history":
        # It holds a hash of its arrival's key, which may name a mail.
        fields.pop("key")
    return f"{record.TABLE} {json.dumps(fields, ensure_ascii=False, sort_keys=True)}"


def without_chance(records: Sequence[Record]) -> Callable[[str], str]:
    """Give a function that puts a name of its own in the place of every word that chance made."""
    mails = {record.id: record for record in records if isinstance(record, OutMail)}
    names: dict[str, str] = {}
    times: Counter[str] = Counter()
    for mail in mails.values():
        label = _label(mail, mails)
        times[label] += 1
        names[mail.id] = f"<mail {label} {times[label]}>"
        names[mail.token] = f"<token {label} {times[label]}>"
    for record in records:
        if isinstance(record, DoorCode):
            names[record.code] = f"<code {record.key}>"
        elif isinstance(record, Payment):
            names[record.id.rpartition("/")[2]] = f"<payment {record.booking} {record.amount}>"
        elif isinstance(record, MailedDiscount):
            names[record.key] = f"<discount {record.percent}>"
    # What the desk's list showed is kept as hashes, door codes included.
    hashes = re.compile(r'\\"[0-9a-f]{16}\\"')
    words = re.compile(r"[A-Za-z0-9]+")
    return lambda text: hashes.sub("<hash>", words.sub(lambda found: names.get(found[0], found[0]), text))


def _label(mail: OutMail, mails: dict[str, OutMail]) -> str:
    ref = mail.matter.ref
    about = _label(mails[ref], mails) if ref in mails else ref
    return f"{mail.kind} to {mail.to} of {mail.created_at:%d.%m. %H:%M} about {about} ({mail.round})"


def door_codes(records: Sequence[Record]) -> set[str]:
    """Give every door code among records."""
    return {record.code for record in records if isinstance(record, DoorCode)}


MAY_SHOW_CODES = ("customer/confirmed", "customer/payment", "customer/code_changed", "desk/codes", "office/codes")


def mails_by_kind(arrived: Sequence[tuple[str, bytes]], codes: set[str]) -> list[tuple[tuple[str, str, str], int]]:
    """Count each person's mails by kind and booking; door codes stand only where they may."""
    copies: dict[str, list[bytes]] = {}
    kinds: Counter[tuple[str, str, str]] = Counter()
    for to, raw in arrived:
        mail = message_from_bytes(raw)
        same = copies.setdefault(f"{to} {mail['Message-ID']}", [])
        same.append(raw)
        assert len(same) <= 2, f"{mail['Mailbot-Kind']} came {len(same)} times"
        assert raw == same[0]
        if len(same) == 2:
            continue
        kind = str(mail["Mailbot-Kind"])
        kinds[to, kind, str(mail["Mailbot-Booking"])] += 1
        found = set(re.findall(r"(?<!\d)\d{6}(?!\d)", shown(mail))) & codes
        assert not found or kind in MAY_SHOW_CODES, f"{kind} to {to} shows a door code"
    return sorted(kinds.items())


def shown(mail: Message) -> str:
    """Give a mail's text and HTML as its reader has them."""
    parts = (part.get_payload(decode=True) for part in mail.walk() if part.get_content_maintype() == "text")
    return " ".join(part.decode("utf-8", "replace") for part in parts if isinstance(part, bytes))
