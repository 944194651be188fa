"""What stands in MAIL and RCPT for one mail: addresses as the server can carry them, and the options it needs. Pure.

Fails with AskHumanError where the server cannot carry the mail at all; the sentence is for the office.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from mailbot.errors import AskHumanError

# One mailbox and nothing beside it: an address must not smuggle a second one or an option into the envelope.
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@\x00-\x1f\x7f]+@[^\s<>()\\,;\"@\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One sender, one recipient, MAIL's options, and the encoding the addresses are sent in."""

    sender: str
    to: str
    options: tuple[str, ...]
    encoding: str


def envelope(sender: str, to: str, body: bytes, supports: Callable[[str], bool]) -> Envelope:
    """Address a mail for a server that `supports` these extensions. Raises AskHumanError."""
    if not (_ADDRESS.fullmatch(sender) and _ADDRESS.fullmatch(to)):
        raise AskHumanError("keine gültige E-Mail-Adresse")
    sender, to = _ascii_domain(sender), _ascii_domain(to)
    options = [f"SIZE={len(body)}"] * supports("size")
    if not body.isascii():
        if not supports("8bitmime"):
            raise AskHumanError("der Mailserver nimmt keine 8-Bit-Mails an (8BITMIME)")
        options.append("BODY=8BITMIME")
    if sender.isascii() and to.isascii():
        return Envelope(sender, to, tuple(options), "ascii")
    if not supports("smtputf8"):
        raise AskHumanError("der Mailserver kann keine Adressen mit Umlauten (SMTPUTF8)")
    return Envelope(sender, to, (*options, "SMTPUTF8"), "utf-8")


def _ascii_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address
