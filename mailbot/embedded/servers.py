"""An IMAP and an SMTP server on loopback and ephemeral ports, with one mailbox in memory for each account.

SMTP delivers into the mailboxes, and nowhere else, and stamps Authentication-Results as a real receiving server does.
The only user of aiosmtpd. Runs in one thread with a loop of its own; fails with OSError where no port can be opened.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parseaddr
from types import TracebackType
from typing import Any, TypeVar

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag

from mailbot.embedded.imap import ImapServer

T = TypeVar("T")

_LOOPBACK = "127.0.0.1"
_LIMIT = 50_000_000
_FROM = re.compile(rb"^from:(.*(?:\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)

for _name in ("mail.log", "mail.debug", "pymap", "asyncio"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class EmbeddedServers:
    """An IMAP and an SMTP server for these accounts (name -> address); log-in by name or address and `password`."""

    def __init__(
        self,
        accounts: Mapping[str, str],
        password: str = "demo",  # noqa: S107  # a demo's password on loopback is no secret
        authserv_id: str = "mx.soccer-kirche.example",
    ) -> None:
        self.accounts = dict(accounts)
        self.imap_port = self.smtp_port = 0
        self._authserv_id = authserv_id
        self._password = password
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="embedded-servers", daemon=True)
        self._imap = ImapServer({name: (name, address) for name, address in self.accounts.items()}, password)
        self._servers: list[asyncio.Server] = []

    def start(self) -> None:
        """Open both ports; `imap_port` and `smtp_port` tell which."""
        self._thread.start()
        self._run(self._start())

    def stop(self) -> None:
        """Close every connection and forget every mailbox."""
        if self._thread.is_alive():
            self._run(self._stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    def __enter__(self) -> "EmbeddedServers":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def deliver(self, name: str, raw: bytes, flags: Iterable[str] = (), folder: str = "INBOX") -> int:
        """Put a letter's bytes into a mailbox as they are, and give its UID; who waits there is told at once."""
        letter = AppendMessage(raw, datetime.now(UTC), frozenset(Flag(flag.encode()) for flag in flags))
        return self._run(self._imap.append(name, folder, letter))

    def messages(self, name: str, folder: str = "INBOX") -> list[bytes]:
        """Give the bytes of every letter in a mailbox, oldest first; a folder that is not there is empty."""
        return self._run(self._imap.letters(name, folder))

    def person_at(self, address: str) -> str | None:
        """Find the account of an address, any case; `name+detail@` is `name@`."""
        local, _, domain = address.casefold().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return next(
            (name for name, listed in self.accounts.items() if listed.casefold() in (f"{local}@{domain}", plain)), None
        )

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _start(self) -> None:
        smtp: Callable[[], SMTP] = lambda: SMTP(  # noqa: E731  # asyncio wants a factory
            _Delivery(self),
            hostname="localhost",
            loop=self._loop,
            data_size_limit=_LIMIT,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=self._may_send,
        )
        self._servers = [
            await asyncio.start_server(self._imap.serve, _LOOPBACK, 0, limit=_LIMIT),
            await self._loop.create_server(smtp, _LOOPBACK, 0),
        ]
        self.imap_port, self.smtp_port = (server.sockets[0].getsockname()[1] for server in self._servers)

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Closed transports say so to their connections in the loop's next round.
        await asyncio.sleep(0)

    def _may_send(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        is_known = False
        if isinstance(data, LoginPassword) and data.password == self._password.encode():
            login = data.login.decode("utf-8", "replace")
            is_known = login in self.accounts or self.person_at(login) is not None
        # Not `handled`: aiosmtpd is to answer 535 itself, else the client waits for ever.
        return AuthResult(success=is_known, handled=False)


class _Delivery:
    """What the SMTP server does with an envelope: refuse strangers' addresses, stamp, put into the mailbox."""

    def __init__(self, servers: EmbeddedServers) -> None:
        self._servers = servers

    async def handle_RCPT(  # noqa: N802  # aiosmtpd finds its hooks by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._servers.person_at(address) is None:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd finds its hooks by this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        servers = self._servers
        for address in dict.fromkeys(envelope.rcpt_tos):
            if name := servers.person_at(address):
                raw = stamped(content, envelope.mail_from or "", address, servers._authserv_id)
                await servers._imap.append(name, "INBOX", AppendMessage(raw, datetime.now(UTC)))
        return "250 2.0.0 Delivered"


def stamped(raw: bytes, mail_from: str, rcpt: str, authserv_id: str) -> bytes:
    """Put in front what a receiving server writes: Return-Path, its verdict, Received; drop verdicts in its name."""
    verdict = f"Authentication-Results: {authserv_id};{_verdict(raw, mail_from)}"
    now = format_datetime(datetime.now(UTC))
    received = f"Received: from localhost ([{_LOOPBACK}]) by {authserv_id}\r\n with ESMTP for <{rcpt}>; {now}"
    lines = [f"Return-Path: <{mail_from}>", verdict, received]
    return "".join(f"{line}\r\n" for line in lines).encode() + _without_verdicts(raw, authserv_id)


def _verdict(raw: bytes, mail_from: str) -> str:
    head = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"\n")
    found = _FROM.search(head)
    domain = parseaddr(found[1].decode("utf-8", "replace") if found else "")[1].rpartition("@")[2].lower()
    sender = mail_from.rpartition("@")[2].lower()
    if domain and domain == sender:
        return f" dkim=pass header.d={domain};\r\n spf=pass smtp.mailfrom={sender}; dmarc=pass header.from={domain}"
    return f" dkim=none;\r\n spf=none smtp.mailfrom={sender}; dmarc=fail header.from={domain}"


def _without_verdicts(raw: bytes, authserv_id: str) -> bytes:
    head, gap, body = raw.partition(b"\r\n\r\n")
    ours = re.compile(
        rb"^authentication-results[ \t]*:\s*%s\b[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*" % re.escape(authserv_id.encode()),
        re.IGNORECASE | re.MULTILINE,
    )
    return ours.sub(b"", head + b"\r\n").removesuffix(b"\r\n") + gap + body
