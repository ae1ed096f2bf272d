"""Processes of this home that a command may end: found without guessing, watched until they are gone."""

import os
import select
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_NB, LOCK_SH, LOCK_UN, flock
from pathlib import Path

from kr8.bridge.home import Home
from kr8.surfaces.cli.problem import Failed, Problem, failed
from kr8.surfaces.serve.lock import Holder, holder_of

_APPEARS_S = 2.0
"""How long a daemon that has just taken its home may take to write its number down."""


@dataclass(frozen=True)
class Running:
    """A process held by a descriptor of its own: its number cannot come to mean another one meanwhile."""

    pid: int
    descriptor: int

    def end(self) -> None:
        """Ask it to end."""
        try:
            signal.pidfd_send_signal(self.descriptor, signal.SIGTERM)
        except ProcessLookupError:
            return  # it was faster

    def wait(self, what: str, limit_s: float) -> None:
        """Return once it has ended. Raises Failed where it goes on for longer than that."""
        gone = select.poll()
        gone.register(self.descriptor, select.POLLIN)
        if not gone.poll(limit_s * 1000):
            raise _lives_on(what, self.pid, limit_s)


@contextmanager
def daemon_of(home: Home) -> Generator[Running | None]:
    """The daemon of a home, whoever started it, by the lock that it holds; None: none runs. Raises Failed."""
    found = holder(home)
    with held_by(found.pid if found is not None and not found.restores else None) as running:
        yield running


def holder(home: Home) -> Holder | None:
    """Who has a home: its daemon, or what restores its store. None: nobody. Raises Failed."""
    try:
        lock = os.open(home.daemon_lock, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return _holder(lock)
    finally:
        os.close(lock)


@contextmanager
def held_by(pid: int | None) -> Generator[Running | None]:
    """The process of a number, held; None: there is none."""
    try:
        descriptor = -1 if pid is None else os.pidfd_open(pid)
    except ProcessLookupError:
        pid, descriptor = None, -1
    try:
        yield None if pid is None else Running(pid, descriptor)
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _holder(lock: int) -> Holder | None:
    until = time.monotonic() + _APPEARS_S
    while _is_held(lock):
        found = holder_of(lock)
        if found is not None and Path(f"/proc/{found.pid}").exists():
            return found
        if time.monotonic() > until:
            mend = (
                "`fuser $KR8_HOME/run/daemon.lock` names it; end that process, or try again where it is just starting."
            )
            what = "A daemon holds this home, and does not say which process it is."
            raise failed(Problem("daemon_unknown", what, mend=mend))
        time.sleep(0.02)
    return None


def _is_held(lock: int) -> bool:
    try:
        flock(lock, LOCK_SH | LOCK_NB)
    except BlockingIOError:
        return True
    flock(lock, LOCK_UN)
    return False


def _lives_on(what: str, pid: int, limit_s: float) -> Failed:
    return failed(
        Problem(
            "not_ended",
            f"The {what} (process {pid}) was asked to end, and still runs after {limit_s:.0f} s.",
            mend=f"Look at its log; kill -9 {pid} ends it at once, and what it was doing goes on when it next starts.",
            outcome="unknown",
        )
    )
