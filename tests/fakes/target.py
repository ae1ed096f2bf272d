"""A target in memory: level-triggered, fenced, with releases that behave as a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from kr8.domain.finding import Finding
from kr8.domain.problem import refuse
from kr8.domain.project import Project
from kr8.domain.release import Release
from kr8.domain.target import (
    Abilities,
    Answer,
    Bucket,
    Counters,
    Desired,
    Evidence,
    Failure,
    FailureCode,
    Grant,
    Instance,
    LogLine,
    LogQuery,
    Observed,
    ObservedShare,
    Page,
    Progress,
    ReleaseCounters,
    ServiceRef,
    Share,
    Timetable,
)
from kr8.ports.clock import Clock
from kr8.ports.target import Baseline, Command, Fenced, Ran, Remembered, Standing, Stuck, Target, Unreachable

LOOK_EVERY = 0.05
ALL = Abilities(
    beside=True,
    hold=True,
    weights="percent",
    fence="atomic",
    measures=frozenset({"errors", "mean", "p99", "in_flight"}),
)


@dataclass
class Behaviour:
    """How the instances of a release behave."""

    ready_after: float = 0.1
    """Seconds from an instance's start until it is ready."""
    fails: FailureCode | None = None
    """How its instances fail instead of becoming ready."""
    fails_after: float | None = None
    """Seconds from the start at which they fail after all; with `fails`."""
    hangs: bool = False
    """Whether it never becomes ready and nobody ever gives it up."""
    leaves: bool = True
    """Whether its instances go when they are told."""
    version: str | None = None
    """What it says that it is; None: what it was told."""
    status: int | None = 200
    metrics: int | None = 200
    errors: float = 0.0
    """The share of its requests that fail."""
    ms: float = 12.0
    """How long each of its answers takes."""
    ends: bool = False
    """Whether it is a job that ends by itself."""


AS_USUAL = Behaviour()


@dataclass
class Copy:
    """One instance."""

    release: str
    number: int
    restart: int
    started: float
    at: datetime


@dataclass
class Held:
    """What the target has of one service."""

    desired: Desired
    told_at: float
    copies: list[Copy] = field(default_factory=list[Copy])
    traffic: dict[str, float] = field(default_factory=dict[str, float])
    settled: bool = False
    counted: dict[str, ReleaseCounters] = field(default_factory=dict[str, ReleaseCounters])
    counted_at: float = 0.0
    owed: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    """Fractions of requests, and of failures, that are still to be counted."""
    resets: int = 0
    made: int = 0


