"""Walk one service through a desired state: converge, then watch."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from kr8.domain.deployment import Deployment, GateRecord, StageRecord
from kr8.domain.model import Model
from kr8.domain.plan import ServicePlan
from kr8.domain.problem import Outcome, Problem, Refused, refuse
from kr8.domain.release import Release
from kr8.domain.stage import Call, Course, Stage
from kr8.domain.target import EVIDENCE, Counters, Desired, FailureCode, Grant, ServiceRef
from kr8.planning.course import course_of
from kr8.ports.engine import Steps
from kr8.ports.target import Command, Target, TargetError
from kr8.strategies.change import ServiceChange
from kr8.workflows.outside import Outside
from kr8.workflows.watch import Watcher

CANCEL_SEEN_WITHIN = 0.2
RETREAT_SECONDS = 2.0


class Step(Model):
    """How a step ended: no problem, it was done."""

    problem: Problem | None = None
    cancelled: bool = False

    @property
    def done(self) -> bool:
        """Whether the run may go on."""
        return self.problem is None and not self.cancelled


DONE = Step()


def _result(step: Step) -> str:
    """How a stage ended, in words: done, cancelled, or what sent it back."""
    if step.problem is None:
        return "cancelled" if step.cancelled else "done"
    gate = step.problem.code.startswith("gate_")
    return step.problem.why if gate else f"{step.problem.code}: {step.problem.what}"


@dataclass(frozen=True)
class Walk:
    """One service on its way, in one deployment."""

    outside: Outside
    steps: Steps
    deployment: Deployment
    plan: ServicePlan
    target: Target
    grant: Grant

    @property
    def ref(self) -> ServiceRef:
        """The service."""
        return ServiceRef(
            project=self.deployment.project, environment=self.deployment.environment, name=self.plan.service
        )

    @property
    def course(self) -> Course:
        """Its stages."""
        assert self.deployment.plan is not None
        return course_of(ServiceChange(ref=self.ref, plan=self.plan, strategy=self.deployment.plan.strategy))

    async def prepare(self) -> Step:
        """Deliver the new release and run what must run before it starts."""
        release = self.plan.release
        if release is None:
            return DONE
        delivered = await self._step("deliver", partial(self._deliver, release))
        if not delivered.done or self.plan.runs_before is None:
            return delivered
        return await self._step("before", partial(self._before, release))

    async def forward(self) -> Step:
        """Every stage up to promotion."""
        for number, stage in enumerate(self.course.forward):
            passed = await self._pass(f"{number} {stage.name}", stage)
            if not passed.done:
                if number:
                    await self._step("retreat", self._retreat)
                return passed
        return DONE

    async def _pass(self, name: str, stage: Stage) -> Step:
        """One stage. What is counted while it converges counts already: instances serve from their first moment."""
        try:
            before = await self.steps.run(
                f"{self.plan.service}: counters {name}", Counters, partial(self.target.counters, self.ref)
            )
        except TargetError as error:
            return Step(problem=error.problem)
        converged = await self._step(f"converge {name}", partial(self._stage, stage))
        if not converged.done:
            return converged
        return await self._step(f"watch {name}", partial(self._watch, stage, before))

    async def back(self) -> Step:
        """To what served before."""
        return await self._step("return", partial(self._converge, self.course.back, "return"))

    async def back_again(self, number: int) -> Step:
        """To what served before, after a person chose to try again."""
        return await self._step(f"return {number}", partial(self._converge, self.course.back, "return"))

    async def finish(self) -> Step:
        """Remove what is no longer needed."""
        return await self._step("finish", partial(self._converge, self.course.finish, "finish"))

    async def _step(self, name: str, work: Callable[[], Awaitable[Step]]) -> Step:
        try:
            return await self.steps.run(f"{self.plan.service}: {name}", Step, work)
        except (Refused, TargetError) as error:
            return Step(problem=error.problem)

    async def _deliver(self, release: Release) -> Step:
        await self.outside.secrets.seal(release)
        await self.target.deliver(release, self.grant)
        return DONE

    async def _before(self, release: Release) -> Step:
        assert self.plan.runs_before is not None and release.spec.before is not None
        command = Command(
            id=f"{self.deployment.id}-before-{self.plan.service}",
            run=self.plan.runs_before,
            limit_seconds=release.spec.before.limit.total_seconds(),
        )
        if not release.spec.before.reversible:
            await self._remember_that_it_lasts()
        await self._note("before", f"running what must run before {self.plan.service} starts:")
        await self._note("before", shlex.join(command.run), untrusted=True)
        ran = await self.target.run(release, command, self.grant)
        if ran.ok:
            return DONE
        return Step(
            problem=refuse(
                "before_failed",
                f"The command that must run before {self.plan.service} starts has failed: {ran.how}.",
                mend="Mend it and deploy again. Nothing of the new release was started.",
                outcome=Outcome.DONE,
                output=ran.lines,
            ).problem
        )

    async def _remember_that_it_lasts(self) -> None:
        """Before it begins: a command that fails half-way, or whose deployment goes back, has changed things too."""
        record = await self.outside.environments.get(self.deployment.project, self.deployment.environment)
        lasting = tuple(sorted({*record.lasting, self.plan.service}))
        await self.outside.environments.save(record.model_copy(update={"lasting": lasting}))

    async def _stage(self, stage: Stage) -> Step:
        now = self.outside.clock.now()
        record = StageRecord(service=self.plan.service, name=stage.name, started_at=now)
        await self._record(record)
        step = await self._unless_cancelled(partial(self._converge, stage.desired, stage.name))
        if not step.done:
            await self._close(stage, _result(step), (), step)
        return step

    async def _converge(self, desired: Desired, step: str) -> Step:
        try:
            async for progress in self.target.converge(desired, self.grant):
                if progress.text:
                    await self._note(step, progress.text)
        except (Refused, TargetError) as error:
            await self._note(step, f"{error.problem.code}: {error.problem.what}", "error")
            return Step(problem=error.problem)
        return DONE

    async def _retreat(self) -> Step:
        """Give the traffic back at once, the new release still there for its evidence: the first stage moves none.

        It is only the quick half of the way back; what fails or lasts here is left to the whole of it.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(RETREAT_SECONDS):
                await self._converge(self.course.forward[0].desired, "retreat")
        return DONE

    async def _watch(self, stage: Stage, before: Counters) -> Step:
        assert self.plan.release is not None
        watcher = Watcher(
            self.target,
            self.outside.clock,
            self.ref,
            self.plan,
            stage,
            before,
            self.grant.epoch,
            partial(self._update, stage),
        )
        limit = self.plan.release.spec.health.ready_limit.total_seconds()
        step = await self._unless_cancelled(partial(self._judged, watcher, limit))
        await self._close(stage, _result(step), watcher.records, step)
        return step

    async def _judged(self, watcher: Watcher, limit: float) -> Step:
        try:
            verdict = await watcher.settle(limit)
        except (Refused, TargetError) as error:
            return Step(problem=error.problem)
        if verdict.call is Call.GO:
            return DONE
        return Step(
            problem=refuse(
                _code(verdict.why),
                f"{self.plan.service} was sent back in the stage {watcher.stage.name!r}.",
                why=verdict.why,
                mend=EVIDENCE,
                outcome=Outcome.DONE,
                output=(verdict.untrusted,) if verdict.untrusted else (),
            ).problem
        )

    async def _unless_cancelled(self, work: Callable[[], Coroutine[Any, Any, Step]]) -> Step:
        if await self._cancel_requested():
            return Step(cancelled=True)
        doing = asyncio.create_task(work())
        try:
            while True:
                ended, _ = await asyncio.wait({doing}, timeout=CANCEL_SEEN_WITHIN)
                if ended:
                    return doing.result()
                if await self._cancel_requested():
                    return Step(cancelled=True)
        finally:
            doing.cancel()
            await asyncio.wait({doing})

    async def _cancel_requested(self) -> bool:
        return (await self.outside.deployment(self.deployment.id)).cancel_requested

    async def _close(self, stage: Stage, result: str, gates: tuple[GateRecord, ...], step: Step) -> None:
        await self._update(stage, gates, ended_at=self.outside.clock.now(), result=result)
        await self._note(stage.name, f"stage {stage.name}: {result}", "info" if step.done else "error")

    async def _update(self, stage: Stage, gates: tuple[GateRecord, ...], **more: object) -> None:
        """Keep what the gates of a stage say, and whatever else has become of it."""

        def updated(deployment: Deployment) -> Deployment:
            records = tuple(
                each.model_copy(update={"gates": gates, **more})
                if each.service == self.plan.service and each.name == stage.name
                else each
                for each in deployment.stages
            )
            return deployment.model_copy(update={"stages": records})

        await self.outside.change(self.deployment.id, updated)

    async def _record(self, record: StageRecord) -> None:
        def add(deployment: Deployment) -> Deployment:
            others = tuple(
                each for each in deployment.stages if (each.service, each.name) != (record.service, record.name)
            )
            return deployment.model_copy(update={"stages": (*others, record)})

        await self.outside.change(self.deployment.id, add)
        await self._note(record.name, f"{record.service}: stage {record.name}")

    async def _note(self, step: str, text: str, level: str = "info", *, untrusted: bool = False) -> None:
        await self.outside.note(self.deployment.id, f"{self.plan.service} {step}", text, level, untrusted=untrusted)


def _code(why: str) -> str:
    """The code of a gate's refusal: how an instance failed, where the gate names that; else the gate."""
    gate, _, said = why.partition(": ")
    failed = said.partition(":")[0]
    return failed if failed in set(FailureCode) else f"gate_{gate.removeprefix('gate_')}"
