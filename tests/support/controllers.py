"""Several controllers over one store, one journal and one target: killed, frozen and thawed.

Each workflow is run by one of them, and after a death by that one again, as the engine has it on PostgreSQL. But unlike
there nothing keeps two of them from an environment but its lease.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.fakes.engine import Crash, Entry, FakeEngine, Journal, Key, Workflow
from tests.fakes.target import FakeTarget
from tests.support.house import ADA, CATALOGUE, ROOT, House, LivingEngine

from kr8.catalogue.invoke import invoke
from kr8.catalogue.once import Once
from kr8.domain.project import Project
from kr8.ports.engine import WorkflowName
from kr8.workflows.crashed import crashed
from kr8.workflows.desk import Desk
from kr8.workflows.plan import plan
from kr8.workflows.run import give_back, run
from kr8.workflows.takeup import take_up


@dataclass
class Gate:
    """Whether a controller's process gets any time: what waits for something else goes on only when it is thawed."""

    thawed: asyncio.Event

    async def passed(self) -> None:
        await self.thawed.wait()


@dataclass
class GatedClock:
    """A clock whose sleepers sleep on while their process is frozen."""

    house: House
    gate: Gate

    def now(self) -> datetime:
        return self.house.clock.now()

    def monotonic(self) -> float:
        return self.house.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self.house.clock.sleep(seconds)
        await self.gate.passed()


class GatedTarget:
    """A target that a frozen process asks for nothing."""

    def __init__(self, target: FakeTarget, gate: Gate) -> None:
        self._target = target
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)

        async def asked(*arguments: Any) -> Any:
            await self._gate.passed()
            answer = await found(*arguments)
            await self._gate.passed()
            return answer

        async def watched(*arguments: Any) -> Any:
            await self._gate.passed()
            async for progress in found(*arguments):
                await self._gate.passed()
                yield progress

        return {"abilities": found, "converge": watched}.get(name, asked)


@dataclass
class GatedTargets:
    """The Targets port of one controller."""

    target: GatedTarget

    def of(self, project: Project, environment: str) -> Any:
        return self.target


@dataclass
class Shared:
    """What controllers share beside the store and the target."""

    journal: Journal = field(default_factory=Journal)
    owners: dict[Key, str] = field(default_factory=dict[Key, str])
    """Which of them runs a workflow."""


class OwnEngine(FakeEngine):
    """Runs what no other controller has begun."""

    def __init__(self, name: str, shared: Shared, workflows: Mapping[WorkflowName, Workflow], on_crash: Crash) -> None:
        super().__init__(workflows, shared.journal, None, on_crash)
        self._name = name
        self._owners = shared.owners

    def waits(self, entry: Entry) -> bool:
        return self._owners.get(entry.key, self._name) == self._name and super().waits(entry)

    def _next(self) -> Entry | None:
        found = super()._next()
        if found is not None:
            self._owners[found.key] = self._name
        return found


class Controller:
    """A daemon of its own; a frozen one thinks that no time has passed."""

    def __init__(self, house: House, name: str, shared: Shared) -> None:
        self._name = name
        self._shared = shared
        self._gate = Gate(asyncio.Event())
        self._gate.thawed.set()
        self._house = house
        self._engine = LivingEngine(FakeEngine())
        clock = GatedClock(house, self._gate)
        targets = GatedTargets(GatedTarget(house.target, self._gate))
        self._outside = replace(house.outside, engine=self._engine, clock=clock, targets=targets)
        desk = Desk(house.clock, house.outside.entropy, house.deployments, self._engine)
        once = Once(house.keyed_calls, desk)
        self._services = replace(house.services, engine=self._engine, desk=desk, once=once)
        self.crashes: list[str] = []

    @property
    def is_frozen(self) -> bool:
        """Whether it gets no time."""
        return not self._gate.thawed.is_set()

    async def call(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Do an operation by this controller, where it lives. Raises Refused."""
        return (await invoke(CATALOGUE, name, arguments, self._services, ADA, str(ROOT))).value

    async def live(self) -> None:
        """Start, or start again, and take up what was not enqueued."""
        await self.die()
        self._engine.now = OwnEngine(self._name, self._shared, self._workflows(), self._crashed)
        await self._engine.now.start()
        await take_up(self._outside)

    async def die(self) -> None:
        """End in mid-work; a frozen process too."""
        await self._engine.now.stop()
        self.thaw()

    def freeze(self) -> None:
        """Give it no time any more."""
        self._gate.thawed.clear()

    def thaw(self) -> None:
        """Give it time again."""
        self._gate.thawed.set()

    async def finish(self) -> None:
        """Let it end all that it has begun. Raises what broke it."""
        self.thaw()
        await self._engine.now.finish()

    async def _crashed(self, deployment: str, text: str) -> None:
        self.crashes.append(text)
        await crashed(self._outside, deployment, text)

    def _workflows(self) -> Mapping[WorkflowName, Workflow]:
        return {
            "plan": lambda steps, deployment: plan(self._outside, steps, deployment),
            "run": lambda steps, deployment: run(self._outside, steps, deployment),
            "return": lambda steps, deployment: give_back(self._outside, steps, deployment),
        }
