"""The daemon's sockets: open, and queueing whoever comes, before the daemon can answer."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

from kr8.bridge.home import Home
from kr8.settings import Listen, SettingError

BACKLOG = 1024


class Sockets:
    """What the daemon listens on. Raises SettingError where that may not be, OSError where it cannot be."""

    def __init__(self, home: Home, listen: Listen | None) -> None:
        self._paths = (home.mcp_socket, home.api_socket)
        self.listen = listen
        self.http: list[socket.socket] = []
        if listen is not None:
            tcp = _tcp(listen)
            self.listen = Listen(listen.host, tcp.getsockname()[1])
            self.http.append(tcp)
        self.http.append(_unix(home.api_socket))
        self.lines = _unix(home.mcp_socket)

    def forget(self) -> None:
        """Take their names away: whoever comes now is to find no daemon, and start the next one."""
        for path in self._paths:
            with suppress(FileNotFoundError):
                Path(path).unlink()

    def close(self) -> None:
        """Close them; twice does no harm."""
        self.forget()
        for each in (*self.http, self.lines):
            each.close()


def _tcp(listen: Listen) -> socket.socket:
    if not listen.is_loopback():
        raise SettingError(
            f"HTTP on {listen} is refused: everybody who reaches that address could call every operation. "
            "There is no token and no TLS yet. Have KR8_LISTEN name 127.0.0.1, and reach it through SSH: ssh -L."
        )
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        return socket.create_server((listen.host, listen.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise SettingError(f"HTTP cannot listen on {listen}, as KR8_LISTEN has it: {error.strerror}.") from error


def _unix(path: str) -> socket.socket:
    """A socket that has its name only once it listens: whoever finds the name can connect."""
    temporary = f"{path}.new"
    with suppress(FileNotFoundError):
        Path(temporary).unlink()
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(temporary)
    Path(temporary).chmod(0o600)
    made.listen(BACKLOG)
    os.replace(temporary, path)  # noqa: PTH105 - the same on a name as on a Path
    return made
