"""What environments serve, and served."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain.caller import Audience, Effect
from kr8.domain.environment import EnvironmentRecord, ProjectRecord, Promotion, Way, size_of, way_to, withdrawn_of
from kr8.domain.model import Model
from kr8.domain.nearest import nearest
from kr8.domain.policy import policy_of, stricter
from kr8.domain.problem import Refused, refuse
from kr8.domain.release import Release
from kr8.domain.target import Observed, ServiceRef, Timetable
from kr8.operations.kr8.fields import EnvironmentArgument, ProjectArgument
from kr8.ports.builder import Builder
from kr8.ports.environments import Environments
from kr8.ports.target import TargetError, Targets
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.desk import Desk
from kr8.workflows.forgotten import MEND, WHAT, is_forgotten
from kr8.workflows.needed import HISTORY, kept_now

MASK = "«secret»"


class GetStatus(Model):
    """Of which project."""

    project: ProjectArgument = None


class ServiceStatus(Model):
    """One service, as it is served now."""

    service: str
    version: str
    release: str
    wanted: int
    ready: int | None
    in_flight: int | None
    url: str | None
    trouble: str | None = None
    timetable: Timetable | None = None
    """Of a job that has a schedule: when it runs next, and how its last run ended."""


class EnvironmentStatus(Model):
    """One environment, as it is now."""

    environment: str
    in_file: bool
    """Whether kr8.toml names it. One that it names no more is shown as long as it serves."""
    generation: int
    commit: str | None
    since: datetime | None
    services: tuple[ServiceStatus, ...]
    kept: int
    """How many earlier sets of releases stay for an instant rollback."""
    build_bytes: int
    """What their builds and those of what serves take on disk, as counted when they were made."""
    active: str | None = None
    """The deployment that has not ended, and its state."""
    frozen_by: str | None = None
    approvals: int = 0
    """How many people must approve what changes it; 0: nobody."""
    trouble: str | None = None
    """What is wrong with it as a whole, and what mends that."""


class Status(Model):
    """A project and all its environments."""

    project: str
    id: str
    build_bytes: int
    """What the kept builds of all environments take, each once; `kr8 doctor` has all that kr8 takes."""
    environments: tuple[EnvironmentStatus, ...]


class GetEnvironment(Model):
    """Which environment."""

    environment: EnvironmentArgument
    project: ProjectArgument = None


class ServiceEnvironment(Model):
    """What one release runs with, secrets masked."""

    service: str
    release: str
    build: str
    secrets: dict[str, str]
    untrusted_command: tuple[str, ...]
    """As kr8.toml has it."""
    untrusted_env: dict[str, str]
    """As kr8.toml has it."""


class EnvironmentView(Model):
    """What an environment's releases run with."""

    environment: str
    generation: int
    services: tuple[ServiceEnvironment, ...]


class GetHistory(Model):
    """Of which environment."""

    environment: EnvironmentArgument
    project: ProjectArgument = None
    limit: Annotated[int, Field(ge=1, le=200)] = 20


class PromotionView(Model):
    """One promotion."""

    generation: int
    at: datetime
    commit: str | None
    deployment: str
    releases: dict[str, str]
    withdrawn: bool
    current: bool
    build_bytes: int
    """What the builds of its releases take, as counted when they were made; promotions can share builds."""
    back: Way
    """Whether a rollback to it would be done, and at once."""


class History(Model):
    """Promotions, newest first."""

    environment: str
    promotions: tuple[PromotionView, ...]


class OpenService(Model):
    """Which address."""

    environment: EnvironmentArgument
    service: Annotated[str | None, Field(description="Service. Default: the last that takes traffic.")] = None
    project: ProjectArgument = None


class Address(Model):
    """Where a service takes traffic."""

    service: str
    url: str


@operation(Effect.READ, command="status", audience=Audience.PEOPLE)
async def get_status(
    request: GetStatus,
    call: Call,
    checkouts: Checkouts,
    environments: Environments,
    desk: Desk,
    targets: Targets,
) -> Status:
    """Show what each environment of a project serves now, and what runs or waits there."""
    named = await checkouts.known(request.project, call.directory)
    record = await checkouts.with_promoted(named)
    found: list[EnvironmentStatus] = []
    held: list[Promotion] = []
    for name, declared in record.spec.environments.items():
        in_file, stored = name in named.spec.environments, await environments.get(record.id, name)
        if in_file or stored.serves() or stored.frozen_by is not None:
            kept = await kept_now(environments, record.id, name, declared.keep)
            shown = await _status(record, stored, kept, desk, targets, in_file=in_file)
            policy = stricter(stored.policy, policy_of(declared))
            found.append(shown.model_copy(update={"approvals": policy.approval.people if policy.approval else 0}))
            held += kept
    return Status(project=record.name, id=record.id, build_bytes=size_of(*held), environments=tuple(found))


