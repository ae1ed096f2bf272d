"""Look at one service until the gates of a stage have spoken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from kr8.domain.deployment import GateRecord
from kr8.domain.plan import ServicePlan
from kr8.domain.release import Release
from kr8.domain.stage import Call, Reading, Stage, Verdict
from kr8.domain.target import Answer, Counters, ServiceRef
from kr8.ports.clock import Clock
from kr8.ports.target import Fenced, Target
from kr8.workflows.board import judge

COUNTERS_EVERY = 0.05
ASK_EVERY = 0.25
TRAFFIC = frozenset({"traffic", "latency"})
"""The gates that wait for requests, and for nothing else."""
TELL_EVERY = 10.0
"""Seconds after which waiting gates are told again, with what they count by then."""


@dataclass
class Watcher:
    """Reads one service of a target for one stage."""

    target: Target
    clock: Clock
    ref: ServiceRef
    plan: ServicePlan
    stage: Stage
    before: Counters
    epoch: int
    tell: Callable[[tuple[GateRecord, ...]], Awaitable[None]]
    """Told what the gates say, as soon as one says something else, and now and then while they wait."""
    records: tuple[GateRecord, ...] = ()
    verdict: Verdict = field(default_factory=lambda: Verdict(call=Call.WAIT, why="nothing was looked at yet"))
    _asked_at: float | None = None
    _through: Answer | None = None
    _metrics: Answer | None = None
    _told: tuple[GateRecord, ...] = ()
    _told_at: float = 0.0

    async def settle(self, limit: float) -> Verdict:
        """Judge again and again until the gates say go or back. They wait at most `limit` seconds beyond the watch.

        Raises Fenced, Unreachable.
        """
        began = self.clock.monotonic()
        while True:
            elapsed = self.clock.monotonic() - began
            self.verdict, self.records = judge(await self._read(elapsed))
            if self.verdict.call is not Call.WAIT:
                return self.verdict
            if elapsed > self.stage.watch.total_seconds() + limit and not self._holds():
                late = {"call": Call.BACK, "why": f"gate_timeout: {self.verdict.why}"}
                return self.verdict.model_copy(update=late)
            await self._tell()
            await self.clock.sleep(COUNTERS_EVERY)

    async def _tell(self) -> None:
        """Who looks at the deployment sees what it waits for."""
        now = self.clock.monotonic()
        moved = _words(self.records) != _words(self._told)
        if moved or (now - self._told_at >= TELL_EVERY and self.records != self._told):
            self._told, self._told_at = self.records, now
            await self.tell(self.records)

    def _holds(self) -> bool:
        """Whether only traffic is missing, and the strategy says to hold until it comes."""
        waiting = {record.gate for record in self.records if record.verdict == Call.WAIT}
        return bool(waiting) and waiting <= TRAFFIC and self.stage.inconclusive == "hold"

    async def _read(self, elapsed: float) -> Reading:
        release = self.release
        now = self.clock.monotonic()
        if self._asked_at is None or now - self._asked_at >= ASK_EVERY:
            self._asked_at = now
            await self._ask(release)
        counted = (await self.target.counters(self.ref)).since(self.before)
        observed = await self.target.observe(self.ref)
        if observed.epoch > self.epoch:
            raise Fenced(self.epoch, observed.epoch)  # the gates would only see a release that has gone
        return Reading(
            release=release.id,
            version=release.version(),
            counters=counted.of(release.id),
            observed=observed,
            through=self._through,
            metrics=self._metrics,
            elapsed=elapsed,
            slo=release.spec.slo,
            stage=self.stage,
        )

    async def _ask(self, release: Release) -> None:
        if release.spec.kind != "http":
            return
        if "version" in self.stage.gates:
            self._through = await self.target.ask(self.ref, release.spec.health.path, None)
        if "monitoring" in self.stage.gates and release.spec.monitoring is not None:
            self._metrics = await self.target.ask(self.ref, release.spec.monitoring.metrics, release.id)

    @property
    def release(self) -> Release:
        """The release that is judged."""
        assert self.plan.release is not None
        return self.plan.release


def _words(records: tuple[GateRecord, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((record.gate, record.verdict) for record in records)
