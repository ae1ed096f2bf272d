"""Changes of what already runs: roll back, scale, restart, take down, decide what is stuck."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain.caller import Audience, Effect
from kr8.domain.deployment import State
from kr8.domain.model import Model
from kr8.domain.order import Kind, Order
from kr8.domain.problem import Outcome, refuse
from kr8.domain.rights import Reach
from kr8.operations.kr8.deployments import order_of, waited
from kr8.operations.kr8.fields import DeploymentArgument, EnvironmentArgument, ProjectArgument, Reason, Wait
from kr8.operations.kr8.views import DeploymentView
from kr8.planning.standing import require_services
from kr8.ports.deployments import Deployments
from kr8.ports.target import Targets
from kr8.workflows.accepting import observed_services
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.desk import Desk

TAKEN_WITHIN_S = 5.0
"""How long it is waited for that a deployment goes on as was chosen: until then it still looks stuck."""


class RollbackDeployment(Model):
    """Where to roll back."""

    environment: EnvironmentArgument
    project: ProjectArgument = None
    to_generation: Annotated[
        int | None, Field(ge=1, description="Generation to bring back. Default: the one served before.")
    ] = None
    reason: Reason = ""
    wait_s: Wait = 0


class ScaleDeployment(Model):
    """What to scale."""

    environment: EnvironmentArgument
    service: Annotated[str, Field(description="Service of kr8.toml.", json_schema_extra={"positional": True})]
    instances: Annotated[
        int, Field(ge=1, le=100, description="How many shall run.", json_schema_extra={"positional": True})
    ]
    project: ProjectArgument = None
    reason: Reason = ""
    wait_s: Wait = 0


class Restart(Model):
    """What to restart."""

    environment: EnvironmentArgument
    services: Annotated[tuple[str, ...], Field(description="Services. Default: all.")] = ()
    project: ProjectArgument = None
    reason: Reason = ""
    wait_s: Wait = 0


class Down(Model):
    """What to take down."""

    environment: EnvironmentArgument
    confirm: Annotated[str | None, Field(description="The environment's name again: all its services stop.")] = None
    project: ProjectArgument = None
    reason: Reason = ""
    wait_s: Wait = 0


class Promote(Model):
    """From where to where."""

    from_environment: Annotated[str, Field(description="Whose builds.", json_schema_extra={"positional": True})]
    environment: EnvironmentArgument
    project: ProjectArgument = None
    reason: Reason = ""
    wait_s: Wait = 0


class ResolveDeployment(Model):
    """What to do with a stuck deployment."""

    deployment: DeploymentArgument
    choice: Annotated[
        Literal["retry", "return", "accept"],
        Field(
            description="retry or return: go back to what served, again. accept: what is observed counts as promoted.",
            json_schema_extra={"positional": True},
        ),
    ]
    wait_s: Wait = 0


@operation(Effect.CHANGE, command="rollback", reach=Reach.BACK)
async def rollback_deployment(
    request: RollbackDeployment, call: Call, checkouts: Checkouts, desk: Desk
) -> DeploymentView:
    """Bring back what an environment served before, with zero downtime. Needs no approval and no checkout.

    What it leaves is withdrawn: a second rollback goes further back.
    """
    order = Order(kind=Kind.ROLLBACK, to_generation=request.to_generation)
    return await _changed(request, order, call, checkouts, desk)


@operation(Effect.CHANGE, command="scale", reach=Reach.PLAN, idempotent=True)
async def scale_deployment(request: ScaleDeployment, call: Call, checkouts: Checkouts, desk: Desk) -> DeploymentView:
    """Run another number of instances of a service, from now on and through later deployments."""
    order = Order(kind=Kind.SCALE, service=request.service, instances=request.instances)
    return await _changed(request, order, call, checkouts, desk)


@operation(Effect.CHANGE, command="restart", audience=Audience.PEOPLE, reach=Reach.PLAN)
async def restart(request: Restart, call: Call, checkouts: Checkouts, desk: Desk) -> DeploymentView:
    """Replace the instances of services by new ones of the same release, without downtime."""
    order = Order(kind=Kind.RESTART, services=request.services)
    return await _changed(request, order, call, checkouts, desk)


@operation(Effect.DESTROY, command="down", audience=Audience.PEOPLE, reach=Reach.PLAN)
async def down(request: Down, call: Call, checkouts: Checkouts, desk: Desk) -> DeploymentView:
    """Stop and remove every service of an environment. Releases and builds stay, for a rollback."""
    if request.confirm != request.environment:
        raise refuse(
            "confirmation_needed",
            f"This stops every service of {request.environment}.",
            mend=f"Say so: confirm={request.environment!r}",
            field="confirm",
        )
    return await _changed(request, Order(kind=Kind.DOWN), call, checkouts, desk)


@operation(Effect.CHANGE, command="promote", audience=Audience.PEOPLE, reach=Reach.PLAN)
async def promote(request: Promote, call: Call, checkouts: Checkouts, desk: Desk) -> DeploymentView:
    """Deploy the builds that one environment has promoted to another environment."""
    record = await checkouts.find(request.project, call.directory)
    order = await order_of(checkouts, record, request.environment, None, request.from_environment)
    opened = await desk.open(
        record, request.environment, order, call.caller, request.reason, run=True, identity=call.deployment
    )
    return await waited(desk, opened, request.wait_s)


@operation(Effect.CHANGE, command="deployment resolve", audience=Audience.PEOPLE)
async def resolve_deployment(
    request: ResolveDeployment, desk: Desk, deployments: Deployments, checkouts: Checkouts, targets: Targets
) -> DeploymentView:
    """Decide how a stuck deployment goes on; its environment is frozen until then."""
    found = await desk.get(request.deployment)
    if found.state is not State.STUCK:
        raise refuse(
            "not_stuck",
            f"{found.id} is not stuck: it is {found.state}.",
            mend=f"There is nothing to decide: kr8 deployment show {found.id} says what it does.",
            field="deployment",
        )
    if request.choice == "accept":
        record = await checkouts.with_promoted(await checkouts.known(found.project, None))
        await observed_services(targets.of(record.spec, found.environment), found)
    chosen = found.model_copy(update={"choice": request.choice})
    if not await deployments.save(chosen, State.STUCK):
        raise refuse(
            "deployment_changed",
            f"{found.id} changed at the same moment.",
            mend="Look at it again: get_deployment, or kr8 deployment show.",
            retryable=True,
            outcome=Outcome.NOT_STARTED,
        )
    await desk.wait(found.id, TAKEN_WITHIN_S, lambda now: now.state is not State.STUCK or now.choice is None)
    return await waited(desk, chosen, request.wait_s)


async def _changed(
    request: RollbackDeployment | ScaleDeployment | Restart | Down,
    order: Order,
    call: Call,
    checkouts: Checkouts,
    desk: Desk,
) -> DeploymentView:
    record = await checkouts.with_promoted(await checkouts.find(request.project, call.directory))
    await checkouts.environment(record, request.environment)
    if isinstance(request, ScaleDeployment | Restart):
        named = order.services if order.service is None else (order.service,)
        require_services(await checkouts.environments.get(record.id, request.environment), *named)
    opened = await desk.open(
        record, request.environment, order, call.caller, request.reason, run=True, identity=call.deployment
    )
    return await waited(desk, opened, request.wait_s)
