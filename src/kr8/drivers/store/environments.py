"""What environments serve."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from kr8.domain.deployment import Deployment, State
from kr8.domain.environment import EnvironmentRecord, Promotion
from kr8.drivers.store.deployments import replace, scope
from kr8.drivers.store.store import Store
from kr8.drivers.store.tables import environments, promotions
from kr8.drivers.store.transaction import Transaction, find


class SqlEnvironments:
    """The Environments port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, project: str, environment: str) -> EnvironmentRecord:
        """What is known of an environment; an empty record where nothing is."""

        def work(connection: Connection) -> EnvironmentRecord:
            return _read(find(connection, environments, _key(project, environment)), project, environment)

        return await self._store.read(work)

    async def of(self, project: str) -> tuple[EnvironmentRecord, ...]:
        """Every environment of a project that is known, by name."""
        table = environments.c
        query = select(table.document).where(table.project == project).order_by(table.name)

        def work(connection: Connection) -> tuple[EnvironmentRecord, ...]:
            return tuple(EnvironmentRecord.model_validate_json(document) for document in connection.scalars(query))

        return await self._store.read(work)

    async def save(self, record: EnvironmentRecord) -> None:
        """Replace scale, policy, lasting and frozen_by; generation and current stay as they are."""
        changes = {name: getattr(record, name) for name in ("scale", "policy", "lasting", "frozen_by")}

        def work(transaction: Transaction) -> None:
            row = transaction.row(environments, **_key(record.project, record.name))
            _write(transaction, _read(row, record.project, record.name).model_copy(update=changes))

        await self._store.write(f"environment:{record.project}.{record.name}", work)

    async def promote(
        self, deployment: Deployment, expected: State, promotion: Promotion, withdraw: int | None
    ) -> bool:
        """Make a promotion current, in one transaction with the deployment that made it."""

        def work(transaction: Transaction) -> bool:
            place = {"project": deployment.project, "environment": deployment.environment}
            made = transaction.row(promotions, **place, generation=promotion.generation)
            if made is not None:
                return bool(made["deployment"] == deployment.id)
            row = transaction.row(environments, **_key(deployment.project, deployment.environment))
            record = _read(row, deployment.project, deployment.environment)
            if record.generation != promotion.generation - 1 or not replace(transaction, deployment, expected):
                return False
            if withdraw is not None:
                _withdraw(transaction, place | {"generation": withdraw})
            values = {"deployment": deployment.id, "document": promotion.model_dump_json()}
            transaction.add(promotions, place | {"generation": promotion.generation}, values)
            _write(transaction, _promoted(record, deployment, promotion))
            return True

        return await self._store.write(scope(deployment), work)

    async def learn(
        self, project: str, environment: str, found: tuple[Promotion, ...], withdrawn: frozenset[int]
    ) -> bool:
        """Keep promotions that were made unseen, above the environment's generation; the last is then current."""

        def work(transaction: Transaction) -> bool:
            row = transaction.row(environments, **_key(project, environment))
            record = _read(row, project, environment)
            later = [each for each in found if each.generation > record.generation]
            if not later:
                return False
            place = {"project": project, "environment": environment}
            for each in later:
                values = {"deployment": each.deployment, "document": each.model_dump_json()}
                transaction.add(promotions, place | {"generation": each.generation}, values)
            for generation in sorted(withdrawn):
                _withdraw(transaction, place | {"generation": generation})
            _write(transaction, record.model_copy(update={"generation": later[-1].generation, "current": later[-1]}))
            return True

        return await self._store.write(f"environment:{project}.{environment}", work)

    async def history(self, project: str, environment: str, limit: int = 50) -> tuple[Promotion, ...]:
        """Its promotions, newest first."""
        table = promotions.c
        query = select(table.document).where(table.project == project, table.environment == environment)
        query = query.order_by(table.generation.desc()).limit(limit)

        def work(connection: Connection) -> tuple[Promotion, ...]:
            return tuple(Promotion.model_validate_json(document) for document in connection.scalars(query))

        return await self._store.read(work)


def _key(project: str, environment: str) -> dict[str, str]:
    return {"project": project, "name": environment}


def _read(row: dict[str, Any] | None, project: str, environment: str) -> EnvironmentRecord:
    if row is None:
        return EnvironmentRecord(project=project, name=environment)
    return EnvironmentRecord.model_validate_json(row["document"])


def _write(transaction: Transaction, record: EnvironmentRecord) -> None:
    values = {"generation": record.generation, "document": record.model_dump_json()}
    transaction.put(environments, _key(record.project, record.name), values)


def _withdraw(transaction: Transaction, key: dict[str, Any]) -> None:
    row = transaction.row(promotions, **key)
    if row is not None:
        left = Promotion.model_validate_json(row["document"]).model_copy(update={"withdrawn": True})
        transaction.change(promotions, key, {"document": left.model_dump_json()}, row)


def _promoted(record: EnvironmentRecord, deployment: Deployment, promotion: Promotion) -> EnvironmentRecord:
    """The environment after a promotion; policy, strategy and declaration become those of its plan."""
    plan = deployment.plan
    stands = {} if plan is None else {"policy": plan.policy, "strategy": plan.strategy, "declared": plan.declared}
    return record.model_copy(update={"generation": promotion.generation, "current": promotion, **stands})
