"""The ports that workflows use, and what every one of them does with these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from kr8.domain.deployment import Deployment, Event, State, TimelineEntry
from kr8.domain.environment import with_promoted
from kr8.domain.problem import Outcome, Problem, Refused, refuse
from kr8.domain.project import Project
from kr8.ports.audit import Audit
from kr8.ports.builder import Builder
from kr8.ports.clock import Clock
from kr8.ports.deployments import Deployments
from kr8.ports.engine import Engine, Steps
from kr8.ports.entropy import Entropy
from kr8.ports.environments import Environments
from kr8.ports.leases import Leases
from kr8.ports.project_files import ProjectFiles
from kr8.ports.projects import Projects
from kr8.ports.repositories import Repositories
from kr8.ports.scanner import Scanner
from kr8.ports.secrets import Secrets
from kr8.ports.target import Targets
from kr8.workflows.validation import Validation

T = TypeVar("T")


@dataclass(frozen=True)
class Outside:
    """What workflows reach the world through."""

    clock: Clock
    entropy: Entropy
    engine: Engine
    projects: Projects
    deployments: Deployments
    environments: Environments
    leases: Leases
    audit: Audit
    repositories: Repositories
    project_files: ProjectFiles
    builder: Builder
    scanner: Scanner
    secrets: Secrets
    targets: Targets
    validation: Validation

    async def deployment(self, deployment: str) -> Deployment:
        """A deployment that must be there. Raises Refused (unknown_deployment)."""
        found = await self.deployments.get(deployment)
        if found is None:
            raise refuse(
                "unknown_deployment",
                f"There is no deployment {deployment!r}.",
                mend="list_deployments, or kr8 deployment list, shows those of a project.",
            )
        return found

    async def project(self, deployment: Deployment) -> Project:
        """The kr8.toml of a deployment's project, as last seen.

        Where it names the environment no more, that is as it was deployed last, or as the plan has it. Raises Refused
        (unknown_project).
        """
        found = await self.projects.get(deployment.project)
        if found is None:
            raise refuse(
                "unknown_project",
                f"kr8 does not know the project {deployment.project!r}.",
                mend="Make it known again: kr8 plan ENVIRONMENT, in its repository.",
            )
        record = await self.environments.get(deployment.project, deployment.environment)
        if record.declared is None and deployment.plan is not None:
            record = record.model_copy(update={"declared": deployment.plan.declared})
        return with_promoted(found.spec, record)

    async def note(
        self, deployment: str, step: str, text: str, level: str = "info", *, untrusted: bool = False
    ) -> None:
        """Add a line to a deployment's timeline."""
        at = self.clock.now()
        await self.deployments.note(
            TimelineEntry(deployment=deployment, at=at, step=step, level=level, text=text, untrusted=untrusted)
        )

    async def move(self, deployment: str, event: Event, **changes: Any) -> Deployment:
        """Take a deployment through an event, from whatever state it is in now.

        Raises NotAllowed where its state does not know the event, Refused where it kept changing meanwhile.
        """
        return await self.change(deployment, lambda before: before.after(event, **changes))

    async def change(
        self,
        deployment: str,
        change: Callable[[Deployment], Deployment],
        save: Callable[[Deployment, State], Awaitable[bool]] | None = None,
    ) -> Deployment:
        """Change what is recorded of a deployment. Raises Refused where somebody else kept changing it meanwhile.

        `save`: what saves it, with all that belongs into the same transaction.
        """
        for _ in range(5):
            before = await self.deployment(deployment)
            after = change(before)
            if await (save or self.deployments.save)(after, before.state):
                return after
        raise refuse(
            "deployment_changed",
            f"{deployment} kept changing.",
            mend="Look at it again: get_deployment, or kr8 deployment show.",
            retryable=True,
            outcome=Outcome.UNKNOWN,
        )


async def freeze(outside: Outside, deployment: Deployment, by: str | None) -> None:
    """Keep the environment from being changed, until a stuck deployment is decided on; None: let it go."""
    record = await outside.environments.get(deployment.project, deployment.environment)
    await outside.environments.save(record.model_copy(update={"frozen_by": by}))


async def attempt(steps: Steps, name: str, returns: type[T], work: Callable[[], Awaitable[T]]) -> T:
    """A step whose refusal is journaled like a result, so that a resumed workflow refuses again in the same words.

    Raises Refused.
    """

    async def guarded() -> T | Problem:
        try:
            return await work()
        except Refused as refused:
            return refused.problem

    result = await steps.run(name, cast("type[T | Problem]", returns | Problem), guarded)
    if isinstance(result, Problem):
        raise Refused(result)
    return result
