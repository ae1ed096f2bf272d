"""What a target is asked for, and what it answers (DESIGN: targets are level-triggered)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from kr8.domain.model import Duration, Model, Name
from kr8.domain.project import ProjectId
from kr8.domain.release import ReleaseId
from kr8.domain.shortened import last_lines


class ServiceRef(Model):
    """One service in one environment of one project."""

    project: ProjectId
    environment: Name
    name: Name

    def key(self) -> str:
        """The service's key on a target: project.environment.service."""
        return f"{self.project}.{self.environment}.{self.name}"


class Share(Model):
    """How much of a service is one release."""

    release: ReleaseId
    instances: int = Field(ge=0)
    """0: drain, then remove."""
    traffic: int | None = Field(default=None, ge=0, le=100)
    """Percent of new requests; 0 warm; None follows instances."""


class Pace(Model):
    """How fast a service may change."""

    surge: int = 1
    unavailable: int = 0
    ready_limit: Duration = timedelta(seconds=30)
    drain_limit: Duration = timedelta(seconds=30)


class Desired(Model):
    """The whole truth of one service; no shares: the service is gone."""

    service: ServiceRef
    shares: tuple[Share, ...] = ()
    pace: Pace = Pace()
    restart: int = 0
    """A higher number replaces every instance, at the pace."""


Measure = Literal["errors", "mean", "p99", "in_flight"]


class Abilities(Model):
    """What a target can do; a plan that needs more is refused when it is made."""

    beside: bool
    """Two releases at once."""
    hold: bool
    """Can stop at partial shares."""
    weights: Literal["none", "switch", "percent"]
    fence: Literal["atomic", "checked"]
    measures: frozenset[Measure]


class Grant(Model):
    """What an operation may use for one environment."""

    project: ProjectId
    environment: Name
    epoch: int
    """The lease's epoch: a target refuses a lower one than it has seen."""
    caller: str
    deployment: str


EVIDENCE = "Its evidence and logs: get_deployment, get_deployment_logs; or kr8 deployment show, kr8 logs."
"""What to do next where an instance failed, or a gate refused a release."""


class FailureCode(StrEnum):
    """How an instance of a service failed."""

    EXITED = "exited"
    NEVER_HEALTHY = "never_healthy"
    HANGS = "hangs"
    WRONG_VERSION = "wrong_version"
    FORKED_AWAY = "forked_away"
    IGNORES_SIGTERM = "ignores_sigterm"
    OUT_OF_MEMORY = "out_of_memory"
    FLAPS = "flaps"
    PORT_NOT_OPENED = "port_not_opened"
    NOT_STARTED = "not_started"


LastLines = Annotated[tuple[str, ...], AfterValidator(last_lines)]
"""The last that a program printed, no more of it than may be kept."""


class Failure(Model):
    """One failed instance: how, and its last words: `answers` and `lines` alone are untrusted text."""

    code: FailureCode
    what: str
    instance: str
    release: ReleaseId
    answers: LastLines = ()
    """The last health answers."""
    lines: LastLines = ()


class Instance(Model):
    """One running copy of a release."""

    id: str
    release: ReleaseId
    state: Literal["starting", "ready", "draining", "stopping", "failed", "completed"]
    since: datetime
    address: str | None = None
    pid: int | None = None
    restarts: int = 0
    in_flight: int = 0


class ObservedShare(Model):
    """What a target has of one release."""

    release: ReleaseId
    wanted: int
    ready: int
    traffic: float
    """The part of new requests that it gets now, 0 to 100."""
    in_flight: int = 0
    instances: tuple[Instance, ...] = ()


class Run(Model):
    """A run of a job that has a schedule."""

    instance: str
    release: ReleaseId
    due: datetime
    started: datetime
    ended: datetime | None = None
    exit_code: int | None = None
    signal: int | None = None
    """What killed it; neither known: it ended while nobody watched."""
    missed: int = 0
    """Due times before it that passed while nobody was there to run them: this run is for all of them."""
    skipped: int = 0
    """Due times that passed while it ran."""


class Timetable(Model):
    """What a target knows of the runs of a job that has a schedule."""

    next: datetime | None
    """When it is due; None: never."""
    running: Run | None = None
    last: Run | None = None
    """The last run that has ended."""


class Observed(Model):
    """What a target has of one service."""

    service: ServiceRef
    shares: tuple[ObservedShare, ...] = ()
    settled: bool
    """Whether this is what is desired."""
    failure: Failure | None = None
    """Why it cannot become what is desired."""
    epoch: int = 0
    timetable: Timetable | None = None
    """Of a job that has a schedule."""


