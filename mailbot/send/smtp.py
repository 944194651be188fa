"""One kept SMTP connection, and for every hand-over the phase it came to: the only user of aiosmtplib.

"Not sent" and "perhaps sent" look the same in every SMTP library, so MAIL, RCPT, DATA, the body and the dot are driven
one by one: what goes wrong before the dot was surely not sent, silence after it is uncertain. Retries nothing that
the server answered. Fails never with an exception of the library: a Handover says what happened, in one clean line.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import aiosmtplib
from aiosmtplib.protocol import normalize_message_line_endings

from mailbot.errors import AskHumanError, TryLaterError
from mailbot.model.mail import Outcome, Phase
from mailbot.model.rules import Security, SmtpRules
from mailbot.send.envelope import envelope
from mailbot.send.replies import clean, outcome_of

_STUFFED = re.compile(rb"(?m)^\.")
_MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*<([^@>\s]+)@")
_POLL = 0.005
# What EHLO says: an address literal needs no look-up and tells nothing about the house (RFC 5321 section 4.1.3).
_NAME = "[127.0.0.1]"


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds each step may take; `dot` is RFC 5321 section 4.5.3.2.6, `idle` how long a session is kept.

    After `silence` seconds with one mail the others no longer wait for it.
    """

    connect: float = 30.0
    command: float = 120.0
    body: float = 180.0
    dot: float = 600.0
    idle: float = 60.0
    silence: float = 10.0


@dataclass(frozen=True, slots=True)
class Handover:
    """How one hand-over ended; `code` is the server's, 0 where it said nothing."""

    outcome: Outcome
    phase: Phase
    answer: str
    code: int = 0

    @property
    def concerns_all(self) -> bool:
        """Tell whether every other mail would fare alike: no session, or no room for the journal."""
        return self.phase in (Phase.CONNECT, Phase.TLS, Phase.LOGIN, Phase.JOURNAL)

    @property
    def is_stale(self) -> bool:
        """Tell whether a kept session may simply have grown old or confused: gone, 421, 503."""
        return self.phase in (Phase.MAIL, Phase.RCPT) and self.code in (0, 421, 503)


# What may go wrong on the way; anything else is a bug.
_TROUBLE = (aiosmtplib.SMTPException, OSError, ValueError, TryLaterError, AskHumanError)


