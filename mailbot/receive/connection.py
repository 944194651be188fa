"""A connection to the IMAP server: opened, protected and logged in. mailbox.py works on it.

Certificates are checked against the system's authorities; a password or token stands in no error. Lets the errors of
imapclient, imaplib and the socket through (FAULTS); `reason` puts them in words.
"""

import base64
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from logging import WARNING, getLogger
from typing import Any

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]  # the library ships no types

from mailbot.model.rules import MailboxRules, Security
from mailbot.receive.headers import one_line

_BYTES = re.compile(r"b(['\"])(.*)\1", re.DOTALL)

# What imapclient, imaplib and their parsers raise on servers' answers; imaplib's own error is a bare Exception.
FAULTS = (IMAPClient.Error, OSError, AssertionError, LookupError, TypeError, ValueError)

# It logs what goes over the wire, letters included.
getLogger("imapclient").setLevel(WARNING)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds each step may take, so that a black hole is noticed within a minute.

    IDLE is begun anew after `idle`, and no answer is silent for longer than `answer`; however much a server says
    meanwhile, a step ends after `whole`, in which 25 MB come over a slow line. For waits below `short`, beginning IDLE
    costs more than looking again.
    """

    connect: float = 20.0
    answer: float = 25.0
    idle: float = 30.0
    short: float = 1.0
    whole: float = 900.0


def connected(rules: MailboxRules, patience: Patience) -> Any:
    """Open a connection that is protected as the rules say."""
    context = ssl.create_default_context() if rules.security is not Security.NONE else None
    timeout = SocketTimeout(connect=patience.connect, read=patience.answer)
    is_tls = rules.security is Security.TLS
    client = IMAPClient(rules.host, rules.port, ssl=is_tls, ssl_context=context, timeout=timeout)
    client.normalise_times = False
    # imaplib sends a literal and its line end apart; Nagle's algorithm would hold the second back.
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.socket().setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if rules.security is Security.STARTTLS:
        client.starttls(context)
    return client


def log_in(client: Any, rules: MailboxRules, token: str | None) -> None:
    """Log in by XOAUTH2 where there is a token, else by password."""
    if rules.oauth and token is not None:
        client.sasl_login("XOAUTH2", _xoauth2(rules.oauth.user, token))
    elif f"{rules.user}{rules.password}".isascii():
        client.login(rules.user, rules.password or "")
    else:
        # LOGIN is ASCII only (RFC 3501); SASL PLAIN is UTF-8 (RFC 4616).
        client.plain_login(rules.user, rules.password or "")
    # Many servers say what they can only after log-in; ask now, not amid the first work.
    client.capabilities()


@contextlib.contextmanager
def hung_up_after(client: Any, seconds: float) -> Iterator[None]:
    """Hang up on a server that talks on and on: to the timeout of the socket each of its bytes is an answer."""
    # Not the SSL socket's own: that one forgets its state, which the reading thread is in.
    ends = threading.Timer(seconds, _hang_up, [client.socket()] if client is not None else [])
    ends.daemon = True
    ends.start()
    try:
        yield
    finally:
        ends.cancel()


def _hang_up(*sockets: socket.socket) -> None:
    for one in sockets:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(one, socket.SHUT_RDWR)


def _xoauth2(user: str, token: str) -> Callable[[bytes], bytes]:
    """Say the token once; what the server asks after that is its error, to be answered by an empty line (Gmail)."""
    words = iter([f"user={user}\1auth=Bearer {token}\1\1".encode()])
    return lambda challenge: next(words, b"")


def reason(error: BaseException, secret: str) -> str:
    """Put an error into one line without control characters and without the secret of the log-in."""
    said = error.args[0] if isinstance(error, IMAPClient.Error) and error.args else error
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    # imapclient hands imaplib's bytes on as their repr.
    if shown := _BYTES.fullmatch(text):
        text = shown[2]
    if secret:
        for hidden in (secret, base64.b64encode(secret.encode()).decode()):
            text = text.replace(hidden, "…")
    return (one_line(text) or type(error).__name__)[:200]
