"""One process has a home: its daemon, or what restores its store."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from kr8.bridge.home import Home
from kr8.settings import SettingError

PATIENCE_SECONDS = 10.0
"""How long an ending daemon may still hold the lock."""
RESTORE = "restore"
"""What stands behind the process number of one that restores; a daemon's number stands alone."""


@dataclass(frozen=True)
class Holder:
    """Who has a home."""

    pid: int
    restores: bool


class AlreadyRunningError(Exception):
    """Another process has this home; the text says which."""

    def __init__(self, home: Home, holder: Holder | None) -> None:
        if holder is not None and holder.restores:
            super().__init__(f"kr8 restore (process {holder.pid}) has {home.root}: no daemon runs meanwhile.")
        else:
            number = holder.pid if holder is not None else "unknown"
            super().__init__(f"A kr8 daemon of {home.root} runs already (process {number}).")
        self.restores = holder is not None and holder.restores


def hold(home: Home, patience_s: float = PATIENCE_SECONDS, *, restores: bool = False) -> int:
    """Take the home for this process; the descriptor that holds it until the process ends.

    Waits for another one that is just ending. Raises AlreadyRunningError where a daemon answers, or that lasts;
    SettingError where nothing can be written there.
    """
    lock = _open(home)
    deadline = time.monotonic() + patience_s
    while not _take(lock):
        if answers(home.mcp_socket) or time.monotonic() > deadline:
            holder = holder_of(lock)
            os.close(lock)
            raise AlreadyRunningError(home, holder)
        time.sleep(0.02)
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}{f' {RESTORE}' if restores else ''}\n".encode(), 0)
    return lock


def holder_of(lock: int) -> Holder | None:
    """Who wrote the lock's file last; None: nobody has, or is just about to."""
    words = os.pread(lock, 40, 0).decode(errors="replace").split()
    return Holder(int(words[0]), words[1:] == [RESTORE]) if words and words[0].isdecimal() else None


def answers(path: str) -> bool:
    """Whether something listens on a unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
        return True


def _open(home: Home) -> int:
    try:
        for folder in (home.root, home.run, home.logs):
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(home.daemon_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SettingError(home.unusable(error)) from error


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
