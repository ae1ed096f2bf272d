"""What the supervisor answers. The local driver decodes these types."""

from dataclasses import dataclass, field
from typing import Literal

from kr8.supervisor.wire import ServiceDesired

Phase = Literal["starting", "ready", "draining", "stopping", "failed", "completed"]
FailureCode = Literal[
    "exited",
    "never_healthy",
    "hangs",
    "wrong_version",
    "forked_away",
    "ignores_sigterm",
    "out_of_memory",
    "flaps",
    "port_not_opened",
    "cannot_start",
    "port_taken",
]
TaskPhase = Literal["running", "exited", "timed_out", "killed", "disk_limit", "lost"]


@dataclass(frozen=True, slots=True)
class Piece:
    """What something outside printed or answered: a line, or a piece of one."""

    text: str
    continues: bool = False
    """Whether the beginning of its line stands before it, or is lost."""
    goes_on: bool = False
    """Whether its line goes on after it, or may have."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A health answer."""

    word: str
    said: Piece
    """The service's own words, or how there were none."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an instance failed, with what was kept of it. Its own words stand in `health` and `lines` alone."""

    code: FailureCode
    what: str
    release: str
    instance: str
    at: str
    service: str = ""
    exit_code: int | None = None
    signal: int | None = None
    health: tuple[Answered, ...] = ()
    lines: tuple[Piece, ...] = ()
    peak_rss_bytes: int | None = None
    cpu_s: float | None = None


@dataclass(frozen=True, slots=True)
class InstanceObserved:
    id: str
    release: str
    state: Phase
    since: str
    pid: int | None
    port: int | None
    restarts: int
    weight: int
    in_flight: int | None
    proxy: str | None
    """The proxy's word for its server; None without a server."""
    health: str | None
    """The last health answer."""
    held_by: str | None = None
    """What a drain waits for."""


@dataclass(frozen=True, slots=True)
class ShareObserved:
    release: str
    instances: int
    traffic: int | None
    ready: int
    completed: bool
    settled: bool
    members: tuple[InstanceObserved, ...]
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class RunObserved:
    """A run of a schedule."""

    instance: str
    release: str
    due: str
    started: str
    ended: str | None
    exit_code: int | None
    signal: int | None
    missed: int
    """Due times before it that passed while nobody was there to run them."""
    skipped: int
    """Due times that passed while it ran."""


@dataclass(frozen=True, slots=True)
class ScheduleObserved:
    next: str | None
    """When it is due; None: never."""
    running: RunObserved | None
    last: RunObserved | None
    """The last run that has ended."""


@dataclass(frozen=True, slots=True)
class ServiceObserved:
    key: str
    revision: int
    epoch: int
    settled: bool
    stuck: Failure | None
    listen: str | None
    shares: tuple[ShareObserved, ...]
    leaving: tuple[InstanceObserved, ...]
    """Instances that no share wants any more."""
    proxy_pid: int | None
    state_saved: bool
    """False: the disk refused the state; it is in memory, and written as soon as it can be."""
    schedule: ScheduleObserved | None = None


@dataclass(frozen=True, slots=True)
class Histogram:
    """Requests by latency: `counts[i]` took at most `bounds_ms[i]`; the last count has no bound."""

    bounds_ms: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReleaseCounters:
    requests: int = 0
    errors_5xx: int = 0
    failed: int = 0
    """No answer: connection or response errors that the proxy saw."""
    errors_4xx: int = 0
    aborted: int = 0
    """The client went away first."""
    retries: int = 0
    in_flight: int = 0
    latency: Histogram | None = None


@dataclass(frozen=True, slots=True)
class CountersObserved:
    """Cumulative per release, instances that are gone included; a new `reset_id` says that they began again at 0."""

    key: str
    reset_id: str
    releases: dict[str, ReleaseCounters]
    unanswered: ReleaseCounters = field(default_factory=ReleaseCounters)
    """Requests that no instance of any release could answer."""


@dataclass(frozen=True, slots=True)
class TaskObserved:
    id: str
    state: TaskPhase
    output: str
    """Path of the output file."""
    tail: tuple[Piece, ...]
    """What it printed last."""
    exit_code: int | None = None
    signal: int | None = None
    started: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class BaselineObserved:
    generation: int
    label: str
    withdrawn: bool
    services: dict[str, ServiceDesired]
    irreversible: bool = False
    """A command that cannot be undone ran for it."""


@dataclass(frozen=True, slots=True)
class EnvironmentObserved:
    key: str
    epoch: int
    promoted: tuple[BaselineObserved, ...]
    """Oldest first."""
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """What a return answered."""

    epoch: int
    generation: int
    label: str
    state_saved: bool


@dataclass(frozen=True, slots=True)
class Health:
    version: int
    pid: int
    started: str
    home: str
    proxy_pid: int | None
    services: int
    instances: int
    state_saved: bool
    daemon_pid: int | None = None
    reserve_kept: bool = True
    """False: a way back has used the room that was kept for it, and there is none to keep again."""
    state_known: bool = True
    """False: what must run is not known; what runs goes on as it is, and nothing can be changed."""
    troubles: tuple[str, ...] = ()
    """What is wrong with its files or its proxy, a sentence each."""


@dataclass(frozen=True, slots=True)
class Program:
    """Which code runs. Versions stay equal from one commit to the next: only the digest tells them apart."""

    version: str
    digest: str

    def __str__(self) -> str:
        return f"kr8 {self.version} ({self.digest[:8] or 'unreadable'})"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    seq: int
    at: str
    event: str
    about: str
    detail: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Problem:
    """The body of every answer that is not a success."""

    code: str
    what: str
    why: str = ""
    mend: str = ""
    retryable: bool = False
    detail: dict[str, str] = field(default_factory=dict[str, str])