async def _status(
    record: ProjectRecord,
    environment: EnvironmentRecord,
    kept: tuple[Promotion, ...],
    desk: Desk,
    targets: Targets,
    *,
    in_file: bool,
) -> EnvironmentStatus:
    active = await desk.active(record.id, environment.name)
    current = environment.current
    services: list[ServiceStatus] = []
    for release in current.releases if current is not None else ():
        wanted = current.instances.get(release.name, 1) if current is not None else 0
        services.append(await _service(record, release, wanted, targets))
    return EnvironmentStatus(
        environment=environment.name,
        in_file=in_file,
        generation=environment.generation,
        commit=current.commit if current else None,
        since=current.at if current else None,
        services=tuple(services),
        kept=len(kept[1:]),
        build_bytes=size_of(*kept),
        active=f"{active.id}: {active.state}" if active is not None else None,
        frozen_by=environment.frozen_by,
        trouble=await _trouble(record, environment, desk, targets),
    )


async def _trouble(record: ProjectRecord, environment: EnvironmentRecord, desk: Desk, targets: Targets) -> str | None:
    try:
        forgotten = await is_forgotten(environment, targets.of(record.spec, environment.name), desk.deployments)
    except (TargetError, Refused):
        return None  # the services say that it does not answer
    name = environment.name
    return f"{WHAT.format(name=name)} {MEND.format(name=name)}" if forgotten else None


async def _service(record: ProjectRecord, release: Release, wanted: int, targets: Targets) -> ServiceStatus:
    ref = ServiceRef(project=record.id, environment=release.environment, name=release.name)
    trouble: str | None = None
    observed: Observed | None = None
    try:
        observed = await targets.of(record.spec, release.environment).observe(ref)
    except TargetError as error:
        trouble = str(error)
    share = next((each for each in observed.shares if each.release == release.id), None) if observed else None
    if observed is not None and observed.failure is not None:
        trouble = f"{observed.failure.code}: {observed.failure.what}"
    return ServiceStatus(
        service=release.name,
        version=release.version(),
        release=release.id,
        wanted=wanted,
        ready=share.ready if share else None if observed is None else 0,
        in_flight=share.in_flight if share else None,
        url=f"http://{release.listen}/" if release.listen else None,
        trouble=trouble,
        timetable=observed.timetable if observed is not None else None,
    )


@operation(Effect.READ, command="env", audience=Audience.PEOPLE)
async def get_environment(
    request: GetEnvironment, call: Call, checkouts: Checkouts, environments: Environments
) -> EnvironmentView:
    """Show what the promoted releases of an environment run with; secrets by name and version, masked."""
    record = await checkouts.with_promoted(await checkouts.known(request.project, call.directory))
    await checkouts.environment(record, request.environment)
    found = await environments.get(record.id, request.environment)
    releases = found.current.releases if found.current else ()
    return EnvironmentView(
        environment=request.environment,
        generation=found.generation,
        services=tuple(
            ServiceEnvironment(
                service=release.name,
                release=release.id,
                build=release.build.id,
                untrusted_command=release.spec.run,
                untrusted_env=release.env,
                secrets={each.name: f"{MASK} version {each.version}" for each in release.secrets},
            )
            for release in releases
        ),
    )


@operation(Effect.READ, command="history", audience=Audience.PEOPLE)
async def get_history(
    request: GetHistory, call: Call, checkouts: Checkouts, environments: Environments, builder: Builder
) -> History:
    """Show what an environment has served, newest first, what of it can be rolled back to at once, and its size."""
    record = await checkouts.with_promoted(await checkouts.known(request.project, call.directory))
    await checkouts.environment(record, request.environment)
    stored = await environments.get(record.id, request.environment)
    found = await environments.history(record.id, request.environment, limit=HISTORY)
    gone, builds = withdrawn_of(found), frozenset(await builder.sizes())
    return History(
        environment=request.environment,
        promotions=tuple(
            PromotionView(
                generation=each.generation,
                at=each.at,
                commit=each.commit,
                deployment=each.deployment,
                releases={release.name: release.id for release in each.releases},
                withdrawn=each.generation in gone,
                current=each.generation == stored.generation,
                build_bytes=size_of(each),
                back=way_to(each, stored, found, builds),
            )
            for each in found[: request.limit]
        ),
    )


@operation(Effect.READ, command="url", audience=Audience.PEOPLE)
async def get_address(request: OpenService, call: Call, checkouts: Checkouts) -> Address:
    """Show where a service of an environment takes traffic."""
    record = await checkouts.with_promoted(await checkouts.known(request.project, call.directory))
    declared = await checkouts.environment(record, request.environment)
    named = [name for name in record.spec.order() if name in declared.listen]
    service = request.service or (named[-1] if named else "")
    if service not in declared.listen:
        raise refuse(
            "unknown_service",
            f"{request.environment} has no address for {service!r}.",
            mend=nearest(service, named),
            field="service",
        )
    return Address(service=service, url=f"http://{declared.listen[service]}/")
