"""A free port for an instance, outside the range of outgoing connections: one of those could take it meanwhile."""

import random
import socket
from collections.abc import Container
from pathlib import Path

_LOWEST = 20000
_TRIES = 1000


def free_port(taken: Container[int]) -> int:
    """A loopback port that nobody has, and that is not promised to anybody."""
    for _ in range(_TRIES):
        port = random.randrange(_LOWEST, _end())
        if port not in taken and _is_free(port):
            return port
    raise OSError("no free port was found for an instance")


def _end() -> int:
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):
        first = 32768
    return first if first > _LOWEST + _TRIES else 65535


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
