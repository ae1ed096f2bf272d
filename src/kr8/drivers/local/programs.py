"""Whether daemon and supervisor are the same program, and what is done where they are not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from kr8.drivers.local.client import Supervisor, SupervisorRefused
from kr8.supervisor.observed import Problem, Program
from kr8.supervisor.program import installed


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of one home, and the process of its supervisor."""

    daemon: Program
    """As it was when the daemon started."""
    installed: Program
    """As it lies there now: what a supervisor that starts again becomes."""
    supervisor: Program | None
    """None: it is so old that it does not tell."""
    pid: int
    started: str
    """When this image of the supervisor began."""

    @property
    def agree(self) -> bool:
        """Whether each understands all that the other says."""
        return self.daemon == self.supervisor

    @property
    def upgrade(self) -> bool:
        """Whether the supervisor becomes what the daemon is when it goes on as what is installed."""
        return not self.agree and self.installed == self.daemon

    @property
    def told(self) -> str:
        """Both, in a sentence."""
        if self.agree:
            return f"Daemon and supervisor are {self.daemon}."
        return f"The daemon is {self.daemon}, the supervisor {self.supervisor or 'an older kr8 that does not tell'}."

    def problem(self) -> Problem:
        """Why something is not understood, and who mends that."""
        if self.installed != self.daemon:
            return Problem(
                "programs_differ",
                f"kr8's daemon and its supervisor are not the same program. {self.told}",
                "kr8 was installed anew while this daemon ran.",
                "`kr8 stop` ends the daemon, and the next command starts the new one; services and traffic go on.",
            )
        return Problem(
            "programs_differ",
            f"kr8's daemon and its supervisor are not the same program. {self.told}",
            "The supervisor was told to go on as what is installed, and did not become it: it was started from "
            "another place.",
            f"`kill {self.pid}` ends the supervisor alone, and the daemon starts its own within a second; services and "
            "traffic go on.",
        )


async def programs_of(supervisor: Supervisor) -> Programs:
    """Ask the supervisor, in words that every version of it knows. Raises Unreachable."""
    # Not decoded: another program's answers may have other fields.
    health = await supervisor.value("GET", "/v1/health")
    try:
        found = await supervisor.value("GET", "/v1/program")
        told = Program(str(found["version"]), str(found["digest"]))
    except (SupervisorRefused, KeyError, TypeError):
        told = None
    now = await asyncio.to_thread(installed)
    return Programs(supervisor.program, now, told, int(health["pid"]), str(health["started"]))
