"""Validations that take longer than a caller waits: they go on, and the next same call has what they found."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from kr8.domain.infrastructure_check import Part, Validated, not_checked
from kr8.domain.problem import refuse
from kr8.workflows.validation import Progress, Validation

Question = tuple[Path, frozenset[Part]]
MOST_RESTARTS = 3
"""How often a validation begins anew for files that have changed: where they change all the time, none would end."""
FRESH_SECONDS = 60.0
"""How long what nobody has waited for is an answer about the same files: tools and policies change too."""

AT_ONCE = 2
"""How many run at a time, whoever asks: each starts every tool, and a tool may take half a gigabyte."""
MOST = 16
"""How many may be under way, those that wait for their turn among them."""
SHARE = 8
"""How many of them one caller may have begun: an agent that begins all that it can leaves places to people."""
KEPT = 16
"""How many that have ended wait for whoever asked."""


@dataclass(frozen=True)
class Underway:
    """A validation that has not ended."""

    progress: Progress


@dataclass
class _Run:
    question: Question
    state: str
    """That of the files when it was asked for, or, where others came first, when it had its turn."""
    progress: Progress
    asker: str
    """Who has begun it; others may wait for it, too."""
    restarts: int
    """How many have begun before it for this answer, and have checked files that were others by then."""
    task: asyncio.Task[tuple[Validated, float]] = field(init=False)
    """What was found, and when that was, on the clock's monotonic time."""
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
    _ending: set[asyncio.Task[tuple[Validated, float]]] = field(
        default_factory=set[asyncio.Task[tuple[Validated, float]]]
    )
    """Of the runs that nobody wants any more, those that have not ended yet."""
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def of_checkout(
        self, repository: Path, parts: frozenset[Part], wait_s: float, asker: str
    ) -> Validated | Underway:
        """What is found in the files as they are now, or how far that is after `wait_s` seconds.

        The next call with the same question has the answer, unless the files have changed: then it begins anew. Where
        they change again and again, the answer is about files as they were, and is no pass.
        Raises Refused where the files cannot be read; too_many_validations.
        """
        state = await self.validation.copies.state(repository)
        run = self._run_of((repository, parts), state, asker)
        run.waiting += 1
        try:
            await asyncio.wait({run.task}, timeout=wait_s)
        finally:
            run.waiting -= 1
        if not run.task.done():
            return Underway(run.progress)
        self._forget(run)
        validated = run.task.result()[0]
        is_now = run.state == state or run.state == await self.validation.copies.state(repository)
        return validated if is_now else _overtaken(validated)

    def _run_of(self, question: Question, state: str, asker: str) -> _Run:
        """The run that checks the files as they are, or a new one; what nobody waits for of others ends."""
        now, restarts = self.validation.clock.monotonic(), 0
        for run in [run for run in self._runs if run.question == question]:
            if run.is_fresh(now) and (run.state == state or run.restarts == MOST_RESTARTS):
                return run
            if not run.waiting:
                restarts = max(restarts, run.restarts + 1) if run.is_fresh(now) else restarts
                self._end(run)
        self._make_room(asker)
        run = _Run(question, state, Progress(), asker, restarts)
        run.task = asyncio.create_task(self._check(run))
        self._runs.append(run)
        return run

    async def _check(self, run: _Run) -> tuple[Validated, float]:
        repository, parts = run.question
        waits = self._turns.locked()
        async with self._turns:
            if waits:
                run.state = await self.validation.copies.state(repository)
            validated = await self.validation.of_checkout(repository, parts, run.progress)
        return validated, self.validation.clock.monotonic()

    def _make_room(self, asker: str) -> None:
        """Forget what nobody has asked for again. Raises Refused (too_many_validations)."""
        ended = [run for run in self._runs if run.task.done() and not run.waiting]
        for oldest in ended[:-KEPT]:
            self._end(oldest)
        underway = [run.asker for run in self._runs if not run.task.done()]
        own = underway.count(asker)
        if len(underway) >= MOST or own >= SHARE:
            raise refuse(
                "too_many_validations",
                f"This was not validated: {len(underway)} others are under way, {own} of them begun by this caller.",
                why="Each starts every tool, which takes what the machine has.",
                mend="Make the same call again in a minute; ask for all parts in one call.",
                retryable=True,
            )

    def _forget(self, run: _Run) -> None:
        if run in self._runs:
            self._runs.remove(run)

    def _end(self, run: _Run) -> None:
        """Let go of a run. What it has started ends in its own time, and what it failed with is nobody's concern."""
        run.task.cancel()
        self._forget(run)
        self._ending.add(run.task)
        run.task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[tuple[Validated, float]]) -> None:
        self._ending.discard(task)
        if not task.cancelled():
            task.exception()

    async def close(self) -> None:
        """End what runs; nothing of it is left when this returns."""
        for run in tuple(self._runs):
            self._end(run)
        await asyncio.gather(*self._ending, return_exceptions=True)


def _overtaken(validated: Validated) -> Validated:
    why = "Files have changed again and again while they were checked: what is found is of files as they were."
    return validated.model_copy(update={"checks": (*validated.checks, not_checked("changes", why))})
