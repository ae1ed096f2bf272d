"""Readings of /proc: who is there, what it uses, who holds a port."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MARKER = "KR8_INSTANCE"
OWNER = "KR8_SUPERVISOR"
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LISTEN = "0A"
_WORD = re.compile(r"[\w.:@/+-]+")


@dataclass(frozen=True, slots=True)
class Stat:
    """A line of /proc/<pid>/stat."""

    pid: int
    name: str
    state: str
    parent: int
    session: int
    cpu_s: float
    start: int
    """Clock ticks since boot: with the pid, the identity of a process."""
    rss_bytes: int


def parse_stat(text: str) -> Stat:
    """The name may hold spaces and parentheses: the last ')' ends it."""
    head, _, tail = text.rpartition(")")
    pid, _, name = head.partition(" (")
    f = tail.split()
    cpu = sum(int(v) for v in f[11:15]) / _TICKS
    return Stat(int(pid), name, f[0], int(f[1]), int(f[3]), cpu, int(f[19]), int(f[21]) * _PAGE)


def stat(pid: int) -> Stat | None:
    """The process as it is, None if it is gone."""
    try:
        return parse_stat(Path(f"/proc/{pid}/stat").read_text(errors="replace"))
    except (OSError, ValueError, IndexError):
        return None


def alive(pid: int, start: int) -> bool:
    """Whether that very process runs: same pid and same start, and no zombie."""
    now = stat(pid)
    return now is not None and now.start == start and now.state not in "ZX"


def processes() -> Iterator[Stat]:
    """All processes."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and (found := stat(int(folder.name))) is not None:
            yield found


def environment(pid: int) -> dict[str, str]:
    """The environment that a process started with; empty if it may not be read."""
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (entry.decode(errors="replace").partition("=") for entry in raw.split(b"\0") if entry)
    return {name: value for name, _, value in pairs}


def marked(owner: str) -> dict[str, tuple[Stat, ...]]:
    """Living processes that a supervisor of this home started, and their children, by instance."""
    found: dict[str, tuple[Stat, ...]] = {}
    for process in processes():
        if process.state in "ZX":
            continue
        env = environment(process.pid)
        if env.get(OWNER) == owner and (instance := env.get(MARKER)):
            found[instance] = (*found.get(instance, ()), process)
    return found


def peak_rss(pid: int) -> int | None:
    """The most memory that a living process held."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def oom_kills() -> int:
    """How often the kernel killed for memory since boot."""
    try:
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def listeners(table: str, port: int) -> set[str]:
    """Inodes of the sockets that listen on a port, of the text of /proc/net/tcp or tcp6."""
    found: set[str] = set()
    for line in table.splitlines()[1:]:
        f = line.split()
        if len(f) > 9 and f[3] == _LISTEN and int(f[1].rpartition(":")[2], 16) == port:
            found.add(f[9])
    return found


def holder(port: int) -> tuple[int, str] | None:
    """Pid and name of a process that listens on a port, if it can be seen; a name that is no word is left out."""
    inodes: set[str] = set()
    for table in ("tcp", "tcp6"):
        try:
            inodes |= listeners(Path(f"/proc/net/{table}").read_text(), port)
        except OSError:
            continue
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in processes() if wanted else ():
        try:
            if any(str(link.readlink()) in wanted for link in Path(f"/proc/{process.pid}/fd").iterdir()):
                return process.pid, process.name if _WORD.fullmatch(process.name) else "unnamed"
        except OSError:
            continue
    return None
