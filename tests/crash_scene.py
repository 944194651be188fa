"""A whole pass in one process that may be ended at any durable step: the real daemon between a mailbox and a post.

The mailbox and the post stand for servers: what they hold outlives every crash, and they take no time. Everything else
is mailbot's own, on files of its own. Chance is real, the clock stands still, so two ends are equal but for chance.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from crash_box import Box, Filed
from crash_seen import NOT_COMPARED, door_codes, mails_by_kind, shown, text_of_record, without_chance
from world import TEMPLATES

from mailbot import looking
from mailbot.daemon import Daemon
from mailbot.entries import Entry
from mailbot.errors import TryLaterError
from mailbot.model.decisions import Arrival
from mailbot.model.events import NotOurs
from mailbot.model.indexes import ARCHIVED
from mailbot.model.mail import Outcome, Phase, SendingResult
from mailbot.model.rules import Rules
from mailbot.record import durable
from mailbot.record.archive import Archive
from mailbot.record.ledger import Ledger
from mailbot.send.compose import Composer

# Who is called so meets a bug: his letters cannot be read.
UNLUCKY = "Pech"


class StoppedError(BaseException):
    """The end of the process: nothing after it happens."""


@dataclass
class PostOffice:
    """The post, with the face of send.Post: hands over as it does, without a thread, to what the scene holds."""

    scene: "Scene"
    journal: Callable[[SendingResult], None]
    wake: Callable[[], None]
    waiting: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    done: list[SendingResult] = field(default_factory=list)

    def put(self, mail_id: str, raw: bytes, _: str, to: str) -> None:
        self.waiting.setdefault(mail_id, (raw, to))
        self.wake()

    def cancel(self, mail_id: str) -> bool:
        return self.waiting.pop(mail_id, None) is not None

    def is_idle(self) -> bool:
        while self.waiting:
            mail_id = next(iter(self.waiting))
            self.done.append(self._handed_over(mail_id, *self.waiting.pop(mail_id)))
        return True

    def results(self) -> list[SendingResult]:
        done, self.done = self.done, []
        return done

    def close(self, timeout: float) -> None:
        self.waiting.clear()

    def _handed_over(self, mail_id: str, raw: bytes, to: str) -> SendingResult:
        now = self.scene.now
        if self.scene.puts_off:
            return SendingResult(mail_id, Outcome.LATER, now, self.scene.puts_off, "451 4.7.1 later")
        if to in self.scene.refused:
            return SendingResult(mail_id, Outcome.REFUSED, now, Phase.RCPT, "550 5.1.1 unknown user")
        try:
            self.journal(SendingResult(mail_id, Outcome.UNCERTAIN, now, Phase.DATA))
        except TryLaterError as error:
            return SendingResult(mail_id, Outcome.LATER, now, Phase.JOURNAL, str(error))
        durable.step("dot")
        self.scene.arrived.append((to, raw))
        durable.step("250")
        sent = SendingResult(mail_id, Outcome.SENT, now, Phase.DOT)
        with suppress(TryLaterError):
            self.journal(sent)
        return sent


@dataclass
class Scene:
    """A moment of the story: the books, what lies on the servers, what time it is, and how the servers feel.

    `puts_off` is how far mails come at a server that takes none of them, None where it takes them.
    `also` are arrivals that the daemon brings up by itself in a pass; `events` are the kinds that were handled.
    """

    data: Path
    now: datetime
    rules: Rules
    composer: Composer
    box: Box
    arrived: list[tuple[str, bytes]] = field(default_factory=list)
    puts_off: Phase | None = None
    refused: frozenset[str] = frozenset()
    also: tuple[Arrival, ...] = ()
    events: set[type] = field(default_factory=set)

    def copy(self, data: Path) -> "Scene":
        """Give the same moment with files of its own; what is only ever replaced as a whole is linked."""
        shutil.copytree(self.data, data, copy_function=_linked, ignore=shutil.ignore_patterns("bell", "lock"))
        return replace(self, data=data, box=self.box.copy(), arrived=list(self.arrived), events=set())

    def turn(self, on_step: Callable[[str], None] = durable._ignore) -> bool:
        """Make one pass, as `mailbot once` does; tells whether it came to its end."""
        daemon: Daemon | None = None
        durable.on_step = on_step
        try:
            with _servers(self):
                daemon = Daemon.open(self.rules, self.data, TEMPLATES, clock=lambda: self.now, composer=self.composer)
                daemon.once()
                daemon.flow.handle(self.also)
                daemon.settle()
                daemon.close()
                self.box.take_away()
        except StoppedError:
            if daemon:
                daemon.flow.ledger.close()
                daemon.bell.close()
                daemon.lock.release()
            return False
        except TryLaterError:
            if daemon:
                daemon.close()
            raise
        finally:
            durable.on_step = durable._ignore
        return True

    def steps(self) -> list[str]:
        """Make one pass and name its steps."""
        done: list[str] = []
        assert self.turn(done.append)
        return done

    def stop_at(self, number: int) -> None:
        """Make a pass that ends before its step of this number, counted from 0.

        Chance orders the mails, so that a pass may have a step fewer than another, and end by itself.
        """
        self.turn(_at(number, StoppedError()))

    def mail(self, kind: str, ref: str = "", has: str = "") -> Message:
        """Give the newest mail of a kind that arrived, about this booking and with these words in it."""
        for _, raw in reversed(self.arrived):
            mail = message_from_bytes(raw)
            if mail["Mailbot-Kind"] == kind and ref in (mail["Mailbot-Booking"] or "") and has in shown(mail):
                return mail
        raise LookupError(f"{kind} {ref}")

    def seen(self, begin: int = 0) -> dict[str, object]:
        """Give all that must not depend on any crash: records and files but for chance, folders, mails since `begin`.

        Asserts that copies of a mail are at most two and the same bytes.
        """
        ledger = Ledger.open(self.data, self.rules.site.timezone, read_only=True)
        archive = Archive.open(self.data, self.rules.site.timezone, read_only=True)
        opened = list(ledger.books().records())
        finished = [record for table in sorted(ARCHIVED) for record in archive.all(table)]
        ledger.close()
        archive.close()
        chance = without_chance([*finished, *opened])
        files = (path.relative_to(self.data) for path in self.data.rglob("*") if path.is_file())
        named = sorted(chance(str(path)) for path in files if path.parts[0] not in NOT_COMPARED)
        return {
            "open": sorted(chance(text_of_record(record)) for record in opened),
            "archived": sorted(chance(text_of_record(record)) for record in finished),
            "files": named,
            "folders": {name: sorted(raw for *_, raw in letters) for name, letters in self.box.folders.items()},
            "mails": mails_by_kind(self.arrived[begin:], door_codes([*finished, *opened])),
            "answers": self._answers(),
        }

    def _answers(self) -> dict[str, int]:
        answers = (self.data / "arrivals").glob("*.answer.json")
        return {path.name: json.loads(path.read_text())["exit"] for path in answers}


def _linked(source: str, target: str) -> None:
    if source.endswith((".log", ".sqlite")):
        shutil.copy2(source, target)
    else:
        os.link(source, target)


def _at(number: int, error: BaseException) -> Callable[[str], None]:
    left = [number]

    def count(_: str) -> None:
        left[0] -= 1
        if left[0] == -1:
            raise error

    return count


@contextmanager
def _servers(scene: Scene) -> Iterator[None]:
    """Put the scene's servers where the daemon makes its connections, and note which events are handled."""
    recognise = looking.recognise  # type: ignore[attr-defined]  # where it is called

    def recognised(letter: Any, books: Any, rules: Any) -> Any:
        by, event = recognise(letter, books, rules)
        if isinstance(event, NotOurs):
            scene.events.add(NotOurs)
        if UNLUCKY in (letter.text or ""):
            raise ZeroDivisionError
        return by, event

    def noted(made: Entry) -> None:
        scene.events.add(type(made.arrival.event))

    with pytest.MonkeyPatch.context() as fakes:
        fakes.setattr("mailbot.daemon.Mailbox", lambda *_: scene.box)
        fakes.setattr("mailbot.daemon.Post", lambda _, journal, wake, **__: PostOffice(scene, journal, wake))
        fakes.setattr("mailbot.erasing.Filed", lambda _, name, *__: Filed(scene.box, name))
        fakes.setattr("mailbot.refiling.Filed", lambda _, name, *__: Filed(scene.box, name))
        fakes.setattr("mailbot.flow._log", noted)
        fakes.setattr("mailbot.looking.recognise", recognised)
        yield
