"""Ends every process of a scene when whoever made it is gone: `python -m tests.support.reaper DIRECTORY`.

It waits for the end of its standard input, which the death of its parent brings too, then kills by process id whatever
names the directory in its environment or command line, and removes the directory.
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


def members(directory: str) -> Iterator[int]:
    """The ids of the processes that belong to a directory, this one excepted."""
    wanted = directory.encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            with suppress(OSError):
                told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                if wanted in told and b"tests.support.reaper" not in told:
                    yield int(entry.name)


def reap(directory: str) -> None:
    """Kill until nobody is left: a supervisor may be starting one more while it dies."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := list(members(directory))) and time.monotonic() < deadline:
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def main(directory: str) -> None:
    """Wait, then clean up."""
    sys.stdin.read()
    reap(directory)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
