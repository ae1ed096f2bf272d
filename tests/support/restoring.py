"""A backup and a restore of the house on fakes: the store is of another time, and the target is not."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.support.house import ADA, House

from kr8.workflows.reconcile import reconcile
from kr8.workflows.restoring import Copy, Left, end_what_waited
from kr8.workflows.takeup import take_up


@dataclass(frozen=True)
class Backup:
    """What the fakes of the store held at one moment."""

    made_at: datetime
    held: dict[str, dict[str, Any]]


def backup(house: House) -> Backup:
    """Copy what the store remembers; the engine's journal is no part of what is restored."""
    held = {name: deepcopy(_values(part)) for name, part in _parts(house).items()}
    return Backup(house.clock.now(), held)


async def restore(house: House, copy: Backup) -> tuple[Left, ...]:
    """Put a copy back while no engine lives; what the restore says of its deployments."""
    await house.engine.now.stop()
    for name, part in _parts(house).items():
        vars(part).update(deepcopy(copy.held[name]))
    house.journal.entries.clear()
    parts = Copy(house.clock, house.deployments, house.leases, house.audit)
    return await end_what_waited(parts, copy.made_at, ADA.label())


async def start(house: House) -> tuple[str, ...]:
    """What a daemon does at its start; the deployments that record a rollback made without it."""
    await house.live()
    await take_up(house.outside)
    return await reconcile(house.outside, house.services.desk)


def _parts(house: House) -> dict[str, object]:
    return {
        "deployments": house.deployments,
        "environments": house.environments,
        "leases": house.leases,
        "approvals": house.approvals,
    }


def _values(part: object) -> dict[str, Any]:
    """The values that a fake holds, and not the other fakes."""
    return {name: value for name, value in vars(part).items() if isinstance(value, dict | list)}
