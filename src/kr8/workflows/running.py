"""One run of a deployment, and what every part of it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kr8.domain.audit import Phase
from kr8.domain.deployment import Deployment
from kr8.domain.model import Model
from kr8.domain.plan import ServicePlan
from kr8.domain.problem import Refused
from kr8.domain.target import Counters, Grant
from kr8.ports.engine import Steps
from kr8.ports.target import Target, TargetError
from kr8.workflows.ledger import ledger_of
from kr8.workflows.outside import Outside
from kr8.workflows.stages import Walk


class Counted(Model):
    """The counters of each service at one moment."""

    services: dict[str, Counters]


@dataclass(frozen=True)
class Running:
    """A deployment that runs, with all that it needs."""

    outside: Outside
    steps: Steps
    deployment: Deployment
    target: Target
    grant: Grant
    accepted: tuple[ServicePlan, ...] | None = None
    """What a person accepted in place of what the plan wanted."""

    @property
    def services(self) -> tuple[ServicePlan, ...]:
        """Every service of the environment as it shall be, in the order of their needs."""
        assert self.deployment.plan is not None
        return self.deployment.plan.services if self.accepted is None else self.accepted

    @property
    def walks(self) -> tuple[Walk, ...]:
        """The services that change, in the order of their needs."""
        return tuple(self.walk(service) for service in self.services if service.changes())

    def walk(self, service: ServicePlan) -> Walk:
        """One service of the plan on its way."""
        return Walk(self.outside, self.steps, self.deployment, service, self.target, self.grant)

    async def attempt(self, name: str, work: Callable[[], Awaitable[object]]) -> bool:
        """A step that a deployment can do without: when it fails, the timeline says so, and nothing else happens."""

        async def guarded() -> bool:
            try:
                await work()
            except (Refused, TargetError) as error:
                await self.say(name, f"{name}: {error}", "warning")
                return False
            return True

        return await self.steps.run(name, bool, guarded)

    async def say(self, step: str, text: str, level: str = "info") -> None:
        """Add a line to the timeline."""
        await self.outside.note(self.deployment.id, step, text, level)


async def count(this: Running) -> Counted:
    """The counters of every service that changes; none where the target does not answer: there is no ledger then."""
    try:
        return Counted(services={walk.plan.service: await this.target.counters(walk.ref) for walk in this.walks})
    except TargetError as error:
        await this.say("counters", f"there will be no ledger: {error}", "warning")
        return Counted(services={})


async def write_ledger(this: Running, before: dict[str, Counters]) -> None:
    """Keep what was counted since `before`."""
    lines = tuple(
        [
            ledger_of(walk.plan, before[walk.plan.service], await this.target.counters(walk.ref))
            for walk in this.walks
            if walk.plan.service in before
        ]
    )
    http = tuple(line for line in lines if line.requests)
    await this.outside.change(this.deployment.id, lambda each: each.model_copy(update={"ledger": http}))
    for line in http:
        await this.say("ledger", line.sentence())


async def audit(this: Running, operation: str, said: str) -> None:
    """Note in the audit what this deployment has done by itself."""
    deployment = this.deployment
    who = deployment.requested_by.label()
    await this.outside.audit.append(Phase.NOTE, deployment.id, who, operation, deployment.environment_key, said)
