"""The runs of the jobs that a deployment has promoted."""

from __future__ import annotations

from kr8.domain.deployment import Deployment, State
from kr8.domain.release import Release
from kr8.domain.target import ServiceRef, Timetable
from kr8.ports.target import TargetError, Targets
from kr8.workflows.checkouts import Checkouts

PROMOTED = frozenset({State.PROMOTED, State.SUCCEEDED})


async def timetables(deployment: Deployment, checkouts: Checkouts, targets: Targets) -> dict[str, Timetable]:
    """Of each job with a schedule, while what the deployment promoted is what runs; none where nobody can be asked."""
    wanted = _scheduled(deployment)
    if not wanted:
        return {}
    record = await checkouts.with_promoted(await checkouts.known(deployment.project, None))
    target = targets.of(record.spec, deployment.environment)
    found: dict[str, Timetable] = {}
    for release in wanted:
        ref = ServiceRef(project=release.project, environment=release.environment, name=release.name)
        try:
            observed = await target.observe(ref)
        except TargetError:
            continue
        if observed.timetable is not None and any(share.release == release.id for share in observed.shares):
            found[release.name] = observed.timetable
    return found


def _scheduled(deployment: Deployment) -> list[Release]:
    if deployment.plan is None or deployment.state not in PROMOTED:
        return []
    releases = [each.release for each in deployment.plan.services]
    return [release for release in releases if release is not None and release.spec.schedule is not None]
