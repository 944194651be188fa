"""How mailbot stands: who works, what waits, what the outbox holds, what is due next. Reads the books, prints nothing.

A door code, a token or a letter's text never stands in here: people paste it into messages.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from mailbot.decide.due import due
from mailbot.guesses import tally_of
from mailbot.model.books import Books
from mailbot.model.letter import Handled
from mailbot.model.mail import OutMail
from mailbot.model.rules import Rules
from mailbot.record.lock import Holder
from mailbot.tables import Row

LOOK_AHEAD = timedelta(days=8)
A_MINUTE = timedelta(minutes=1)


def standing(rules: Rules, books: Books, holder: Holder | None, now: datetime) -> Row:
    """Give everything `mailbot status` tells, as JSON; times in ISO 8601 with offset."""
    queued = sorted(books.queued(), key=lambda mail: mail.due_at)
    last, zone, wrong = books.last_letter(), rules.site.timezone, tally_of(books)
    return {
        "daemon": f"running (pid {holder.pid})" if holder else "not running",
        "since": holder.since.astimezone(zone).isoformat() if holder else None,
        "now": now.isoformat(),
        "last_letter": last.at.isoformat() if last else None,
        "outbox_queued": len(queued),
        "outbox_next": queued[0].due_at.isoformat() if queued else None,
        "outbox_answer": (queued[0].answer or None) if queued else None,
        "due_next": _due_next(rules, books, now),
        "bookings": len(books.booking_codes()),
        "waiting": [
            {"code": b.code, "state": b.state.value, "start": b.stay.start.isoformat(), "name": b.customer.name}
            for b in books.waiting()
        ],
        "open_letters": [{"key": o.key, "why": o.why, "subject": o.subject} for o in books.open_letters()],
        "vanished": [_vanished(letter, books) for letter in books.vanished()],
        "wrong_tokens": wrong.count,
        "wrong_token_last": wrong.last or None,
        "given_up": [mail_row(mail) for mail in books.undelivered()],
    }


def _vanished(letter: Handled, books: Books) -> Row:
    line = next((line.line for line in reversed(books.history(letter.key))), "")
    return {"key": letter.key, "at": letter.at.isoformat(), "what": line}


def _due_next(rules: Rules, books: Books, now: datetime) -> Row | None:
    """Ask the clock's own question ahead of time: what is due once stays due until it is done, so halving finds it."""
    known = {_what(arrival.key) for arrival in due(books, now, rules)}
    if known:
        return {"at": now.isoformat(), "what": sorted(known)[0]}
    early, late = now, now + LOOK_AHEAD
    if not due(books, late, rules):
        return None
    while late - early > A_MINUTE:
        middle = early + (late - early) / 2
        early, late = (early, middle) if due(books, middle, rules) else (middle, late)
    return {"at": late.isoformat(), "what": _what(due(books, late, rules)[0].key)}


def _what(key: str) -> str:
    # Keys of the clock read `clock:what:ref:date`.
    return key.split(":")[1].replace("_", " ")


def in_words(facts: Row) -> Mapping[str, str]:
    """Give the facts that are no lists, for people: labels and local times."""
    due_next, answer = facts["due_next"], facts["outbox_answer"]
    outbox = f"{facts['outbox_queued']} queued" if facts["outbox_queued"] else "empty"
    if facts["outbox_next"]:
        outbox += f", the next try at {short(facts['outbox_next'])}" + (f": {answer}" if answer else "")
    return {
        "daemon": facts["daemon"] + (f" since {short(facts['since'])}" if facts["since"] else ""),
        "now": short(facts["now"]),
        "last letter": short(facts["last_letter"]) if facts["last_letter"] else "none yet",
        "outbox": outbox,
        "due next": f"{short(due_next['at'])} {due_next['what']}" if due_next else "nothing",
        "bookings": str(facts["bookings"]),
        "wrong tokens": _wrong_tokens(facts),
    }


def _wrong_tokens(facts: Row) -> str:
    if not facts["wrong_tokens"]:
        return "none"
    return f"{facts['wrong_tokens']}, the last {short(facts['wrong_token_last'])}"


def mail_row(mail: OutMail) -> Row:
    """Give one mail of the outbox as JSON; `attempts` counts every hand-over, the one that worked too."""
    is_done = mail.finished_at is not None and mail.state.value == "sent"
    return {
        "id": mail.id,
        "kind": mail.kind,
        "to": mail.to,
        "state": mail.state.value,
        "at": mail.created_at.isoformat(),
        "attempts": mail.attempts + mail.uncertain + is_done,
        "finished_at": mail.finished_at.isoformat() if mail.finished_at else None,
        "answer": re.sub(r"\s+", " ", mail.answer) or None,
    }


def short(at: str) -> str:
    """Give an ISO 8601 time as people write it here."""
    return f"{datetime.fromisoformat(at):%d.%m.%Y %H:%M}"
