"""The connection to the daemon."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
from enum import Enum

from kr8.bridge.home import Home
from kr8.bridge.lines import Lines
from kr8.bridge.message import as_object, parse
from kr8.version import VERSION

_CHUNK = 1 << 16


class State(Enum):
    """How far the connection is."""

    CLOSED = 0
    GREETING = 1
    OPEN = 2


class Link:
    """A unix socket that begins with a greeting: who calls from where, and which daemon answers."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._socket: socket.socket | None = None
        self._lines = Lines()
        self.state = State.CLOSED
        self.version: str | None = None

    def connect(self) -> bool:
        """Try once; whether a daemon listens."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(self._home.mcp_socket)
            connection.sendall(preface() + b"\n")
        except OSError:
            connection.close()
            return False
        self._socket, self._lines, self.state = connection, Lines(), State.GREETING
        return True

    def fileno(self) -> int:
        """The descriptor to poll; -1 when closed."""
        return self._socket.fileno() if self._socket is not None else -1

    def send(self, lines: list[bytes]) -> bool:
        """Send lines; False where the connection broke."""
        if self._socket is None:
            return False
        try:
            self._socket.sendall(b"".join(line + b"\n" for line in lines))
        except OSError:
            return False
        return True

    def receive(self) -> list[bytes] | None:
        """The lines that have come, without the greeting; None where the connection broke."""
        try:
            data = self._socket.recv(_CHUNK) if self._socket is not None else b""
        except OSError:
            data = b""
        if not data:
            return None
        lines = self._lines.feed(data)
        if lines and self.state is State.GREETING:
            said: object = as_object(parse(lines.pop(0)).get("kr8")).get("version")
            self.version = said if isinstance(said, str) else None
            self.state = State.OPEN
        return lines

    def close(self) -> None:
        """Close it, if it is open."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self.state = None, State.CLOSED

    def end_daemon(self) -> bool:
        """Ask the daemon at the other end to end; False where this user may not."""
        if self._socket is None:
            return False
        # The kernel's word, not the greeting's: the number names the process that listens.
        credentials = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        try:
            os.kill(struct.unpack("3i", credentials)[0], signal.SIGTERM)
        except (PermissionError, ProcessLookupError):
            return False
        return True


def preface() -> bytes:
    """The first line to the daemon: where the caller stands and what it calls itself. It proves nothing."""
    try:
        directory = os.getcwd()  # noqa: PTH109 - pathlib costs the bridge its start
    except FileNotFoundError:
        directory = None
    user = os.environ.get("USER") or os.environ.get("LOGNAME") or str(os.getuid())
    return json.dumps({"kr8": {"directory": directory, "user": user, "version": VERSION}}).encode()


def is_older(version: str | None, than: str) -> bool:
    """Whether a version comes before another; unknown forms never do."""
    try:
        return [int(part) for part in (version or "").split(".")] < [int(part) for part in than.split(".")]
    except ValueError:
        return False
