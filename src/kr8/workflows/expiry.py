"""The end of a plan that nobody ran in its time, found wherever it is read."""

from __future__ import annotations

from datetime import datetime, timedelta

from kr8.domain.deployment import Deployment, Event, State
from kr8.domain.problem import refuse
from kr8.ports.clock import Clock
from kr8.ports.deployments import Deployments

PLAN_LIVES = timedelta(hours=24)


def end_of(deployment: Deployment) -> datetime | None:
    """When the plan that waits to be run has outlived its time; None: it does not wait."""
    plan = deployment.plan
    if plan is None or deployment.state not in (State.PLANNED, State.AWAITING_APPROVAL):
        return None
    return plan.made_at + (plan.policy.approval.within if plan.policy.approval is not None else PLAN_LIVES)


async def aged(clock: Clock, deployments: Deployments, deployment: Deployment) -> Deployment:
    """The deployment as it is now: stale, and kept as that, where its plan has outlived its time."""
    end = end_of(deployment)
    if end is None or clock.now() < end:
        return deployment
    problem = refuse("plan_expired", "The plan has outlived its time.", mend="Make a new one.").problem
    after = deployment.after(Event.EXPIRED, problem=problem, ended_at=end)
    saved = await deployments.save(after, deployment.state)
    return after if saved else await deployments.get(deployment.id) or after
