"""A server that follows a script: for faults that no real server shows when asked.

    with ScriptedServer([Say("* OK hello"), Hear("LOGIN"), Say("{tag} OK"), Close()]) as server: ...

Each connection plays the next script, the last one again and again. `{tag}` stands for the tag of the command last
heard (IMAP), `{idle}` for that of the last IDLE. A script at its end keeps the connection open and answers nothing.
`heard` is every line in order; a line that was not expected ends the connection and stands in `surprises`.
"""

import re
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Say:
    """Write one line, CRLF added; with `is_raw` the bytes as they are."""

    line: str
    is_raw: bool = False


@dataclass(frozen=True, slots=True)
class Hear:
    """Read one line, which must match this pattern (any case, anywhere)."""

    pattern: str = ""


@dataclass(frozen=True, slots=True)
class HearBody:
    """Read lines until the lone dot (SMTP after DATA); with `lines` only so many."""

    lines: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for so many seconds, or until the server is stopped."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Close:
    """Hang up; with `is_reset` by RST, so that what was sent may be lost."""

    is_reset: bool = False


Step = Say | Hear | HearBody | Wait | Close
Script = Sequence[Step]


class ScriptedServer:
    """A server on loopback at `port` that plays scripts, one for each connection."""

    def __init__(self, *scripts: Script) -> None:
        self.heard: list[str] = []
        self.surprises: list[str] = []
        self._scripts = scripts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._stopped = threading.Event()
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "ScriptedServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._thread.join(5)

    def _serve(self) -> None:
        number = 0
        with suppress(OSError):
            while not self._stopped.is_set():
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.append(connection)
                script = self._scripts[min(number, len(self._scripts) - 1)]
                threading.Thread(target=self._play, args=(connection, script), daemon=True).start()
                number += 1

    def _play(self, connection: socket.socket, script: Script) -> None:
        tag = idle = ""
        with suppress(OSError), connection.makefile("rb") as lines:
            for step in script:
                if isinstance(step, Say):
                    text = step.line.replace("{tag}", tag).replace("{idle}", idle)
                    connection.sendall((text if step.is_raw else text + "\r\n").encode("latin-1"))
                elif isinstance(step, Hear):
                    line = lines.readline().decode("latin-1").rstrip("\r\n")
                    self.heard.append(line)
                    if not re.search(step.pattern, line, re.IGNORECASE):
                        self.surprises.append(f"expected {step.pattern}, heard {line}")
                        break
                    # What continues a command (a token, DONE) is one word and has no tag.
                    tag = line.partition(" ")[0] if " " in line else tag
                    idle = tag if line.upper().endswith(" IDLE") else idle
                elif isinstance(step, HearBody):
                    self._hear_body(lines, step.lines)
                elif isinstance(step, Wait):
                    self._stopped.wait(step.seconds)
                else:
                    _hang_up(connection, is_reset=step.is_reset)
                    return
            else:
                self._stopped.wait()
        _hang_up(connection, is_reset=False)

    def _hear_body(self, lines: BinaryIO, limit: int | None) -> None:
        count = 0
        while (limit is None or count < limit) and (line := lines.readline()) not in (b".\r\n", b""):
            self.heard.append(line.decode("latin-1").rstrip("\r\n"))
            count += 1


def _hang_up(connection: socket.socket, *, is_reset: bool) -> None:
    with suppress(OSError):
        if is_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        else:
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()


def imap(*steps: Step, capabilities: str = "IMAP4rev1 IDLE UIDPLUS MOVE", uid_next: int = 1) -> list[Step]:
    """Begin a script as an IMAP server does: greeting, log-in and the inbox opened; then `steps`."""
    return [
        Say(f"* OK [CAPABILITY {capabilities}] ready"),
        Hear("CAPABILITY"),
        Say(f"* CAPABILITY {capabilities}"),
        Say("{tag} OK done"),
        Hear("LOGIN"),
        Say(f"{{tag}} OK [CAPABILITY {capabilities}] in"),
        Hear("SELECT"),
        Say("* 0 EXISTS"),
        Say("* FLAGS (\\Seen \\Deleted)"),
        Say("* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] ok"),
        Say("* OK [UIDVALIDITY 7] ok"),
        Say(f"* OK [UIDNEXT {uid_next}] ok"),
        Say("{tag} OK [READ-WRITE] open"),
        *steps,
    ]


def answer(pattern: str, *lines: str, end: str = "OK done") -> list[Step]:
    """Hear a command and answer it with untagged lines and a tagged end."""
    return [Hear(pattern), *(Say(f"* {line}") for line in lines), Say(f"{{tag}} {end}")]


def found(*uids: int) -> list[Step]:
    """Answer a search of the mailbox (NOOP, then SEARCH) with these UIDs."""
    return [*answer("NOOP"), *answer("UID SEARCH", " ".join(["SEARCH", *map(str, uids)]))]
