"""The end of a run that went well: promoted, then what is old removed."""

from __future__ import annotations

from functools import partial

from kr8.domain.deployment import Event, State
from kr8.domain.environment import Promotion, withdrawn_of
from kr8.domain.order import Kind
from kr8.domain.problem import Problem, refuse
from kr8.domain.target import Counters
from kr8.ports.target import Baseline, Unreachable
from kr8.workflows.pruning import prune
from kr8.workflows.running import Running, audit, write_ledger
from kr8.workflows.stages import Step

PATIENCE_SECONDS = 600.0
"""How long a target is told again and again what was promoted."""


async def promote(this: Running) -> Step:
    """Make the deployment's releases what its environment serves; not done where somebody cancelled or was faster."""
    plan = this.deployment.plan
    assert plan is not None
    deployment = await this.outside.deployment(this.deployment.id)
    if deployment.state is State.PROMOTED:
        return Step()  # the process died between the transaction and its journal
    if deployment.cancel_requested:
        return Step(cancelled=True)
    promotion = await promotion_of(this)
    after = deployment.after(Event.BAKED, generation=promotion.generation)
    if not await this.outside.environments.promote(after, State.RUNNING, promotion, _withdraws(this)):
        return Step(problem=moved())
    await this.say("promote", f"promoted: generation {promotion.generation}")
    return Step()


async def finish(this: Running, before: dict[str, Counters], accepted: str = "") -> None:
    """Tell the target what counts now, remove what is old, write the ledger.

    `accepted`: what a person accepted in place of the plan, for the audit.
    """
    await this.steps.run("remember", bool, partial(_remember, this))
    await this.attempt("audit promotion", partial(_audit, this, accepted))
    await this.attempt("tell target", partial(_tell_target, this))
    removed = [await walk.finish() for walk in reversed(this.walks)]
    problem = next((step.problem for step in removed if step.problem is not None), None)
    await this.attempt("prune", partial(prune, this.outside, this.deployment, this.target, this.grant))
    await this.attempt("ledger", partial(write_ledger, this, before))
    await this.steps.run("succeed", bool, partial(_succeed, this, problem))


async def promotion_of(this: Running) -> Promotion:
    """What the deployment makes of its environment.

    A command that cannot be undone counts also where it ran for a deployment that went back.
    """
    plan = this.deployment.plan
    assert plan is not None
    record = await this.outside.environments.get(this.deployment.project, this.deployment.environment)
    kept = [service for service in this.services if service.release is not None]
    return Promotion(
        generation=plan.generation + 1,
        deployment=this.deployment.id,
        at=this.outside.clock.now(),
        commit=plan.commit if _came(this) or record.current is None else record.current.commit,
        releases=tuple(service.release for service in kept if service.release is not None),
        instances={service.service: service.instances for service in kept},
        restart={service.service: service.restart for service in kept},
        irreversible=record.lasting,
    )


def _came(this: Running) -> bool:
    """Whether anything of the plan is promoted: a person may have accepted what served before."""
    plan = this.deployment.plan
    assert plan is not None
    wanted = [each.release for each in plan.services if each.changes()]
    return this.accepted is None or any(each.release in wanted for each in this.accepted)


def _withdraws(this: Running) -> int | None:
    """The generation that a rollback leaves."""
    plan = this.deployment.plan
    return plan.generation if plan is not None and plan.kind is Kind.ROLLBACK else None


async def _tell_target(this: Running) -> None:
    """Tell it until it answers: what it still holds at the daemon's next start counts as returned to."""
    assert this.deployment.plan is not None
    desired = tuple(this.walk(service).course.finish for service in this.services)
    generation = this.deployment.plan.generation + 1
    history = await this.outside.environments.history(this.deployment.project, this.deployment.environment)
    baseline = Baseline(
        generation=generation,
        label=this.deployment.id,
        services=desired,
        withdrawn=tuple(sorted(withdrawn_of(history))),
        irreversible=any(each.irreversible for each in history if each.generation == generation),
    )
    until = this.outside.clock.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            await this.target.promoted(baseline, this.grant)
            return
        except Unreachable:
            if this.outside.clock.monotonic() > until:
                raise
            await this.outside.clock.sleep(1)


async def _remember(this: Running) -> bool:
    """What outlives this deployment in its environment: a scale, and the protection that stands from now on."""
    plan, order = this.deployment.plan, this.deployment.order
    assert plan is not None
    record = await this.outside.environments.get(this.deployment.project, this.deployment.environment)
    scaled = {each.service: each.instances for each in this.services if each.service == order.service}
    changes: dict[str, object] = {"scale": {**record.scale, **scaled}, "lasting": ()}
    changes["policy"] = plan.policy if this.accepted is not None else plan.policy_then or plan.policy
    changes["frozen_by"] = record.frozen_by if record.frozen_by != this.deployment.id else None
    await this.outside.environments.save(record.model_copy(update=changes))
    return True


async def _audit(this: Running, accepted: str) -> None:
    deployment = await this.outside.deployment(this.deployment.id)
    said = f"generation {deployment.generation}"
    await audit(this, "accept" if accepted else "promote", f"{said}, {accepted}" if accepted else said)


async def _succeed(this: Running, problem: Problem | None) -> bool:
    event = Event.OLD_REMOVED if problem is None else Event.REMOVAL_STUCK
    deployment = await this.outside.deployment(this.deployment.id)
    if deployment.state is not State.SUCCEEDED:
        await this.outside.move(this.deployment.id, event, problem=problem, ended_at=this.outside.clock.now())
        await this.say("end", "succeeded" if problem is None else f"succeeded; what was old is left: {problem.what}")
    return True


def moved() -> Problem:
    """Somebody else was faster."""
    return refuse(
        "generation_moved",
        "The environment was promoted by somebody else while this ran.",
        mend="Look at what serves now, kr8 status, and plan again what is still wanted.",
    ).problem
