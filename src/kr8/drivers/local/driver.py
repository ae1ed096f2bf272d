"""This machine as a target."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar
from urllib.parse import quote

from kr8.domain.finding import Finding, Severity
from kr8.domain.problem import Outcome, Problem, refuse
from kr8.domain.project import REACHED, Project
from kr8.domain.redact import Mask, Piece
from kr8.domain.release import Release
from kr8.domain.shortened import last_lines
from kr8.domain.target import (
    Abilities,
    Answer,
    Counters,
    Desired,
    Evidence,
    Grant,
    LogQuery,
    Observed,
    Page,
    Progress,
    ServiceRef,
)
from kr8.drivers.local.ask import ask
from kr8.drivers.local.client import Supervisor, SupervisorRefused
from kr8.drivers.local.commands import Places, desired_of, task_spec
from kr8.drivers.local.delivered import Delivered
from kr8.drivers.local.logs import page_of
from kr8.drivers.local.parse import counters_of, evidence_of, observed_of, printed_of, remembered_of
from kr8.drivers.local.progress import told
from kr8.drivers.local.written import written_where_it_runs
from kr8.ports.target import (
    Baseline,
    Command,
    Fenced,
    Ran,
    Remembered,
    Standing,
    Stuck,
    Target,
    TargetError,
)
from kr8.sandbox import landlock
from kr8.supervisor import observed as wire
from kr8.supervisor.procfs import holder
from kr8.supervisor.wire import PutDesired, PutPromoted

T = TypeVar("T")
LONGEST_VERSION = 200
"""Characters that are kept of what a service says is its version."""
LOOK_SECONDS = 1.0
"""How long one look at the supervisor may wait for a change."""
ABILITIES = Abilities(
    beside=True,
    hold=True,
    weights="percent",
    fence="atomic",
    measures=frozenset({"errors", "mean", "p99", "in_flight"}),
)


class LocalTarget:
    """Implements the port `Target` by the supervisor of one home."""

    def __init__(
        self,
        supervisor: Supervisor,
        delivered: Delivered,
        places: Places,
        mask: Mask,
        kernel: Callable[[], int] = landlock.version,
    ) -> None:
        """`mask`: masks the secrets that a service may have printed, before its words are kept anywhere.

        `kernel`: which version of Landlock this machine has.
        """
        self._kernel = kernel
        self._mask = mask
        self._supervisor = supervisor
        self._delivered = delivered
        self._places = places

    def abilities(self) -> Abilities:
        """What this machine can do: everything."""
        return ABILITIES

    async def check(self, desired: Desired, release: Release | None) -> tuple[Finding, ...]:
        """Whether it is kept out of kr8's home, its address is free or its own, and it leaves nothing behind."""
        kept_in = release is None or self._kernel() >= landlock.LEAST
        withheld = () if kept_in else (_not_sandboxed(desired),)
        listen = release.listen if release is not None else None
        if listen is None and not self._delivered.has_any():
            return withheld  # nobody need be asked what runs
        try:
            seen = await self._observed(desired.service)
            taken = await self._held(desired, listen, seen) if listen is not None else ()
        except TargetError as error:
            return (*withheld, *((_unknown(error),) if listen is not None else ()))
        return (*withheld, *taken, *await self._left(seen, release))

    async def _left(self, seen: wire.ServiceObserved | None, release: Release | None) -> tuple[Finding, ...]:
        named = {share.release for share in seen.shares} if seen is not None else set[str]()
        serving = [known for each in named if (known := self._delivered.find(each)) is not None]
        found = [await asyncio.to_thread(written_where_it_runs, each, release) for each in serving]
        return tuple(finding for each in found for finding in each)

    async def _held(self, desired: Desired, listen: str, seen: wire.ServiceObserved | None) -> tuple[Finding, ...]:
        if seen is not None and seen.listen == listen:
            return ()
        process = holder(int(listen.rpartition(":")[2]))
        if process is None:
            return ()
        other = await self._listening(listen)
        return (_taken(desired, listen, process) if other is None else _shared(desired, listen, other),)

    async def deliver(self, release: Release, grant: Grant) -> None:
        """Write the release down here; its build is here already."""
        await asyncio.to_thread(self._delivered.keep, release)

    async def run(self, release: Release, command: Command, grant: Grant) -> Ran:
        """Have the supervisor run a command once, and wait for its end. Raises Fenced, Unreachable."""
        path = f"/v1/tasks/{quote(command.id)}"
        spec = task_spec(release, command, self._places, grant)
        seen = await self._send("PUT", path, wire.TaskObserved, spec)
        while seen.state == "running":
            seen = await self._send("GET", path, wire.TaskObserved, wait_s=LOOK_SECONDS)
        ok = seen.state == "exited" and seen.exit_code == 0
        return Ran(ok=ok, how=_how(seen), lines=printed_of(seen.tail, self._mask))

    async def converge(self, desired: Desired, grant: Grant) -> AsyncIterator[Progress]:
        """Tell the supervisor what is desired, and watch until it is so. Raises Stuck, Fenced, Unreachable."""
        releases = {share.release: self._delivered.get(share.release) for share in desired.shares}
        wanted = desired_of(desired, releases, self._places)
        path = f"/v1/services/{desired.service.key()}"
        before: Observed | None = None
        seen = await self._send("PUT", f"{path}/desired", wire.ServiceObserved, PutDesired(grant.epoch, wanted))
        while True:
            now = observed_of(desired.service, seen, self._mask)
            for text in told(before, now):
                yield Progress(text=text, observed=now)
            if seen.settled:
                return
            if now.failure is not None:
                raise Stuck(now.failure)
            before = now
            seen = await self._send(
                "GET", f"{path}/observed", wire.ServiceObserved, wait_s=LOOK_SECONDS, since_revision=seen.revision
            )

    async def observe(self, service: ServiceRef) -> Observed:
        """What the supervisor has. Raises Unreachable."""
        seen = await self._observed(service)
        return observed_of(service, seen, self._mask) if seen is not None else Observed(service=service, settled=True)

    async def counters(self, service: ServiceRef) -> Counters:
        """What the proxy counted. Raises Unreachable."""
        try:
            path = f"/v1/services/{service.key()}/counters"
            return counters_of(service, await self._supervisor.send("GET", path, wire.CountersObserved))
        except SupervisorRefused as refused:
            if refused.status != 404:
                raise _target_error(refused) from refused
            return Counters(service=service, reset="")

    async def ask(self, service: ServiceRef, path: str, release: str | None) -> Answer:
        """Ask through the proxy, or an instance of a release directly."""
        seen = await self._observed(service)
        address, header = _address(seen, release), None
        named = release or (seen.shares[-1].release if seen is not None and seen.shares else None)
        if named is not None:
            header = self._delivered.get(named).spec.health.version_header
        if address is None:
            return Answer(status=None, error="nothing listens")
        word = self._places.probe_word() if release is None else ""
        answer = await asyncio.to_thread(ask, address, path, header, word)
        said = self._mask(Piece(answer.version))[:LONGEST_VERSION] if answer.version is not None else None
        return answer.model_copy(update={"version": said})

    async def logs(self, service: ServiceRef, query: LogQuery) -> Page:
        """What its instances printed, living and dead."""
        return await asyncio.to_thread(page_of, self._places.home / "logs" / service.key(), query, self._mask)

    async def evidence(self, service: ServiceRef, release: str) -> Evidence:
        """What the supervisor has kept of a release, with its counters and, where nothing failed, its last lines."""
        path = f"/v1/services/{service.key()}/evidence"
        try:
            kept = await self._supervisor.send("GET", path, tuple[wire.Failure, ...], release=release)
        except SupervisorRefused:
            kept = ()
        counted = (await self.counters(service)).of(release)
        evidence = evidence_of(service, release, kept, counted, self._mask)
        if evidence.lines:
            return evidence
        page = await self.logs(service, LogQuery(releases=frozenset({release}), back=True, limit=40))
        return evidence.model_copy(update={"lines": last_lines(tuple(line.line for line in page.lines))})

    async def promoted(self, baseline: Baseline, grant: Grant) -> None:
        """Have the supervisor remember what counts now. Raises Fenced, Unreachable."""
        services = {
            desired.service.key(): desired_of(
                desired, {share.release: self._delivered.get(share.release) for share in desired.shares}, self._places
            )
            for desired in baseline.services
        }
        body = PutPromoted(
            grant.epoch, baseline.generation, baseline.label, services, baseline.withdrawn, baseline.irreversible
        )
        path = f"/v1/environments/{grant.project}.{grant.environment}/promoted"
        await self._send("PUT", path, wire.EnvironmentObserved, body)

    async def standing(self, project: str, environment: str) -> Standing:
        """What the supervisor would bring back after a reboot. Raises Unreachable."""
        path = f"/v1/environments/{project}.{environment}"
        seen = await self._send("GET", path, wire.EnvironmentObserved)
        kept = [each.generation for each in seen.promoted if not each.withdrawn]
        return Standing(generation=kept[-1] if kept else None, epoch=seen.epoch)

    async def remembered(self, project: str, environment: str) -> tuple[Remembered, ...]:
        """The newest of what the supervisor was told is promoted. Raises Unreachable."""
        path = f"/v1/environments/{project}.{environment}"
        seen = await self._send("GET", path, wire.EnvironmentObserved)
        return await asyncio.to_thread(remembered_of, seen, self._delivered.find)

    async def releases(self) -> tuple[Release, ...]:
        """Every release that was written down here."""
        return await asyncio.to_thread(self._delivered.all)

    async def forget(self, release: str, grant: Grant) -> None:
        """Remove what was delivered of a release. Raises Fenced, Unreachable."""
        await self._fence(grant)
        await asyncio.to_thread(self._delivered.forget, release)

    async def _fence(self, grant: Grant) -> None:
        """For files, which have no epoch of their own: the epoch is read just before."""
        standing = await self.standing(grant.project, grant.environment)
        if grant.epoch < standing.epoch:
            raise Fenced(grant.epoch, standing.epoch)

    async def _listening(self, listen: str) -> ServiceRef | None:
        """The service of kr8 that has an address: the supervisor holds it open, whose end would be that of all."""
        for key in await self._send("GET", "/v1/services", tuple[str, ...]):
            project, environment, name = key.split(".")
            service = ServiceRef(project=project, environment=environment, name=name)
            seen = await self._observed(service)
            if seen is not None and seen.listen == listen:
                return service
        return None

    async def _observed(self, service: ServiceRef) -> wire.ServiceObserved | None:
        try:
            return await self._supervisor.send("GET", f"/v1/services/{service.key()}/observed", wire.ServiceObserved)
        except SupervisorRefused as refused:
            if refused.status == 404:
                return None
            raise _target_error(refused) from refused

    async def _send(self, method: str, path: str, returns: type[T], body: object = None, **query: float) -> T:
        try:
            return await self._supervisor.send(method, path, returns, body, **query)
        except SupervisorRefused as refused:
            raise _target_error(refused) from refused


