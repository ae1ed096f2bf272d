"""Runs one program, and ends it with all that it started when whoever asked for it is gone. Standard library only.

    python -I -S guard.py CONTROL-FD MEMORY-BYTES DATA-BYTES PROGRAM ARGUMENT…

The control pipe says: "T", send SIGTERM; its end, kill. The kernel closes the pipe when the parent dies, however it
dies, so that kill -9 of the daemon leaves no build behind. The guard is a subreaper: what forks away stays its child.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # what `signal` adds are enums, and to make them takes longer than most of what is guarded

PR_SET_CHILD_SUBREAPER = 36
STOPS = bytes((signal.SIGTERM, signal.SIGINT, signal.SIGHUP))


def ignore(number: int, frame: object) -> None:
    """Do nothing: the signal has been written to the wake-up pipe."""


def start(argv: list[str]) -> int:
    """Start the program in a session of its own; its pid."""
    defaults = [signal.SIGPIPE, signal.SIGXFSZ]
    return os.posix_spawnp(argv[0], argv, dict(os.environ), setsid=True, setsigdef=defaults)


def children() -> list[int]:
    """The pids whose parent is this process."""
    own = str(os.getpid()).encode()
    found: list[int] = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):  # noqa: PTH208 - pathlib would double the start time
        try:
            with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123
                fields = stat.read().rpartition(b")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if fields[1] == own:
            found.append(int(pid))
    return found


def kill_all() -> None:
    """Kill and reap until nothing is left: a killed process hands its own children to this one."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid:
            continue
        for child in children():
            os.kill(child, signal.SIGKILL)
        os.waitpid(-1, 0)


def reaped(program: int) -> int | None:
    """Reap what has ended; the program's wait status, if it is among them."""
    status = None
    while True:
        try:
            pid, found = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == 0:
            return status
        if pid == program:
            status = found


def watch(control: int, wake: int, program: int) -> int:
    """Wait for the program to end, or to be told to end it; its wait status."""
    while True:
        ready, _, _ = select.select([control, wake], [], [])
        caught = os.read(wake, 4096) if wake in ready else b""
        status = reaped(program)
        if status is not None:
            return status
        said = os.read(control, 1) if control in ready else b"-"
        if said == b"T":
            os.killpg(program, signal.SIGTERM)
        if not said or any(number in STOPS for number in caught):
            return signal.SIGKILL


def end(status: int) -> None:
    """End as the program has ended: with its exit code, or by its signal."""
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


def main(control: int, memory: int, data: int, argv: list[str]) -> None:
    """Run the program under guard; a limit of 0 is none."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.set_inheritable(control, False)
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    for number in (signal.SIGCHLD, *STOPS):
        signal.signal(number, ignore)
    for limited, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_DATA, data)):
        if most:
            resource.setrlimit(limited, (most, most))
    program = start(argv)
    # Only the program may hold its streams: their end must be its end.
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    status = watch(control, wake, program)
    kill_all()
    end(status)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
