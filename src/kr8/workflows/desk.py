"""Where deployments are opened, queued and waited for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kr8.domain.caller import Caller
from kr8.domain.deployment import ACTIVE, ENDED, Deployment, Event, State
from kr8.domain.environment import ProjectRecord
from kr8.domain.order import Order
from kr8.domain.problem import Refused, refuse
from kr8.domain.shortened import quoted
from kr8.ports.clock import Clock
from kr8.ports.deployments import Deployments
from kr8.ports.engine import Engine
from kr8.ports.entropy import Entropy
from kr8.workflows.expiry import aged
from kr8.workflows.queue import put_in_queue, refuse_while_stuck

LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Desk:
    """Opens deployments and watches them."""

    clock: Clock
    entropy: Entropy
    deployments: Deployments
    engine: Engine

    async def open(
        self,
        project: ProjectRecord,
        environment: str,
        order: Order,
        caller: Caller,
        reason: str,
        *,
        run: bool,
        behind_stuck: bool = False,
        identity: str | None = None,
    ) -> Deployment:
        """Keep a new deployment and have its plan made; `run`: it runs at once where no approval is needed.

        `identity`: its id, chosen beforehand; the same call may have opened it already, and then it stays as it is.
        Raises Refused (environment_frozen) for one that runs where another is stuck; `behind_stuck`: it waits instead.
        """
        if identity is not None and (opened := await self.again(identity)) is not None:
            return opened
        if run and not behind_stuck:
            await refuse_while_stuck(self.deployments, project.id, environment)
        deployment = Deployment(
            id=identity or self.entropy.new("dep"),
            project=project.id,
            environment=environment,
            order=order,
            state=State.PLANNING,
            requested_by=caller,
            requested_at=self.clock.now(),
            reason=reason,
            run_when_planned=run,
        )
        try:
            await self.deployments.add(deployment)
        except Refused as refused:
            # The same call in another process was faster.
            opened = await self.again(deployment.id) if refused.problem.code == "deployment_exists" else None
            if opened is None:
                raise
            return opened
        await self.engine.enqueue("plan", deployment.id)
        return deployment

    async def again(self, deployment: str) -> Deployment | None:
        """What an earlier call has opened under an id, its plan under way; None: nothing."""
        opened = await self.deployments.get(deployment)
        if opened is not None and opened.state is State.PLANNING:
            await self.engine.enqueue("plan", opened.id)  # it may have been interrupted before that
        return opened

    async def get(self, deployment: str) -> Deployment:
        """A deployment; one whose plan has outlived its time becomes stale first.

        Raises Refused (unknown_deployment).
        """
        found = await self.deployments.get(deployment)
        if found is None:
            raise refuse(
                "unknown_deployment",
                f"There is no deployment {quoted(deployment)}.",
                # No ids that it may have meant: whoever asks need not know of the projects that those are of.
                mend="list_deployments, or kr8 deployment list, shows those of a project.",
                field="deployment",
            )
        return await self.aged(found)

    async def aged(self, deployment: Deployment) -> Deployment:
        """A deployment that was read, as it is now: stale where its plan has outlived its time."""
        return await aged(self.clock, self.deployments, deployment)

    async def active(self, project: str, environment: str) -> Deployment | None:
        """The newest deployment of an environment that has not ended."""
        for found in await self.deployments.list(project, environment, frozenset(State) - ENDED, limit=100):
            now = await self.aged(found)
            if now.state not in ENDED:
                return now
        return None

    async def run(self, deployment: Deployment, digest: str | None) -> Deployment:
        """Queue a planned deployment. One that is queued, runs or has ended stays as it is.

        Raises Refused (digest_missing, digest_mismatch, not_planned_yet, environment_frozen).
        """
        if deployment.plan is None or deployment.state is State.PLANNING:
            raise refuse(
                "not_planned_yet",
                f"{deployment.id} has no plan yet.",
                mend="Call get_deployment with wait_s until it is planned.",
                retryable=True,
            )
        made = deployment.plan.digest()
        if digest is None:
            raise refuse(
                "digest_missing", "A plan is run by its digest.", mend="Give the digest you saw.", field="digest"
            )
        if digest != made:
            raise refuse(
                "digest_mismatch",
                "This is not the digest of the plan.",
                why=f"The plan of {deployment.id} has the digest {made}.",
                mend="Look at the plan again; run it with its own digest.",
                field="digest",
            )
        if deployment.state is State.PLANNED:
            await refuse_while_stuck(self.deployments, deployment.project, deployment.environment)
            return await put_in_queue(self, deployment.id, Event.RUN)
        return deployment

    async def wait(self, deployment: str, seconds: float, until: Callable[[Deployment], bool]) -> Deployment:
        """The deployment once `until` holds, or after so many seconds as it then is."""
        began = self.clock.monotonic()
        while True:
            found = await self.get(deployment)
            if until(found) or self.clock.monotonic() - began >= seconds:
                return found
            await self.clock.sleep(LOOK_EVERY)

    async def waits_for(self, deployment: Deployment) -> str | None:
        """What a deployment waits for: a queued one for another, one that runs for a gate; None: for nothing."""
        if deployment.state is State.RUNNING:
            return "; ".join(filter(None, (stage.waits_for() for stage in deployment.stages))) or None
        if deployment.state is not State.QUEUED:
            return None
        others = await self.deployments.list(deployment.project, deployment.environment, ACTIVE, limit=1)
        return f"{others[0].id}, which is {others[0].state}" if others else None


def planned(deployment: Deployment) -> bool:
    """Whether its plan has been made, or cannot be."""
    return deployment.state is not State.PLANNING


def ended(deployment: Deployment) -> bool:
    """Whether nothing will happen in it by itself any more: it has ended, or a person must act."""
    return deployment.state in ENDED or deployment.state in (State.AWAITING_APPROVAL, State.STUCK)
