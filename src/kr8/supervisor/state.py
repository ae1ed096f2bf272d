"""What the supervisor must not forget, as one value."""

from dataclasses import dataclass, field, replace

from kr8.supervisor.observed import Phase, TaskPhase
from kr8.supervisor.refused import fenced, irreversible
from kr8.supervisor.wire import DaemonSpec, RunSpec, ScheduleSpec, ServiceDesired, TaskSpec, environment_of

VERSION = 1
BASELINES = 10


@dataclass(frozen=True, slots=True)
class InstanceRecord:
    id: str
    service: str
    release: str
    generation_of_restart: int
    run: RunSpec
    phase: Phase
    since: float
    """Monotonic."""
    port: int | None = None
    pid: int | None = None
    start: int | None = None
    weight: int = 0
    restarts: int = 0
    limit_s: float = 0.0
    """How long it may drain."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run of a schedule. Instants are seconds since 1970: it is due by the wall clock, over reboots too."""

    instance: str
    release: str
    due: float
    started: float
    ended: float | None = None
    exit_code: int | None = None
    signal: int | None = None
    missed: int = 0
    """Due times before it that passed while nobody was there to run them."""
    skipped: int = 0
    """Due times that passed while it ran."""


@dataclass(frozen=True, slots=True)
class ScheduleRecord:
    spec: ScheduleSpec
    next: float | None
    """When it is due, seconds since 1970; None: never."""
    running: RunRecord | None = None
    last: RunRecord | None = None


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    desired: ServiceDesired
    ended: dict[str, int] = field(default_factory=dict[str, int])
    """Jobs that ran, by release and restart number: their exit code."""
    schedule: ScheduleRecord | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    generation: int
    label: str
    services: dict[str, ServiceDesired]
    withdrawn: bool = False
    irreversible: bool = False
    """A command that cannot be undone ran for it."""


@dataclass(frozen=True, slots=True)
class EnvironmentRecord:
    epoch: int = 0
    promoted: tuple[Baseline, ...] = ()
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class TaskRecord:
    id: str
    spec: TaskSpec
    state: TaskPhase
    since: float
    at: str
    pid: int | None = None
    start: int | None = None
    exit_code: int | None = None
    signal: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class DaemonRecord:
    spec: DaemonSpec
    pid: int | None = None
    start: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    version: int = VERSION
    environments: dict[str, EnvironmentRecord] = field(default_factory=dict[str, EnvironmentRecord])
    services: dict[str, ServiceRecord] = field(default_factory=dict[str, ServiceRecord])
    instances: dict[str, InstanceRecord] = field(default_factory=dict[str, InstanceRecord])
    tasks: dict[str, TaskRecord] = field(default_factory=dict[str, TaskRecord])
    daemon: DaemonRecord | None = None

    def epoch(self, environment: str) -> int:
        return self.environments.get(environment, EnvironmentRecord()).epoch

    def members(self, key: str) -> tuple[InstanceRecord, ...]:
        return tuple(i for i in self.instances.values() if i.service == key)


def fence(state: State, environment: str, epoch: int) -> None:
    """Raises RefusedError (fenced) for an epoch below what the environment has seen."""
    held = state.epoch(environment)
    if epoch < held:
        raise fenced(environment, epoch, held)


def with_epoch(state: State, environment: str, epoch: int) -> State:
    """The epoch raised."""
    record = state.environments.get(environment, EnvironmentRecord())
    return replace(state, environments={**state.environments, environment: replace(record, epoch=epoch)})


def with_desired(state: State, desired: ServiceDesired) -> State:
    """A service told what it must be."""
    old = state.services.get(desired.key)
    record = ServiceRecord(desired) if old is None else replace(old, desired=desired)
    return replace(state, services={**state.services, desired.key: record})


def with_schedule(state: State, key: str, schedule: ScheduleRecord | None) -> State:
    """What is known of a service's runs; the same state where that is known already."""
    record = state.services.get(key)
    if record is None or record.schedule == schedule:
        return state
    return replace(state, services={**state.services, key: replace(record, schedule=schedule)})


def with_instance(state: State, record: InstanceRecord) -> State:
    """An instance more, or as it is now."""
    return replace(state, instances={**state.instances, record.id: record})


def without_instance(state: State, record: InstanceRecord) -> State:
    """An instance less."""
    return replace(state, instances={k: v for k, v in state.instances.items() if k != record.id})


def with_promoted(
    state: State, environment: str, epoch: int, baseline: Baseline, withdrawn: tuple[int, ...] = ()
) -> State:
    """A baseline more; the same generation said again replaces what it said, and those named are withdrawn."""
    record = state.environments.get(environment, EnvironmentRecord())
    kept = tuple(
        replace(b, withdrawn=b.withdrawn or b.generation in withdrawn)
        for b in record.promoted
        if b.generation != baseline.generation
    )
    made = EnvironmentRecord(epoch, (*kept, baseline)[-BASELINES:])
    return replace(state, environments={**state.environments, environment: made})


def returned(state: State, environment: str, to: str) -> tuple[State, Baseline] | None:
    """Every service of the environment as the baseline had it, the epoch raised; None if there is no such baseline.

    The previous one is the newest with other releases than the current one. To go there withdraws every baseline with
    the current one's releases, so that a second return goes further back. Raises RefusedError
    (rollback_irreversible) where a command that cannot be undone ran for a newer one.
    """
    record = state.environments.get(environment, EnvironmentRecord())
    standing = [b for b in record.promoted if not b.withdrawn]
    if to == "previous" and standing:
        leaving = _releases(standing[-1])
        record = replace(
            record,
            promoted=tuple(replace(b, withdrawn=b.withdrawn or _releases(b) == leaving) for b in record.promoted),
        )
        standing = [b for b in record.promoted if not b.withdrawn]
    if not standing:
        return None
    baseline = standing[-1]
    if to == "previous":
        _reversible(environment, baseline, record)
    made = replace(state, environments={**state.environments, environment: replace(record, epoch=record.epoch + 1)})
    for key, service in state.services.items():
        if environment_of(key) == environment and key not in baseline.services:
            made = with_desired(made, replace(service.desired, shares=()))
    for desired in baseline.services.values():
        made = with_desired(made, desired)
    return made, baseline


def _reversible(environment: str, baseline: Baseline, record: EnvironmentRecord) -> None:
    left = [b for b in record.promoted if b.generation > baseline.generation and b.irreversible]
    if left:
        crossed = ", ".join(f"generation {b.generation} ({b.label})" for b in left)
        raise irreversible(environment, baseline.generation, crossed)


def _releases(baseline: Baseline) -> frozenset[tuple[str, str]]:
    return frozenset((key, share.release) for key, service in baseline.services.items() for share in service.shares)
