"""The post: a thread that hands committed mails to the SMTP server, one after the other over one kept connection.

It owns no row. It takes bytes, writes down in the journal how far it came, and gives back one result a mail; when to
try again is the outbox's to say. Where no connection comes about, everything that waits gets the same "later" at once.
A failing server is a result; a bug ends the thread, and results() then raises it in the intake thread.
"""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from mailbot.errors import TryLaterError
from mailbot.model.mail import Outcome, Phase, SendingResult
from mailbot.model.rules import SmtpRules
from mailbot.send.smtp import Handover, Patience, Session


@dataclass(frozen=True, slots=True)
class _Parcel:
    mail_id: str
    raw: bytes
    sender: str
    to: str


def _utc() -> datetime:
    return datetime.now(UTC)


class Post:
    """Send mails beside the intake thread. Every method may be called from any thread, none waits for a server.

    `journal` makes a result durable, before DATA (as uncertain) and after the server's answer to the dot; where it
    raises TryLaterError before DATA the mail is not sent. `wake` is called when results are there.
    """

    def __init__(  # noqa: PLR0913  # the last two are for tests and keep their defaults elsewhere
        self,
        rules: SmtpRules,
        journal: Callable[[SendingResult], None],
        wake: Callable[[], None],
        *,
        token: Callable[[], str] | None = None,
        clock: Callable[[], datetime] = _utc,
        patience: Patience | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._journal = journal
        self._wake = wake
        self._clock = clock
        self._patience = patience or Patience()
        self._session = Session(rules, token, self._patience, tls)
        self._lock = threading.Lock()
        self._waiting: dict[str, _Parcel] = {}
        self._in_hand: str | None = None
        self._results: list[SendingResult] = []
        self._failure: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._news = asyncio.Event()
        self._is_closing = False
        self._work: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="post", daemon=True)
        self._thread.start()

    def put(self, mail_id: str, raw: bytes, sender: str, to: str) -> None:
        """Take a committed mail; one that is here already is not taken twice."""
        with self._lock:
            if not self._is_closing and mail_id != self._in_hand:
                self._waiting.setdefault(mail_id, _Parcel(mail_id, raw, sender, to))
        self._call(self._news.set)

    def cancel(self, mail_id: str) -> bool:
        """Drop a mail that was not begun; tells whether it was dropped. No result follows then."""
        with self._lock:
            return self._waiting.pop(mail_id, None) is not None

    def results(self) -> list[SendingResult]:
        """Give, once, what became of mails since the last call. Raises RuntimeError where a bug ended the thread."""
        with self._lock:
            results, self._results = self._results, []
        if self._failure is not None and not results:
            raise RuntimeError("the post's thread has ended") from self._failure
        return results

    def is_idle(self) -> bool:
        """Tell whether no mail waits or is in hand; results may still lie here."""
        with self._lock:
            return not self._waiting and self._in_hand is None

    def close(self, timeout: float) -> None:
        """Finish the mail in hand, or leave it after `timeout` seconds; what waits stays queued in its row."""
        with self._lock:
            self._is_closing = True
            self._waiting.clear()
        self._call(self._news.set)
        self._thread.join(timeout)
        if self._thread.is_alive():
            self._call(self._stop)
            self._thread.join(timeout)

    def _call(self, step: Callable[[], object]) -> None:
        # After the thread's end there is nobody to tell.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(step)

    def _stop(self) -> None:
        if self._work is not None:
            self._work.cancel()

    def _run(self) -> None:
        try:
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._begin())
        except BaseException as error:  # noqa: BLE001  # carried to the intake thread, where results() raises it
            self._failure = error
            self._wake()
        finally:
            self._loop.close()

    async def _begin(self) -> None:
        self._work = asyncio.current_task()
        try:
            while not self._is_closing:
                self._news.clear()
                while parcel := self._next():
                    await self._deliver(parcel)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), self._patience.idle / 4)
                if self._session.is_idle_for_long:
                    await self._session.close(is_polite=True)
        finally:
            await self._session.close(is_polite=self._is_closing)

    def _next(self) -> _Parcel | None:
        with self._lock:
            if self._is_closing or not self._waiting:
                return None
            parcel = self._waiting.pop(next(iter(self._waiting)))
            self._in_hand = parcel.mail_id
            return parcel

    async def _deliver(self, parcel: _Parcel) -> None:
        def before_data() -> None:
            # What counts if no later line follows.
            begun = Handover(Outcome.UNCERTAIN, Phase.DATA, "abgebrochen, bevor der Mailserver antwortete")
            self._journal(self._result(parcel.mail_id, begun))

        done = await self._session.send(parcel.raw, parcel.sender, parcel.to, before_data)
        result = self._result(parcel.mail_id, done)
        if done.phase in (Phase.DATA, Phase.BODY, Phase.DOT) and done.outcome is not Outcome.UNCERTAIN:
            self._write_down(result)
        self._finish(result, done)

    def _write_down(self, result: SendingResult) -> None:
        # The result itself is not in doubt; without this line a crash before the commit costs one more copy.
        with contextlib.suppress(TryLaterError):
            self._journal(result)

    def _finish(self, result: SendingResult, done: Handover) -> None:
        with self._lock:
            self._in_hand = None
            self._results.append(result)
            if done.concerns_all:
                self._results += [self._result(mail_id, done) for mail_id in self._waiting]
                self._waiting.clear()
        self._wake()

    def _result(self, mail_id: str, done: Handover) -> SendingResult:
        return SendingResult(mail_id, done.outcome, self._clock(), done.phase, done.answer)
