"""The HAProxy that serves, and older ones that only finish what they began before a reload."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from kr8.supervisor.proxy import handover
from kr8.supervisor.proxy.admin import ask
from kr8.supervisor.proxy.errors import ProxyError
from kr8.supervisor.proxy.parse import READING_COMMANDS, Reading, reading
from kr8.supervisor.proxy.process import Process, Watch, identify, start
from kr8.supervisor.proxy.records import Records, write_whole

CONFIG = "haproxy.cfg"
PIDS = "haproxy.pids"

_START_LIMIT_S = 5.0
_STOP_LIMIT_S = 3.0
_POLL_S = 0.004


class Generations:
    """Starts, finds and ends the processes; tells when the serving one dies."""

    def __init__(self, home: Path, binary: str, records: Records, died: Callable[[Process], None]) -> None:
        self._home = home
        self._binary = binary
        self._records = records
        self._died = died
        self._current: Watch | None = None
        self._older: list[Watch] = []

    @property
    def current(self) -> Process | None:
        """Return the process that serves, if it lives."""
        watch = self._current
        return watch.process if watch is not None and watch.process.alive() else None

    @property
    def older(self) -> list[Process]:
        """Return those that still hold connections."""
        return [watch.process for watch in self._older if watch.process.alive()]

    async def read(self) -> Reading:
        """Return what the serving process says; OSError when none answers."""
        return reading(await ask(self._home, *READING_COMMANDS))

    async def launch(self) -> None:
        """Start a process on the sockets on offer; once it serves, let the one before finish its connections."""
        before = self._current
        arguments = ["-db", "-f", CONFIG, "-x", handover.OFFER_SOCKET]
        try:
            process = start(self._binary, self._home, arguments, self._records.pipe, self._records.messages_pipe)
        except OSError as error:
            raise ProxyError(f"HAProxy cannot be run: {error}") from error
        self._current = Watch(process, self._on_death)
        self._older += [before] if before is not None else []
        self._remember()
        try:
            await self._ready(process)
        except (ProxyError, OSError):
            self._current = self._retreat(before)
            raise
        if before is not None:
            before.process.send(signal.SIGUSR1)

    async def find(self) -> bool:
        """Take over what an earlier supervisor left running."""
        left = [process for process in self._recall() if process.alive()]
        if not left:
            return False
        serving = await self._who_serves(left[-1])
        if serving is None:
            for process in left:
                process.send(signal.SIGTERM)
            return False
        self._current = Watch(serving, self._on_death)
        self._older = [Watch(process, self._on_death) for process in left if process != serving]
        for process in self.older:
            process.send(signal.SIGUSR1)
        self._remember()
        return True

    async def end(self) -> None:
        """End them all."""
        watches = [*self._older, *([self._current] if self._current else [])]
        self._current, self._older = None, []
        for watch in watches:
            watch.process.send(signal.SIGTERM)
        for watch in watches:
            if not await watch.over(_STOP_LIMIT_S):
                watch.process.send(signal.SIGKILL)
                await watch.over(_STOP_LIMIT_S)
        (self._home / PIDS).unlink(missing_ok=True)

    def leave(self) -> None:
        """Let them all go on, unwatched."""
        for watch in [*self._older, *([self._current] if self._current else [])]:
            watch.forget()
        self._current, self._older = None, []

    async def _ready(self, process: Process) -> None:
        async with asyncio.timeout(_START_LIMIT_S):
            while not await self._answers(process):
                if not process.alive():
                    raise self._failure("did not start")
                await asyncio.sleep(_POLL_S)
        # Asked for its sockets once, HAProxy knows that they are shared, and forgets them cleanly when it ends.
        for listener in await handover.take(self._home):
            listener.close()

    async def _answers(self, process: Process) -> bool:
        try:
            return (await self.read()).pid == process.pid
        except OSError:
            return False

    def _failure(self, what: str) -> ProxyError:
        self._records.collect()
        return ProxyError(f"HAProxy {what}: " + "; ".join(self._records.messages))

    def _retreat(self, before: Watch | None) -> Watch | None:
        if self._current is not None:
            self._current.process.send(signal.SIGKILL)
            self._older.append(self._current)
        if before is not None and before in self._older:
            self._older.remove(before)
        return before

    def _on_death(self, process: Process) -> None:
        self._older = [watch for watch in self._older if watch.process != process]
        if self._current is not None and self._current.process == process:
            self._current = None
            self._died(process)
        else:
            self._remember()

    async def _who_serves(self, newest: Process) -> Process | None:
        # A supervisor killed in mid-reload leaves a newest process that is about to serve, or about to fail.
        try:
            async with asyncio.timeout(_START_LIMIT_S):
                while newest.alive() and not await self._answers(newest):
                    await asyncio.sleep(_POLL_S)
            return identify((await self.read()).pid)
        except OSError:
            return None

    def _remember(self) -> None:
        watches = [*self._older, *([self._current] if self._current else [])]
        write_whole(self._home / PIDS, "".join(f"{watch.process}\n" for watch in watches))

    def _recall(self) -> list[Process]:
        try:
            return [Process.parse(line) for line in (self._home / PIDS).read_text().split()]
        except (OSError, ValueError):
            return []
