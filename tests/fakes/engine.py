"""An engine in memory that can die at any step and be started again on the same journal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from kr8.drivers.dbos.outcome import do, explain, read
from kr8.ports.engine import Steps, WorkflowName

T = TypeVar("T")

Workflow = Callable[[Steps, str], Awaitable[None]]
Crash = Callable[[str, str], Awaitable[None]]
Key = tuple[WorkflowName, str]

TOGETHER = 4
"""How many workflows without an `alone` key run at a time."""


class Died(BaseException):
    """The process is gone: nothing of the workflow may catch this."""


@dataclass(frozen=True)
class Death:
    """When the process dies: at the nth step that is really done (from 1), before or after its journal write."""

    step: int
    when: Literal["before", "after"]


def deaths(steps: int) -> Iterator[Death]:
    """Every way to die in a run of so many steps."""
    for step in range(1, steps + 1):
        yield Death(step, "before")
        yield Death(step, "after")


@dataclass
class Entry:
    """One workflow as the journal knows it."""

    workflow: WorkflowName
    deployment: str
    alone: str | None
    steps: dict[int, tuple[str, str]] = field(default_factory=dict[int, tuple[str, str]])
    """Name and outcome (JSON) by the step's place in the run."""
    done: bool = False
    crash: str | None = None

    @property
    def key(self) -> Key:
        """By which the journal has it."""
        return self.workflow, self.deployment


@dataclass
class Journal:
    """What outlives the process."""

    entries: dict[Key, Entry] = field(default_factory=dict[Key, Entry])

    def names(self, workflow: WorkflowName, deployment: str) -> list[str]:
        """The journaled steps of a workflow, in order."""
        steps = self.entries[workflow, deployment].steps
        return [steps[place][0] for place in sorted(steps)]


class FakeEngine:
    """Runs workflows as tasks of the running loop.

    It begins with `start()`; `finish()` starts it if need be and waits until nothing is left to do. Once it died,
    `finish()` raises Died; make another on the same journal to go on.
    """

    def __init__(
        self,
        workflows: Mapping[WorkflowName, Workflow] | None = None,
        journal: Journal | None = None,
        death: Death | None = None,
        on_crash: Crash | None = None,
        redact: Callable[[str], str] = str,
    ) -> None:
        self.journal = journal or Journal()
        self.done_steps = 0
        """How many steps this engine did itself, replayed ones not counted."""
        self._workflows = workflows or {}
        self._death = death
        self._on_crash = on_crash
        self.redact = redact
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._started = False
        self._broken: list[BaseException] = []
        self.died = asyncio.Event()

    async def enqueue(self, workflow: WorkflowName, deployment: str, alone: str | None = None) -> None:
        self.check_alive()
        self.journal.entries.setdefault((workflow, deployment), Entry(workflow, deployment, alone))
        self._begin_next()

    async def start(self) -> None:
        """Take up what the journal has not ended."""
        self._started = True
        self._begin_next()

    async def stop(self) -> None:
        """End the process in mid-work; the journal stays."""
        self._started = False
        await self._cancel()

    async def finish(self) -> None:
        """Wait until every workflow ended. Raises Died when this engine died."""
        await self.start()
        while self._running and not self.died.is_set():
            await asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)
        if self.died.is_set():
            await self._cancel()
        self.check_alive()
        if self._broken:
            raise self._broken[0]

    def check_alive(self) -> None:
        """Raises Died in what a dead process would do."""
        if self.died.is_set():
            raise Died

    def passed(self, when: Literal["before", "after"]) -> None:
        """Die here if that was the order."""
        self.check_alive()
        if self._death == Death(self.done_steps, when):
            self.died.set()
            raise Died

    async def _cancel(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._running.clear()

    def _begin_next(self) -> None:
        while self._started and (entry := self._next()) is not None:
            self._running[entry.key] = asyncio.get_running_loop().create_task(self._run(entry))
            self._running[entry.key].add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Died):
            self._broken.append(error)

    def _next(self) -> Entry | None:
        waiting = [entry for entry in self.journal.entries.values() if self.waits(entry)]
        ready = [entry for entry in waiting if self._free(entry.alone)]
        # What was begun before the death goes first: another one of its key must not overtake it.
        return min(ready, key=lambda entry: (not entry.steps, entry.deployment), default=None)

    def waits(self, entry: Entry) -> bool:
        """Whether an entry is for this engine to begin."""
        return not entry.done and entry.key not in self._running

    def _free(self, alone: str | None) -> bool:
        same = sum(self.journal.entries[key].alone == alone for key in self._running)
        return same < (TOGETHER if alone is None else 1)

    async def _run(self, entry: Entry) -> None:
        try:
            await self._workflows[entry.workflow](_Steps(self, entry), entry.deployment)
            self.check_alive()
            entry.done = True
        except Exception as error:
            self.check_alive()
            entry.crash = self.redact(explain(error))
            entry.done = True
            if self._on_crash is not None:
                await self._on_crash(entry.deployment, entry.crash)
        finally:
            self._running.pop(entry.key, None)
            if not self.died.is_set():
                self._begin_next()


class _Steps:
    """The journal of one run: a step is known by its place, and its name must be the one journaled there."""

    def __init__(self, engine: FakeEngine, entry: Entry) -> None:
        self._engine = engine
        self._entry = entry
        self._names: list[str] = []

    async def run(self, name: str, returns: type[T], work: Callable[[], Awaitable[T]]) -> T:
        self._engine.check_alive()
        if name in self._names:
            raise ValueError(f"the step {name!r} is named twice in one workflow")
        place = len(self._names)
        self._names.append(name)
        known = self._entry.steps.get(place)
        if known is None:
            known = (name, await self._do(name, returns, work))
            self._entry.steps[place] = known
            self._engine.passed("after")
        if known[0] != name:
            raise ValueError(f"the journal has the step {known[0]!r} where the workflow does {name!r}")
        return read(known[1], returns)

    async def _do(self, name: str, returns: type[T], work: Callable[[], Awaitable[T]]) -> str:
        outcome = await do(name, returns, work, self._engine.redact)
        self._engine.done_steps += 1
        self._engine.passed("before")
        return outcome
