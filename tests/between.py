"""A server between mailbot and a real one: passes everything on, hides what the real one can do, and falls ill.

    with Between(account.port, hides=("MOVE",)) as server: rules = replace(rules, port=server.port)

`heard` holds every line mailbot said. Ill are the connections there are; whoever comes later is served, unless
`is_shut`.
"""

import re
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType


class Between:
    """A loopback server at `port` in front of the one at `behind`."""

    def __init__(self, behind: int, hides: Sequence[str] = ()) -> None:
        self.heard: list[str] = []
        self.connections = 0
        self.is_shut = False
        # What mailbot says last to a connection that goes silent at it.
        self.silent_at = b""
        self._behind = behind
        self._hides = [pattern.encode() for pattern in hides]
        self._inside: list[tuple[socket.socket, socket.socket]] = []
        self._frozen: set[int] = set()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])

    def __enter__(self) -> "Between":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.close()

    def close(self) -> None:
        """Hang up on everybody inside."""
        inside, self._inside = self._inside, []
        for pair in inside:
            _hang_up(*pair)

    def bye(self) -> None:
        """Say goodbye to everybody inside, and hang up."""
        for guest, _ in self._inside:
            with suppress(OSError):
                guest.sendall(b"* BYE shutting down\r\n")
        self.close()

    def freeze(self) -> None:
        """Say nothing more to those inside, and hear nothing, without hanging up."""
        self._frozen |= {id(guest) for guest, _ in self._inside}

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                guest = self._door.accept()[0]
                if self.is_shut:
                    guest.close()
                    continue
                self.connections += 1
                host = socket.create_connection(("127.0.0.1", self._behind))
                for end in (guest, host):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._inside.append((guest, host))
                for work in (self._up, self._down):
                    threading.Thread(target=work, args=(guest, host), daemon=True).start()

    def _up(self, guest: socket.socket, host: socket.socket) -> None:
        with suppress(OSError):
            while some := guest.recv(65536):
                self.heard += some.decode("latin-1").splitlines()
                if self.silent_at and self.silent_at in some.upper():
                    self.silent_at = b""
                    self._frozen.add(id(guest))
                if id(guest) not in self._frozen:
                    host.sendall(some)
        _hang_up(guest, host)

    def _down(self, guest: socket.socket, host: socket.socket) -> None:
        with suppress(OSError):
            while some := host.recv(65536):
                for pattern in self._hides:
                    some = re.sub(pattern, b"", some)
                if id(guest) not in self._frozen:
                    guest.sendall(some)
        _hang_up(guest, host)


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
