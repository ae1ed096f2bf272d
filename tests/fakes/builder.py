"""A builder that builds nothing, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kr8.domain.digest import digest
from kr8.domain.problem import Problem, Refused
from kr8.domain.release import Build, build_id
from kr8.ports.builder import BuildOrder, Say, Trial, Tried


@dataclass
class FakeBuilder:
    """Gives the same build for the same order. `failures` maps a service to the problem that its build meets."""

    home: Path = Path("/builds")
    failures: dict[str, Problem] = field(default_factory=dict[str, Problem])
    says: tuple[str, ...] = ("building",)
    orders: list[BuildOrder] = field(default_factory=list[BuildOrder])
    trials: list[Trial] = field(default_factory=list[Trial])
    takes: dict[int, float] = field(default_factory=dict[int, float])
    """Seconds, by which trial it is, beginning with 0."""
    failing: set[int] = field(default_factory=set[int])
    """Which trials fail, beginning with 0."""
    lacking: str = ""
    """Why no tests can be run; empty: they can."""
    made: dict[str, Build] = field(default_factory=dict[str, Build])

    async def build(self, order: BuildOrder, say: Say) -> Build:
        """Say the lines, then fail or give the build."""
        self.orders.append(order)
        name = build_id(order.project, order.service, order.tree, order.spec.build)
        if name in self.made:
            return self.made[name].model_copy(update={"commit": order.commit})
        for line in self.says:
            await say(line)
        if order.service in self.failures:
            raise Refused(self.failures[order.service])
        self.made[name] = Build(
            id=name,
            service=order.service,
            commit=order.commit,
            tree=order.tree,
            artifact=digest([name, "files"]),
            directory=str(self.home / name / "files"),
            bytes=1000,
            seconds=0.1,
            made_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        return self.made[name]

    async def try_out(self, trial: Trial) -> Tried:
        """Fail as the build of a service does; tests that are `false` fail."""
        self.trials.append(trial)
        await asyncio.sleep(self.takes.get(len(self.trials) - 1, 0))
        if self.lacking:
            return Tried(state="not_run", why=self.lacking)
        broken = sorted(trial.services.keys() & self.failures.keys())
        if broken or trial.tests == ("false",) or len(self.trials) - 1 in self.failing:
            why = f"The build of {broken[0]}: it failed." if broken else "Its tests: it ended with exit code 1."
            return Tried(state="failed", why=why, output=self.says)
        return Tried(state="passed")

    async def prune(self, keep: frozenset[str]) -> int:
        """Forget builds."""
        gone = [name for name in self.made if name not in keep]
        return sum(self.made.pop(name).bytes for name in gone)

    async def sizes(self) -> dict[str, int]:
        """1,000 bytes a build."""
        return {name: build.bytes for name, build in self.made.items()}