@dataclass
class FakeTarget:
    """The Target port. It outlives every engine, as the real one outlives the daemon."""

    clock: Clock
    able: Abilities = ALL
    delivered: dict[str, Release] = field(default_factory=dict[str, Release])
    behaviours: dict[str, Behaviour] = field(default_factory=dict[str, Behaviour])
    """By the version that a release is told, or by its service."""
    rps: float = 0.0
    """Requests a second that each service gets."""
    unreachable: dict[str, int] = field(default_factory=dict[str, int])
    """Method → how many more of its calls get no answer."""
    findings: tuple[Finding, ...] = ()
    hooks: dict[tuple[str, ...], Ran] = field(default_factory=dict[tuple[str, ...], Ran])
    """Command → how it ends; others succeed."""
    hook_seconds: float = 0.0
    timetables: dict[str, Timetable] = field(default_factory=dict[str, Timetable])
    """Of jobs with a schedule, by the key of their service."""
    ran: dict[str, Ran] = field(default_factory=dict[str, Ran])
    runs: list[str] = field(default_factory=list[str])
    """Ids of the commands that really ran, in order."""
    told: list[Desired] = field(default_factory=list[Desired])
    """Every desired state that differed from the one before."""
    granted: list[Grant] = field(default_factory=list[Grant])
    """By what each change was made that it did not refuse."""
    forgotten: list[str] = field(default_factory=list[str])
    baselines: dict[str, list[Baseline]] = field(default_factory=dict[str, list[Baseline]])
    withdrawn: dict[str, list[Baseline]] = field(default_factory=dict[str, list[Baseline]])
    """Baselines that were left, by environment."""
    lines: dict[str, list[LogLine]] = field(default_factory=dict[str, list[LogLine]])
    reading_seconds: float = 0.0
    """How long a look into the lines takes."""
    _held: dict[str, Held] = field(default_factory=dict[str, Held])
    _epochs: dict[str, int] = field(default_factory=dict[str, int])

    def abilities(self) -> Abilities:
        return self.able

    async def check(self, desired: Desired, release: Release | None) -> tuple[Finding, ...]:
        return self.findings

    async def deliver(self, release: Release, grant: Grant) -> None:
        self._answer("deliver")
        self.delivered[release.id] = release

    async def run(self, release: Release, command: Command, grant: Grant) -> Ran:
        self._answer("run")
        self._release(release.id)
        if command.id not in self.ran:
            self._fence(grant)
            self.runs.append(command.id)
            self.ran[command.id] = self.hooks.get(tuple(command.run), Ran(ok=True, how="exit code 0"))
            await self.clock.sleep(self.hook_seconds)
        return self.ran[command.id]

    async def converge(self, desired: Desired, grant: Grant) -> AsyncIterator[Progress]:
        self._answer("converge")
        for share in desired.shares:
            self._release(share.release)
        self._fence(grant)
        self._tell(desired)
        before = ""
        while True:
            self._answer("look")
            observed = self._observed(desired.service)
            text = ", ".join(f"{share.release} {share.ready} of {share.wanted}" for share in observed.shares)
            if text != before:
                yield Progress(text=text, observed=observed)
                before = text
            if observed.settled:
                return
            if observed.failure is not None:
                raise Stuck(observed.failure)
            await self.clock.sleep(LOOK_EVERY)

    async def observe(self, service: ServiceRef) -> Observed:
        self._answer("observe")
        return self._observed(service)

    async def counters(self, service: ServiceRef) -> Counters:
        self._answer("counters")
        held = self._held.get(service.key())
        if held is None:
            return Counters(service=service, reset="")
        self._settle(held)
        self._count(held)
        return Counters(service=service, reset=f"reset-{held.resets}", releases=dict(held.counted))

    async def ask(self, service: ServiceRef, path: str, release: str | None) -> Answer:
        self._answer("ask")
        held = self._held.get(service.key())
        named = release
        if held is not None:
            self._settle(held)
        if held is not None and named is None:
            named = max(held.traffic, key=lambda each: held.traffic[each], default=None)
        if held is None or named is None or not any(copy.release == named for copy in held.copies):
            return Answer(status=None, error="nothing listens")
        known = self._release(named)
        how = self.behaviour(known)
        monitoring = known.spec.monitoring
        status = how.metrics if monitoring is not None and path == monitoring.metrics else how.status
        says = how.version or known.version()
        return Answer(
            status=status,
            release=named,
            version=says if known.spec.health.version_header is not None else None,
            ms=how.ms,
        )

    async def logs(self, service: ServiceRef, query: LogQuery) -> Page:
        self._answer("logs")
        await self.clock.sleep(self.reading_seconds)
        place = int(query.cursor) if query.cursor is not None else None
        found = [line for line in self.lines.get(service.key(), []) if _asked(line, query)]
        if query.back:
            before = [line for line in found if place is None or int(line.cursor) <= place]
            left, last = before[: -query.limit], tuple(before[-query.limit :])
            return Page(lines=last, cursor=left[-1].cursor if left else None, more=bool(left))
        after = [line for line in found if int(line.cursor) > (place or 0)]
        kept = tuple(after[: query.limit])
        return Page(lines=kept, cursor=kept[-1].cursor if kept else query.cursor, more=len(after) > len(kept))

    async def evidence(self, service: ServiceRef, release: str) -> Evidence:
        self._answer("evidence")
        failure = self._observed(service).failure
        lines = tuple(line.line for line in self.lines.get(service.key(), []) if line.release == release)
        counted = (await self.counters(service)).of(release)
        return Evidence(
            service=service.name,
            release=release,
            failure=failure,
            exit="exit code 1" if failure is not None and failure.code is FailureCode.EXITED else None,
            lines=lines,
            counters=counted,
        )

    async def promoted(self, baseline: Baseline, grant: Grant) -> None:
        self._answer("promoted")
        self._fence(grant)
        kept = self.baselines.setdefault(_environment(grant), [])
        gone = {baseline.generation, *baseline.withdrawn}
        left = [each for each in kept if each.generation in baseline.withdrawn]
        self.withdrawn.setdefault(_environment(grant), []).extend(left)
        kept[:] = [*(each for each in kept if each.generation not in gone), baseline]

    async def standing(self, project: str, environment: str) -> Standing | None:
        self._answer("standing")
        key = f"{project}.{environment}"
        kept = self.baselines.get(key, [])
        return Standing(generation=kept[-1].generation if kept else None, epoch=self.epoch(key))

    async def remembered(self, project: str, environment: str) -> tuple[Remembered, ...]:
        self._answer("remembered")
        key = f"{project}.{environment}"
        left = [(each, True) for each in self.withdrawn.get(key, [])]
        kept = [(each, False) for each in self.baselines.get(key, [])]
        found = sorted([*left, *kept], key=lambda each: each[0].generation)
        return tuple(self._remembered(baseline, withdrawn) for baseline, withdrawn in found)

    async def releases(self) -> tuple[Release, ...]:
        return tuple(self.delivered.values())

    async def forget(self, release: str, grant: Grant) -> None:
        self._answer("forget")
        self._fence(grant)
        self.forgotten.append(release)
        self.delivered.pop(release, None)

    # What a test does to it.

    def returned(self, environment: str, *, to_previous: bool = False) -> None:
        """What the supervisor does when a person goes back with the daemon gone: a baseline, and a higher epoch."""
        self._epochs[environment] = self._epochs.get(environment, 0) + 1
        if to_previous:
            self.withdrawn.setdefault(environment, []).append(self.baselines[environment].pop())
        for desired in self.baselines[environment][-1].services:
            self._tell(desired)

    def feed(self, service: ServiceRef, release: str, requests: int, errors: int = 0, ms: float = 12.0) -> None:
        """Count requests of a release."""
        held = self._held[service.key()]
        held.counted[release] = _plus(held.counted.get(release, ReleaseCounters()), requests, errors, ms)

    def lose(self, service: ServiceRef, instances: int) -> None:
        """Have so many of the ready instances be gone, as dead ones are."""
        held = self._held[service.key()]
        for copy in [copy for copy in held.copies if self._ready(copy)][:instances]:
            held.copies.remove(copy)

    def reset(self, service: ServiceRef) -> None:
        """Start counting at zero again, as a proxy that was started again does."""
        held = self._held[service.key()]
        held.counted, held.resets, held.counted_at = {}, held.resets + 1, self.clock.monotonic()

    def say(
        self,
        service: ServiceRef,
        release: str,
        line: str,
        at: datetime | None = None,
        stream: Literal["stdout", "stderr"] = "stdout",
    ) -> None:
        """Have an instance print a line."""
        lines = self.lines.setdefault(service.key(), [])
        lines.append(
            LogLine(
                at=at or self.clock.now(),
                instance=f"{release}-1",
                release=release,
                stream=stream,
                line=line,
                cursor=str(len(lines) + 1),
            )
        )

    def serves(self, service: ServiceRef) -> dict[str, int]:
        """Ready instances by release, now."""
        return {share.release: share.ready for share in self._observed(service).shares if share.ready}

    def epoch(self, environment: str) -> int:
        """The highest epoch it has seen."""
        return self._epochs.get(environment, 0)

    def behaviour(self, release: Release) -> Behaviour:
        """How a release behaves."""
        return self.behaviours.get(release.version()) or self.behaviours.get(release.name) or AS_USUAL

    def _remembered(self, baseline: Baseline, withdrawn: bool) -> Remembered:
        shares = [(share, service) for service in baseline.services for share in service.shares]
        delivered = [self.delivered[share.release] for share, _ in shares if share.release in self.delivered]
        return Remembered(
            generation=baseline.generation,
            label=baseline.label,
            releases=tuple(delivered) if len(delivered) == len(shares) else None,
            instances={service.service.name: share.instances for share, service in shares},
            restart={service.service.name: service.restart for service in baseline.services},
            withdrawn=withdrawn,
            irreversible=baseline.irreversible,
        )

    def _answer(self, method: str) -> None:
        if self.unreachable.get(method, 0) > 0:
            self.unreachable[method] -= 1
            raise Unreachable(f"{method}: the test has cut the line")

    def _release(self, release: str) -> Release:
        if release not in self.delivered:
            raise refuse("release_not_delivered", f"The release {release} was not delivered.")
        return self.delivered[release]

    def _fence(self, grant: Grant) -> None:
        seen = self._epochs.get(_environment(grant), 0)
        if grant.epoch < seen:
            raise Fenced(grant.epoch, seen)
        self._epochs[_environment(grant)] = grant.epoch
        self.granted.append(grant)

    def _tell(self, desired: Desired) -> None:
        now = self.clock.monotonic()
        held = self._held.setdefault(desired.service.key(), Held(Desired(service=desired.service), now, counted_at=now))
        self._count(held)
        if held.desired != desired:
            self.told.append(desired)
            held.desired, held.told_at, held.settled = desired, now, False
        for share in desired.shares:
            fresh = [copy for copy in held.copies if (copy.release, copy.restart) == (share.release, desired.restart)]
            for _ in range(len(fresh), share.instances):
                held.made += 1
                held.copies.append(Copy(share.release, held.made, desired.restart, now, self.clock.now()))

    def _observed(self, service: ServiceRef) -> Observed:
        held = self._held.get(service.key())
        if held is None:
            return Observed(service=service, settled=True)
        self._settle(held)
        wanted = {share.release: share.instances for share in held.desired.shares}
        names = list(dict.fromkeys([*wanted, *(copy.release for copy in held.copies)]))
        shares = [self._share(held, name, wanted.get(name, 0)) for name in names]
        epoch = self._epochs.get(service.key().rpartition(".")[0], 0)
        failure = self._failure(held)
        return Observed(
            service=service,
            shares=tuple(shares),
            settled=held.settled and failure is None,
            failure=failure,
            epoch=epoch,
            timetable=self.timetables.get(service.key()),
        )

    def _settle(self, held: Held) -> None:
        if held.settled or self._failure(held) is not None:
            return
        for share in held.desired.shares:
            if len(self._fresh(held, share)) < share.instances:
                return
        keep = [copy for share in held.desired.shares for copy in self._fresh(held, share)[: share.instances]]
        leaving = [copy for copy in held.copies if copy not in keep]
        if any(not self.behaviour(self._release(copy.release)).leaves for copy in leaving):
            return
        self._count(held)
        held.copies, held.settled, held.traffic = keep, True, _split(held.desired.shares)

    def _fresh(self, held: Held, share: Share) -> list[Copy]:
        return [
            copy
            for copy in held.copies
            if (copy.release, copy.restart) == (share.release, held.desired.restart) and self._ready(copy)
        ]

    def _ready(self, copy: Copy) -> bool:
        how = self.behaviour(self._release(copy.release))
        if how.hangs or (how.fails is not None and how.fails_after is None):
            return False
        return self.clock.monotonic() - copy.started >= how.ready_after

    def _failure(self, held: Held) -> Failure | None:
        for share in held.desired.shares:
            for copy in held.copies:
                how = self.behaviour(self._release(copy.release))
                age = self.clock.monotonic() - copy.started
                code = how.fails if age >= (how.fails_after or how.ready_after) else None
                if code is None and how.ready_after > age >= held.desired.pace.ready_limit.total_seconds():
                    code = FailureCode.NEVER_HEALTHY
                if copy.release == share.release and code is not None and not how.hangs:
                    name = f"{copy.release}-{copy.number}"
                    lines = tuple(line.line for line in self.lines.get(held.desired.service.key(), []))
                    what = f"{name} failed: {code}."
                    return Failure(code=code, what=what, instance=name, release=copy.release, lines=lines[-20:])
        return None

    def _share(self, held: Held, release: str, wanted: int) -> ObservedShare:
        copies = [copy for copy in held.copies if copy.release == release]
        return ObservedShare(
            release=release,
            wanted=wanted,
            ready=sum(self._ready(copy) for copy in copies),
            traffic=held.traffic.get(release, 0.0),
            instances=tuple(self._instance(copy) for copy in copies),
        )

    def _instance(self, copy: Copy) -> Instance:
        ends = self.behaviour(self._release(copy.release)).ends
        ready = "completed" if ends else "ready"
        return Instance(
            id=f"{copy.release}-{copy.number}",
            release=copy.release,
            state=ready if self._ready(copy) else "starting",
            since=copy.at,
        )

    def _count(self, held: Held) -> None:
        """Let the requests of the time that has passed arrive."""
        now = self.clock.monotonic()
        seconds, held.counted_at = now - held.counted_at, now
        for release, percent in held.traffic.items():
            how = self.behaviour(self._release(release))
            arrived, failed = held.owed.get(release, (0.0, 0.0))
            arrived += self.rps * seconds * percent / 100
            failed += self.rps * seconds * percent / 100 * how.errors
            requests, errors = int(arrived), int(failed)
            held.owed[release] = (arrived - requests, failed - errors)
            if requests:
                counted = held.counted.get(release, ReleaseCounters())
                held.counted[release] = _plus(counted, requests, errors, how.ms)


