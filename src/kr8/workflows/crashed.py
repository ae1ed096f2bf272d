"""What becomes of a deployment whose workflow ended by an error that nobody foresaw."""

from __future__ import annotations

from kr8.domain.deployment import ACTIVE, Event, State
from kr8.domain.problem import Outcome, Problem, refuse
from kr8.workflows.outside import Outside, freeze


async def crashed(outside: Outside, deployment_id: str, text: str) -> None:
    """Nothing started: failed. Else another workflow takes over; where that one broke too: stuck, and frozen.

    `text`: what the error says, without secrets. It may be from outside.
    """
    deployment = await outside.deployment(deployment_id)
    problem = _problem(text)
    await outside.note(deployment_id, "engine", problem.what, "error")
    await outside.note(deployment_id, "engine", text, "error", untrusted=True)
    if deployment.state in (State.PLANNING, State.QUEUED):
        await outside.move(deployment_id, Event.ERROR, problem=problem, ended_at=outside.clock.now())
    elif deployment.state in ACTIVE and not deployment.taken_over:
        broken = {"taken_over": True, "problem": deployment.problem or problem}
        await outside.change(deployment_id, lambda each: each.model_copy(update=broken))
        await outside.engine.enqueue("return", deployment_id, alone=deployment.environment_key)
    elif deployment.state in (State.RUNNING, State.RETURNING):
        if deployment.state is State.RUNNING:  # it broke before it had turned round
            await outside.move(deployment_id, Event.GOT_STUCK, problem=problem)
        await outside.move(deployment_id, Event.GOT_STUCK, problem=problem)
        await freeze(outside, deployment, deployment_id)


def _problem(text: str) -> Problem:
    return refuse(
        "internal_error",
        "kr8 itself failed in this deployment.",
        why="An error that nobody foresaw; its words are in `output`.",
        mend="`kr8 doctor` checks what kr8 stands on; the daemon's log has the whole error.",
        outcome=Outcome.UNKNOWN,
        output=tuple(text.splitlines()),
    ).problem
