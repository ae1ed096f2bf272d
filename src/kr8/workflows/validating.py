"""Validations that take longer than a caller waits: they go on, and the next same call has what they found."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from kr8.domain.infrastructure_check import Part, Validated
from kr8.workflows.validation import Progress, Validation

Question = tuple[Path, frozenset[Part]]
FRESH_SECONDS = 60.0
"""How long what nobody has waited for is an answer about the same files: tools and policies change too."""


@dataclass(frozen=True)
class Underway:
    """A validation that has not ended."""

    progress: Progress


@dataclass
class _Run:
    question: Question
    state: str
    """That of the files when it began."""
    task: asyncio.Task[tuple[Validated, float]]
    """What was found, and when that was, on the clock's monotonic time."""
    progress: Progress
    waiting: int = 0
    """How many callers wait for it."""

    def is_fresh(self, now: float) -> bool:
        """Whether it runs, or has just ended."""
        return not self.task.done() or (
            not self.task.cancelled() and self.task.exception() is None and now - self.task.result()[1] < FRESH_SECONDS
        )


@dataclass(frozen=True)
class Validating:
    """Runs validations of working trees, one of the same question about the same files at a time."""

    validation: Validation
    _runs: list[_Run] = field(default_factory=list[_Run])

    async def of_checkout(self, repository: Path, parts: frozenset[Part], wait_s: float) -> Validated | Underway:
        """What is found in the files as they are now, or how far that is after `wait_s` seconds.

        The next call with the same question has the answer, unless the files have changed: then it begins anew.
        Raises Refused where the files cannot be read.
        """
        run = self._run_of((repository, parts), await self.validation.copies.state(repository))
        run.waiting += 1
        try:
            await asyncio.wait({run.task}, timeout=wait_s)
        finally:
            run.waiting -= 1
        if not run.task.done():
            return Underway(run.progress)
        self._forget(run)
        return run.task.result()[0]

    def _run_of(self, question: Question, state: str) -> _Run:
        """The run that checks the files as they are, or a new one; what nobody waits for of others ends."""
        now = self.validation.clock.monotonic()
        for run in [run for run in self._runs if run.question == question]:
            if run.state == state and run.is_fresh(now):
                return run
            if not run.waiting:
                run.task.cancel()
                self._forget(run)
        progress = Progress()
        run = _Run(question, state, asyncio.create_task(self._check(*question, progress)), progress)
        self._runs.append(run)
        return run

    async def _check(self, repository: Path, parts: frozenset[Part], progress: Progress) -> tuple[Validated, float]:
        validated = await self.validation.of_checkout(repository, parts, progress)
        return validated, self.validation.clock.monotonic()

    def _forget(self, run: _Run) -> None:
        if run in self._runs:
            self._runs.remove(run)

    async def close(self) -> None:
        """End what runs."""
        tasks = [run.task for run in self._runs]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
