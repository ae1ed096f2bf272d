"""The end of a run whose environment another change has taken: it touches nothing any more, and says what serves."""

from __future__ import annotations

from functools import partial

from kr8.domain.deployment import Event, State
from kr8.domain.problem import Problem
from kr8.ports.target import TargetError
from kr8.workflows.running import Running, audit


def is_fenced(problem: Problem | None) -> bool:
    """Whether somebody with a higher epoch has the environment."""
    return problem is not None and problem.code == "fenced"


async def give_way(this: Running, problem: Problem) -> None:
    """End as superseded."""
    await this.steps.run("give way", bool, partial(_superseded, this, problem))
    await this.attempt("audit giving way", partial(audit, this, "give_way", State.SUPERSEDED.value))


async def _superseded(this: Running, problem: Problem) -> bool:
    deployment = await this.outside.deployment(this.deployment.id)
    if deployment.state in (State.RUNNING, State.RETURNING):
        told = problem.model_copy(update={"why": f"{problem.why} {await _promoted(this)}".strip()})
        now = this.outside.clock.now()
        await this.outside.move(deployment.id, Event.FENCED, problem=told, ended_at=now)
        await this.say("end", f"superseded: {told.what} {told.why}", "warning")
    return True


async def _promoted(this: Running) -> str:
    """What is promoted in the environment now, as its target says; nothing where that does not answer."""
    project, environment = this.deployment.project, this.deployment.environment
    try:
        standing = await this.target.standing(project, environment)
    except TargetError:
        return ""
    if standing is None or standing.generation is None:
        return f"Nothing is promoted in {environment}."
    history = await this.outside.environments.history(project, environment)
    made = next((each.deployment for each in history if each.generation == standing.generation), None)
    return f"Promoted in {environment} is generation {standing.generation}{f', by {made}' if made else ''}."
