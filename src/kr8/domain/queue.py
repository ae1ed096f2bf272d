"""What happens to a deployment that waits, when a newer one comes for the same environment."""

from __future__ import annotations

from kr8.domain.deployment import Deployment, Event
from kr8.domain.problem import Problem


def superseded(waiting: Deployment, by: Deployment) -> Deployment:
    """The waiting deployment after a newer one took its place, with a problem that says so.

    It ends at the moment at which the newer one was queued. Raises NotAllowed where it does not wait.
    """
    problem = Problem(
        code="superseded",
        what=f"Deployment {by.id} took the place of {waiting.id} in the queue.",
        why=f"One deployment waits for {waiting.environment}, and the newest plan is the one that counts.",
        mend="Nothing was changed by this one. To have its content after all, create a deployment again.",
    )
    return waiting.after(Event.SUPERSEDE, ended_at=by.queued_at, problem=problem)
