"""The listening sockets of services: bound here, served by the proxy, kept through the death of either."""

import errno
import socket
from collections.abc import Iterable

from kr8.supervisor import procfs
from kr8.supervisor.proxy.handover import address as where
from kr8.supervisor.refused import RefusedError, malformed, port_taken
from kr8.supervisor.wire import address

_BACKLOG = 4096


class Listeners:
    def __init__(self) -> None:
        self._held: dict[str, tuple[str, socket.socket]] = {}
        self._retired: list[socket.socket] = []
        self._strays: list[socket.socket] = []

    def recover(self, key: str, found: socket.socket) -> None:
        """Take over a socket that the proxy kept."""
        self._held[key] = (where(found), found)

    def shelter(self, strays: Iterable[socket.socket]) -> None:
        """Keep sockets that the proxy serves, until it is clear whose they are: the first table tells."""
        self._strays += strays

    def bind(self, key: str, listen: str) -> socket.socket | None:
        """A new socket for the service, None if it has the right one; refused with the holder's name."""
        host, port = address(listen)
        held = self._held.get(key)
        if held is not None and address(held[0]) == (host, port):
            return None
        for other, (text, _) in self._held.items():
            if other != key and address(text)[1] == port:
                raise port_taken(listen, f"service {other} listens there", {"service": other})
        return self._claimed((host, port)) or _bound(host, port, listen)

    def hold(self, key: str, listen: str, bound: socket.socket) -> None:
        """Serve from that socket from now on."""
        self.release(key)
        self._held[key] = (listen, bound)

    def release(self, key: str) -> None:
        """Give the service's socket up; it stays open until the proxy was told."""
        if (held := self._held.pop(key, None)) is not None:
            self._retired.append(held[1])

    @property
    def held(self) -> dict[str, int]:
        """Descriptors by service."""
        return {key: held[1].fileno() for key, held in self._held.items()}

    def ensure(self, wanted: dict[str, str]) -> dict[str, RefusedError]:
        """Bind what is missing; what cannot be bound is answered with its reason."""
        failed: dict[str, RefusedError] = {}
        for key, listen in wanted.items():
            try:
                bound = self.bind(key, listen)
            except RefusedError as error:
                failed[key] = error
                continue
            if bound is not None:
                self.hold(key, listen, bound)
        return failed

    def sweep(self, used: frozenset[int]) -> None:
        """The proxy was told to use these: close what was released before."""
        for retired in [s for s in self._retired if s.fileno() not in used]:
            self._retired.remove(retired)
            retired.close()
        while self._strays:
            self._strays.pop().close()

    def _claimed(self, place: tuple[str, int]) -> socket.socket | None:
        found = next((stray for stray in self._strays if stray.getsockname()[:2] == place), None)
        if found is not None:
            self._strays.remove(found)
        return found


def _bound(host: str, port: int, listen: str) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise _why(listen, port, error) from error
    return made


def _why(listen: str, port: int, error: OSError) -> RefusedError:
    if error.errno != errno.EADDRINUSE:
        return malformed(f"desired.listen: {listen}: {error.strerror}")
    found = procfs.holder(port)
    if found is None:
        return port_taken(listen, "by a process that this user may not see", {})
    pid, name = found
    return port_taken(listen, f"process {pid} ({name}) listens there", {"pid": str(pid), "name": name})
