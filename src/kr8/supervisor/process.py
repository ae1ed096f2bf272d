"""Processes: started in a session of their own, followed by pidfd whether they are our children or not, ended whole."""

import asyncio
import contextlib
import ctypes
import errno
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kr8.sandbox.landlock import enter
from kr8.supervisor import procfs

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended. Neither known: it was not our child."""

    code: int | None = None
    signal: int | None = None

    @property
    def known(self) -> bool:
        return self.code is not None or self.signal is not None

    def text(self) -> str:
        """For people."""
        if self.signal is not None:
            return f"was killed by signal {self.signal}"
        return "ended (its exit code is not known)" if self.code is None else f"exited with code {self.code}"


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start."""

    argv: tuple[str, ...]
    cwd: str
    env: dict[str, str]
    stdout: int
    stderr: int
    stdin: int = subprocess.DEVNULL
    given: tuple[int, ...] = ()
    """Descriptors that it keeps, by their numbers."""
    ruleset: int | None = None
    """What it may do with files; None: whatever its user may."""


def launch(what: Launch) -> "subprocess.Popen[bytes]":
    """Start it in a session of its own, with exactly that environment; OSError if it cannot be."""
    if not Path(what.cwd).is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "no such folder", what.cwd)
    try:
        return subprocess.Popen(
            what.argv,
            cwd=what.cwd,
            env=what.env,
            stdin=what.stdin,
            stdout=what.stdout,
            stderr=what.stderr,
            pass_fds=what.given,
            start_new_session=True,
            # Three system calls, made ready before: nothing in the child waits for what a thread of ours held.
            preexec_fn=None if what.ruleset is None else partial(enter, what.ruleset),
        )
    except subprocess.SubprocessError as error:
        raise PermissionError(errno.EPERM, "the kernel does not let it be kept in", what.argv[0]) from error


class Follower:
    """Calls `ended` once when the process is over."""

    def __init__(
        self, pid: int, start: int, ended: Callable[[Exit], None], child: "subprocess.Popen[bytes] | None" = None
    ) -> None:
        self.pid = pid
        self.start = start
        self._child = child
        self._ended = ended
        self._fd = os.pidfd_open(pid)
        asyncio.get_running_loop().add_reader(self._fd, self._over)

    def signal(self, number: int) -> None:
        """Signal its group; the group's id is its own pid."""
        if procfs.alive(self.pid, self.start):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                signal.pidfd_send_signal(self._fd, number)

    def close(self) -> None:
        """Stop following; the process is left as it is."""
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _over(self) -> None:
        result = self._reap()
        self.close()
        self._ended(result)

    def _reap(self) -> Exit:
        if self._child is not None:
            return exit_of(self._child.wait())
        try:
            info = os.waitid(os.P_PIDFD, self._fd, os.WEXITED | os.WNOHANG)
        except ChildProcessError:
            return Exit()
        if info is None:
            return Exit()
        by_signal = info.si_code != os.CLD_EXITED
        return Exit(signal=info.si_status) if by_signal else Exit(code=info.si_status)


def exit_of(returncode: int) -> Exit:
    """Of the number that `subprocess` gives."""
    return Exit(code=returncode) if returncode >= 0 else Exit(signal=-returncode)


def follow(
    pid: int, start: int, ended: Callable[[Exit], None], child: "subprocess.Popen[bytes] | None" = None
) -> Follower | None:
    """A follower of that very process; None if it is over."""
    try:
        follower = Follower(pid, start, ended, child)
    except OSError:
        return None
    if child is None and not procfs.alive(pid, start):
        follower.close()
        return None
    return follower


def kill_marked(owner: str, instance: str) -> int:
    """SIGKILL to every process of an instance, wherever it has gone; how many there were."""
    found = procfs.marked(owner).get(instance, ())
    for process in found:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, signal.SIGKILL)
    return len(found)


def adopt_orphans() -> None:
    """Let processes whose parents died come to us, and not to init."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Reaper:
    """Reaps orphans that came to us. Two sweeps must see a zombie: its own follower comes first."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def sweep(self, running: tuple[procfs.Stat, ...]) -> None:
        """Of a reading of all processes."""
        zombies = {p.pid for p in running if p.state == "Z" and p.parent == os.getpid()}
        for pid in zombies & self._seen:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        self._seen = zombies