class LocalTargets:
    """Implements the port `Targets` where every environment is on this machine."""

    def __init__(self, local: LocalTarget) -> None:
        self._local = local

    def of(self, project: Project, environment: str) -> Target:
        """This machine. Raises Refused (target_not_available) for environments that run elsewhere."""
        declared = project.environments.get(environment)
        if declared is not None and declared.target not in REACHED:
            raise refuse(
                "target_not_available",
                f"{environment} runs on {declared.target!r}, which this kr8 cannot reach yet.",
                mend='Use target = "local" in this environment.',
                field=f"environments.{environment}.target",
            )
        return self._local


def _address(seen: wire.ServiceObserved | None, release: str | None) -> str | None:
    if seen is None or release is None:
        return seen.listen if seen is not None else None
    members = [member for share in seen.shares for member in share.members]
    ready = [member for member in members if member.release == release and member.state == "ready" and member.port]
    return f"127.0.0.1:{ready[0].port}" if ready else None


def _how(seen: wire.TaskObserved) -> str:
    words = {
        "timed_out": "it was stopped at its time limit",
        "disk_limit": "it was stopped at its disk limit",
        "killed": "it was stopped",
        "lost": "it ended while nobody watched; how is unknown",
    }
    if seen.state in words:
        return words[seen.state]
    return f"signal {seen.signal}" if seen.signal is not None else f"exit code {seen.exit_code}"


