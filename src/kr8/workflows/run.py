"""The workflow that runs a plan: forward through its stages, then promoted; or back to what served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from kr8.domain.audit import Phase
from kr8.domain.deployment import Deployment, Event, State
from kr8.domain.environment import Promotion, withdrawn_of
from kr8.domain.model import Model
from kr8.domain.order import Kind
from kr8.domain.problem import Problem, Refused, refuse
from kr8.domain.target import Counters, Evidence, Grant
from kr8.ports.engine import Steps
from kr8.ports.leases import Lease
from kr8.ports.target import Baseline, Target, TargetError, Unreachable
from kr8.workflows.begin import Beginning, begin, take_over
from kr8.workflows.held import acquire, held
from kr8.workflows.ledger import ledger_of
from kr8.workflows.outside import Outside
from kr8.workflows.pruning import prune
from kr8.workflows.stages import Step, Walk

PATIENCE_SECONDS = 600.0
"""How long a target is told again and again what was promoted."""
Begin = Callable[[Outside, str], Awaitable[Beginning]]


class Counted(Model):
    """The counters of each service at one moment."""

    services: dict[str, Counters]


async def run(outside: Outside, steps: Steps, deployment_id: str) -> None:
    """queued → running → promoted → succeeded; or → returning → rolled_back, cancelled or failed."""
    await _run(outside, steps, deployment_id, begin)


async def give_back(outside: Outside, steps: Steps, deployment_id: str) -> None:
    """End what a run has left behind that kr8 itself could not go on with: promoted → succeeded, all else goes back."""
    await _run(outside, steps, deployment_id, take_over)


async def _run(outside: Outside, steps: Steps, deployment_id: str, first: Begin) -> None:
    deployment = await outside.deployment(deployment_id)
    target = outside.targets.of(await outside.project(deployment.project), deployment.environment)
    try:
        lease = await acquire(outside, deployment, target)
    except Refused as refused:
        if (await outside.deployment(deployment_id)).state is not State.QUEUED:
            raise
        await outside.move(deployment_id, Event.ERROR, problem=refused.problem, ended_at=outside.clock.now())
        return
    async with held(outside, lease):
        beginning = await steps.run("begin", Beginning, partial(first, outside, deployment_id))
        if beginning.way != "over":
            await Run(outside, steps, deployment, target, _grant(deployment, lease)).go(beginning)


def _grant(deployment: Deployment, lease: Lease) -> Grant:
    return Grant(
        project=deployment.project,
        environment=deployment.environment,
        epoch=lease.epoch,
        caller=deployment.requested_by.label(),
        deployment=deployment.id,
    )


@dataclass(frozen=True)
class Run:
    """One run of a deployment."""

    outside: Outside
    steps: Steps
    deployment: Deployment
    target: Target
    grant: Grant

    @property
    def walks(self) -> tuple[Walk, ...]:
        """The services that change, in the order of their needs."""
        assert self.deployment.plan is not None
        return tuple(
            Walk(self.outside, self.steps, self.deployment, service, self.target, self.grant)
            for service in self.deployment.plan.changed()
        )

    async def go(self, beginning: Beginning) -> None:
        """Walk the way that the beginning named."""
        if beginning.way == "finish":
            await self.finish({})
            return
        before = (await self.steps.run("counters before", Counted, self._count)).services
        if beginning.way == "forward":
            step = await self.forward()
            if step.done:
                step = await self.steps.run("promote", Step, self._promote)
            if step.done:
                await self.finish(before)
                return
            await self.back(step, before)
        else:
            stuck = beginning.problem if beginning.way == "stuck" else None
            await self.back(Step(problem=beginning.problem), before, stuck)

    async def forward(self) -> Step:
        """Prepare every service, then move each of them; the first that cannot stops the run."""
        for walk in self.walks:
            prepared = await walk.prepare()
            if not prepared.done:
                return prepared
        for walk in self.walks:
            moved = await walk.forward()
            if not moved.done:
                return moved
        return Step()

    async def finish(self, before: dict[str, Counters]) -> None:
        """Tell the target what counts now, remove what is old, write the ledger."""
        await self.steps.run("remember", bool, self._remember)
        await self._try("audit promotion", partial(self._audit, "promote"))
        await self._try("tell target", self._tell_target)
        removed = [await walk.finish() for walk in reversed(self.walks)]
        problem = next((step.problem for step in removed if step.problem is not None), None)
        await self._try("prune", partial(prune, self.outside, self.deployment, self.target, self.grant))
        await self._try("ledger", partial(self._ledger, before))
        await self.steps.run("succeed", bool, partial(self._succeed, problem))

    async def back(self, step: Step, before: dict[str, Counters], stuck: Problem | None = None) -> None:
        """Keep the evidence, then return every service to what served, the last first.

        `stuck`: it is stuck already, and waits for a person.
        """
        if stuck is None:
            await self.steps.run("evidence", bool, partial(self._evidence, step))
            fenced = step.problem is not None and step.problem.code == "fenced"
            stuck = None if fenced else await self._return(0)
        tries = 0
        while stuck is not None:
            tries += 1
            choice = await self.steps.run(f"stuck {tries}", str, partial(self._stuck, stuck))
            if choice == "accept":
                await self.steps.run("accept", bool, self._accept)
                await self.finish(before)
                return
            await self.steps.run(f"chosen {tries}", bool, partial(self._chosen, choice))
            stuck = await self._return(tries)
        await self._try("ledger", partial(self._ledger, before))
        await self.steps.run("returned", bool, partial(self._returned, step.cancelled))
        await self._try("prune", partial(prune, self.outside, self.deployment, self.target, self.grant))
        await self._try("audit return", partial(self._audit, "return"))

    async def _try(self, name: str, work: Callable[[], Awaitable[object]]) -> bool:
        """A step that a deployment can do without: when it fails, the timeline says so, and nothing else happens."""

        async def guarded() -> bool:
            try:
                await work()
            except (Refused, TargetError) as error:
                await self._say(name, f"{name}: {error}", "warning")
                return False
            return True

        return await self.steps.run(name, bool, guarded)

    async def _return(self, tries: int) -> Problem | None:
        for walk in reversed(self.walks):
            returned = await (walk.back() if tries == 0 else walk.back_again(tries))
            if returned.problem is not None and returned.problem.code != "fenced":
                return returned.problem
        return None

    async def _count(self) -> Counted:
        try:
            return Counted(services={walk.plan.service: await self.target.counters(walk.ref) for walk in self.walks})
        except TargetError as error:
            await self._say("counters", f"there will be no ledger: {error}", "warning")
            return Counted(services={})

    async def _promote(self) -> Step:
        plan = self.deployment.plan
        assert plan is not None
        deployment = await self.outside.deployment(self.deployment.id)
        if deployment.state is State.PROMOTED:
            return Step()  # the process died between the transaction and its journal
        if deployment.cancel_requested:
            return Step(cancelled=True)
        promotion = self._promotion()
        after = deployment.after(Event.BAKED, generation=promotion.generation)
        if not await self.outside.environments.promote(after, State.RUNNING, promotion, self._withdraws()):
            return Step(problem=_moved())
        await self._say("promote", f"promoted: generation {promotion.generation}")
        return Step()

    def _withdraws(self) -> int | None:
        """The generation that a rollback leaves."""
        plan = self.deployment.plan
        return plan.generation if plan is not None and plan.kind is Kind.ROLLBACK else None

    async def _audit(self, operation: str) -> None:
        deployment = await self.outside.deployment(self.deployment.id)
        said = f"generation {deployment.generation}" if operation == "promote" else str(deployment.state)
        who = deployment.requested_by.label()
        await self.outside.audit.append(Phase.NOTE, deployment.id, who, operation, deployment.environment_key, said)

    def _promotion(self) -> Promotion:
        plan = self.deployment.plan
        assert plan is not None
        kept = [service for service in plan.services if service.release is not None]
        return Promotion(
            generation=plan.generation + 1,
            deployment=self.deployment.id,
            at=self.outside.clock.now(),
            commit=plan.commit,
            releases=tuple(service.release for service in kept if service.release is not None),
            instances={service.service: service.instances for service in kept},
            restart={service.service: service.restart for service in kept},
            irreversible=tuple(
                service.service
                for service in plan.changed()
                if service.runs_before is not None
                and service.release is not None
                and service.release.spec.before is not None
                and not service.release.spec.before.reversible
            ),
        )

    async def _tell_target(self) -> None:
        """Tell it until it answers: what it still holds at the daemon's next start counts as returned to."""
        assert self.deployment.plan is not None
        desired = tuple(
            Walk(self.outside, self.steps, self.deployment, service, self.target, self.grant).course.finish
            for service in self.deployment.plan.services
        )
        history = await self.outside.environments.history(self.deployment.project, self.deployment.environment)
        baseline = Baseline(
            generation=self._promotion().generation,
            label=self.deployment.id,
            services=desired,
            withdrawn=tuple(sorted(withdrawn_of(history))),
        )
        until = self.outside.clock.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                await self.target.promoted(baseline, self.grant)
                return
            except Unreachable:
                if self.outside.clock.monotonic() > until:
                    raise
                await self.outside.clock.sleep(1)

    async def _remember(self) -> bool:
        """What outlives this deployment in its environment: a scale, and the protection that stands from now on."""
        plan, order = self.deployment.plan, self.deployment.order
        assert plan is not None
        record = await self.outside.environments.get(self.deployment.project, self.deployment.environment)
        scale = {**record.scale, order.service: order.instances} if order.service is not None else record.scale
        policy = plan.policy_then or plan.policy
        await self.outside.environments.save(record.model_copy(update={"scale": scale, "policy": policy}))
        return True

    async def _ledger(self, before: dict[str, Counters]) -> None:
        lines = tuple(
            [
                ledger_of(walk.plan, before[walk.plan.service], await self.target.counters(walk.ref))
                for walk in self.walks
                if walk.plan.service in before and (walk.plan.release or walk.plan.replaces) is not None
            ]
        )
        http = tuple(line for line in lines if line.requests)
        await self.outside.change(self.deployment.id, lambda each: each.model_copy(update={"ledger": http}))
        for line in http:
            await self._say("ledger", line.sentence())

    async def _succeed(self, problem: Problem | None) -> bool:
        event = Event.OLD_REMOVED if problem is None else Event.REMOVAL_STUCK
        deployment = await self.outside.deployment(self.deployment.id)
        if deployment.state is not State.SUCCEEDED:
            await self.outside.move(self.deployment.id, event, problem=problem, ended_at=self.outside.clock.now())
            await self._say(
                "end", "succeeded" if problem is None else f"succeeded; what was old is left: {problem.what}"
            )
        return True

    async def _evidence(self, step: Step) -> bool:
        kept: list[Evidence] = []
        for walk in self.walks if step.problem is not None else ():
            release = walk.plan.release
            if release is not None and (walk.plan.replaces is None or walk.plan.replaces.id != release.id):
                try:
                    kept.append(await self.target.evidence(walk.ref, release.id))
                except TargetError as error:
                    await self._say("evidence", f"no evidence of {walk.plan.service}: {error}", "warning")
        deployment = await self.outside.deployment(self.deployment.id)
        if deployment.state is State.RUNNING:
            event = Event.CANCEL if step.cancelled else Event.GO_BACK
            await self.outside.move(deployment.id, event, problem=step.problem, evidence=tuple(kept))
            why = (
                "cancelled" if step.problem is None else f"{step.problem.code}: {step.problem.what} {step.problem.why}"
            )
            await self._say("return", f"going back: {why}".strip(), "warning")
        return True

    async def _stuck(self, problem: Problem) -> str:
        """Freeze the environment and wait until a person has chosen."""
        deployment = await self.outside.deployment(self.deployment.id)
        if deployment.state is State.RETURNING:
            await self.outside.move(deployment.id, Event.GOT_STUCK, problem=problem, choice=None)
            await self._freeze(deployment.id)
            await self._say("stuck", f"{problem.code}: {problem.what} The environment is frozen.", "error")
        while (deployment := await self.outside.deployment(self.deployment.id)).choice is None:
            await self.outside.clock.sleep(0.5)
        return deployment.choice

    async def _chosen(self, choice: str) -> bool:
        await self._freeze(None)
        deployment = await self.outside.deployment(self.deployment.id)
        if deployment.state is State.STUCK:
            event = Event.RETRY if choice == "retry" else Event.RETURN
            await self.outside.move(deployment.id, event, choice=None)
            await self._say("stuck", f"a person chose: {choice}")
        return True

    async def _freeze(self, by: str | None) -> None:
        record = await self.outside.environments.get(self.deployment.project, self.deployment.environment)
        await self.outside.environments.save(record.model_copy(update={"frozen_by": by}))

    async def _accept(self) -> bool:
        deployment = await self.outside.deployment(self.deployment.id)
        if deployment.state is State.PROMOTED:
            await self._freeze(None)
            return True
        promotion = self._promotion()
        after = deployment.after(Event.ACCEPT, generation=promotion.generation)
        await self._say("stuck", "a person chose: accept")
        done = await self.outside.environments.promote(after, State.STUCK, promotion, self._withdraws())
        await self._freeze(None)
        return done

    async def _returned(self, cancelled: bool) -> bool:
        deployment = await self.outside.deployment(self.deployment.id)
        if deployment.state is not State.RETURNING:
            return True
        assert deployment.plan is not None
        first = all(service.replaces is None for service in deployment.plan.services)
        event = Event.BASELINE_AFTER_CANCEL if cancelled else Event.BASELINE_AFTER_FAILURE
        if first and not cancelled:
            event = Event.NO_BASELINE
        ended = await self.outside.move(deployment.id, event, ended_at=self.outside.clock.now())
        await self._say("end", ended.state.replace("_", " "))
        return True

    async def _say(self, step: str, text: str, level: str = "info") -> None:
        await self.outside.note(self.deployment.id, step, text, level)


def _moved() -> Problem:
    return refuse("generation_moved", "The environment was promoted by somebody else while this ran.").problem
