"""Learn what a target was told is promoted and the store does not know: it was restored from a backup made before."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime

from kr8.domain.audit import Phase
from kr8.domain.caller import Caller, Surface
from kr8.domain.environment import Promotion, lasting_of, learned
from kr8.domain.problem import Refused
from kr8.ports.target import Remembered, Standing, Target
from kr8.workflows.outside import Outside

log = logging.getLogger(__name__)
SUPERVISOR = Caller(name="supervisor", surface=Surface.DAEMON)


async def learn(outside: Outside, target: Target, project: str, environment: str, standing: Standing) -> bool:
    """Keep what the target serves for good where that is of a later generation than the store knows; whether it was.

    `standing` was asked of the target before. Raises TargetError, Refused.
    """
    known = (await outside.environments.get(project, environment)).generation
    if standing.generation is None or standing.generation <= known:
        return False
    kept = [each for each in await target.remembered(project, environment) if each.generation <= standing.generation]
    promotions = (_promotion(each, outside.clock.now()) for each in kept)
    found = learned(known, tuple(each for each in promotions if each is not None))
    if not found or found[-1].generation != standing.generation:
        log.warning("%s.%s serves generation %d: its releases are gone", project, environment, standing.generation)
        return False
    withdrawn = frozenset(each.generation for each in kept if each.withdrawn)
    if not await outside.environments.learn(project, environment, found, withdrawn):
        return False
    await _tell(outside, f"{project}.{environment}", known, found)
    return True


def _promotion(kept: Remembered, now: datetime) -> Promotion | None:
    """As promoted now, for the target does not remember when; None where its releases are gone."""
    if kept.releases is None:
        return None
    commits = {release.build.commit for release in kept.releases}
    return Promotion(
        generation=kept.generation,
        deployment=kept.label,
        at=now,
        commit=commits.pop() if len(commits) == 1 else None,
        releases=kept.releases,
        instances=kept.instances,
        restart=kept.restart,
        irreversible=lasting_of(kept.releases) if kept.irreversible else (),
        withdrawn=kept.withdrawn,
    )


async def _tell(outside: Outside, environment: str, known: int, found: tuple[Promotion, ...]) -> None:
    made = ", ".join(f"{each.generation} ({each.deployment})" for each in found)
    log.warning("%s serves later generations than the store knew, %d: %s", environment, known, made)
    with suppress(Refused):  # it is kept already: an audit that cannot be written takes nothing of it back
        for each in found:
            detail = f"generation {each.generation}, as its target remembers it: the store knew of {known}"
            who = SUPERVISOR.label()
            await outside.audit.append(Phase.NOTE, each.deployment, who, "promote", environment, detail)