class Progress(Model):
    """One thing that happened while a target converges."""

    text: str
    observed: Observed


class Bucket(Model):
    """How many requests took at most so long (and longer than the bucket before)."""

    up_to_ms: float
    count: int


class ReleaseCounters(Model):
    """What the traffic layer counted of one release, since the reset."""

    requests: int = 0
    errors: int = 0
    """5xx answers and requests without an answer."""
    in_flight: int = 0
    mean_ms: float = 0.0
    latency: tuple[Bucket, ...] = ()

    def measured(self) -> int:
        """How many requests have a time."""
        return sum(bucket.count for bucket in self.latency)

    def slower_than(self, ms: float) -> int:
        """How many requests took longer than so many milliseconds, as percentile counts them."""
        return sum(bucket.count for bucket in self.latency if bucket.up_to_ms > ms)

    def percentile(self, share: float) -> float | None:
        """The time in milliseconds within which `share` (0 to 1) of the requests were answered; None: no requests."""
        total = self.measured()
        if total == 0:
            return None
        seen = 0
        for bucket in self.latency:
            seen += bucket.count
            if seen >= share * total:
                return bucket.up_to_ms
        return self.latency[-1].up_to_ms

    def since(self, before: ReleaseCounters) -> ReleaseCounters:
        """What was counted after `before`; both are of one release and one reset."""
        old = {bucket.up_to_ms: bucket.count for bucket in before.latency}
        return ReleaseCounters(
            requests=max(0, self.requests - before.requests),
            errors=max(0, self.errors - before.errors),
            in_flight=self.in_flight,
            mean_ms=self.mean_ms,
            latency=tuple(
                Bucket(up_to_ms=bucket.up_to_ms, count=max(0, bucket.count - old.get(bucket.up_to_ms, 0)))
                for bucket in self.latency
            ),
        )


class Counters(Model):
    """What the traffic layer counted of one service, by release; cumulative within one reset."""

    service: ServiceRef
    reset: str
    """Changes when counting starts at zero again."""
    releases: dict[ReleaseId, ReleaseCounters] = Field(default_factory=dict[str, ReleaseCounters])

    def of(self, release: str) -> ReleaseCounters:
        """The counters of one release; zeros where it was never seen."""
        return self.releases.get(release, ReleaseCounters())

    def since(self, before: Counters | None) -> Counters:
        """What was counted after `before`; after a reset that is all there is."""
        if before is None or before.reset != self.reset:
            return self
        return self.model_copy(
            update={"releases": {name: now.since(before.of(name)) for name, now in self.releases.items()}}
        )


class Answer(Model):
    """What a service answered when it was asked."""

    status: int | None
    """The HTTP status; None: no answer."""
    release: str | None = None
    """The release that the traffic layer says has answered."""
    version: str | None = None
    """The version that the service itself says it is, where it declares a header for that."""
    ms: float = 0.0
    error: str = ""


class LogQuery(Model):
    """Which log lines are wanted: the next ones, or the last ones."""

    releases: frozenset[str] | None = None
    """Only what instances of these printed."""
    instance: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The last instant that is wanted."""
    cursor: str | None = None
    """Where reading goes on. None: at the oldest line, or (`back`) at the newest."""
    back: bool = False
    """The last lines up to the cursor, instead of the first after it."""
    limit: int = Field(default=100, ge=1, le=1000)


class LogLine(Model):
    """One line that a service printed: untrusted text."""

    at: datetime
    instance: str
    release: str
    stream: Literal["stdout", "stderr"]
    line: str
    cursor: str
    """The place after this line: the next lines follow it, and it is the last of those up to there."""


class Page(Model):
    """Some log lines, oldest first whichever way they were read, and where to go on."""

    lines: tuple[LogLine, ...] = ()
    cursor: str | None = None
    """The place after the lines or, read back, before them; None: nothing was there, or nothing is before them."""
    more: bool = False
    """Whether others are there already, in the direction of reading."""


class Evidence(Model):
    """What is kept of a release that failed: untrusted text in `lines` and `answers`."""

    service: str
    release: ReleaseId
    failure: Failure | None = None
    exit: str | None = None
    """Exit code or signal, in words."""
    lines: LastLines = ()
    answers: LastLines = ()
    """The last health answers."""
    counters: ReleaseCounters = ReleaseCounters()
    memory_bytes: int | None = None
    cpu_seconds: float | None = None
