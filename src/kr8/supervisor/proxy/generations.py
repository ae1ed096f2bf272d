"""The HAProxy that serves, and older ones that only finish what they began before a reload."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kr8.supervisor.proxy import handover
from kr8.supervisor.proxy.admin import ask
from kr8.supervisor.proxy.config import ADMIN_SOCKET
from kr8.supervisor.proxy.errors import ProxyError
from kr8.supervisor.proxy.files import write_down
from kr8.supervisor.proxy.lingering import listens
from kr8.supervisor.proxy.parse import READING_COMMANDS, SOCKETS_COMMAND, Reading, reading, socket_keys
from kr8.supervisor.proxy.process import Process, Watch, identify, running, start
from kr8.supervisor.proxy.records import Records
from kr8.supervisor.proxy.standby import ARGUMENTS, Standby, Waiting

CONFIG = "haproxy.cfg"

_OFFERED = ("-x", handover.OFFER_SOCKET)
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
        self._standby = Standby(self._start)
        self._mute: Process | None = None
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
        """Return what the serving process says; OSError when none answers, ProxyError when this one never will."""
        try:
            return reading(await ask(self._home, *READING_COMMANDS))
        except OSError as error:
            if self.mute is not None:
                raise ProxyError(_cannot_be_told(self.mute, self._home / ADMIN_SOCKET)) from error
            raise

    async def socket_keys(self) -> dict[str, str]:
        """Return whose each listening socket of the serving process is, by its address; OSError when none answers."""
        return socket_keys(await ask(self._home, SOCKETS_COMMAND))

    @property
    def mute(self) -> Process | None:
        """Return the process that serves where it was found without its admin socket: nobody can tell it anything."""
        current = self.current
        return current if current is not None and current == self._mute else None

    def configure(self, text: str) -> str:
        """Have every process that starts from now on be told this; people find it in a file, or why it is not there."""
        self._standby.text = text
        return write_down(self._home / CONFIG, text)

    async def launch(self) -> None:
        """Have a process serve on the sockets on offer; then let the one before finish its connections."""
        before = self._current
        try:
            waiting = self._standby.take()
        except OSError as error:
            raise ProxyError(f"HAProxy cannot be run: {error}") from error
        self._current = Watch(waiting.process, self._on_death)
        self._older += [before] if before is not None else []
        try:
            await self._ready(waiting)
        except (ProxyError, OSError):
            self._current = self._retreat(before)
            raise
        if before is not None:
            before.process.send(signal.SIGUSR1)
        self._prepare(waiting.process)

    async def find(self) -> bool:
        """Take over what an earlier supervisor left running."""
        left = running(self._home, _OFFERED)
        serving = await self._who_serves(left[-1] if left else None)
        if serving is None:
            serving = self._mute = next((process for process in reversed(left) if listens(process)), None)
        self._older = [Watch(process, self._on_death) for process in left if process != serving]
        for process in self.older:
            process.send(signal.SIGUSR1)
        if serving is None:
            return False
        self._current = Watch(serving, self._on_death)
        self._prepare(serving)
        return True

    async def end(self) -> None:
        """End them all."""
        self._standby.dismiss()
        watches = [*self._older, *([self._current] if self._current else [])]
        self._current, self._older = None, []
        for watch in watches:
            watch.process.send(signal.SIGTERM)
        for watch in watches:
            if not await watch.over(_STOP_LIMIT_S):
                watch.process.send(signal.SIGKILL)
                await watch.over(_STOP_LIMIT_S)

    def leave(self) -> None:
        """Let them all go on, unwatched."""
        self._standby.dismiss()
        for watch in [*self._older, *([self._current] if self._current else [])]:
            watch.forget()
        self._current, self._older = None, []

    def _start(self, given: int) -> Process:
        arguments = ["-db", *ARGUMENTS, *_OFFERED]
        return start(self._binary, self._home, arguments, given, self._records.pipe, self._records.messages_pipe)

    def _prepare(self, serving: Process) -> None:
        try:
            self._standby.prepare(serving)
        except OSError as error:  # it serves; only its death would be noticed for longer
            self._records.messages.append(f"no HAProxy can be kept waiting: {error}")

    async def _ready(self, waiting: Waiting) -> None:
        async with asyncio.timeout(_START_LIMIT_S):
            # On a thread: what is longer than the pipe waits for its reader.
            await asyncio.to_thread(waiting.tell, self._standby.text)
            while not await self._answers(waiting.process):
                if not waiting.process.alive():
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

    async def _who_serves(self, newest: Process | None) -> Process | None:
        # A supervisor killed in mid-reload leaves a newest process that is about to serve, or about to fail.
        with suppress(TimeoutError):
            async with asyncio.timeout(_START_LIMIT_S):
                while newest is not None and newest.alive() and not await self._answers(newest):
                    await asyncio.sleep(_POLL_S)
        try:
            return identify((await self.read()).pid)
        except OSError:
            return None


def _cannot_be_told(process: Process, path: Path) -> str:
    return (
        f"HAProxy (process {process.pid}) serves and cannot be told anything, for its socket {path} is gone: end it "
        f"(kill {process.pid}), and another takes its place; whoever connects in that moment is refused"
    )
