"""Keeps the supervisor running, as the supervisor keeps the daemon."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

from kr8.domain.problem import Refused, refuse
from kr8.drivers.local.client import Supervisor, SupervisorRefused
from kr8.drivers.local.programs import Programs, programs_of
from kr8.drivers.process.detached import start_detached
from kr8.ports.target import TargetError, Unreachable
from kr8.supervisor.wire import DaemonSpec

log = logging.getLogger(__name__)
LAST_LINES = 5
PAUSE = 0.5
"""Between starts of a supervisor that does not stay."""
UPGRADE_SECONDS = 20.0
"""How long a supervisor may take to go on as another program; it takes less than one."""
LOOK = 0.05


class Keeper:
    """Starts the supervisor where none runs, has it be of the daemon's own program, tells it to keep this daemon
    running, and starts it again when it dies."""

    def __init__(
        self,
        home: Path,
        haproxy: str | None,
        supervisor: Supervisor,
        environ: dict[str, str],
        daemon: tuple[str, ...],
    ) -> None:
        """`environ`: of the supervisor, and of each `daemon` that it starts when this one has died."""
        self._home = home
        self._haproxy = haproxy
        self._supervisor = supervisor
        self._environ = environ
        self._daemon = daemon
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return once a supervisor answers. Raises Refused (supervisor_not_started) where none comes up."""
        if not _answers(self._socket):
            self._spawn()
        try:
            pid = await self._greet()
        except Unreachable as error:
            raise self._not_started(error) from error
        self._watching = asyncio.create_task(self._watch(pid))

    async def stop(self) -> None:
        """Stop watching; the supervisor goes on, and is told not to start this daemon again."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        with suppress(TargetError, SupervisorRefused):
            await self._supervisor.value("DELETE", "/v1/daemon")

    async def _greet(self) -> int:
        """Introduce this daemon to a supervisor that understands it; its pid."""
        pid = await self._agree()
        spec = DaemonSpec(argv=self._daemon, pid=os.getpid(), env=self._environ, cwd=str(self._home))
        await self._supervisor.value("PUT", "/v1/daemon", spec)
        return pid

    async def _agree(self) -> int:
        """Have the supervisor be of this daemon's program before it is told anything; the supervisor's pid.

        It is tried once: what comes back as it was is told of, and by it whatever it does not understand is explained.
        """
        found = await programs_of(self._supervisor)
        if found.upgrade:
            log.warning("%s The supervisor goes on as what is installed; services and proxy stay.", found.told)
            with suppress(SupervisorRefused):
                with suppress(Unreachable):  # it went before its answer
                    await self._supervisor.value("POST", "/v1/upgrade")
                await self._another_image(found)
            found = await programs_of(self._supervisor)
        self._supervisor.differs = None if found.agree else found.problem()
        if self._supervisor.differs is not None:
            told = self._supervisor.differs
            log.error("%s %s %s", told.what, told.why, told.mend)
        return found.pid

    async def _another_image(self, old: Programs) -> None:
        """Wait for the next image; one whose interpreter is gone ends instead, and a new supervisor is started."""
        with suppress(TimeoutError):
            async with asyncio.timeout(UPGRADE_SECONDS):
                while _answers(self._socket):
                    with suppress(Unreachable):
                        if (await programs_of(self._supervisor)).started != old.started:
                            return
                    await asyncio.sleep(LOOK)
                await _ended(old.pid)
                self._spawn()

    async def _watch(self, pid: int) -> None:
        while True:
            await _ended(pid)
            log.warning("the supervisor (pid %d) has died: starting it again", pid)
            pid = await self._again()

    async def _again(self) -> int:
        while True:
            self._spawn()
            try:
                return await self._greet()
            except (TargetError, SupervisorRefused) as error:
                log.error("the supervisor does not come up: %s", error)
                await asyncio.sleep(PAUSE)

    def _not_started(self, error: Unreachable) -> Refused:
        given = (
            f"KR8_HAPROXY is {self._haproxy!r}: it" if self._haproxy else "KR8_HAPROXY, or PATH where it is not set,"
        )
        return refuse(
            "supervisor_not_started",
            "kr8's supervisor does not come up, and without it nothing runs.",
            why=f"{error.problem.why} Its last words are in `output`.",
            mend=f"{given} must name the program of an HAProxy 2.6 or newer.",
            retryable=True,
            output=_last_lines(self._log),
        )

    @property
    def _socket(self) -> Path:
        return self._home / "run" / "supervisor.sock"

    @property
    def _log(self) -> Path:
        return self._home / "logs" / "supervisor.log"

    def _spawn(self) -> None:
        argv = [sys.executable, "-P", "-m", "kr8.supervisor", "--home", str(self._home)]
        argv += ["--haproxy", self._haproxy] if self._haproxy else []
        pid = start_detached(argv, self._environ, self._log)
        log.info("started the supervisor (pid %d)", pid)


def _last_lines(log: Path) -> tuple[str, ...]:
    try:
        return tuple(log.read_text(errors="replace").splitlines()[-LAST_LINES:])
    except OSError:
        return ()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


async def _ended(pid: int) -> None:
    """Wait for the end of a process, child or not."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        loop = asyncio.get_running_loop()
        over = asyncio.Event()
        loop.add_reader(watched, over.set)
        try:
            await over.wait()
        finally:
            loop.remove_reader(watched)
    finally:
        os.close(watched)
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
