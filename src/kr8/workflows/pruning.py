"""Let go of releases and builds beyond those that an instant rollback may need."""

from __future__ import annotations

from kr8.domain.deployment import ENDED, Deployment, State
from kr8.domain.environment import Promotion, ways_back, with_promoted
from kr8.domain.target import Grant
from kr8.ports.target import Target
from kr8.workflows.expiry import aged
from kr8.workflows.outside import Outside

HISTORY = 500


def kept_of(history: tuple[Promotion, ...], keep: int) -> tuple[Promotion, ...]:
    """What serves, and the newest others that may be rolled back to; `history` is newest first.

    Counted are different releases: a scale or a restart of one of them is no other.
    """
    return (*history[:1], *ways_back(history[0], history)[: keep - 1]) if history else ()


async def prune(outside: Outside, deployment: Deployment, target: Target, grant: Grant) -> None:
    """Forget the environment's old releases and what it did not promote, and the builds that nothing needs any more."""
    declared = (await outside.project(deployment)).environments.get(deployment.environment)
    history = await outside.environments.history(deployment.project, deployment.environment, limit=HISTORY)
    kept = kept_of(history, declared.keep if declared is not None else 2)
    stay = {release.id for promotion in kept for release in promotion.releases}
    known = [release.id for promotion in history for release in promotion.releases]
    planned = deployment.plan.services if deployment.plan is not None else ()
    known += [each.release.id for each in planned if each.release is not None]  # it may never have been promoted
    for release in dict.fromkeys(known):
        if release not in stay:
            await target.forget(release, grant)
    await _prune_builds(outside)


async def _prune_builds(outside: Outside) -> None:
    waiting = await outside.deployments.list(states=frozenset(State) - ENDED, limit=HISTORY)
    seen = [await aged(outside.clock, outside.deployments, each) for each in waiting]
    open_ones = [each for each in seen if each.state not in ENDED]
    if any(each.state is State.PLANNING for each in open_ones):
        return  # its builds are in no plan yet; the next promotion prunes
    needed = {
        each.release.build.id
        for deployment in open_ones
        if deployment.plan is not None
        for each in deployment.plan.services
        if each.release is not None
    }
    for project in await outside.projects.all():
        for record in await outside.environments.of(project.id):
            history = await outside.environments.history(project.id, record.name, limit=HISTORY)
            declared = with_promoted(project.spec, record).environments.get(record.name)
            kept = kept_of(history, declared.keep if declared is not None else 2)
            needed |= {release.build.id for promotion in kept for release in promotion.releases}
    await outside.builder.prune(frozenset(needed))
