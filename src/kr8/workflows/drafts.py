"""What a plan says of each service, for each kind of deployment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from kr8.domain.deployment import Deployment
from kr8.domain.environment import EnvironmentRecord, Promotion, irreversible_between, ways_back
from kr8.domain.finding import Finding
from kr8.domain.order import Kind
from kr8.domain.plan import Plan, ServicePlan
from kr8.domain.problem import Refused, refuse
from kr8.domain.project import Project
from kr8.domain.release import Build
from kr8.planning import services
from kr8.planning.plan import PlanInput, plan_of
from kr8.planning.rehearsal import rehearsal
from kr8.planning.standing import nothing_deployed, require_services
from kr8.planning.succession import older_than
from kr8.workflows.building import secrets_of
from kr8.workflows.outside import Outside

HISTORY = 500
"""How many promotions are looked through: many of them may be scales of one release."""


async def draft_deploy(
    outside: Outside,
    deployment: Deployment,
    project: Project,
    builds: Mapping[str, Build],
    findings: tuple[Finding, ...],
    commit: str | None,
) -> Plan:
    """A deploy of builds. Raises Refused where a secret is not set."""
    name = deployment.environment
    record = await outside.environments.get(deployment.project, name)
    secrets = {
        service: await secrets_of(outside, deployment, spec.secrets) for service, spec in project.services.items()
    }
    releases = services.releases_of(project, name, builds, secrets)
    planned = services.deploy(releases, project.environments[name], record)
    findings += tuple(rehearsal(record, await _promotions(outside, deployment, project)))
    findings += await _older(outside, deployment, record, commit)
    return _plan(outside, deployment, project, record, planned, findings=findings, commit=commit)


async def _older(
    outside: Outside, deployment: Deployment, record: EnvironmentRecord, commit: str | None
) -> tuple[Finding, ...]:
    """What to say where the clone in which somebody asked knows that a newer commit serves."""
    served = record.current.commit if record.current is not None and record.serves() else None
    repository = deployment.order.repository
    if repository is None or commit is None or served is None:
        return ()
    older = await outside.repositories.is_older(Path(repository), commit, served)
    return (older_than(served, commit, record.name),) if older else ()


async def _promotions(outside: Outside, deployment: Deployment, project: Project) -> list[Promotion]:
    """Those of every environment."""
    return [
        promotion
        for name in project.environments
        for promotion in await outside.environments.history(deployment.project, name, limit=HISTORY)
    ]


async def draft_from_environment(outside: Outside, deployment: Deployment) -> Plan:
    """A deploy of what another environment has promoted. Raises Refused where that is nothing, or of another commit.

    The services are those of the commit that was promoted; how this environment runs them is as kr8.toml has it now,
    or in the commit that was asked for.
    """
    source = deployment.order.from_environment or ""
    project = await _committed(outside, deployment) or await outside.project(deployment)
    promoted = (await outside.environments.get(deployment.project, source)).current
    if promoted is None or not promoted.releases:
        raise refuse(
            "nothing_promoted",
            f"The environment {source!r} has promoted nothing yet.",
            mend=f"Deploy to {source} first.",
            field="from_environment",
        )
    _require_commit(source, promoted.commit or "", deployment.order.commit)
    builds = {release.name: release.build for release in promoted.releases}
    specs = {release.name: release.spec for release in promoted.releases}
    as_promoted = project.model_copy(update={"services": specs})
    return await draft_deploy(outside, deployment, as_promoted, builds, (), promoted.commit)


def _require_commit(source: str, serves: str, wanted: str | None) -> None:
    """Refuse what was promoted since the commit was chosen: what goes out is what somebody has looked at."""
    if wanted is not None and wanted != serves:
        raise refuse(
            "another_commit_promoted",
            f"{source} serves {serves[:12]}, and not {wanted[:12]}.",
            why=f"What {source} has promoted was asked for, of that commit alone.",
            mend=f"Deploy {wanted[:12]} to {source} first; or name {serves[:12]}, or no commit, to take that.",
            field="commit",
        )


async def _committed(outside: Outside, deployment: Deployment) -> Project | None:
    """kr8.toml of the commit that was asked for, else of HEAD, in the checkout in which somebody asked.

    None: that says nothing of the environment.
    """
    if deployment.order.repository is None:
        return None
    try:
        content = await outside.repositories.read(
            Path(deployment.order.repository), deployment.order.commit or "HEAD", "kr8.toml"
        )
        project = None if content is None else outside.project_files.read(content)
    except Refused:
        return None
    if project is None or project.project.id != deployment.project:
        return None
    return project if deployment.environment in project.environments else None


async def draft_rollback(outside: Outside, deployment: Deployment) -> Plan:
    """Back to what was promoted before. Raises Refused where there is nothing, or no way back."""
    record = await outside.environments.get(deployment.project, deployment.environment)
    current = record.current
    if current is None:
        raise nothing_deployed(deployment.environment)
    history = await outside.environments.history(deployment.project, deployment.environment, limit=HISTORY)
    to = _chosen(deployment, current, history)
    crossed = irreversible_between(to, current, history)
    ran = {service for promotion in crossed for service in promotion.irreversible} | set(record.lasting)
    if ran:
        named = ", ".join(sorted(ran))
        raise refuse(
            "rollback_irreversible",
            f"Between generation {to.generation} and now, a command that cannot be undone ran for {named}.",
            why="The older release may not work with what that command has changed.",
            mend="Deploy a commit that mends the fault forward; or, where the old release does work with it, "
            "declare that `before` reversible and deploy.",
        )
    project = await outside.project(deployment)
    planned = services.rollback(to, record)
    return _plan(outside, deployment, project, record, planned, commit=to.commit, to_generation=to.generation)


def _chosen(deployment: Deployment, current: Promotion, history: tuple[Promotion, ...]) -> Promotion:
    wanted = deployment.order.to_generation
    ways = ways_back(current, history)
    if wanted is None:
        to = next(iter(ways), None)
    else:
        allowed = {promotion.identity() for promotion in ways}
        named = (promotion for promotion in history if promotion.generation == wanted)
        to = next((promotion for promotion in named if promotion.identity() in allowed), None)
    if to is None:
        kept = ", ".join(str(promotion.generation) for promotion in ways) or "none"
        raise refuse(
            "nothing_to_roll_back_to",
            f"{deployment.environment} has no earlier release to go back to.",
            why=f"Generations to go back to: {kept}; what serves now and what a rollback has left are none of them.",
            mend="`kr8 history` lists them. Deploy a commit instead.",
            field="to_generation" if wanted is not None else None,
        )
    return to


async def draft_scale(outside: Outside, deployment: Deployment) -> Plan:
    """Another number of instances. Raises Refused for a service that is not there, or a number out of its limits."""
    service, instances = deployment.order.service or "", deployment.order.instances or 0
    record = await _serving(outside, deployment, service)
    project = await outside.project(deployment)
    limits = project.environments[deployment.environment].scale.get(service)
    if limits is not None and not limits.min <= instances <= limits.max:
        raise refuse(
            "out_of_limits",
            f"{instances} instances of {service} are outside its limits.",
            why=f"kr8.toml allows {limits.min} to {limits.max} in {deployment.environment}.",
            mend="Ask for a number within them, or change them in kr8.toml and deploy.",
            field="instances",
        )
    return _plan(outside, deployment, project, record, services.scale(service, instances, record))


async def draft_restart(outside: Outside, deployment: Deployment) -> Plan:
    """New instances of what serves. Raises Refused for a service that is not there."""
    record = await _serving(outside, deployment, *deployment.order.services)
    planned = services.restart(frozenset(deployment.order.services), record)
    return _plan(outside, deployment, await outside.project(deployment), record, planned)


async def draft_down(outside: Outside, deployment: Deployment) -> Plan:
    """Everything removed. Raises Refused where nothing serves."""
    record = await _serving(outside, deployment)
    project = await outside.project(deployment)
    return _plan(outside, deployment, project, record, services.down(record))


DRAFTS: Mapping[Kind, Callable[[Outside, Deployment], Awaitable[Plan]]] = {
    Kind.DEPLOY: draft_from_environment,
    Kind.ROLLBACK: draft_rollback,
    Kind.SCALE: draft_scale,
    Kind.RESTART: draft_restart,
    Kind.DOWN: draft_down,
}
"""The kinds that need no build."""


def _plan(
    outside: Outside,
    deployment: Deployment,
    project: Project,
    record: EnvironmentRecord,
    planned: tuple[ServicePlan, ...],
    *,
    findings: tuple[Finding, ...] = (),
    commit: str | None = None,
    to_generation: int | None = None,
) -> Plan:
    return plan_of(
        PlanInput(
            kind=deployment.order.kind,
            project=project,
            environment=deployment.environment,
            record=record,
            services=planned,
            abilities=outside.targets.of(project, deployment.environment).abilities(),
            findings=findings,
            commit=commit or (record.current.commit if record.current is not None else None),
            to_generation=to_generation,
            made_at=outside.clock.now(),
            requested_by=deployment.requested_by.label(),
        )
    )


async def _serving(outside: Outside, deployment: Deployment, *services: str) -> EnvironmentRecord:
    record = await outside.environments.get(deployment.project, deployment.environment)
    require_services(record, *services)
    return record