@dataclass
class FakeTargets:
    """The Targets port: one target for every environment that runs on this machine."""

    target: FakeTarget

    def of(self, project: Project, environment: str) -> Target:
        declared = project.environments.get(environment)
        if declared is not None and declared.target != "local":
            raise refuse("target_not_available", f"{environment} runs elsewhere.")
        return self.target


def _environment(grant: Grant) -> str:
    return f"{grant.project}.{grant.environment}"


def _split(shares: tuple[Share, ...]) -> dict[str, float]:
    total = sum(share.instances for share in shares) or 1
    return {
        share.release: 100 * share.instances / total if share.traffic is None else float(share.traffic)
        for share in shares
    }


def _plus(counted: ReleaseCounters, requests: int, errors: int, ms: float) -> ReleaseCounters:
    buckets = {bucket.up_to_ms: bucket.count for bucket in counted.latency}
    buckets[ms] = buckets.get(ms, 0) + requests
    return counted.model_copy(
        update={
            "requests": counted.requests + requests,
            "errors": counted.errors + errors,
            "latency": tuple(Bucket(up_to_ms=bound, count=buckets[bound]) for bound in sorted(buckets)),
        }
    )


def _asked(line: LogLine, query: LogQuery) -> bool:
    return (
        (query.releases is None or line.release in query.releases)
        and query.instance in (None, line.instance)
        and (query.text is None or query.text in line.line)
        and (query.since is None or line.at >= query.since)
        and (query.until is None or line.at <= query.until)
    )
