"""A scripted SMTP server: it does at each phase what the test tells it, and remembers what it took."""

import socket
import struct
import threading
from collections import defaultdict
from typing import BinaryIO

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
    followed by one: "250 ok RESET". "BODY" happens after the first bytes of a body. "HOLD 250 ok" says it only once
    `go` is set; "TAKE DROP" at the dot keeps the mail and hangs up. `recipients` names answers to RCPT by address.
    """

    def __init__(self) -> None:
        self.script: dict[str, list[str]] = defaultdict(list)
        self.recipients: dict[str, str] = {}
        self.go = threading.Event()
        self.said: list[str] = []
        self.taken: list[bytes] = []
        # What belongs to one connection.
        self._here = threading.local()
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
        self._here.named = ""
        self._do(connection, "GREETING")
        while line := lines.readline():
            text = line.decode("utf-8").rstrip("\r\n")
            verb = text.split(" ")[0].split(":")[0].upper()
            self.said.append(text)
            named = (said for to, said in self.recipients.items() if verb == "RCPT" and f"<{to}>" in text)
            self._here.named = next(named, "")
            self._do(connection, verb)
            if verb == "DATA" and self._here.last.startswith("354"):
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
        self._here.body = body
        self._do(connection, "DOT")

    def _do(self, connection: socket.socket, phase: str) -> None:
        queue = self.script[phase]
        action = self._here.named or (queue.pop(0) if queue else _DEFAULT.get(phase, "500 what?"))
        if action.startswith("HOLD "):
            self.go.wait(20)
            action = action.removeprefix("HOLD ")
        if action.startswith("TAKE "):
            self.taken.append(self._here.body)
            action = action.removeprefix("TAKE ")
        self._here.last = action
        reply = action.removesuffix(RESET).removesuffix(DROP).removesuffix(SILENT).strip()
        if phase == "DOT" and reply.startswith("250") and not action.endswith((DROP, SILENT)):
            # Before the reply: whoever hears it may look at once.
            self.taken.append(self._here.body)
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
