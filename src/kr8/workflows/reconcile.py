"""Learn what a target was made to do while the daemon was gone."""

from __future__ import annotations

import logging

from kr8.domain.caller import Caller, Surface
from kr8.domain.deployment import ENDED, State
from kr8.domain.environment import EnvironmentRecord, ProjectRecord, with_promoted
from kr8.domain.order import Kind, Order
from kr8.domain.problem import Refused
from kr8.ports.target import TargetError
from kr8.workflows.desk import Desk
from kr8.workflows.outside import Outside

log = logging.getLogger(__name__)
SUPERVISOR = Caller(name="supervisor", surface=Surface.DAEMON)
REASON = "The environment was rolled back without the daemon."


async def reconcile(outside: Outside, desk: Desk) -> tuple[str, ...]:
    """Record as a rollback whatever a target has returned to by itself; the ids of the deployments that do so."""
    opened: list[str] = []
    for project in await outside.projects.all():
        for record in await outside.environments.of(project.id):
            try:
                found = await _returned_to(outside, project, record)
            except (TargetError, Refused) as error:
                log.warning("%s.%s could not be looked at: %s", project.id, record.name, error)
                continue
            if found is not None:
                order = Order(kind=Kind.ROLLBACK, to_generation=found)
                made = await desk.open(project, record.name, order, SUPERVISOR, REASON, run=True, behind_stuck=True)
                opened.append(made.id)
    return tuple(opened)


async def _returned_to(outside: Outside, project: ProjectRecord, record: EnvironmentRecord) -> int | None:
    """The earlier generation that the target serves; None where it serves what the store says."""
    environment = record.name
    target = outside.targets.of(with_promoted(project.spec, record), environment)
    standing = await target.standing(project.id, environment)
    if standing is None or standing.generation is None or standing.generation >= record.generation:
        return None
    promoted = await outside.deployments.list(project.id, environment, frozenset({State.PROMOTED}), limit=1)
    waiting = await outside.deployments.list(project.id, environment, frozenset(State) - ENDED, limit=20)
    known = any(
        each.order.kind is Kind.ROLLBACK and each.order.to_generation == standing.generation for each in waiting
    )
    # A deployment that was promoted a moment before the daemon died has yet to tell the target.
    return None if promoted or known else standing.generation
