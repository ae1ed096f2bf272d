"""The way back: evidence kept, every service returned to what served; stuck, a person decides."""

from __future__ import annotations

from functools import partial

from kr8.domain.deployment import Event, State
from kr8.domain.problem import Problem
from kr8.domain.target import Counters, Evidence
from kr8.ports.target import TargetError
from kr8.workflows.accepting import accept, as_promoted, said
from kr8.workflows.giving_way import give_way, is_fenced
from kr8.workflows.outside import freeze
from kr8.workflows.promoting import finish
from kr8.workflows.pruning import prune
from kr8.workflows.running import Running, audit, write_ledger
from kr8.workflows.stages import Step


async def go_back(this: Running, step: Step, before: dict[str, Counters], stuck: Problem | None = None) -> None:
    """Keep the evidence, then return every service to what served, the last first.

    Where another change has taken the environment, nothing of it is touched any more. `stuck`: it is stuck already, and
    waits for a person.
    """
    if stuck is None and is_fenced(step.problem):
        stuck = step.problem
    elif stuck is None:
        await this.steps.run("evidence", bool, partial(_evidence, this, step))
        stuck = await _return(this, 0)
    tries = 0
    while stuck is not None and not is_fenced(stuck):
        tries += 1
        choice = await this.steps.run(f"stuck {tries}", str, partial(_stuck, this, stuck))
        if choice == "accept":
            if (await this.steps.run(f"accept {tries}", Step, partial(accept, this))).done:
                seen = await as_promoted(this)
                await finish(seen, before, said(seen))
                return
            continue
        await this.steps.run(f"chosen {tries}", bool, partial(_chosen, this, choice))
        stuck = await _return(this, tries)
    if stuck is not None:
        await give_way(this, stuck)
        return
    await this.attempt("ledger", partial(write_ledger, this, before))
    await this.steps.run("returned", bool, partial(_returned, this, step.cancelled))
    await this.attempt("prune", partial(prune, this.outside, this.deployment, this.target, this.grant))
    await this.attempt("audit return", partial(_audit, this))


async def _return(this: Running, tries: int) -> Problem | None:
    """Have every service try, whatever became of the one before: the first problem, and what did not return.

    What another change has taken is touched no more, however far this came.
    """
    problems: dict[str, Problem] = {}
    for walk in reversed(this.walks):
        problem = (await (walk.back() if tries == 0 else walk.back_again(tries))).problem
        if problem is not None and is_fenced(problem):
            return problem
        if problem is not None:
            problems[walk.plan.service] = problem
    return _told(this, problems) if problems else None


def _told(this: Running, problems: dict[str, Problem]) -> Problem:
    """The first of the problems, with which services did not return, and which did."""
    first = next(iter(problems.values()))
    left = ", ".join(f"{service} ({problem.code})" for service, problem in problems.items())
    returned = [walk.plan.service for walk in reversed(this.walks) if walk.plan.service not in problems]
    there = f" Returned: {', '.join(returned)}." if returned else ""
    return first.model_copy(update={"why": f"{first.why} Not returned: {left}.{there}".strip()})


async def _evidence(this: Running, step: Step) -> bool:
    kept: list[Evidence] = []
    for walk in this.walks if step.problem is not None else ():
        release = walk.plan.release
        if release is not None and (walk.plan.replaces is None or walk.plan.replaces.id != release.id):
            try:
                kept.append(await this.target.evidence(walk.ref, release.id))
            except TargetError as error:
                await this.say("evidence", f"no evidence of {walk.plan.service}: {error}", "warning")
    deployment = await this.outside.deployment(this.deployment.id)
    if deployment.state is State.RUNNING:
        event = Event.CANCEL if step.cancelled else Event.GO_BACK
        await this.outside.move(deployment.id, event, problem=step.problem, evidence=tuple(kept))
        why = "cancelled" if step.problem is None else f"{step.problem.code}: {step.problem.what} {step.problem.why}"
        await this.say("return", f"going back: {why}".strip(), "warning")
    return True


async def _stuck(this: Running, problem: Problem) -> str:
    """Freeze the environment and wait until a person has chosen."""
    deployment = await this.outside.deployment(this.deployment.id)
    if deployment.state is State.RETURNING:
        await this.outside.move(deployment.id, Event.GOT_STUCK, problem=problem, choice=None)
        await freeze(this.outside, deployment, deployment.id)
        said = f"{problem.code}: {problem.what} {problem.why}".strip()
        await this.say("stuck", f"{said} The environment is frozen.", "error")
    while (deployment := await this.outside.deployment(this.deployment.id)).choice is None:
        await this.outside.clock.sleep(0.5)
    return deployment.choice


async def _chosen(this: Running, choice: str) -> bool:
    await freeze(this.outside, this.deployment, None)
    deployment = await this.outside.deployment(this.deployment.id)
    if deployment.state is State.STUCK:
        event = Event.RETRY if choice == "retry" else Event.RETURN
        await this.outside.move(deployment.id, event, choice=None)
        await this.say("stuck", f"a person chose: {choice}")
    return True


async def _audit(this: Running) -> None:
    await audit(this, "return", str((await this.outside.deployment(this.deployment.id)).state))


async def _returned(this: Running, cancelled: bool) -> bool:
    deployment = await this.outside.deployment(this.deployment.id)
    if deployment.state is not State.RETURNING:
        return True
    assert deployment.plan is not None
    first = all(service.replaces is None for service in deployment.plan.services)
    event = Event.BASELINE_AFTER_CANCEL if cancelled else Event.BASELINE_AFTER_FAILURE
    if first and not cancelled:
        event = Event.NO_BASELINE
    ended = await this.outside.move(deployment.id, event, ended_at=this.outside.clock.now())
    await this.say("end", ended.state.replace("_", " "))
    return True
