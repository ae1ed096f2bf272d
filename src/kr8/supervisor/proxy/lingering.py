"""Sockets of a HAProxy that is not asked: connections that an older one still holds after a reload, for one."""

import ipaddress
from collections import Counter
from pathlib import Path

from kr8.supervisor.proxy.process import Process

_ESTABLISHED = "01"
_LISTEN = "0A"
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")


def held_connections(processes: list[Process]) -> Counter[tuple[str, int]]:
    """Count the established connections of these processes by their far end."""
    ends: Counter[tuple[str, int]] = Counter()
    if not any(process.alive() for process in processes):
        return ends
    by_inode = {inode: end for table in _TABLES for inode, end in connections(_read(table)).items()}
    for process in processes:
        ends.update(by_inode[inode] for inode in _sockets(process) if inode in by_inode)
    return ends


def listens(process: Process) -> bool:
    """Whether a process has a TCP socket that connections are made to."""
    listening = {inode for table in _TABLES for inode in connections(_read(table), _LISTEN)}
    return not listening.isdisjoint(_sockets(process))


def far_end(endpoint: str) -> tuple[str, int]:
    """Return how `held_connections` names a server's address and port."""
    address, _, port = endpoint.rpartition(":")
    return str(ipaddress.ip_address(address.strip("[]"))), int(port)


def connections(text: str, state: str = _ESTABLISHED) -> dict[str, tuple[str, int]]:
    """Parse /proc/net/tcp: the far end of each connection that is in a state, by its socket's inode."""
    found: dict[str, tuple[str, int]] = {}
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[3] == state:
            address, _, port = fields[2].partition(":")
            found[fields[9]] = (_address(address), int(port, 16))
    return found


def _address(text: str) -> str:
    words = [bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))


def _sockets(process: Process) -> list[str]:
    try:
        entries = list(Path(f"/proc/{process.pid}/fd").iterdir())
    except OSError:
        return []
    links = (_target(entry) for entry in entries)
    return [link[8:-1] for link in links if link.startswith("socket:[")]


def _target(entry: Path) -> str:
    try:
        return str(entry.readlink())
    except OSError:
        return ""  # closed since it was listed


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
