"""Ends every process of a directory when whoever made it is gone: `python -m demo.reaper DIRECTORY`.

It says `ready`, waits for the end of its standard input, which the death of its parent brings too, then kills by
process id whatever has the directory in its environment, and removes the directory. Where the input says `keep` it does
nothing. Its exit status is 1 where something is left.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PATIENCE_S = 20.0
BECOMES_S = 1.0
READY, KEEP = "ready", "keep"
ENV_END = 51 - 3
"""Field 51 of /proc/PID/stat, of those behind the name."""
SOMEBODY_STANDS_THERE = (b"PWD=", b"OLDPWD=")
"""A shell that somebody has opened in the directory, and what it started, is no part of it."""


def members(directory: str) -> Iterator[int]:
    """The ids of the processes that belong to a directory, its reaper excepted."""
    wanted = directory.encode()
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            with suppress(OSError):
                if any(wanted in each and not each.startswith(SOMEBODY_STANDS_THERE) for each in variables(process)):
                    yield int(process.name)


def variables(process: Path) -> list[bytes]:
    """What a process was started with. The kernel shows nothing of one that is just becoming another program."""
    deadline = time.monotonic() + BECOMES_S
    while not (found := (process / "environ").read_bytes()) and time.monotonic() < deadline:
        has_memory = not (process / "statm").read_text().startswith("0 ")
        if not has_memory:
            break
        if _has_become(process):
            return (process / "environ").read_bytes().split(b"\0")
        time.sleep(0.001)
    return found.split(b"\0")


def _has_become(process: Path) -> bool:
    """Whether the kernel has noted where its variables end, which it does once they are there (proc(5), env_end)."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return fields[ENV_END] != "0"


def reap(directory: str) -> bool:
    """Kill until nobody is seen twice: a supervisor may be starting one more while it dies. Whether nobody is left."""
    deadline, unseen = time.monotonic() + PATIENCE_S, 0
    while unseen < 2 and time.monotonic() < deadline:
        found = list(members(directory))
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        unseen = 0 if found else unseen + 1
        time.sleep(0.02)
    return unseen == 2


def main(directory: str) -> int:
    """Wait, then clean up."""
    print(READY, flush=True)
    if sys.stdin.read() == KEEP:
        return 0
    ended = reap(directory)
    shutil.rmtree(directory, ignore_errors=True)
    return 0 if ended and not Path(directory).exists() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
