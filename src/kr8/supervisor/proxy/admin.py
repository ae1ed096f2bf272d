"""Talk to a running HAProxy over its admin socket."""

import asyncio
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kr8.supervisor.proxy.config import ADMIN_SOCKET

ANSWER_LIMIT_S = 5.0
_BATCH = 40


@contextmanager
def short_path(directory: Path, name: str) -> Generator[str, None, None]:
    """Reach a file of a directory by a path that fits a socket address, however deep the directory lies."""
    held = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{held}/{name}"
    finally:
        os.close(held)


async def connect(home: Path) -> socket.socket:
    """Connect to the admin socket; OSError when nobody listens."""
    connection = socket.socket(socket.AF_UNIX)
    connection.setblocking(False)
    try:
        with short_path(home, ADMIN_SOCKET) as path:
            await asyncio.get_running_loop().sock_connect(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


async def ask(home: Path, *commands: str) -> str:
    """Send commands, in order, and return everything answered."""
    parts: list[str] = []
    for start in range(0, len(commands), _BATCH):
        # Not wait_for: in Python 3.11 it loses the end of the caller's own time where both come at once.
        async with asyncio.timeout(ANSWER_LIMIT_S):
            parts.append(await _ask(home, "; ".join(commands[start : start + _BATCH])))
    return "".join(parts)


async def _ask(home: Path, line: str) -> str:
    loop = asyncio.get_running_loop()
    with await connect(home) as connection:
        await loop.sock_sendall(connection, f"{line}\n".encode())
        parts: list[bytes] = []
        while part := await loop.sock_recv(connection, 65536):
            parts.append(part)
    return b"".join(parts).decode(errors="replace")
