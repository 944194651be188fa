"""The reading commands: they look into the books beside a running daemon, without its lock, and print.

A table for a terminal, JSON for scripts. Changes nothing. Fails with StopError where the ledger is damaged, and with
AskHumanError where a file cannot be written.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mailbot import standing, terminal
from mailbot.decide import page
from mailbot.errors import EXIT_NOT_FOUND, AskHumanError
from mailbot.model.booking import Booking
from mailbot.model.books import Books
from mailbot.model.mail import Matter, MatterKind
from mailbot.model.rules import Rules
from mailbot.model.table import table_line
from mailbot.record import durable
from mailbot.record.ledger import Ledger
from mailbot.record.lock import Lock
from mailbot.send.sheets import bookings_csv, bookings_xlsx, codes_csv
from mailbot.standing import mail_row, short
from mailbot.tables import Row, booking_row, code_row

TIME = "%a %d.%m.%Y %H:%M"


def books_of(rules: Rules, data: Path) -> Books:
    """Read the newest books without the lock. Raises StopError where they are damaged, DiskError where we may not."""
    with durable.translated(data, "read"):
        return Ledger.open(data, rules.site.timezone, read_only=True).books()


def bookings(rules: Rules, data: Path, *, as_json: bool, csv: Path | None, xlsx: Path | None) -> None:
    """Print the table of bookings, or write it to files."""
    books = books_of(rules, data)
    rows = [booking_row(booking, books) for booking in books.bookings()]
    lines = [table_line(booking, books) for booking in books.bookings()] if csv or xlsx else []
    if csv:
        _write(csv, bookings_csv(lines).encode("utf-8-sig"))
    if xlsx:
        _write(xlsx, bookings_xlsx(lines))
    if as_json:
        _print_json(rows)
    elif csv or xlsx:
        for file in filter(None, (csv, xlsx)):
            terminal.say(f"{file}: {len(rows)} bookings")
    else:
        terminal.show_table(
            ("code", "state", "start", "end", "name", "price", "balance"),
            [_line(row) for row in rows],
            "No bookings yet.",
        )


def _line(row: Row) -> list[str]:
    start, end = datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])
    money = [row["price"] or "", row["balance"] or ""]
    return [row["code"], row["state"], f"{start:{TIME}}", f"{end:%H:%M}", row["customer"]["name"], *money]


def show(rules: Rules, data: Path, code: str, now: datetime, *, as_json: bool) -> int:
    """Print one booking with its history and mails; returns the exit code."""
    books = books_of(rules, data)
    booking = books.booking(code.upper())
    if booking is None:
        terminal.complain(f"{code}: no booking has this code, expected one that `mailbot bookings` lists")
        return EXIT_NOT_FOUND
    history = [{"at": h.at.isoformat(), "by": h.by, "line": h.line} for h in books.history(booking.code)]
    mails = [mail_row(mail) for mail in books.mails_about(Matter(MatterKind.BOOKING, booking.code))]
    row = booking_row(booking, books)
    left = page.to_do(booking, now)
    if as_json:
        _print_json({**row, "to_do": left.words if left else None, "history": history, "mails": mails})
        return 0
    terminal.show_facts(_facts(booking, row) | ({"to do": left.words} if left else {}))
    terminal.say()
    terminal.show_table(("at", "by", "what"), [[short(h["at"]), h["by"], h["line"]] for h in history], "No history.")
    terminal.say()
    columns = ("at", "mail", "to", "state")
    terminal.show_table(columns, [[short(m["at"]), m["kind"], m["to"], m["state"]] for m in mails], "No mails.")
    return 0


def _facts(booking: Booking, row: Row) -> dict[str, str]:
    stay = f"{booking.stay.start:{TIME}} - {booking.stay.end:%H:%M}"
    customer = row["customer"]
    facts = {"booking": booking.code, "state": row["state"], "when": f"{stay}, {booking.stay.resource}"}
    facts |= {name: customer[name] for name in ("name", "email", "phone", "address") if customer[name]}
    wanted = (
        "price",
        "paid",
        "balance",
        "invoice",
        "door_code",
        "decided_at",
        "decided_by",
        "released_at",
        "released_by",
    )
    times = {name: short(row[name]) for name in ("decided_at", "released_at") if row[name]}
    return facts | {name: times.get(name, row[name]) for name in wanted if row[name] is not None}


def status(rules: Rules, data: Path, now: datetime, *, as_json: bool) -> None:
    """Print how the daemon is: since when, the last letter, the outbox, what waits, what is due next."""
    facts = standing.standing(rules, books_of(rules, data), Lock.holder(data), now)
    if as_json:
        _print_json(facts)
        return
    terminal.show_facts(standing.in_words(facts))
    waiting = [[row["code"], row["state"], short(row["start"]), row["name"]] for row in facts["waiting"]]
    terminal.say()
    terminal.show_table(("waits for the office", "state", "start", "name"), waiting, "Nothing waits for the office.")
    letters = [[letter["key"], letter["why"], letter["subject"]] for letter in facts["open_letters"]]
    if letters:
        terminal.say()
        terminal.show_table(("letter in the trouble folder", "why", "subject"), letters, "")
    vanished = [[short(letter["at"]), letter["what"]] for letter in facts["vanished"]]
    if vanished:
        terminal.say()
        terminal.show_table(("letter that vanished", "what"), vanished, "")
    mails = [[row["id"], row["kind"], row["to"], row["state"]] for row in facts["given_up"]]
    if mails:
        terminal.say()
        terminal.show_table(("mail that did not arrive", "kind", "to", "state"), mails, "")


def codes_list(rules: Rules, data: Path, now: datetime, *, days: int | None, as_json: bool) -> None:
    """Print the door codes, the whole season or the next days."""
    until = now.date() + timedelta(days=days - 1) if days else None
    codes = books_of(rules, data).door_codes()
    chosen = [code_row(c) for c in codes if until is None or now.date() <= c.day <= until]
    if as_json:
        _print_json(chosen)
        return
    rows = [[row["date"], row["resource"], row["slot"] or "", row["code"]] for row in chosen]
    terminal.show_table(
        ("date", "resource", "slot", "code"), rows, "No door codes yet: `mailbot codes generate` makes them."
    )


def codes_export(rules: Rules, data: Path, file: Path) -> None:
    """Write the season's door codes as CSV (date, resource, slot, code), readable by its owner alone."""
    codes = books_of(rules, data).door_codes()
    _write(file, codes_csv(codes).encode())
    terminal.say(f"{file}: {len(codes)} door codes")


def _write(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read: people's data or door codes stand in it."""
    try:
        path.touch(mode=0o600)
        path.write_bytes(content)
    except OSError as error:
        raise AskHumanError(
            f"{path}: cannot be written ({error.strerror}), expected a file name in a folder of yours"
        ) from error


def _print_json(value: Any) -> None:
    terminal.say_raw(json.dumps(value, ensure_ascii=False, indent=2))
