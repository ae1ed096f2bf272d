"""Deployments and what happened in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select

from kr8.domain.deployment import ENDED, Deployment, State, TimelineEntry
from kr8.domain.problem import refuse
from kr8.domain.queue import superseded
from kr8.drivers.store.store import Store
from kr8.drivers.store.tables import deployments, timeline
from kr8.drivers.store.transaction import Transaction, find

_PRINTED = timeline.c.document.like('%"untrusted":true%')
"""Whether a line of a timeline is untrusted. In a text of the document the quotation marks would be escaped."""
_HAS_EVIDENCE = deployments.c.document.like('%"evidence":[{%')
"""Whether a deployment has evidence; as above."""


class SqlDeployments:
    """The Deployments port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, deployment: Deployment) -> None:
        """Keep a new deployment; again with the same content it does nothing. Raises Refused (deployment_exists)."""

        def work(transaction: Transaction) -> None:
            stored = transaction.row(deployments, id=deployment.id)
            if stored is None:
                _add(transaction, deployment)
            elif read_deployment(stored) != deployment:
                raise refuse(
                    "deployment_exists",
                    f"There is another deployment {deployment.id}.",
                    mend="Look whether it is yours: list_deployments, kr8 deployment list. If not, ask with a new key.",
                )

        await self._store.write(scope(deployment), work)

    async def get(self, deployment: str) -> Deployment | None:
        """The deployment of an id."""

        def work(connection: Connection) -> Deployment | None:
            row = find(connection, deployments, {"id": deployment})
            return None if row is None else read_deployment(row)

        return await self._store.read(work)

    async def save(self, deployment: Deployment, expected: State) -> bool:
        """Replace a deployment, if its stored state is still `expected`. A stored cancel_requested stays."""
        return await self._store.write(
            scope(deployment), lambda transaction: replace(transaction, deployment, expected)
        )

    async def replan(self, stale: Deployment, expected: State, again: Deployment) -> bool:
        """Save a deployment that has become stale, and keep the new one that is planned in its place."""

        def work(transaction: Transaction) -> bool:
            if not replace(transaction, stale, expected):
                return False
            _add(transaction, again)
            return True

        return await self._store.write(scope(stale), work)

    async def request_cancel(self, deployment: str) -> None:
        """Mark that somebody wants it cancelled. Raises Refused (unknown_deployment)."""

        def work(transaction: Transaction) -> None:
            stored = transaction.row(deployments, id=deployment)
            if stored is None:
                raise refuse(
                    "unknown_deployment",
                    f"There is no deployment {deployment}.",
                    mend="list_deployments, or kr8 deployment list, shows those of a project.",
                )
            transaction.change(deployments, {"id": deployment}, {"cancel_requested": True}, stored)

        await self._store.write(f"cancel:{deployment}", work)

    async def list(
        self,
        project: str | None = None,
        environment: str | None = None,
        states: frozenset[State] = frozenset(),
        before: str | None = None,
        limit: int = 20,
    ) -> tuple[Deployment, ...]:
        """Deployments, newest first: their ids sort by time."""
        table = deployments.c
        query = select(deployments).order_by(table.id.desc()).limit(limit)
        if project is not None:
            query = query.where(table.project == project)
        if environment is not None:
            query = query.where(table.environment == environment)
        if states:
            query = query.where(table.state.in_([state.value for state in states]))
        if before is not None:
            query = query.where(table.id < before)

        def work(connection: Connection) -> tuple[Deployment, ...]:
            return tuple(read_deployment(dict(row)) for row in connection.execute(query).mappings())

        return await self._store.read(work)

    async def queue(self, deployment: Deployment, expected: State) -> tuple[str, ...] | None:
        """Save a deployment that has become queued, and supersede what waits for the same environment."""

        def work(transaction: Transaction) -> tuple[str, ...] | None:
            if not replace(transaction, deployment, expected):
                return None
            return _supersede(transaction, deployment)

        return await self._store.write(scope(deployment), work)

    async def note(self, entry: TimelineEntry) -> TimelineEntry:
        """Add to a deployment's timeline."""
        newest = select(func.coalesce(func.max(timeline.c.number), 0)).where(timeline.c.deployment == entry.deployment)

        def work(transaction: Transaction) -> TimelineEntry:
            numbered = entry.model_copy(update={"number": transaction.scalar(newest) + 1})
            key = {"deployment": entry.deployment, "number": numbered.number}
            transaction.add(timeline, key, {"document": numbered.model_dump_json()})
            return numbered

        return await self._store.write(f"timeline:{entry.deployment}", work)

    async def with_output(self, project: str, environment: str) -> tuple[str, ...]:
        """The ended deployments of an environment whose timelines have lines that builds printed, newest first."""
        own = deployments.c
        query = (
            select(timeline.c.deployment)
            .distinct()
            .join(deployments, own.id == timeline.c.deployment)
            .where(own.project == project, own.environment == environment, own.state.in_([s.value for s in ENDED]))
            .where(_PRINTED)
            .order_by(timeline.c.deployment.desc())
        )
        return await self._store.read(lambda connection: tuple(connection.scalars(query)))

    async def forget_output(self, deployment: str) -> int:
        """Remove what builds printed from a deployment's timeline; how many lines."""
        own = timeline.c.deployment == deployment
        return await self._store.write(
            f"timeline:{deployment}", lambda transaction: transaction.clear(timeline, own, _PRINTED)
        )

    async def with_evidence(self, project: str, environment: str) -> tuple[str, ...]:
        """The ended deployments of an environment that have evidence of what failed, newest first."""
        own = deployments.c
        query = (
            select(own.id)
            .where(own.project == project, own.environment == environment, own.state.in_([s.value for s in ENDED]))
            .where(_HAS_EVIDENCE)
            .order_by(own.id.desc())
        )
        return await self._store.read(lambda connection: tuple(connection.scalars(query)))

    async def timeline(self, deployment: str, after: int = 0, limit: int = 200) -> tuple[TimelineEntry, ...]:
        """What happened in a deployment, oldest first, numbers above `after`."""
        table = timeline.c
        query = select(table.document).where(table.deployment == deployment, table.number > after)
        return await self._entries(query.order_by(table.number).limit(limit))

    async def timeline_back(
        self, deployment: str, until: int | None = None, limit: int = 200
    ) -> tuple[TimelineEntry, ...]:
        """The last that happened in a deployment, oldest first: numbers up to `until`, None: up to the newest."""
        table = timeline.c
        query = select(table.document).where(table.deployment == deployment)
        if until is not None:
            query = query.where(table.number <= until)
        return (await self._entries(query.order_by(table.number.desc()).limit(limit)))[::-1]

    async def _entries(self, query: Select[str]) -> tuple[TimelineEntry, ...]:
        def work(connection: Connection) -> tuple[TimelineEntry, ...]:
            return tuple(TimelineEntry.model_validate_json(document) for document in connection.scalars(query))

        return await self._store.read(work)


