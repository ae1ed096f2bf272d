"""What a restore does to the deployments of the backup, and how those that were under way end afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from kr8.domain.audit import Phase
from kr8.domain.deployment import ENDED, Deployment, State, TimelineEntry
from kr8.domain.model import Model
from kr8.domain.problem import Refused
from kr8.domain.restored import as_its_target_stands, out_of_sight, restored
from kr8.ports.audit import Audit
from kr8.ports.clock import Clock
from kr8.ports.deployments import Deployments
from kr8.ports.leases import Leases
from kr8.ports.target import Standing, TargetError
from kr8.workflows.outside import Outside, freeze

PAGE = 100
HISTORY = 500
"""How many promotions are looked through for the one that a deployment made."""


class Left(Model):
    """A deployment that had not ended in the backup, and what the restore has made of it."""

    deployment: str
    environment: str
    """project.environment"""
    was: State
    state: State


@dataclass(frozen=True)
class Copy:
    """The parts of a store that is made ready before it takes the place of another."""

    clock: Clock
    deployments: Deployments
    leases: Leases
    audit: Audit


async def end_what_waited(copy: Copy, made_at: datetime | None, who: str) -> tuple[Left, ...]:
    """End what waits in a copy, and mark what is under way, which nobody may go on with as if no time had passed.

    The newest first. `made_at`: when the copy was made. `who` restores it, for the audit.
    """
    return tuple([await _leave(copy, found, made_at, who) async for found in _open(copy.deployments)])


async def _open(deployments: Deployments) -> AsyncIterator[Deployment]:
    before: str | None = None
    while page := await deployments.list(states=frozenset(State) - ENDED, before=before, limit=PAGE):
        for found in page:
            yield found
        before = page[-1].id


async def _leave(copy: Copy, found: Deployment, made_at: datetime | None, who: str) -> Left:
    lease = await copy.leases.holder(found.environment_key)
    epoch = lease.epoch if lease is not None and lease.holder == found.id else 0
    now = copy.clock.now()
    after = restored(found, epoch, made_at, now)
    await copy.deployments.save(after, found.state)
    ended = after.state in ENDED
    said = (
        f"it was {found.state}, and is {after.state}" if ended else f"it was {found.state}: its target says how it ends"
    )
    text = f"restored from a backup: {said}"
    await copy.deployments.note(TimelineEntry(deployment=found.id, at=now, step="restore", level="warning", text=text))
    detail = f"{found.id}: {said}"
    await copy.audit.append(Phase.NOTE, found.id, who, "restore", found.environment_key, detail)
    return Left(deployment=found.id, environment=found.environment_key, was=found.state, state=after.state)


async def settle(outside: Outside, deployment: Deployment) -> Deployment:
    """Bring what was under way in a restored backup to the state that its target shows; as it is then.

    What the target has promoted since must have been learned before.
    """
    shown = await _shown(outside, deployment)
    after = shown(deployment)
    if after.state in ENDED or after.state is State.STUCK:  # before its state is written: that may be done again
        await _freeze(outside, deployment, after.id if after.state is State.STUCK else None)
    after = await outside.change(deployment.id, shown)
    said = f"it was {deployment.state} in the backup that was restored; as its target stands, it is {after.state}"
    await outside.note(after.id, "restore", said, "warning")
    with suppress(Refused):  # the audit cannot be written: nothing waits for that on the way back
        who, detail = after.requested_by.label(), f"{after.id}: {said}"
        await outside.audit.append(Phase.NOTE, after.id, who, "restore", after.environment_key, detail)
    return after


async def _shown(outside: Outside, deployment: Deployment) -> Callable[[Deployment], Deployment]:
    """How the deployment becomes what its target shows."""
    project, environment = deployment.project, deployment.environment
    target = outside.targets.of(await outside.project(deployment), environment)
    try:
        standing = await target.standing(project, environment) or Standing(generation=None, epoch=0)
    except TargetError as error:
        return partial(out_of_sight, problem=error.problem)
    history = await outside.environments.history(project, environment, limit=HISTORY)
    made = next((each.generation for each in history if each.deployment == deployment.id), None)
    now = outside.clock.now()
    return partial(as_its_target_stands, generation=standing.generation, epoch=standing.epoch, made=made, now=now)


async def _freeze(outside: Outside, deployment: Deployment, by: str | None) -> None:
    record = await outside.environments.get(deployment.project, deployment.environment)
    if by is not None or record.frozen_by == deployment.id:
        await freeze(outside, deployment, by)
