"""What of all releases and builds somebody may still need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kr8.domain.deployment import Deployment
from kr8.domain.environment import Promotion, ways_back, with_promoted
from kr8.domain.release import Release
from kr8.ports.environments import Environments
from kr8.workflows.outside import Outside

HISTORY = 500
"""How many promotions of an environment are looked at."""

FIRST = 4
"""How many promotions are read at first for each that is kept: scales and restarts are promotions too."""


@dataclass(frozen=True)
class Needed:
    """Releases and builds that serve, that an instant rollback may need, or that an open plan is made of."""

    releases: frozenset[str]
    builds: frozenset[str]
    owners: dict[str, str]
    """The project of each release and build that is known, needed or not."""


def kept_of(history: tuple[Promotion, ...], keep: int) -> tuple[Promotion, ...]:
    """What serves, and the newest others that may be rolled back to; `history` is newest first.

    Counted are different releases: a scale or a restart of one of them is no other.
    """
    return (*history[:1], *ways_back(history[0], history)[: keep - 1]) if history else ()


async def kept_now(environments: Environments, project: str, name: str, keep: int) -> tuple[Promotion, ...]:
    """What kept_of says of an environment, reading no more of its history than that takes."""
    limit = FIRST * keep
    while True:
        history = await environments.history(project, name, limit=limit)
        kept = kept_of(history, keep)
        if len(kept) >= keep or len(history) < limit or limit >= HISTORY:
            return kept
        limit *= FIRST


def releases_of(deployment: Deployment) -> tuple[Release, ...]:
    """The releases that a deployment's plan has; none before there is one."""
    planned = deployment.plan.services if deployment.plan is not None else ()
    return tuple(each.release for each in planned if each.release is not None)


async def needed(outside: Outside, waiting: Iterable[Deployment]) -> Needed:
    """Look through every environment; `waiting`: the deployments that have not ended."""
    stay = [release for deployment in waiting for release in releases_of(deployment)]
    seen = list(stay)
    for project in await outside.projects.all():
        for record in await outside.environments.of(project.id):
            history = await outside.environments.history(project.id, record.name, limit=HISTORY)
            declared = with_promoted(project.spec, record).environments.get(record.name)
            kept = kept_of(history, declared.keep if declared is not None else 2)
            stay += [release for promotion in kept for release in promotion.releases]
            seen += [release for promotion in history for release in promotion.releases]
    return Needed(
        releases=frozenset(release.id for release in stay),
        builds=frozenset(release.build.id for release in stay),
        owners={name: release.project for release in seen for name in (release.id, release.build.id)},
    )
