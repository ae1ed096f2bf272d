"""Validations that take longer than a caller waits: they go on, and the next same call has what they found."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from kr8.domain.infrastructure_check import Part, Validated
from kr8.workflows.validation import Progress, Validation

Key = tuple[Path, frozenset[Part]]
FRESH_SECONDS = 60.0
"""How long what nobody has waited for is an answer: files change."""


@dataclass(frozen=True)
class Underway:
    """A validation that has not ended."""

    progress: Progress


@dataclass
class _Run:
    task: asyncio.Task[tuple[Validated, float]]
    """What was found, and when that was, on the clock's monotonic time."""
    progress: Progress

    def is_fresh(self, now: float) -> bool:
        """Whether it runs, or has just ended."""
        return not self.task.done() or (
            not self.task.cancelled() and self.task.exception() is None and now - self.task.result()[1] < FRESH_SECONDS
        )


@dataclass(frozen=True)
class Validating:
    """Runs validations of working trees, one of the same question at a time."""

    validation: Validation
    _runs: dict[Key, _Run] = field(default_factory=dict[Key, _Run])

    async def of_checkout(self, repository: Path, parts: frozenset[Part], wait_s: float) -> Validated | Underway:
        """What is found, or how far it is when the wait is over: then the next call with the same question has it.

        Raises Refused where the files cannot be read.
        """
        key = (repository, parts)
        run = self._runs.get(key)
        if run is None or not run.is_fresh(self.validation.clock.monotonic()):
            progress = Progress()
            run = _Run(asyncio.create_task(self._run(repository, parts, progress)), progress)
            self._runs[key] = run
        await asyncio.wait({run.task}, timeout=wait_s)
        if not run.task.done():
            return Underway(run.progress)
        if self._runs.get(key) is run:
            del self._runs[key]
        return run.task.result()[0]

    async def _run(self, repository: Path, parts: frozenset[Part], progress: Progress) -> tuple[Validated, float]:
        validated = await self.validation.of_checkout(repository, parts, progress)
        return validated, self.validation.clock.monotonic()

    async def close(self) -> None:
        """End what runs."""
        tasks = [run.task for run in self._runs.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
