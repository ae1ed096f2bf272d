"""What happens to each service: the heart of a plan."""

from __future__ import annotations

from collections.abc import Mapping

from kr8.domain.environment import EnvironmentRecord, Promotion
from kr8.domain.plan import ServicePlan
from kr8.domain.project import Environment, Project
from kr8.domain.release import Build, Release, SecretVersion, release_of


def releases_of(
    project: Project,
    environment: str,
    builds: Mapping[str, Build],
    secrets: Mapping[str, tuple[SecretVersion, ...]],
) -> dict[str, Release]:
    """The releases that builds make in an environment, by service."""
    declared = project.environments[environment]
    return {
        name: release_of(
            project.project.id,
            environment,
            builds[name],
            project.services[name],
            {**project.services[name].env, **declared.env},
            secrets.get(name, ()),
            declared.listen.get(name),
        )
        for name in project.order()
    }


def instances_of(name: str, release: Release, declared: Environment | None, record: EnvironmentRecord) -> int:
    """How many instances a service gets: what was asked for by a scale, else what kr8.toml says."""
    if release.spec.kind == "job":
        return 1
    scale = declared.scale.get(name) if declared is not None else None
    wanted = record.scale.get(name, scale.min if scale is not None else release.spec.instances)
    return min(max(wanted, scale.min), scale.max) if scale is not None else wanted


def deploy(
    releases: Mapping[str, Release], declared: Environment, record: EnvironmentRecord
) -> tuple[ServicePlan, ...]:
    """Every service to its new release, in the order of `releases`; what is no longer declared is removed last."""
    kept = [
        _to(name, release, instances_of(name, release, declared, record), record) for name, release in releases.items()
    ]
    return (*kept, *_gone(set(releases), record))


def rollback(to: Promotion, record: EnvironmentRecord) -> tuple[ServicePlan, ...]:
    """Every service to the release of an earlier promotion; instances as many as a scale asked for, else as then."""
    kept = [
        _to(
            release.name, release, record.scale.get(release.name, to.instances.get(release.name, 1)), record, hook=False
        )
        for release in to.releases
    ]
    return (*kept, *_gone({release.name for release in to.releases}, record))


def scale(service: str, instances: int, record: EnvironmentRecord) -> tuple[ServicePlan, ...]:
    """One service to another number of instances, the others as they are."""
    return tuple(
        plan.model_copy(update={"instances": instances}) if plan.service == service else plan
        for plan in _standing(record)
    )


def restart(services: frozenset[str], record: EnvironmentRecord) -> tuple[ServicePlan, ...]:
    """New instances of the same releases, for the services named; none named: for all."""
    return tuple(
        plan.model_copy(update={"restart": plan.restart_now + 1}) if not services or plan.service in services else plan
        for plan in _standing(record)
    )


def down(record: EnvironmentRecord) -> tuple[ServicePlan, ...]:
    """Everything removed."""
    return tuple(_gone(set(), record))


def _standing(record: EnvironmentRecord) -> list[ServicePlan]:
    releases = record.current.releases if record.current is not None else ()
    return [_to(release.name, release, _instances_now(release.name, record), record) for release in releases]


def _to(name: str, release: Release, instances: int, record: EnvironmentRecord, *, hook: bool = True) -> ServicePlan:
    replaces = record.current.release(name) if record.current is not None else None
    new = replaces is None or replaces.id != release.id
    before = release.spec.before
    return ServicePlan(
        service=name,
        release=release,
        replaces=replaces,
        instances=instances,
        instances_now=_instances_now(name, record) if replaces is not None else 0,
        restart=_restart_now(name, record),
        restart_now=_restart_now(name, record),
        runs_before=before.run if before is not None and new and hook else None,
    )


def _gone(kept: set[str], record: EnvironmentRecord) -> list[ServicePlan]:
    releases = record.current.releases if record.current is not None else ()
    return [
        ServicePlan(
            service=release.name,
            release=None,
            replaces=release,
            instances=0,
            instances_now=_instances_now(release.name, record),
            restart=_restart_now(release.name, record),
            restart_now=_restart_now(release.name, record),
        )
        for release in reversed(releases)
        if release.name not in kept
    ]


def _instances_now(name: str, record: EnvironmentRecord) -> int:
    return record.current.instances.get(name, 1) if record.current is not None else 0


def _restart_now(name: str, record: EnvironmentRecord) -> int:
    return record.current.restart.get(name, 0) if record.current is not None else 0
