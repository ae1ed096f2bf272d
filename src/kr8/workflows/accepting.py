"""A person accepts what there is of a stuck deployment: that is promoted, whatever the plan wanted."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from kr8.domain.deployment import Deployment, Event, State
from kr8.domain.model import Model
from kr8.domain.plan import ServicePlan
from kr8.domain.problem import Refused, refuse
from kr8.domain.release import Release
from kr8.domain.target import Observed, ServiceRef
from kr8.ports.target import Target, TargetError
from kr8.workflows.promoting import moved, promotion_of
from kr8.workflows.running import Running
from kr8.workflows.stages import Step


class Accepted(Model):
    """The services of a deployment as a person accepted them; None: its plan was promoted."""

    services: tuple[ServicePlan, ...] | None = None


async def observed_services(target: Target, deployment: Deployment) -> tuple[ServicePlan, ...]:
    """The services of a deployment as the target has them now; those it did not change as they are promoted.

    Raises Refused (not_one_release, and where the target does not answer).
    """
    assert deployment.plan is not None
    services: list[ServicePlan] = []
    for plan in deployment.plan.services:
        ref = ServiceRef(project=deployment.project, environment=deployment.environment, name=plan.service)
        try:
            services += [_observed(plan, await target.observe(ref))] if plan.changes() else [plan]
        except TargetError as error:
            raise Refused(error.problem) from error
    return tuple(plan for plan in services if plan.release is not None or plan.replaces is not None)


def _observed(plan: ServicePlan, seen: Observed) -> ServicePlan:
    """One service as it is. Raises Refused (not_one_release)."""
    known = {release.id: release for release in (plan.release, plan.replaces) if release is not None}
    serving = [share for share in seen.shares if share.ready]
    if not seen.shares and plan.replaces is None:
        return _as(plan, None, 0)  # it was new, and is gone again
    if len(serving) == 1 and serving[0].release in known:
        return _as(plan, known[serving[0].release], serving[0].ready)
    told = {share.release: known[share.release].version() if share.release in known else "?" for share in serving}
    there = "; ".join(f"{told[share.release]}, {share.ready} ready ({share.release})" for share in serving)
    raise refuse(
        "not_one_release",
        f"What is observed of {plan.service} is no single release: it cannot be accepted.",
        why=f"There is: {there or 'nothing that is ready'}.",
        mend="Mend what keeps it from going back, then resolve with return; or look again: kr8 status.",
        field="choice",
    )


def _as(plan: ServicePlan, release: Release | None, instances: int) -> ServicePlan:
    return plan.model_copy(update={"release": release, "instances": instances, "runs_before": None})


async def accept(this: Running) -> Step:
    """Promote what is observed; where that cannot be done it stays stuck, and another choice is waited for."""
    deployment = await this.outside.deployment(this.deployment.id)
    if deployment.state is State.PROMOTED:
        return Step()  # the process died between the transaction and its journal
    try:
        seen = replace(this, accepted=await observed_services(this.target, deployment))
    except Refused as refused:
        return await _refused(this, refused)
    promotion = await promotion_of(seen)
    after = deployment.after(Event.ACCEPT, generation=promotion.generation)
    if not await this.outside.environments.promote(after, State.STUCK, promotion, None):
        return await _refused(this, Refused(moved()))
    await this.say("stuck", f"a person chose: accept. {said(seen)}")
    return Step()


async def _refused(this: Running, refused: Refused) -> Step:
    problem = refused.problem
    await this.outside.change(this.deployment.id, lambda each: each.model_copy(update={"choice": None}))
    text = f"a person chose: accept. Not done: {problem.code}: {problem.what} {problem.why}"
    await this.say("stuck", text, "error")
    return Step(problem=problem)


def said(seen: Running) -> str:
    """What was accepted, in one sentence."""
    kept = [
        f"{each.service} {each.release.version()}, {each.instances} instance{'' if each.instances == 1 else 's'}"
        for each in seen.services
        if each.release is not None
    ]
    return f"accepted as observed: {'; '.join(kept) or 'nothing serves'}"


async def as_promoted(this: Running) -> Running:
    """The run with the services that were promoted: not those of the plan where a person accepted what there was.

    After a restore nobody knows whether a person did.
    """
    found = await this.steps.run("as promoted", Accepted, partial(_accepted, this))
    return replace(this, accepted=found.services)


async def _accepted(this: Running) -> Accepted:
    deployment = await this.outside.deployment(this.deployment.id)
    record = await this.outside.environments.get(deployment.project, deployment.environment)
    as_planned = deployment.choice != "accept" and deployment.epoch_in_backup is None
    if as_planned or record.current is None or deployment.plan is None:
        return Accepted()
    current = record.current
    services = tuple(
        _as(plan, current.release(plan.service), current.instances.get(plan.service, 0))
        for plan in deployment.plan.services
    )
    return Accepted(services=tuple(each for each in services if each.release or each.replaces))
