"""A scripted SMTP server: it does at each phase what the test tells it, and remembers what it took."""

import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pytest

from mailbot.model.rules import Security, SmtpRules

DROP, SILENT, RESET = "DROP", "SILENT", "RESET"

_DEFAULT = {
    "GREETING": "220 scripted",
    "EHLO": "250-scripted\r\n250-SIZE 30000000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN",
    "AUTH": "235 ok",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "DOT": "250 2.0.0 taken",
    "QUIT": "221 bye",
}


class Scripted:
    """`script["RCPT"] = ["451 later"]` answers the first RCPT so and further ones with yes.

    Besides a reply an action may be DROP (close), SILENT (no word until the client goes), or RESET; a reply may be
    followed by one: "250 ok RESET". "BODY" happens after the first bytes of a body.
    """

    def __init__(self) -> None:
        self.script: dict[str, list[str]] = defaultdict(list)
        self.said: list[str] = []
        self.taken: list[bytes] = []
        self._body = b""
        self.connections = 0
        self.released = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.released.set()
        # shutdown() wakes the thread that waits in accept(), close() alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            self._talk(connection, connection.makefile("rb"))
        except (OSError, ValueError, _GoneError):
            pass
        finally:
            connection.close()

    def _talk(self, connection: socket.socket, lines: BinaryIO) -> None:
        self._do(connection, "GREETING")
        while line := lines.readline():
            text = line.decode("utf-8").rstrip("\r\n")
            verb = text.split(" ")[0].split(":")[0].upper()
            self.said.append(text)
            self._do(connection, verb)
            if verb == "DATA" and self._last.startswith("354"):
                self._read_body(connection, lines)
            if verb == "QUIT":
                return

    def _read_body(self, connection: socket.socket, lines: BinaryIO) -> None:
        body = lines.readline()
        if self.script["BODY"]:
            self._do(connection, "BODY")
        while not body.endswith(b"\r\n.\r\n"):
            line = lines.readline()
            if not line:
                raise _GoneError
            body += line
        self._body = body
        self._do(connection, "DOT")

    def _do(self, connection: socket.socket, phase: str) -> None:
        queue = self.script[phase]
        action = queue.pop(0) if queue else _DEFAULT.get(phase, "500 what?")
        self._last = action
        reply = action.removesuffix(RESET).removesuffix(DROP).removesuffix(SILENT).strip()
        if phase == "DOT" and reply.startswith("250") and not action.endswith((DROP, SILENT)):
            # Before the reply: whoever hears it may look at once.
            self.taken.append(self._body)
        if reply:
            connection.sendall(reply.encode() + b"\r\n")
        if action.endswith(SILENT):
            self.released.wait(20)
            raise _GoneError
        if action.endswith(RESET):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if action.endswith((DROP, RESET)):
            raise _GoneError


class _GoneError(Exception):
    pass


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.close()


@pytest.fixture
def rules(server: Scripted) -> SmtpRules:
    return SmtpRules(
        "127.0.0.1", "Soccer-Kirche", "buchung@sk.example", port=server.port, security=Security.NONE, per_hour=500
    )


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until something is so, at most five seconds."""

    def wait(is_so: Callable[[], bool]) -> None:
        pause = threading.Event()
        for _ in range(1000):
            if is_so():
                return
            pause.wait(0.005)
        raise AssertionError("it never came to be so")

    return wait