def scope(deployment: Deployment) -> str:
    """The scope of all that changes states in one environment."""
    return f"environment:{deployment.project}.{deployment.environment}"


def read_deployment(row: dict[str, Any]) -> Deployment:
    """The deployment of a row. The cancel mark counts as its own column has it."""
    deployment = Deployment.model_validate_json(row["document"])
    return deployment.model_copy(update={"cancel_requested": bool(row["cancel_requested"])})


def replace(transaction: Transaction, deployment: Deployment, expected: State) -> bool:
    """Write a deployment over the stored one, if that is `expected`; for transactions of its environment's scope."""
    stored = transaction.row(deployments, id=deployment.id)
    if stored is None or stored["state"] != expected:
        return False
    values = _values(deployment)
    if deployment.cancel_requested:
        values["cancel_requested"] = True
    transaction.change(deployments, {"id": deployment.id}, values, stored)
    return True


def _add(transaction: Transaction, deployment: Deployment) -> None:
    values = _values(deployment) | {"cancel_requested": deployment.cancel_requested}
    place = {"project": deployment.project, "environment": deployment.environment}
    transaction.add(deployments, {"id": deployment.id}, values | place)


def _supersede(transaction: Transaction, by: Deployment) -> tuple[str, ...]:
    table = deployments.c
    waiting = transaction.rows(
        deployments,
        table.project == by.project,
        table.environment == by.environment,
        table.state == State.QUEUED.value,
        table.id != by.id,
    )
    for row in waiting:
        transaction.change(deployments, {"id": row["id"]}, _values(superseded(read_deployment(row), by)), row)
    return tuple(row["id"] for row in waiting)


def _values(deployment: Deployment) -> dict[str, object]:
    return {"state": deployment.state.value, "document": deployment.model_dump_json()}
