"""The proxy's log records, read from a pipe that outlives the supervisor, and the counts made of them."""

import asyncio
import os
import secrets
from collections import deque
from fcntl import F_SETPIPE_SZ, fcntl
from pathlib import Path

from kr8.supervisor.proxy.counters import Tally
from kr8.supervisor.proxy.files import write_down
from kr8.supervisor.proxy.parse import record
from kr8.supervisor.proxy.process import Process

PIPE = "records.pipe"
MESSAGES_PIPE = "messages.pipe"
COUNTS = "counters.json"

_PIPE_BYTES = 1 << 20
_PERIOD_S = 0.25


class Records:
    """Reads records whenever anyone asks, and a few times a second.

    The pipe is HAProxy's standard output. HAProxy holds it open for both directions, so records wait in it while no
    supervisor runs; when it is full HAProxy drops records, counts them, and never waits. Standard error has a pipe of
    its own: what is written there comes in pieces, and would tear records.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._rest = b""
        self._reader: asyncio.Task[None] | None = None
        self.damage = ""
        self.trouble = ""
        self.pipe = self.messages_pipe = -1
        self.messages: deque[str] = deque(maxlen=20)
        self.tally = self._load()

    def open(self) -> None:
        """Open the pipe and begin to read."""
        if self._reader is not None:
            return
        self.pipe = _open_pipe(self._home / PIPE)
        self.messages_pipe = _open_pipe(self._home / MESSAGES_PIPE)
        _widen(self.pipe)
        self._reader = asyncio.create_task(self._read_on())

    async def close(self) -> None:
        """Read what is there and stop."""
        if self._reader is None:
            return
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        self.collect()
        os.close(self.pipe)
        os.close(self.messages_pipe)
        self._reader = None

    def collect(self) -> None:
        """Count what has come, and write the counts down: what is told outlives this process, if the disk has room."""
        if self._reader is None:
            return
        self.messages.extend(_drain(self.messages_pipe).decode(errors="replace").splitlines())
        if found := [one for one in map(record, self._lines()) if one is not None]:
            for one in found:
                self.tally.count(one)
        if found or self.trouble:
            self.save()

    def save(self) -> None:
        """Write the counts down; those that a disk refuses, the next time."""
        self.trouble = write_down(self._home / COUNTS, self.tally.to_json())

    def hears(self, process: Process) -> bool:
        """Whether a process writes into this pipe: another may have its name by now."""
        try:
            return os.path.samestat(Path(f"/proc/{process.pid}/fd/1").stat(), os.fstat(self.pipe))
        except OSError:
            return True

    def _lines(self) -> list[str]:
        data = self._rest + _drain(self.pipe)
        *lines, self._rest = data.split(b"\n")
        return [line.decode(errors="replace") for line in lines if line]

    async def _read_on(self) -> None:
        while True:
            self.collect()
            await asyncio.sleep(_PERIOD_S)

    def _load(self) -> Tally:
        try:
            return Tally.from_json((self._home / COUNTS).read_text())
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            self.damage = f"{self._home / COUNTS} cannot be read ({error}): requests are counted from 0 again"
        return Tally(secrets.token_hex(8))


def _open_pipe(path: Path) -> int:
    if not path.is_fifo():
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)


def _drain(pipe: int) -> bytes:
    parts: list[bytes] = []
    while True:
        try:
            parts.append(os.read(pipe, _PIPE_BYTES))
        except BlockingIOError:
            return b"".join(parts)


def _widen(pipe: int) -> None:
    try:
        fcntl(pipe, F_SETPIPE_SZ, _PIPE_BYTES)
    except PermissionError:
        return  # this user's pipes are many already; the usual 64 KiB do, with less to spare
