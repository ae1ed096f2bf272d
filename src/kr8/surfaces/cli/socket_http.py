"""HTTP over a unix socket, JSON both ways: what the daemon and the supervisor speak."""

import http.client
import json
import os
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

from kr8.sandbox.word import saying


class NotSent(OSError):
    """Nobody took the request: it did not happen."""


class NoAnswer(OSError):
    """The request was sent and its answer never came: nobody knows whether it happened."""


def ask(
    path: Path,
    method: str,
    target: str,
    body: object = None,
    headers: dict[str, str] | None = None,
    limit_s: float = 60.0,
) -> tuple[int, Any]:
    """Make one request of the server behind a unix socket: the status and the JSON value of its answer.

    It says the word that lies beside the socket.

    A connection of its own for each: one that was kept could have been closed meanwhile, and a request lost in it
    would look like one that may have happened. Raises NotSent where nobody listens, NoAnswer where the answer did
    not come within `limit_s` or was no JSON.
    """
    connection = _Connection(path, limit_s)
    with closing(connection):
        try:
            connection.connect()
        except OSError as error:
            raise NotSent(f"{path}: {error.strerror or error}") from error
        sent = {
            "Content-Type": "application/json",
            "Connection": "close",
            **saying(str(path.parent)),
            **(headers or {}),
        }
        try:
            connection.request(method, target, None if body is None else json.dumps(body).encode(), sent)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoAnswer(str(error) or type(error).__name__) from error


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, limit_s: float) -> None:
        super().__init__("localhost", timeout=limit_s)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket's path. Through its folder, for a path may have at most 107 bytes."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        folder = os.open(self._path.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            self.sock.connect(f"/proc/self/fd/{folder}/{self._path.name}")
        finally:
            os.close(folder)
