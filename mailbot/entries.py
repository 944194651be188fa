"""One arrival's part of a commit: what it changes, and the bytes of its mails. Writes nothing, sends nothing.

Turns a Decision into records: mails become rows of the outbox, notes become history lines, withdrawn rows are marked,
and the arrival itself becomes a Handled record. Fails with AskHumanError where a mail cannot be composed.
"""

import base64
import hashlib
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeVar

import structlog

from mailbot.decide.dispatch import decide
from mailbot.errors import AskHumanError, MailbotError
from mailbot.model.books import Books
from mailbot.model.decisions import Arrival, Decision, Given
from mailbot.model.letter import Handled
from mailbot.model.mail import MailOrder, OutMail, Sending, Thread
from mailbot.model.records import Change, Gone, HistoryLine
from mailbot.record import codec
from mailbot.send.compose import Composer

log = structlog.get_logger()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one arrival adds to a commit: records, and outbox rows with their bytes (their `path` is still open)."""

    arrival: Arrival
    decision: Decision
    changes: tuple[Change, ...]
    mails: tuple[tuple[OutMail, bytes], ...]


def entry(arrival: Arrival, books: Books, given: Given, composer: Composer) -> Entry:
    """Decide about an arrival and compose its mails.

    Raises AskHumanError where a mail cannot be composed or a record not be written; whatever decide/ raises is a bug
    and passes through.
    """
    if arrival.came_at:
        given = replace(given, came_at=arrival.came_at.astimezone(given.now.tzinfo))
    decision = decide(books, arrival.by, arrival.event, given)
    mails = tuple(_mail(order, arrival, books, given, composer) for order in decision.mails)
    withdrawn = tuple(
        replace(row, state=Sending.WITHDRAWN, finished_at=given.now)
        for mail_id in decision.withdraws
        if (row := books.mail(mail_id)) and row.state is Sending.QUEUED
    )
    changes = (
        *decision.changes,
        *withdrawn,
        *_history(arrival, (*decision.notes, *_twin(arrival, decision, books)), given.now),
        _handled(arrival, decision, given),
    )
    for change in changes:
        # Found out here, it stops this letter; found out in the commit, it would stop the whole slice for ever.
        if not isinstance(change, Gone):
            codec.encode(change)
    return Entry(arrival, decision, changes, mails)


def decide_all(
    arrivals: Iterable[Arrival], books: Books, given: Given, composer: Composer
) -> tuple[list[Entry], list[tuple[Arrival, str]]]:
    """Decide about arrivals one after the other, each against the books and what those before it changed.

    Returns the entries, and the arrivals that failed with what went wrong in one sentence: a mail that cannot be
    composed, or a bug, stops only its own letter. Raises TryLaterError where a disk or server is away.
    """
    entries: list[Entry] = []
    failed: list[tuple[Arrival, str]] = []
    for arrival in arrivals:
        try:
            made = guarded(arrival.key, partial(entry, arrival, books, given, composer))
        except AskHumanError as error:
            log.warning("failed", key=arrival.key, what=str(error))
            made = str(error)
        if isinstance(made, str):
            failed.append((arrival, made))
            continue
        entries.append(made)
        books = books.after((*made.changes, *(mail for mail, _ in made.mails)))
    return entries, failed


def guarded(key: str, step: Callable[[], T]) -> T | str:
    """Do one letter's step; a bug in it gives the sentence that tells of it, so that the other letters go on."""
    try:
        return step()
    except MailbotError:
        raise
    except Exception as error:  # noqa: BLE001  # a bug in one letter must not stop the others (HOUSE 25)
        log.error("bug", key=key, what=where(error))  # noqa: TRY400  # a traceback might show a code
        return f"Programmfehler: {where(error)}"


def where(error: Exception) -> str:
    """Tell a bug's kind and place, and nothing of the values it met: they may be codes or people's data."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "mailbot" in frame.filename]
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno} {frames[-1].name}" if frames else ""
    return f"{type(error).__name__}{place}"


def _mail(order: MailOrder, arrival: Arrival, books: Books, given: Given, composer: Composer) -> tuple[OutMail, bytes]:
    composed = composer.compose(order, _thread(order, arrival, books), given.now)
    row = OutMail(
        id=_new_id(given.dice, books),
        kind=order.kind,
        to=composed.to,
        role=order.reader.role,
        person=order.reader.person,
        matter=order.matter,
        round=order.round,
        token=order.token,
        message_id=composed.message_id,
        path="",
        created_at=given.now,
        due_at=given.now,
        has_code=order.has_code,
        reader=order.reader.address,
    )
    return row, composed.raw


def _thread(order: MailOrder, arrival: Arrival, books: Books) -> Thread:
    """Name only what this reader sent or got: a token of one reader must never travel to another."""
    got = tuple(mail.message_id for mail in books.mails_about(order.matter) if mail.reader == order.reader.address)
    has_written = arrival.message_id and arrival.by.address.casefold() == order.reader.address.casefold()
    known = (*got, arrival.message_id) if has_written else got
    return Thread(known[-1], known) if known else Thread()


def _new_id(dice: Random, books: Books) -> str:
    while True:
        mail_id = base64.b32encode(dice.randbytes(5)).decode().lower()
        if books.mail(mail_id) is None:
            return mail_id


def _twin(arrival: Arrival, decision: Decision, books: Books) -> tuple[tuple[str, str], ...]:
    """Mark a letter whose Message-ID another letter bore: the same mail by two ways, or somebody copied it."""
    twin = books.handled_id(_digest(arrival.message_id)) if arrival.digest and arrival.message_id else None
    if twin is None or twin.digest == arrival.digest:
        return ()
    line = f"Ein anderer Brief trug dieselbe Message-ID: {twin.key}"
    return tuple((ref, line) for ref in dict.fromkeys((*(ref for ref, _ in decision.notes), arrival.key)))


def _digest(message_id: str) -> str:
    return hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest() if message_id else ""


def _history(arrival: Arrival, notes: Iterable[tuple[str, str]], now: datetime) -> tuple[HistoryLine, ...]:
    # The arrival's hash keeps lines of the same moment apart; the time in front keeps them in order.
    stem = f"{now.astimezone(UTC):%Y%m%dT%H%M%S%f}-{hashlib.sha256(arrival.key.encode()).hexdigest()[:12]}"
    return tuple(
        HistoryLine(f"{stem}-{number:03d}", ref, now, str(arrival.by), line, arrival.key)
        for number, (ref, line) in enumerate(notes)
    )


def _handled(arrival: Arrival, decision: Decision, given: Given) -> Handled:
    filed_to = "" if decision.leave else "trouble" if decision.to_trouble else "done"
    id_digest = _digest(arrival.message_id) if arrival.digest else ""
    return Handled(arrival.key, arrival.digest, given.now, decision.outcome, filed_to, id_digest)
