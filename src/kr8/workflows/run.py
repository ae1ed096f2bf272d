"""The workflow that runs a plan: forward through its stages, then promoted; or back to what served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from kr8.domain.deployment import ACTIVE, ENDED, Deployment, Event, State
from kr8.domain.problem import Refused
from kr8.domain.target import Grant
from kr8.ports.engine import Steps
from kr8.workflows.accepting import as_promoted, said
from kr8.workflows.begin import Beginning, begin, take_over
from kr8.workflows.held import acquire, held
from kr8.workflows.outside import Outside
from kr8.workflows.promoting import finish, promote
from kr8.workflows.returning import go_back
from kr8.workflows.running import Counted, Running, count
from kr8.workflows.stages import Step

Begin = Callable[[Outside, str, int], Awaitable[Beginning]]


async def run(outside: Outside, steps: Steps, deployment_id: str) -> None:
    """queued → running → promoted → succeeded; or → returning → rolled_back, cancelled or failed."""
    await _run(outside, steps, deployment_id, begin)


async def give_back(outside: Outside, steps: Steps, deployment_id: str) -> None:
    """End what a run has left behind that kr8 itself could not go on with: promoted → succeeded, all else goes back."""
    await _run(outside, steps, deployment_id, take_over)


async def _run(outside: Outside, steps: Steps, deployment_id: str, first: Begin) -> None:
    deployment = await outside.deployment(deployment_id)
    target = outside.targets.of(await outside.project(deployment), deployment.environment)
    try:
        lease = await acquire(outside, deployment, target)
    except Refused as refused:
        now = (await outside.deployment(deployment_id)).state
        if now is State.QUEUED:
            await outside.move(deployment_id, Event.ERROR, problem=refused.problem, ended_at=outside.clock.now())
        elif now not in ENDED:  # else it was cancelled, or superseded, while it waited
            raise
        return
    if deployment.state in ACTIVE:
        await outside.note(deployment_id, "run", "goes on after kr8 was interrupted")
    async with held(outside, lease):
        beginning = await steps.run("begin", Beginning, partial(first, outside, deployment_id, lease.epoch))
        if beginning.way != "over":
            began = (await outside.deployment(deployment_id)).started_epoch
            grant = _grant(deployment, lease.epoch if began is None else began)
            await _go(Running(outside, steps, deployment, target, grant), beginning)


def _grant(deployment: Deployment, epoch: int) -> Grant:
    return Grant(
        project=deployment.project,
        environment=deployment.environment,
        epoch=epoch,
        caller=deployment.requested_by.label(),
        deployment=deployment.id,
    )


async def _go(this: Running, beginning: Beginning) -> None:
    """Walk the way that the beginning named."""
    if beginning.way == "finish":
        seen = await as_promoted(this)
        accepted = seen.accepted is not None and this.deployment.choice == "accept"
        await finish(seen, {}, said(seen) if accepted else "")
        return
    before = (await this.steps.run("counters before", Counted, partial(count, this))).services
    if beginning.way == "forward":
        step = await _forward(this)
        if step.done:
            step = await this.steps.run("promote", Step, partial(promote, this))
        if step.done:
            await finish(this, before)
            return
        await go_back(this, step, before)
    else:
        stuck = beginning.problem if beginning.way == "stuck" else None
        await go_back(this, Step(problem=beginning.problem), before, stuck)


async def _forward(this: Running) -> Step:
    """Prepare every service, then move each of them; the first that cannot stops the run."""
    for walk in this.walks:
        prepared = await walk.prepare()
        if not prepared.done:
            return prepared
    for walk in this.walks:
        moved = await walk.forward()
        if not moved.done:
            return moved
    return Step()
