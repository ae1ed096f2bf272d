"""One daemon per home."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from pathlib import Path

from kr8.bridge.home import Home

PATIENCE_SECONDS = 10.0
"""How long an ending daemon may still hold the lock."""


class AlreadyRunningError(Exception):
    """Another daemon of this home runs; the text says which."""


def hold(home: Home, patience_s: float = PATIENCE_SECONDS) -> int:
    """Take the home for this process; the descriptor that holds it until the process ends.

    Waits for a daemon that is just ending. Raises AlreadyRunningError where one answers.
    """
    for folder in (home.root, home.run, home.logs):
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(home.daemon_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience_s
    while not _take(lock):
        if answers(home.mcp_socket) or time.monotonic() > deadline:
            holder = os.pread(lock, 20, 0).decode(errors="replace").strip()
            os.close(lock)
            raise AlreadyRunningError(f"A kr8 daemon of {home.root} runs already (process {holder or 'unknown'}).")
        time.sleep(0.02)
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def answers(path: str) -> bool:
    """Whether something listens on a unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
        return True


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