def _not_sandboxed(desired: Desired) -> Finding:
    name = desired.service.name
    return Finding(
        rule="not_sandboxed",
        severity=Severity.MEDIUM,
        what=f"{name} is not sandboxed: it can read and write all that kr8 can, the key of all secrets too.",
        why="This machine's kernel has no Landlock, or one that is too old.",
        mend="`kr8 doctor` says what is needed.",
        place=f"services.{name}",
    )


def _taken(desired: Desired, listen: str, process: tuple[int, str]) -> Finding:
    pid, name = process
    return Finding(
        rule="port_taken",
        severity=Severity.CRITICAL,
        what=f"{listen} is taken by {name} (process {pid}).",
        mend=f"End that process, or give {desired.service.name} another address in kr8.toml.",
        place=f"environments.{desired.service.environment}.listen.{desired.service.name}",
    )


def _shared(desired: Desired, listen: str, other: ServiceRef) -> Finding:
    return Finding(
        rule="port_taken",
        severity=Severity.CRITICAL,
        what=f"{listen} is taken by another service of kr8: {other.name} of {other.environment} in {other.project}.",
        mend=f"Give {desired.service.name} another address in kr8.toml, or take that one down: "
        f"kr8 down {other.environment} --project {other.project}",
        place=f"environments.{desired.service.environment}.listen.{desired.service.name}",
    )


def _unknown(error: TargetError) -> Finding:
    problem = error.problem
    return Finding(rule=problem.code, severity=Severity.CRITICAL, what=problem.what, why=problem.why, mend=problem.mend)


def _target_error(refused: SupervisorRefused) -> TargetError:
    told = refused.problem
    unforeseen = told.code == "internal"
    return TargetError(
        Problem(
            code=told.code,
            what=told.what,
            why="Its words are in `output`." if unforeseen else told.why,
            output=(told.why,) if unforeseen else (),
            mend=told.mend,
            retryable=told.retryable,
            outcome=Outcome.NOT_STARTED,
        )
    )
