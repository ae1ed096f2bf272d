"""A planned deployment takes its place in the queue of its environment."""

from __future__ import annotations

from typing import Any, Protocol

from kr8.domain.deployment import Deployment, Event, State, TimelineEntry
from kr8.domain.problem import Outcome, Refused, refuse
from kr8.ports.clock import Clock
from kr8.ports.deployments import Deployments
from kr8.ports.engine import Engine


class Queueing(Protocol):
    """What queueing needs of the outside."""

    @property
    def clock(self) -> Clock: ...
    @property
    def deployments(self) -> Deployments: ...
    @property
    def engine(self) -> Engine: ...


async def refuse_while_stuck(deployments: Deployments, project: str, environment: str) -> None:
    """Refuse a change of an environment that a stuck deployment has frozen. Raises Refused (environment_frozen)."""
    for stuck in await deployments.list(project, environment, frozenset({State.STUCK}), limit=1):
        raise frozen(stuck.id)


def frozen(by: str) -> Refused:
    """What whoever wants to change an environment is told while a deployment of it is stuck."""
    return refuse(
        "environment_frozen",
        f"The environment is frozen by {by}, which is stuck.",
        mend=f"A person decides first: kr8 deployment resolve {by} retry, return or accept.",
    )


async def put_in_queue(outside: Queueing, deployment_id: str, event: Event, **changes: Any) -> Deployment:
    """Queue a deployment and have it run; what waited before it in the environment is superseded, and told so.

    Raises NotAllowed where its state does not allow it, Refused where it changed meanwhile.
    """
    before = await outside.deployments.get(deployment_id)
    if before is None:
        raise refuse(
            "unknown_deployment",
            f"There is no deployment {deployment_id!r}.",
            mend="list_deployments, or kr8 deployment list, shows those of a project.",
        )
    if before.state is not State.QUEUED:
        now = outside.clock.now()
        before, expected = before.after(event, queued_at=now, **changes), before.state
        superseded = await outside.deployments.queue(before, expected)
        if superseded is None:
            raise refuse(
                "deployment_changed",
                f"{deployment_id} changed at the same moment.",
                mend="Look at it again.",
                retryable=True,
                outcome=Outcome.NOT_STARTED,
            )
        for other in superseded:
            text = f"superseded by {deployment_id}, a newer deployment of {before.environment}"
            await outside.deployments.note(
                TimelineEntry(deployment=other, at=now, step="queue", level="warning", text=text)
            )
    await outside.engine.enqueue("run", deployment_id, alone=before.environment_key)
    return before
