"""Let go of releases and builds beyond those that an instant rollback may need, and of the evidence of old failures."""

from __future__ import annotations

from collections import Counter
from functools import partial

from kr8.domain.deployment import ENDED, Deployment, State
from kr8.domain.target import Grant
from kr8.ports.target import Target
from kr8.workflows.expiry import aged
from kr8.workflows.needed import HISTORY, kept_of, needed, releases_of
from kr8.workflows.outside import Outside

LATEST = 20
"""Of so many deployments of an environment that came to no build, what was printed stays: somebody may read it yet."""

FAILURES = 10
"""The evidence of so many failures of a service in an environment stays, the newest."""


async def prune(outside: Outside, deployment: Deployment, target: Target, grant: Grant) -> None:
    """Forget the environment's old releases and what it did not promote, and the builds that nothing needs any more.

    What builds printed goes with them; and the evidence of a failure, once there are newer ones enough.
    """
    declared = (await outside.project(deployment)).environments.get(deployment.environment)
    history = await outside.environments.history(deployment.project, deployment.environment, limit=HISTORY)
    kept = kept_of(history, declared.keep if declared is not None else 2)
    stay = {release.id for promotion in kept for release in promotion.releases}
    known = [release.id for promotion in history for release in promotion.releases]
    known += [release.id for release in releases_of(deployment)]  # it may never have been promoted
    for release in dict.fromkeys(known):
        if release not in stay:
            await target.forget(release, grant)
    await _prune_evidence(outside, deployment)
    builds = await _prune_builds(outside, target)
    if builds is not None:
        await _prune_output(outside, deployment, builds)


async def _prune_evidence(outside: Outside, deployment: Deployment) -> None:
    """Let go of the evidence of each service's failures but the newest, and say so where it was."""
    found = await outside.deployments.with_evidence(deployment.project, deployment.environment)
    failures: Counter[str] = Counter()
    for identity in found:
        kept = (await outside.deployment(identity)).evidence
        failures.update({each.service for each in kept})
        old = tuple(sorted({each.service for each in kept if failures[each.service] > FAILURES}))
        if old:
            await outside.change(identity, partial(Deployment.without_evidence, services=old))
            text = f"the evidence of {', '.join(old)} was pruned: that of the {FAILURES} newest failures is kept"
            await outside.note(identity, "prune", text)


async def _prune_builds(outside: Outside, target: Target) -> frozenset[str] | None:
    """Remove the builds that nobody needs; those that stay, None where it is too early to say."""
    waiting = await outside.deployments.list(states=frozenset(State) - ENDED, limit=HISTORY)
    seen = [await aged(outside.clock, outside.deployments, each) for each in waiting]
    open_ones = [each for each in seen if each.state not in ENDED]
    if any(each.state is State.PLANNING for each in open_ones):
        return None  # its builds are in no plan yet; the next promotion prunes
    stay = (await needed(outside, open_ones)).builds | await _unknown(outside, target)
    await outside.builder.prune(stay)
    return stay


async def _unknown(outside: Outside, target: Target) -> frozenset[str]:
    """The builds of what was delivered to environments that the store does not know: it may be of an earlier time."""
    records = [each for project in await outside.projects.all() for each in await outside.environments.of(project.id)]
    known = {(record.project, record.name) for record in records}
    delivered = await target.releases()
    return frozenset(each.build.id for each in delivered if (each.project, each.environment) not in known)


async def _prune_output(outside: Outside, deployment: Deployment, stay: frozenset[str]) -> None:
    """Remove what was printed by builds that are gone, in every deployment of this environment that still has it."""
    without_build = 0
    for each in await outside.deployments.with_output(deployment.project, deployment.environment):
        made = {release.build.id for release in releases_of(await outside.deployment(each))}
        without_build += not made
        if made & stay or (not made and without_build <= LATEST):
            continue
        lines = await outside.deployments.forget_output(each)
        await outside.note(each, "prune", f"{lines} lines that its builds printed were pruned with them")
