"""Learn what a target was made to do while the daemon was gone."""

from __future__ import annotations

import logging

from kr8.domain.deployment import ENDED, State
from kr8.domain.environment import ProjectRecord, with_promoted
from kr8.domain.order import Kind, Order
from kr8.domain.problem import Refused
from kr8.ports.target import Standing, TargetError
from kr8.workflows.desk import Desk
from kr8.workflows.forgotten import MEND, WHAT, is_forgotten
from kr8.workflows.learning import SUPERVISOR, learn
from kr8.workflows.outside import Outside

log = logging.getLogger(__name__)
REASON = "The environment was rolled back without the daemon."


async def reconcile(outside: Outside, desk: Desk) -> tuple[str, ...]:
    """Learn what targets serve that the store does not know, and record as a rollback what they returned to alone.

    The ids of the deployments that record it.
    """
    opened: list[str] = []
    for project in await outside.projects.all():
        known = [record.name for record in await outside.environments.of(project.id)]
        for name in sorted({*known, *project.spec.environments}):
            try:
                found = await _returned_to(outside, project, name)
            except (TargetError, Refused) as error:
                log.warning("%s.%s could not be looked at: %s", project.id, name, error)
                continue
            if found is not None:
                order = Order(kind=Kind.ROLLBACK, to_generation=found)
                made = await desk.open(project, name, order, SUPERVISOR, REASON, run=True, behind_stuck=True)
                opened.append(made.id)
    return tuple(opened)


async def _returned_to(outside: Outside, project: ProjectRecord, environment: str) -> int | None:
    """The earlier generation that the target serves; None where it serves what the store says."""
    record = await outside.environments.get(project.id, environment)
    target = outside.targets.of(with_promoted(project.spec, record), environment)
    standing = await target.standing(project.id, environment)
    if standing is None or standing.generation is None:
        if await is_forgotten(record, target, outside.deployments):
            log.warning("%s: %s %s", project.name, WHAT.format(name=environment), MEND.format(name=environment))
        return None
    if await learn(outside, target, project.id, environment, standing) or standing.generation >= record.generation:
        return None
    waiting = await outside.deployments.list(project.id, environment, frozenset(State) - ENDED, limit=20)
    known = any(
        each.order.kind is Kind.ROLLBACK and each.order.to_generation == standing.generation for each in waiting
    )
    return None if known or await _is_told(outside, project.id, environment, standing) else standing.generation


async def _is_told(outside: Outside, project: str, environment: str, standing: Standing) -> bool:
    """Whether the target is yet to be told what was promoted a moment before the daemon died.

    Not where it was returned since: it refuses to be told by an epoch below its own.
    """
    if not await outside.deployments.list(project, environment, frozenset({State.PROMOTED}), limit=1):
        return False
    lease = await outside.leases.holder(f"{project}.{environment}")
    return lease is None or lease.epoch >= standing.epoch
