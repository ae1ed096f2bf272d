"""Take up what was kept but never enqueued: the process died in between."""

from __future__ import annotations

from kr8.domain.deployment import State
from kr8.workflows.outside import Outside

MOST = 1000


async def take_up(outside: Outside) -> tuple[str, ...]:
    """Enqueue everything that is to be planned or run; what is enqueued already stays as it is. Ids, oldest first."""
    waiting = await outside.deployments.list(states=frozenset({State.PLANNING, State.QUEUED}), limit=MOST)
    for deployment in reversed(waiting):
        if deployment.state is State.PLANNING:
            await outside.engine.enqueue("plan", deployment.id)
        else:
            await outside.engine.enqueue("run", deployment.id, alone=deployment.environment_key)
    return tuple(deployment.id for deployment in reversed(waiting))
