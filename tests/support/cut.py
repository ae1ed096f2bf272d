"""A proxy before a PostgreSQL server that cuts a connection at a COMMIT, on the side it is told to."""

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

COMMIT = b"COMMIT"


class Cut:
    """Listens on a socket of its own and passes everything on, until `arm` says which commit is to be lost.

    `arm(before=True)` loses the commit on its way to the server; `then` happens first. `arm(before=False)` loses the
    server's answer.
    """

    def __init__(self, server: Path, folder: Path) -> None:
        self._server = server
        self.folder = folder
        self._armed: bool | None = None
        self._then: Callable[[], None] = lambda: None
        self.cuts = 0
        self._listener = socket.socket(socket.AF_UNIX)

    def __enter__(self) -> "Cut":
        self._listener.bind(str(self.folder / ".s.PGSQL.5432"))
        self._listener.listen(50)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def arm(self, *, before: bool, then: Callable[[], None] = lambda: None) -> None:
        """Cut at the next commit."""
        self._armed, self._then = before, then

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(str(self._server))
                except OSError:
                    client.close()
                    continue
                threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self._armed is not None and COMMIT in data:
                    before, self._armed = self._armed, None
                    self._cut(client, server, data, before)
                    return
                server.sendall(data)
        _end(client, server)

    def _cut(self, client: socket.socket, server: socket.socket, data: bytes, before: bool) -> None:
        self.cuts += 1
        if before:
            self._then()
        else:
            # The other thread must not pass the answer on: the client's end goes first.
            _end(client)
            server.sendall(data)
            with contextlib.suppress(OSError):
                server.settimeout(10)
                while server.recv(65536):
                    pass
        _end(client, server)

    @staticmethod
    def _pass(server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
        _end(client, server)


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
