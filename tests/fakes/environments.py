"""Environments in memory."""

from tests.fakes.deployments import MemoryDeployments

from kr8.domain.deployment import Deployment, State
from kr8.domain.environment import EnvironmentRecord, Promotion

Key = tuple[str, str]


class MemoryEnvironments:
    """The Environments port, over the deployments that it promotes."""

    def __init__(self, deployments: MemoryDeployments) -> None:
        self._deployments = deployments
        self._records: dict[Key, EnvironmentRecord] = {}
        self._history: dict[Key, list[Promotion]] = {}

    async def get(self, project: str, environment: str) -> EnvironmentRecord:
        return self._record(project, environment)

    def _record(self, project: str, environment: str) -> EnvironmentRecord:
        empty = EnvironmentRecord(project=project, name=environment)
        return self._records.get((project, environment), empty)

    async def of(self, project: str) -> tuple[EnvironmentRecord, ...]:
        return tuple(record for key, record in sorted(self._records.items()) if key[0] == project)

    async def save(self, record: EnvironmentRecord) -> None:
        changes = record.model_dump(include={"scale", "lasting", "frozen_by"}) | {"policy": record.policy}
        stored = self._record(record.project, record.name)
        self._records[record.project, record.name] = stored.model_copy(update=changes)

    async def promote(
        self, deployment: Deployment, expected: State, promotion: Promotion, withdraw: int | None
    ) -> bool:
        key = (deployment.project, deployment.environment)
        history = self._history.setdefault(key, [])
        if any((old.deployment, old.generation) == (deployment.id, promotion.generation) for old in history):
            return True
        record = self._record(*key)
        if record.generation != promotion.generation - 1 or not self._deployments.replace(deployment, expected):
            return False
        history[:] = [
            old.model_copy(update={"withdrawn": True}) if old.generation == withdraw else old for old in history
        ]
        history.append(promotion)
        changes: dict[str, object] = {"generation": promotion.generation, "current": promotion}
        if deployment.plan is not None:
            changes |= {name: getattr(deployment.plan, name) for name in ("policy", "strategy", "declared")}
        self._records[key] = record.model_copy(update=changes)
        return True

    async def learn(
        self, project: str, environment: str, found: tuple[Promotion, ...], withdrawn: frozenset[int]
    ) -> bool:
        record = self._record(project, environment)
        later = [each for each in found if each.generation > record.generation]
        if not later:
            return False
        history = [*self._history.get((project, environment), []), *later]
        self._history[project, environment] = [
            each.model_copy(update={"withdrawn": True}) if each.generation in withdrawn else each for each in history
        ]
        changes = {"generation": later[-1].generation, "current": later[-1]}
        self._records[project, environment] = record.model_copy(update=changes)
        return True

    async def history(self, project: str, environment: str, limit: int = 50) -> tuple[Promotion, ...]:
        return tuple(reversed(self._history.get((project, environment), [])))[:limit]
