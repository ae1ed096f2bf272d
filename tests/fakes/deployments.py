"""Deployments in memory."""

from kr8.domain.deployment import ENDED, Deployment, State, TimelineEntry
from kr8.domain.problem import refuse
from kr8.domain.queue import superseded


class MemoryDeployments:
    """The Deployments port."""

    def __init__(self) -> None:
        self._stored: dict[str, Deployment] = {}
        self._timeline: dict[str, list[TimelineEntry]] = {}

    async def add(self, deployment: Deployment) -> None:
        stored = self._stored.setdefault(deployment.id, deployment)
        if stored != deployment:
            raise refuse("deployment_exists", f"There is another deployment {deployment.id}.")

    async def get(self, deployment: str) -> Deployment | None:
        return self._stored.get(deployment)

    async def replan(self, stale: Deployment, expected: State, again: Deployment) -> bool:
        if stale.id not in self._stored or self._stored[stale.id].state is not expected:
            return False
        await self.add(again)
        return self.replace(stale, expected)

    async def save(self, deployment: Deployment, expected: State) -> bool:
        return self.replace(deployment, expected)

    def replace(self, deployment: Deployment, expected: State) -> bool:
        """What save does; for the fake of Environments, whose promote is one transaction with it."""
        stored = self._stored.get(deployment.id)
        if stored is None or stored.state is not expected:
            return False
        replaced = deployment.replaced_by
        assert replaced is None or replaced in self._stored, f"{deployment.id} names {replaced}, which is not there"
        cancel = stored.cancel_requested or deployment.cancel_requested
        self._stored[deployment.id] = deployment.model_copy(update={"cancel_requested": cancel})
        return True

    def forget(self, deployment: str) -> None:
        """Have it never been there, as after a death before it was added."""
        del self._stored[deployment]

    async def request_cancel(self, deployment: str) -> None:
        stored = self._stored.get(deployment)
        if stored is None:
            raise refuse("unknown_deployment", f"There is no deployment {deployment}.")
        self._stored[deployment] = stored.model_copy(update={"cancel_requested": True})

    async def list(
        self,
        project: str | None = None,
        environment: str | None = None,
        states: frozenset[State] = frozenset(),
        before: str | None = None,
        limit: int = 20,
    ) -> tuple[Deployment, ...]:
        found = [
            deployment
            for _, deployment in sorted(self._stored.items(), reverse=True)
            if project in (None, deployment.project)
            and environment in (None, deployment.environment)
            and (not states or deployment.state in states)
            and (before is None or deployment.id < before)
        ]
        return tuple(found[:limit])

    async def queue(self, deployment: Deployment, expected: State) -> tuple[str, ...] | None:
        if not self.replace(deployment, expected):
            return None
        place = (deployment.project, deployment.environment)
        waiting = [
            other
            for other in self._stored.values()
            if (other.project, other.environment) == place and other.id != deployment.id and other.state is State.QUEUED
        ]
        for other in waiting:
            self._stored[other.id] = superseded(other, deployment)
        return tuple(sorted(other.id for other in waiting))

    async def with_output(self, project: str, environment: str) -> tuple[str, ...]:
        found = [
            each.id
            for each in self._stored.values()
            if (each.project, each.environment) == (project, environment)
            and each.state in ENDED
            and any(entry.untrusted for entry in self._timeline.get(each.id, []))
        ]
        return tuple(sorted(found, reverse=True))

    async def forget_output(self, deployment: str) -> int:
        entries = self._timeline.get(deployment, [])
        own = [entry for entry in entries if not entry.untrusted]
        self._timeline[deployment] = own
        return len(entries) - len(own)

    async def with_evidence(self, project: str, environment: str) -> tuple[str, ...]:
        found = [
            each.id
            for each in self._stored.values()
            if (each.project, each.environment) == (project, environment) and each.state in ENDED and each.evidence
        ]
        return tuple(sorted(found, reverse=True))

    async def note(self, entry: TimelineEntry) -> TimelineEntry:
        entries = self._timeline.setdefault(entry.deployment, [])
        numbered = entry.model_copy(update={"number": entries[-1].number + 1 if entries else 1})
        entries.append(numbered)
        return numbered

    async def timeline(self, deployment: str, after: int = 0, limit: int = 200) -> tuple[TimelineEntry, ...]:
        return tuple(entry for entry in self._timeline.get(deployment, []) if entry.number > after)[:limit]

    async def timeline_back(
        self, deployment: str, until: int | None = None, limit: int = 200
    ) -> tuple[TimelineEntry, ...]:
        entries = self._timeline.get(deployment, [])
        return tuple(entry for entry in entries if until is None or entry.number <= until)[-limit:]
