"""Pass listening sockets between supervisor and HAProxy, in both directions, by HAProxy's own `_getsocks` exchange.

HAProxy exports only sockets that it takes this way (`-x`), not those of `bind fd@N`: so the supervisor serves them as
an older HAProxy would, and a new supervisor gets them back from the HAProxy that outlived the old one. No right beyond
the admin socket is needed, where `pidfd_getfd` is refused to ordinary users by `ptrace_scope` 1.

The exchange: "_getsocks\\n"; the number of sockets as an int; then, up to 252 at a time, six zero bytes a socket
(namespace, interface and options, all unused here) with the descriptors beside them, and an int back for each message.
"""

import asyncio
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from kr8.supervisor.proxy.admin import ANSWER_LIMIT_S, connect, short_path

OFFER_SOCKET = "listeners.sock"

_REQUEST = b"_getsocks\n"
_AT_ONCE = 252
_BLOCK = 6
_PAUSE_S = 0.005
_COUNT = struct.Struct("=i")


async def take(home: Path) -> list[socket.socket]:
    """Return duplicates of the listening TCP sockets of the running HAProxy."""
    async with asyncio.timeout(ANSWER_LIMIT_S):
        sockets = await asyncio.to_thread(_take, await connect(home))
    for other in (found for found in sockets if found.family == socket.AF_UNIX):
        other.close()
    return [found for found in sockets if found.family != socket.AF_UNIX]


def _take(connection: socket.socket) -> list[socket.socket]:
    with connection:
        connection.settimeout(ANSWER_LIMIT_S / 2)
        connection.sendall(_REQUEST)
        (expected,) = _COUNT.unpack(connection.recv(_COUNT.size, socket.MSG_WAITALL).ljust(_COUNT.size, b"\0"))
        taken: list[socket.socket] = []
        while len(taken) < expected:
            data, descriptors, _, _ = socket.recv_fds(connection, 65536, _AT_ONCE + 1)
            taken += [socket.socket(fileno=descriptor) for descriptor in descriptors]
            if not data:
                break
            _acknowledge(connection, len(taken))
    return taken


def _acknowledge(connection: socket.socket, taken: int) -> None:
    try:
        connection.sendall(_COUNT.pack(taken))
    except OSError:
        return  # 2.6 does not wait for the last acknowledgement


class Offer:
    """Serves the supervisor's listening sockets to each HAProxy that starts, from a thread: none waits for the loop."""

    def __init__(self, home: Path, descriptors: Callable[[], Iterable[int]], complain: Callable[[str], None]) -> None:
        self._home = home
        self._descriptors = descriptors
        self._complain = complain
        self._listener: socket.socket | None = None

    def open(self) -> None:
        """Begin to serve."""
        if self._listener is not None:
            return
        (self._home / OFFER_SOCKET).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        with short_path(self._home, OFFER_SOCKET) as path:
            listener.bind(path)
        (self._home / OFFER_SOCKET).chmod(0o600)
        listener.listen()
        self._listener = listener
        threading.Thread(target=self._serve, args=(listener,), daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
            listener.close()

    def _serve(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(ANSWER_LIMIT_S)
                    self._give(connection)
            except OSError:  # who asked is gone and will be started again, or there are no descriptors left
                time.sleep(_PAUSE_S)
            except Exception as error:  # without this thread no HAProxy that starts would ever get a socket
                self._complain(f"the listening sockets could not be given: {error!r}")
                time.sleep(_PAUSE_S)

    def _give(self, connection: socket.socket) -> None:
        if not connection.recv(len(_REQUEST)).startswith(b"_getsocks"):
            return
        descriptors = list(self._descriptors())
        connection.sendall(_COUNT.pack(len(descriptors)))
        for start in range(0, len(descriptors), _AT_ONCE):
            batch = descriptors[start : start + _AT_ONCE]
            socket.send_fds(connection, [bytes(_BLOCK * len(batch))], batch)
            connection.recv(_COUNT.size)


def bind_words(listener: socket.socket) -> str:
    """Return what to write after `bind` so that HAProxy finds this very socket among those it is offered."""
    address, port = listener.getsockname()[:2]
    if listener.family == socket.AF_INET6:
        only = listener.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
        return f"ipv6@[{address}]:{port} {'v6only' if only else 'v4v6'}"
    return f"ipv4@{address}:{port}"


def address(listener: socket.socket) -> str:
    """Return where it listens, as HAProxy writes it."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def identity(listener: socket.socket) -> str:
    """Tell one socket from another on the same address; the same for every duplicate."""
    return str(os.fstat(listener.fileno()).st_ino)
