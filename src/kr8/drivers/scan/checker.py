"""Secrets in the files that are validated, by the scan that builds go through."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version

from kr8.domain.finding import Finding
from kr8.domain.infrastructure_check import Checked, CheckState, Part
from kr8.domain.problem import refuse
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.scan.driver import CHILD, MEMORY, SECONDS
from kr8.drivers.scan.findings import SUPPRESSED, answered, states
from kr8.ports.checkers import Sources


class SecretsChecker:
    """Implements the port `Checker`."""

    name = "secrets"
    tool = None
    rules = ("secrets/",)
    security = ("secrets/",)
    judges: tuple[str, ...] = ()

    def __init__(self, processes: Processes) -> None:
        self._processes = processes

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """Every file: a secret may be in any."""
        return sources.files if Part.PROJECT in parts else ()

    async def version(self) -> str | None:
        """That of the library."""
        return version("detect-secrets")

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """Secrets; a place names the file and line, never the secret. Raises Refused (scan_failed)."""
        command = Command(
            argv=(sys.executable, "-I", "-B", str(CHILD), str(sources.root)),
            cwd=sources.root,
            stdin=json.dumps(files).encode(),
            limit_seconds=SECONDS,
            memory=MEMORY,
        )
        ended = await self._processes.run(command)
        if not ended.ok():
            what = f"The scan for secrets did not end well: {ended.how()}."
            raise refuse("scan_failed", what, mend="Try again.", retryable=True, output=ended.last_words(3))
        found = map(_placed, (*states(files), *answered(ended.stdout)))
        return Checked(checker=self.name, state=CheckState.CHECKED, findings=tuple(found))


def _placed(found: Finding) -> Finding:
    """A validation merges and waives by the place; what is told of many is of none."""
    if found.rule == SUPPRESSED:
        return found.model_copy(update={"why": "; ".join(found.untrusted_places)[:1000], "untrusted_places": ()})
    place = next(iter(found.untrusted_places), None)
    return found.model_copy(update={"place": place, "untrusted_places": ()})
