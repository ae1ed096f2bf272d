"""Whether a queued deployment may run, decided at the moment when it is its turn."""

from __future__ import annotations

from typing import Literal

from kr8.domain.deployment import ACTIVE, Deployment, Event, State
from kr8.domain.model import Model
from kr8.domain.order import Kind
from kr8.domain.problem import Problem, refuse
from kr8.workflows.outside import Outside
from kr8.workflows.queue import frozen
from kr8.workflows.restoring import settle
from kr8.workflows.version import WORKFLOWS


class Beginning(Model):
    """How the run goes on."""

    way: Literal["forward", "back", "stuck", "finish", "over"]
    problem: Problem | None = None


async def begin(outside: Outside, deployment_id: str, epoch: int) -> Beginning:
    """Start a queued deployment, or take up one that another version of the workflows had begun.

    `epoch`: that of the lease which is held now.
    """
    deployment = await outside.deployment(deployment_id)
    if deployment.state is State.QUEUED:
        return await _start(outside, deployment, epoch)
    if deployment.state is State.STALE and deployment.replaced_by is not None:
        await outside.engine.enqueue("plan", deployment.replaced_by)  # the process died before that
    if deployment.state not in ACTIVE:
        return Beginning(way="over")
    if deployment.started_under == WORKFLOWS and deployment.state is State.RUNNING:
        return Beginning(way="forward")  # the process died before this step was journaled
    if deployment.state is State.PROMOTED:
        return Beginning(way="finish")
    if deployment.state is State.STUCK:
        return Beginning(way="stuck", problem=deployment.problem)
    return Beginning(way="back", problem=_upgraded())


async def take_over(outside: Outside, deployment_id: str, _: int) -> Beginning:
    """How a run goes on that kr8 itself could not go on with: to its end from what is promoted, else back.

    One that was under way in a restored backup goes on from what its target shows.
    """
    deployment = await outside.deployment(deployment_id)
    if deployment.epoch_in_backup is not None and deployment.state in ACTIVE:
        deployment = await settle(outside, deployment)
    ways: dict[State, Literal["back", "stuck", "finish"]] = {
        State.RUNNING: "back",
        State.RETURNING: "back",
        State.STUCK: "stuck",
        State.PROMOTED: "finish",
    }
    return Beginning(way=ways.get(deployment.state, "over"), problem=deployment.problem or _failed())


async def _start(outside: Outside, deployment: Deployment, epoch: int) -> Beginning:
    if deployment.cancel_requested:
        await outside.move(deployment.id, Event.CANCEL, ended_at=outside.clock.now())
        return Beginning(way="over")
    record = await outside.environments.get(deployment.project, deployment.environment)
    if record.frozen_by not in (None, deployment.id):
        await outside.move(
            deployment.id, Event.ERROR, problem=frozen(record.frozen_by or "").problem, ended_at=outside.clock.now()
        )
        return Beginning(way="over")
    assert deployment.plan is not None
    if record.generation != deployment.plan.generation:
        await _stale(outside, deployment, record.generation)
        return Beginning(way="over")
    now = outside.clock.now()
    await outside.move(deployment.id, Event.STARTED, started_at=now, started_under=WORKFLOWS, started_epoch=epoch)
    await outside.note(deployment.id, "run", f"running, from generation {record.generation}")
    return Beginning(way="forward")


async def _stale(outside: Outside, deployment: Deployment, generation: int) -> None:
    """The environment has moved: plan again where nobody had to approve what would now be another plan.

    It then runs by itself only if the first would have: a plan that was shown is run by its own digest alone. Not a
    rollback: it meant what served when it was asked for, and would now undo what came after that.
    """
    assert deployment.plan is not None
    repeatable = deployment.plan.policy.approval is None and deployment.order.kind is not Kind.ROLLBACK
    again = _again(outside, deployment) if repeatable else None
    problem = refuse(
        "generation_moved",
        f"{deployment.environment} has moved from generation {deployment.plan.generation} to {generation}.",
        mend=f"It is planned again as {again.id}." if again else "Look at what serves now, and make a new plan.",
    ).problem
    changes = {"problem": problem, "ended_at": outside.clock.now()}
    if again is None:
        await outside.move(deployment.id, Event.GENERATION_MOVED, **changes)
        return
    await outside.change(
        deployment.id,
        lambda before: before.after(Event.GENERATION_MOVED, replaced_by=again.id, **changes),
        lambda after, expected: outside.deployments.replan(after, expected, again),
    )
    await outside.engine.enqueue("plan", again.id)


def _again(outside: Outside, deployment: Deployment) -> Deployment:
    """The deployment that is planned in the place of a stale one."""
    return Deployment(
        id=outside.entropy.new("dep"),
        project=deployment.project,
        environment=deployment.environment,
        order=deployment.order,
        state=State.PLANNING,
        requested_by=deployment.requested_by,
        requested_at=outside.clock.now(),
        reason=deployment.reason,
        run_when_planned=deployment.run_when_planned,
    )


def _failed() -> Problem:
    return refuse(
        "internal_error",
        "kr8 itself failed in this deployment.",
        mend="`kr8 doctor` checks what kr8 stands on; the daemon's log has the whole error.",
    ).problem


def _upgraded() -> Problem:
    return refuse(
        "upgraded_in_deployment",
        "kr8 was upgraded while this deployment ran; its steps are not known to this version.",
        mend="It goes back to what served. Deploy again.",
    ).problem
