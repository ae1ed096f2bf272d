"""Environments that serve something for good and whose target does not know that any more: its state was lost."""

from __future__ import annotations

from kr8.domain.deployment import ACTIVE
from kr8.domain.environment import EnvironmentRecord
from kr8.ports.deployments import Deployments
from kr8.ports.target import Target

WHAT = "Its target knows nothing of what is promoted in {name}: after a reboot, nothing of it would come back."
MEND = "kr8 restart {name}: starts what is promoted, and has the target remember it."


async def is_forgotten(record: EnvironmentRecord, target: Target, deployments: Deployments) -> bool:
    """Whether the target remembers nothing of an environment that serves. Raises TargetError.

    Not while a deployment changes it: a target is told of a promotion a moment after the store.
    """
    if not record.serves():
        return False
    standing = await target.standing(record.project, record.name)
    if standing is not None and standing.generation is not None:
        return False
    return not await deployments.list(record.project, record.name, ACTIVE, limit=1)
