"""Take up what was kept but never enqueued: the process died in between."""

from __future__ import annotations

from kr8.domain.deployment import ACTIVE, State
from kr8.ports.engine import WorkflowName
from kr8.workflows.outside import Outside

MOST = 1000


async def take_up(outside: Outside) -> tuple[str, ...]:
    """Enqueue everything that is to be planned or run, or was under way in a restored backup. Ids, oldest first.

    What is enqueued already stays as it is.
    """
    found = await outside.deployments.list(states=frozenset({State.PLANNING, State.QUEUED}) | ACTIVE, limit=MOST)
    waiting = [each for each in reversed(found) if each.state not in ACTIVE or each.epoch_in_backup is not None]
    for deployment in waiting:
        if deployment.state is State.PLANNING:
            await outside.engine.enqueue("plan", deployment.id)
        else:
            workflow: WorkflowName = "run" if deployment.state is State.QUEUED else "return"
            await outside.engine.enqueue(workflow, deployment.id, alone=deployment.environment_key)
    return tuple(deployment.id for deployment in waiting)
