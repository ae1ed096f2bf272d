"""Commands of Git in a folder, for who writes generated files."""

from __future__ import annotations

from pathlib import Path

from kr8.drivers.git import commands
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import Processes


class Git:
    """Runs Git with nobody's settings."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes

    async def run(self, directory: Path, argv: tuple[str, ...], stdin: bytes = b"") -> Ended:
        """What a command printed, and how it ended."""
        return await self._processes.run(
            Command(argv=argv, cwd=directory, env=commands.ENVIRONMENT, stdin=stdin, limit_seconds=60)
        )
