"""Scans the files of a commit for secrets, in a child with limits."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.finding import Finding
from kr8.domain.infrastructure_check import FILE_LIMIT
from kr8.domain.problem import refuse
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.scan.findings import answered, left_out

SECONDS = 120.0
MEMORY = 2 << 30
CHILD = Path(__file__).with_name("scanning.py")


class SecretScanner:
    """Implements the port `Scanner`."""

    def __init__(self, repositories: GitRepositories, processes: Processes, limit_seconds: float = SECONDS) -> None:
        self._repositories = repositories
        self._processes = processes
        self._limit_seconds = limit_seconds

    async def scan(self, repository: Path, commit: str) -> tuple[Finding, ...]:
        """Secrets in the files of a commit; a place names the file and line, never the secret.

        Files above 1 MiB are named and left out, binary ones are left out. Raises Refused (scan_failed).
        """
        with TemporaryDirectory(prefix="kr8-scan-") as folder:
            file = Path(folder, "contents")
            contents = await self._repositories.contents(repository, commit, file, FILE_LIMIT)
            found = await self._child(file, contents.written)
        return (*found, *left_out(contents.large, FILE_LIMIT))

    async def _child(self, file: Path, paths: list[str]) -> tuple[Finding, ...]:
        command = Command(
            argv=(sys.executable, "-I", "-B", str(CHILD), str(file)),
            cwd=file.parent,
            stdin=json.dumps(paths).encode(),
            limit_seconds=self._limit_seconds,
            memory=MEMORY,
        )
        ended = await self._processes.run(command)
        if not ended.ok():
            raise refuse(
                "scan_failed",
                f"The scan for secrets did not end well: {ended.how()}.",
                why="Nothing is deployed that was not scanned.",
                mend="Try again; if a file keeps it busy, take that file out of the commit.",
                retryable=True,
                output=ended.last_words(3),
            )
        return answered(ended.stdout)
