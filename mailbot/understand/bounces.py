"""Delivery reports about our mails: RFC 3464 reports, and the plain texts some servers still send (GMX, 1&1).

A report is only believed where it names a Message-ID that we issued; then it raises an alarm and changes nothing
else, because anybody can write one. Never fails; what names none of our mails is none of our business.
"""

import re

from mailbot.model.books import Books
from mailbot.model.events import Automatic, DeliveryDelayed, DeliveryFailed, NotOurs
from mailbot.model.letter import Head, Letter
from mailbot.model.mail import OutMail
from mailbot.model.rules import Rules
from mailbot.understand.robots import has_null_path
from mailbot.understand.speech import fold, one_line
from mailbot.understand.tokens import tokens_in
from mailbot.understand.trust import sender

_DAEMON = re.compile(r"\b(mailer-daemon|postmaster|mail-daemon|maildaemon|mailerdaemon)(\+[\w.-]*)?@", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver|unzustellbar|nicht (zugestellt|zustellbar)|returned (to sender|mail)|failure|delivery (has )?failed"
    r"|zurueckgewiesen|zustellung fehlgeschlagen|konnte nicht|could not be delivered|non[- ]?delivery"
    r"|fehlgeschlagen|zustellfehler"
)
_DELAYED = re.compile(r"delay|verzoeger|warning: .*still|weiter(hin)? versucht|will (be )?retr|noch nicht zugestellt")
_ACTION = re.compile(r"^action:[ \t]*([a-z]+)", re.IGNORECASE | re.MULTILINE)
_DIAGNOSTIC = re.compile(r"^(?:diagnostic-code|status):[ \t]*(.{1,400})", re.IGNORECASE | re.MULTILINE)
_REPLY_LINE = re.compile(r"^.{0,200}\b[45]\d\d[ -].{3,300}", re.MULTILINE)

Reported = DeliveryFailed | DeliveryDelayed | Automatic | NotOurs


def is_report(letter: Head | Letter) -> bool:
    """Tell by the headers whether a letter is a delivery report, or might be one."""
    is_built_so = letter.get("Content-Type").strip().lower().startswith("multipart/report")
    return is_built_so or has_null_path(letter) or _is_from_daemon(letter)


def reported(letter: Letter, books: Books, rules: Rules) -> Reported | None:
    """Tell what a delivery report says of our mail; None where the letter is a robot's answer rather than a report."""
    is_delivery = letter.report_type == "delivery-status"
    if not is_delivery and not _is_plain_bounce(letter):
        return None
    mail = _mail_named(letter, books, rules)
    if mail is None:
        return NotOurs("ein Zustellbericht, der keine unserer Mails nennt")
    actions = {action.lower() for action in _ACTION.findall(letter.report)} if is_delivery else set()
    if "failed" in actions:
        return DeliveryFailed(mail.token, _detail(letter))
    if actions & {"delivered", "relayed", "expanded"}:
        return Automatic(mail.matter, "eine Zustellbestätigung")
    words = fold(f"{letter.get('Subject')} {(letter.text or '')[:900]}")
    is_late = "delayed" in actions or (_DELAYED.search(words) and not _FAILED.search(fold(letter.get("Subject"))))
    return DeliveryDelayed(mail.token) if is_late else DeliveryFailed(mail.token, _detail(letter))


def _is_from_daemon(letter: Head | Letter) -> bool:
    # In front of a regular address stands a name, and anybody may call himself postmaster@….
    return _DAEMON.search(sender(letter) or letter.get("From")[:500]) is not None


def _is_plain_bounce(letter: Letter) -> bool:
    """Tell a bounce in plain text from an out-of-office note, which also comes with the null return path."""
    if letter.report_type:
        return False
    if _is_from_daemon(letter):
        return True
    return has_null_path(letter) and _FAILED.search(fold(letter.get("Subject"))) is not None


def _mail_named(letter: Letter, books: Books, rules: Rules) -> OutMail | None:
    """Find the mail a report is about: in the returned header, the text, or the report's own thread."""
    threads = " ".join(letter.get(name) for name in ("In-Reply-To", "References", "X-Failed-Message-ID"))
    for text in (letter.report, letter.text or "", letter.html or "", threads):
        named = _own_id_first(text, rules)
        mails = [mail for token in named if (mail := books.mail_by_token(token))]
        if mails:
            return mails[0]
    return None


def _own_id_first(text: str, rules: Rules) -> list[str]:
    # A returned header names older mails of its thread too; the Message-ID line is the mail itself.
    own = re.findall(r"^\W{0,4}message-id:(.{0,300})", text, re.IGNORECASE | re.MULTILINE)
    return [*tokens_in(" ".join(own), rules), *tokens_in(text, rules)]


def _detail(letter: Letter) -> str:
    report, text = letter.report, letter.text or ""
    codes = [one_line(code, 300) for code in _DIAGNOSTIC.findall(report)]
    said = _REPLY_LINE.search(text[:5000])
    found = next((c for c in codes if len(c) > 8), "") or (one_line(said[0], 300) if said else "") or "".join(codes[:1])
    return found or one_line(letter.get("Subject"), 200)
