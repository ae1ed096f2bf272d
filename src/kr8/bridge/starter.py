"""Starts the daemon where none runs: one, however many bridges want it at once."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from contextlib import suppress

from kr8.bridge.home import SHORTER, Home

# -P: a folder named kr8 where the client happens to stand is not what is meant.
COMMAND = (sys.executable, "-P", "-m", "kr8", "serve")
"""The daemon of this installation."""
START_SECONDS = 30.0
ALREADY_RUNNING = 75
"""The daemon's exit status where another one of the same home runs."""
_LOG_LINES = 20


class Starter:
    """Starts at most one daemon at a time, and knows why it did not come up."""

    def __init__(self, home: Home, command: tuple[str, ...] = COMMAND) -> None:
        self._home = home
        self._command = command
        self._lock: int | None = None
        self._child: int | None = None
        self._since: float | None = None
        self._ended: dict[int, int] = {}
        self._unusable: str | None = None

    def may_start(self) -> bool:
        """Whether it is this process's turn to start a daemon: nobody else is at it, and its own is not on its way."""
        if self._home.trouble() is not None:
            return False
        self._since = self._since or time.monotonic()
        if self._lock is not None:
            return self._child is None
        try:
            for folder in (self._home.root, self._home.run, self._home.logs):
                os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - pathlib costs the bridge its start
            lock = os.open(self._home.start_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self._unusable = self._home.unusable(error)
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return self._child is None

    def start(self) -> None:
        """Start a daemon; trouble() says whether it is coming up."""
        signal.signal(signal.SIGCHLD, self._reap)
        self._child = spawn(self._home, self._command)

    def trouble(self) -> str | None:
        """Why there will be no daemon; None while there may be one."""
        if (unfit := self._home.trouble()) is not None:
            return f"{unfit} {SHORTER}"
        if self._unusable is not None:
            return self._unusable
        code = self._ended.pop(self._child, None) if self._child is not None else None
        if code is not None:
            self._child = None
            # Another one runs, or is just ending: the socket, or the next turn, will tell.
            if code != ALREADY_RUNNING:
                return f"It ended with status {code} while it started; its last lines are in `output`."
        if self._since is not None and time.monotonic() - self._since > START_SECONDS:
            return f"It did not open {self._home.mcp_socket} within {START_SECONDS:.0f} s."
        return None

    def done(self) -> None:
        """The daemon answers, or was given up: let others start one."""
        if self._lock is not None:
            os.close(self._lock)
        self._lock = self._since = self._child = self._unusable = None

    def _reap(self, *_: object) -> None:
        """Take note of children that have ended, at once: a dead daemon must not look like a living one."""
        with suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                self._ended[found[0]] = os.waitstatus_to_exitcode(found[1])

    def last_lines(self) -> list[str]:
        """The end of the daemon's log."""
        try:
            with open(self._home.daemon_log, "rb") as log:  # noqa: PTH123 - pathlib costs the bridge its start
                log.seek(max(0, log.seek(0, os.SEEK_END) - 8192))
                return log.read().decode(errors="replace").splitlines()[-_LOG_LINES:]
        except OSError:
            return []


def spawn(home: Home, command: tuple[str, ...]) -> int:
    """Start a daemon in a session of its own, writing to its log; its process id."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.posix_spawn(
        command[0],
        command,
        _environment(home),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, home.daemon_log, flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _environment(home: Home) -> dict[str, str]:
    """This process's environment, so that the daemon finds the same home, and its compiled modules."""
    environment = {**os.environ, "KR8_HOME": home.root}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    package = __file__.rsplit("/", 2)[0]
    if not os.access(package, os.W_OK) and not os.access(f"{package}/__pycache__", os.R_OK):
        environment["PYTHONPYCACHEPREFIX"] = f"{home.root}/pycache"
    return environment