class Session:
    """The connection to one SMTP server, opened when the first mail needs it and kept while all goes well."""

    def __init__(
        self,
        rules: SmtpRules,
        token: Callable[[], str] | None = None,
        patience: Patience | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._rules = rules
        self._token = token
        self._patience = patience or Patience()
        self._tls = tls
        self._client: aiosmtplib.SMTP | None = None
        self._used_at = 0.0
        self._secrets = [rules.password] if rules.password else []
        self._phase = Phase.CONNECT

    @property
    def is_idle_for_long(self) -> bool:
        """Tell whether the connection has been kept unused so long that it should be closed."""
        return self._client is not None and monotonic() - self._used_at > self._patience.idle

    @property
    def is_in_transaction(self) -> bool:
        """Tell whether a mail is under way on a session that stands."""
        return self._phase not in (Phase.CONNECT, Phase.TLS, Phase.LOGIN)

    async def send(self, raw: bytes, sender: str, to: str, before_data: Callable[[], None]) -> Handover:
        """Hand over one mail's bytes to one recipient; `before_data` is called last before anything may be taken.

        A TryLaterError of `before_data` stops the hand-over. A kept connection that turns out to be dead, or confused,
        before DATA is replaced once.
        """
        was_kept = self._client is not None
        done = await self._tried(raw, sender, to, before_data)
        if was_kept and done.outcome is Outcome.LATER and done.is_stale:
            return await self._tried(raw, sender, to, before_data)
        return done

    async def open(self) -> None:
        """Connect, protect the connection and log in. Raises TryLaterError with the server's answer."""
        try:
            await self._connected()
        except _TROUBLE as error:
            done = self._failed(error, b"")
            await self.close()
            raise TryLaterError(f"smtp {self._rules.host}: {done.phase}: {done.answer}") from None

    async def close(self, *, is_polite: bool = False) -> None:
        """Close the connection; politely with QUIT, whose answer no longer matters."""
        client, self._client = self._client, None
        if client is None:
            return
        if is_polite:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=2.0)
        client.close()

    async def _tried(self, raw: bytes, sender: str, to: str, before_data: Callable[[], None]) -> Handover:
        try:
            client = await self._connected()
            answer = await self._transaction(client, raw, sender, to, before_data)
        except _TROUBLE as error:
            # A session that saw an error is not used again.
            await self.close()
            return self._failed(error, raw)
        except asyncio.CancelledError:
            await self.close()
            raise
        self._used_at = monotonic()
        return Handover(Outcome.SENT, Phase.DOT, self._clean(answer, raw), 250)

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        rules, self._phase = self._rules, Phase.CONNECT
        client = aiosmtplib.SMTP(
            hostname=rules.host,
            port=rules.port,
            use_tls=rules.security is Security.TLS,
            start_tls=False,
            local_hostname=_NAME,
            timeout=self._patience.command,
            tls_context=self._tls,
        )
        self._client = client
        await client.connect(timeout=self._patience.connect)
        if rules.security is Security.STARTTLS:
            # Raises where the server offers none or its certificate does not hold: never in clear text instead.
            self._phase = Phase.TLS
            await client.starttls(timeout=self._patience.connect)
        self._phase = Phase.LOGIN
        await client.ehlo()
        await self._log_in(client)
        return client

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        rules = self._rules
        if self._token is not None and rules.oauth is not None:
            token = await asyncio.to_thread(self._token)
            self._secrets = [token]
            await client.auth_xoauth2(rules.oauth.user, token)
        elif rules.user is not None:
            password = rules.password or ""
            # One method, one try: three refused log-ins for one wrong password get accounts locked.
            if "plain" in client.server_auth_methods:
                await client.auth_plain(rules.user, password)
            elif "login" in client.server_auth_methods:
                await client.auth_login(rules.user, password)
            else:
                await client.login(rules.user, password)

    async def _transaction(
        self, client: aiosmtplib.SMTP, raw: bytes, sender: str, to: str, before_data: Callable[[], None]
    ) -> str:
        body = normalize_message_line_endings(raw)
        self._phase = Phase.MAIL
        cover = envelope(sender, to, body, client.supports_extension)
        await client.mail(cover.sender, options=cover.options, encoding=cover.encoding)
        self._phase = Phase.RCPT
        await client.rcpt(cover.to, encoding=cover.encoding)
        self._phase = Phase.JOURNAL
        before_data()
        self._phase = Phase.DATA
        start = await client.execute_command(b"DATA")
        if start.code != aiosmtplib.SMTPStatus.start_input:
            raise aiosmtplib.SMTPDataError(start.code, start.message)
        return await self._handed_over(client, _STUFFED.sub(b"..", body))

    async def _handed_over(self, client: aiosmtplib.SMTP, body: bytes) -> str:
        """Send the body, then the dot, and give the server's word to it."""
        protocol, transport = client.protocol, client.transport
        if protocol is None or not isinstance(transport, asyncio.WriteTransport):
            raise aiosmtplib.SMTPServerDisconnected("connection lost")
        self._phase = Phase.BODY
        # Listening begins first: a server may refuse in the middle of the body, and that word must not be lost.
        answer = asyncio.create_task(protocol.read_response(timeout=self._patience.body + self._patience.dot))
        try:
            protocol.write(body)
            await asyncio.wait_for(_drained(transport, answer), self._patience.body)
            if not answer.done():
                protocol.write(b".\r\n")
                self._phase = Phase.DOT
            code, message = await asyncio.wait_for(answer, self._patience.dot)
        finally:
            answer.cancel()
        if self._phase is not Phase.DOT or code // 100 != 2:
            raise aiosmtplib.SMTPDataError(code, message)
        return f"{code} {message}"

    def _failed(self, error: Exception, raw: bytes) -> Handover:
        if isinstance(error, AskHumanError):
            return Handover(Outcome.REFUSED, self._phase, str(error))
        code, said = 0, _in_words(error)
        if isinstance(error, aiosmtplib.SMTPResponseException) and error.code > 0:
            code, said = error.code, f"{error.code} {error.message}"
        return Handover(outcome_of(self._phase, code), self._phase, self._clean(said, raw), code)

    def _clean(self, answer: str, raw: bytes) -> str:
        found = _MESSAGE_ID.search(raw, 0, 20_000)
        return clean(answer, [*self._secrets, *([found[1].decode("ascii", "replace")] if found else [])])


def check(rules: SmtpRules, token: Callable[[], str] | None = None) -> None:
    """Log in and say goodbye, for `mailbot check`. Raises TryLaterError with the server's answer."""

    async def visit() -> None:
        session = Session(rules, token, Patience(command=30.0))
        await session.open()
        await session.close(is_polite=True)

    asyncio.run(visit())


async def _drained(transport: asyncio.WriteTransport, answer: "asyncio.Task[aiosmtplib.SMTPResponse]") -> None:
    """Wait until the transport has passed on every byte, or the server has spoken (or gone) before."""
    while transport.get_write_buffer_size() and not answer.done():
        await asyncio.sleep(_POLL)


def _in_words(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPConnectError) and not isinstance(error, TimeoutError):
        return f"der Mailserver ist nicht erreichbar ({error.message})"
    if isinstance(error, TimeoutError):
        return "der Mailserver antwortet nicht"
    if isinstance(error, ConnectionError):
        return "die Verbindung zum Mailserver ist abgerissen"
    return str(error) or type(error).__name__
