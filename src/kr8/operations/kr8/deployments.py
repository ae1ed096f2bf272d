"""Deployments: planned, run, looked at, cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain.caller import Effect
from kr8.domain.deployment import ACTIVE, ENDED, Deployment, Event, State
from kr8.domain.environment import ProjectRecord
from kr8.domain.model import Model
from kr8.domain.order import Kind, Order
from kr8.domain.problem import refuse
from kr8.domain.rights import Reach
from kr8.domain.shortened import quoted
from kr8.operations.kr8.fields import (
    DeploymentArgument,
    EnvironmentArgument,
    ProjectArgument,
    Reason,
    Wait,
    WaitForChange,
    WaitForPlan,
)
from kr8.operations.kr8.timetables import timetables
from kr8.operations.kr8.views import DeploymentView, revision, view
from kr8.ports.deployments import Deployments
from kr8.ports.target import Targets
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.desk import Desk, ended, planned

Commit = Annotated[str | None, Field(max_length=200, description="Revision. Default: HEAD of a clean checkout.")]
From = Annotated[str | None, Field(description="Take builds it has promoted, of commit if given.")]


class CreateDeployment(Model):
    """What to plan."""

    environment: EnvironmentArgument
    project: ProjectArgument = None
    commit: Commit = None
    from_environment: From = None
    reason: Reason = ""
    wait_s: WaitForPlan = 0


class DeployProject(Model):
    """Which plan to run, or what to plan and run."""

    deployment: Annotated[str | None, Field(description="Plan to run; with digest.")] = None
    digest: Annotated[str | None, Field(description="The plan's digest.")] = None
    environment: Annotated[
        str | None, Field(description="Environment to plan and run in.", json_schema_extra={"positional": True})
    ] = None
    project: ProjectArgument = None
    commit: Commit = None
    from_environment: From = None
    reason: Reason = ""
    wait_s: Wait = 0


class GetDeployment(Model):
    """Which deployment."""

    deployment: DeploymentArgument
    wait_s: WaitForChange = 0
    seen: Annotated[str | None, Field(max_length=64, description="Revision seen: wait for another.")] = None
    detail: Annotated[bool, Field(description="All gates and evidence.")] = False


class ListDeployments(Model):
    """Which deployments."""

    project: ProjectArgument = None
    environment: Annotated[str | None, Field(description="Of this environment alone.")] = None
    active: Annotated[bool, Field(description="Only what has not ended.")] = False
    before: Annotated[str | None, Field(description="Cursor: older than this id.")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="At most.")] = 10


class CancelDeployment(Model):
    """Which deployment."""

    deployment: DeploymentArgument
    wait_s: Wait = 0


class DeploymentLine(Model):
    """A deployment in one line."""

    id: str
    environment: str
    kind: str
    state: str
    commit: str | None
    requested_by: str
    requested_at: datetime
    running_since: datetime | None
    waits_for: str | None
    result: str


class DeploymentList(Model):
    """Deployments, newest first."""

    deployments: tuple[DeploymentLine, ...]
    next: str | None = None
    """The cursor for older ones."""


@operation(Effect.CHANGE, command="plan", reach=Reach.PLAN)
async def create_deployment(request: CreateDeployment, call: Call, checkouts: Checkouts, desk: Desk) -> DeploymentView:
    """Plan a deployment: builds, scans, and says what would change and who must approve. Changes nothing that runs."""
    record = await checkouts.find(request.project, call.directory)
    order = await order_of(checkouts, record, request.environment, request.commit, request.from_environment)
    opened = await desk.open(
        record, request.environment, order, call.caller, request.reason, run=False, identity=call.deployment
    )
    return view(await desk.wait(opened.id, request.wait_s, planned))


@operation(Effect.CHANGE, command="deploy", reach=Reach.PLAN)
async def deploy_project(request: DeployProject, call: Call, checkouts: Checkouts, desk: Desk) -> DeploymentView:
    """Run a plan by deployment id and digest; or plan and run an environment in one call.

    Goes back by itself when a gate fails; waits for a person where approval is needed.
    """
    _refuse_contradictions(request)
    if request.deployment is not None:
        found = await desk.run(await desk.get(request.deployment), request.digest)
    elif request.environment is not None:
        record = await checkouts.find(request.project, call.directory)
        order = await order_of(checkouts, record, request.environment, request.commit, request.from_environment)
        found = await desk.open(
            record, request.environment, order, call.caller, request.reason, run=True, identity=call.deployment
        )
    else:
        raise refuse(
            "missing_argument",
            "Name a deployment with its digest, or an environment.",
            mend="deployment + digest runs a plan; environment plans and runs.",
            field="deployment",
        )
    return await waited(desk, found, request.wait_s)


@operation(Effect.READ, command="deployment show")
async def get_deployment(request: GetDeployment, desk: Desk, checkouts: Checkouts, targets: Targets) -> DeploymentView:
    """Show a deployment: plan, state, stages, gates, ledger, evidence, next step."""
    found = await desk.get(request.deployment)
    if request.wait_s > 0:
        seen = request.seen or revision(found)
        found = await desk.wait(found.id, request.wait_s, lambda now: ended(now) or revision(now) != seen)
    shown = view(found, waits_for=await desk.waits_for(found), detail=request.detail)
    return shown.model_copy(update={"timetables": await timetables(found, checkouts, targets)})


@operation(Effect.READ, command="deployment list")
async def list_deployments(
    request: ListDeployments, call: Call, checkouts: Checkouts, desk: Desk, deployments: Deployments
) -> DeploymentList:
    """List deployments, newest first: what runs now and since when, what waits for what, how the others ended."""
    record = await checkouts.known(request.project, call.directory)
    await _require_listed(request, record, checkouts, deployments)
    states = frozenset(State) - ENDED if request.active else frozenset[State]()
    found = await deployments.list(record.id, request.environment, states, request.before, request.limit)
    now = [await desk.aged(each) for each in found]
    shown = [each for each in now if not (request.active and each.state in ENDED)]
    lines = [_line(each, await desk.waits_for(each)) for each in shown]
    return DeploymentList(deployments=tuple(lines), next=found[-1].id if len(found) == request.limit else None)


async def _require_listed(
    request: ListDeployments, record: ProjectRecord, checkouts: Checkouts, deployments: Deployments
) -> None:
    """Refuse an environment that never was, and a cursor that no answer has given."""
    named = request.environment
    if named is not None and not await deployments.list(record.id, named, limit=1):
        await checkouts.require_environment(record, named)
    if request.before is None:
        return
    older = await deployments.get(request.before)
    if older is None or older.project != record.id:
        raise refuse(
            "invalid_argument",
            f"{quoted(request.before)} is no deployment of {record.name}.",
            mend="Give the `next` of an earlier answer; without `before`, the newest are listed.",
            field="before",
        )


@operation(Effect.CHANGE, command="deployment cancel", idempotent=True)
async def cancel_deployment(request: CancelDeployment, desk: Desk, deployments: Deployments) -> DeploymentView:
    """Cancel a deployment. One that runs goes back to what served; one that is promoted needs a rollback instead."""
    found = await desk.get(request.deployment)
    if found.state in (State.PROMOTED, State.SUCCEEDED):
        raise refuse(
            "already_promoted",
            f"{found.id} is promoted: it serves.",
            mend="rollback_deployment, or kr8 rollback, brings back what served before.",
            field="deployment",
        )
    if found.state in ENDED or found.state is State.RETURNING:
        return view(found)
    if found.state is State.STUCK:
        raise refuse(
            "stuck",
            f"{found.id} is stuck on its way back: there is nothing left to cancel.",
            mend=f"A person decides: kr8 deployment resolve {found.id}",
            field="deployment",
        )
    await deployments.request_cancel(found.id)
    if found.state in (State.PLANNED, State.AWAITING_APPROVAL, State.QUEUED):
        await deployments.save(found.after(Event.CANCEL, ended_at=desk.clock.now()), found.state)
    return await waited(desk, found, request.wait_s)


def _refuse_contradictions(request: DeployProject) -> None:
    """A plan is named by its id and digest alone; what else would say where and what to deploy contradicts it."""
    beside = ("environment", "project", "commit", "from_environment") if request.deployment is not None else ("digest",)
    for field in beside:
        if getattr(request, field) is not None:
            raise refuse(
                "conflicting_arguments",
                f"{field} does not go with {'deployment' if request.deployment else 'environment'}.",
                mend="deployment + digest runs a plan as it was made; environment, without a digest, plans and runs.",
                field=field,
            )


async def order_of(
    checkouts: Checkouts, record: ProjectRecord, environment: str, commit: str | None, source: str | None
) -> Order:
    """The order of a deploy. Raises Refused for an environment or revision that is not there, or a dirty checkout."""
    declared = await checkouts.environment(record, environment)
    source = source or (declared.builds_from if commit is None else None)
    if source is not None:
        await checkouts.environment(record, source)
        wanted = None if commit is None else (await checkouts.commit(record, commit)).id
        return Order(kind=Kind.DEPLOY, commit=wanted, from_environment=source, repository=record.path)
    if declared.builds_from is not None:
        raise refuse(
            "builds_from",
            f"{environment} takes its builds from {declared.builds_from}; it makes none of its own.",
            mend=f"Deploy the commit to {declared.builds_from} first, then name that with it: from_environment.",
            field="commit",
        )
    found = await checkouts.commit(record, commit)
    return Order(kind=Kind.DEPLOY, commit=found.id, repository=record.path)


async def waited(desk: Desk, deployment: Deployment, seconds: float) -> DeploymentView:
    """The view of a deployment after waiting for its end."""
    found = await desk.wait(deployment.id, seconds, ended)
    return view(found, waits_for=await desk.waits_for(found))


def _line(each: Deployment, waits_for: str | None) -> DeploymentLine:
    said = each.problem.what if each.problem else "; ".join(line.sentence() for line in each.ledger)
    return DeploymentLine(
        id=each.id,
        environment=each.environment,
        kind=each.order.kind,
        state=each.state,
        commit=(each.plan.commit if each.plan else each.order.commit or "") or None,
        requested_by=each.requested_by.label(),
        requested_at=each.requested_at,
        running_since=each.started_at if each.state in ACTIVE else None,
        waits_for=waits_for,
        result=said,
    )
