"""The post: a thread that hands committed mails to the SMTP server, one after the other over one kept connection.

Where a server is silent about one mail, the others go on over another connection while that one waits. It owns no row:
it takes bytes, writes down in the journal how far it came, and gives back one result a mail; when to try again is the
outbox's to say. Where no connection comes about, all that waits gets the same "later" at once.
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

# One is enough while the server answers. Few servers like more than three of one client.
CONNECTIONS = 3
TOO_MANY = 421
# So many mails in a row that are turned away with 421 mean that the server has had enough of us, not of one mail.
TURNED_AWAY = 2


class _CalledBackError(TryLaterError):
    """Says that a mail was called back before its server could have taken it."""


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
        self._sessions = [Session(rules, token, self._patience, tls) for _ in range(CONNECTIONS)]
        self._busy: dict[Session, asyncio.Task[None]] = {}
        self._turned_away = 0
        self._lock = threading.Lock()
        self._waiting: dict[str, _Parcel] = {}
        # Mails being handed over, and whether the server may have them already.
        self._in_hand: dict[str, bool] = {}
        self._called_back: set[str] = set()
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
            if mail_id in self._in_hand:
                self._called_back.discard(mail_id)
            elif not self._is_closing:
                self._waiting.setdefault(mail_id, _Parcel(mail_id, raw, sender, to))
        self._call(self._news.set)

    def cancel(self, mail_id: str) -> bool:
        """Call a mail back; tells whether it stays here for sure. No result follows then.

        A mail whose DATA is said already goes on, and its result follows.
        """
        with self._lock:
            if self._in_hand.get(mail_id) is False:
                self._called_back.add(mail_id)
                return True
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
            return not self._waiting and not self._in_hand

    def close(self, timeout: float) -> None:
        """Finish the mails in hand, or leave them after `timeout` seconds; what waits stays queued in its row."""
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
                await self._send_waiting()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), self._patience.idle / 4)
                await self._close_unused()
            if self._busy:
                await asyncio.wait(self._busy.values())
        finally:
            await self._leave()

    async def _send_waiting(self) -> None:
        """Hand over what waits, one after the other as long as the server answers; another connection where not."""
        self._look_at_busy()
        while (session := self._free()) and (parcel := self._next()):
            task = asyncio.create_task(self._deliver(session, parcel))
            self._busy[session] = task
            is_done = False
            # Before a session stands, another one would fare no better.
            while not is_done:
                is_done = bool((await asyncio.wait({task}, timeout=self._patience.silence))[0])
                if session.is_in_transaction:
                    break
            self._look_at_busy()

    def _free(self) -> Session | None:
        return next((session for session in self._sessions if session not in self._busy), None)

    def _look_at_busy(self) -> None:
        for session, task in list(self._busy.items()):
            if task.done():
                del self._busy[session]
                # Raises what nobody foresaw.
                task.result()

    async def _close_unused(self) -> None:
        for session in self._sessions:
            if session not in self._busy and session.is_idle_for_long:
                await session.close(is_polite=True)

    async def _leave(self) -> None:
        for task in self._busy.values():
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)
        for session in self._sessions:
            await session.close(is_polite=self._is_closing)

    def _next(self) -> _Parcel | None:
        with self._lock:
            if self._is_closing or not self._waiting:
                return None
            parcel = self._waiting.pop(next(iter(self._waiting)))
            self._in_hand[parcel.mail_id] = False
            return parcel

    async def _deliver(self, session: Session, parcel: _Parcel) -> None:
        def before_data() -> None:
            with self._lock:
                if parcel.mail_id in self._called_back:
                    raise _CalledBackError("zurückgezogen")
                self._in_hand[parcel.mail_id] = True
            # What counts if no later line follows.
            begun = Handover(Outcome.UNCERTAIN, Phase.DATA, "abgebrochen, bevor der Mailserver antwortete")
            self._journal(self._result(parcel.mail_id, begun))

        try:
            done = await session.send(parcel.raw, parcel.sender, parcel.to, before_data)
        finally:
            # Another mail may wait for this connection.
            self._news.set()
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
            del self._in_hand[result.mail_id]
            self._turned_away = self._turned_away + 1 if done.code == TOO_MANY else 0
            is_called_back = result.mail_id in self._called_back
            if is_called_back:
                self._called_back.remove(result.mail_id)
            else:
                self._results.append(result)
            is_way_shut = done.concerns_all and not (is_called_back and done.phase is Phase.JOURNAL)
            if is_way_shut or self._turned_away >= TURNED_AWAY:
                self._results += [self._result(mail_id, done) for mail_id in self._waiting]
                self._waiting.clear()
                self._turned_away = 0
        self._wake()

    def _result(self, mail_id: str, done: Handover) -> SendingResult:
        return SendingResult(mail_id, done.outcome, self._clock(), done.phase, done.answer)
