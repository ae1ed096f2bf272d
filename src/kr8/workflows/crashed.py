"""What becomes of a deployment whose workflow ended by an error that nobody foresaw."""

from __future__ import annotations

from kr8.domain.deployment import Event, State
from kr8.domain.problem import Outcome, Problem, refuse
from kr8.workflows.outside import Outside


async def crashed(outside: Outside, deployment_id: str, text: str) -> None:
    """Nothing started: failed. Running: it goes back. Already going back: stuck, and the environment is frozen."""
    deployment = await outside.deployment(deployment_id)
    problem = _problem(text)
    await outside.note(deployment_id, "engine", f"{problem.what} {text}", "error")
    if deployment.state in (State.PLANNING, State.QUEUED):
        await outside.move(deployment_id, Event.ERROR, problem=problem, ended_at=outside.clock.now())
    elif deployment.state is State.RUNNING:
        await outside.change(deployment_id, lambda each: each.model_copy(update={"problem": problem}))
        await outside.engine.enqueue("return", deployment_id, alone=deployment.environment_key)
    elif deployment.state is State.RETURNING:
        await outside.move(deployment_id, Event.GOT_STUCK, problem=problem)
        record = await outside.environments.get(deployment.project, deployment.environment)
        await outside.environments.save(record.model_copy(update={"frozen_by": deployment_id}))


def _problem(text: str) -> Problem:
    return refuse(
        "internal_error",
        "kr8 itself failed in this deployment.",
        why=text,
        mend="`kr8 doctor` checks what kr8 stands on; the daemon's log has the whole error.",
        outcome=Outcome.UNKNOWN,
    ).problem
