"""Start, find, watch and end HAProxy processes, children or not."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process that cannot be mistaken for a later one with the same id."""

    pid: int
    started: int

    def __str__(self) -> str:
        """Write as one word."""
        return f"{self.pid}-{self.started}"

    @classmethod
    def parse(cls, text: str) -> "Process":
        """Undo `str`."""
        pid, _, started = text.partition("-")
        return cls(int(pid), int(started))

    def alive(self) -> bool:
        """Tell whether this very process still runs."""
        return _start_time(self.pid) == self.started

    def started_at(self) -> float:
        """Return its start as seconds of the epoch."""
        boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
        return int(boot.split()[1]) + self.started / os.sysconf("SC_CLK_TCK")

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless it is gone."""
        if self.alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return


def identify(pid: int) -> Process | None:
    """Return the process with this id; None when there is none or it is a corpse."""
    started = _start_time(pid)
    return None if started is None else Process(pid, started)


def running(home: Path, last: tuple[str, ...]) -> list[Process]:
    """The processes that run in a folder with these last arguments, oldest first."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    found = [identify(pid) for pid in pids if _runs_in(pid, home) and _arguments(pid)[-len(last) :] == [*last]]
    return sorted((process for process in found if process is not None), key=lambda process: process.started)


def _runs_in(pid: int, home: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(home)
    except OSError:
        return False  # over, or another user's


def _arguments(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def _start_time(pid: int) -> int | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def start(binary: str, home: Path, arguments: list[str], given: int, output: int, errors: int) -> Process:
    """Start HAProxy in its own session, so that a terminal's signals do not reach it."""
    child = subprocess.Popen(
        [binary, *arguments],
        cwd=home,
        stdin=given,
        stdout=output,
        stderr=errors,
        start_new_session=True,
    )
    # From here on the pid file and /proc know it, as they do after a re-exec: Popen must not reap it.
    child.returncode = 0
    return identify(child.pid) or Process(child.pid, -1)


class Watch:
    """Calls back when a process dies, be it a child or adopted."""

    def __init__(self, process: Process, died: Callable[[Process], None]) -> None:
        self.process = process
        self._died = died
        self._over = asyncio.Event()
        self._descriptor = open_watch(process)
        if self._descriptor is None:
            asyncio.get_running_loop().call_soon(self._end)
        else:
            asyncio.get_running_loop().add_reader(self._descriptor, self._end)

    async def over(self, limit_s: float) -> bool:
        """Wait for its death; False when it outlives the limit."""
        try:
            async with asyncio.timeout(limit_s):
                await self._over.wait()
        except TimeoutError:
            return False
        return True

    def forget(self) -> None:
        """Stop watching."""
        if self._descriptor is not None:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    def _end(self) -> None:
        self.forget()
        reap(self.process.pid)
        if not self._over.is_set():
            self._over.set()
            self._died(self.process)


def open_watch(process: Process) -> int | None:
    """Return a descriptor that is readable once the process is over; None when it is over."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:
        return None
    if process.alive():
        return descriptor
    os.close(descriptor)
    return None


def reap(pid: int, options: int = os.WNOHANG) -> None:
    """Let the kernel forget a child that is over."""
    try:
        os.waitpid(pid, options)
    except ChildProcessError:
        return
