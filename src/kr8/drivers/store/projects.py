"""The projects that kr8 knows."""

from __future__ import annotations

from sqlalchemy import Connection, select

from kr8.domain.environment import ProjectRecord
from kr8.drivers.store.store import Store
from kr8.drivers.store.tables import projects
from kr8.drivers.store.transaction import Transaction, find


class SqlProjects:
    """The Projects port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def save(self, record: ProjectRecord) -> None:
        """Add a project or replace what is known of it."""

        def work(transaction: Transaction) -> None:
            values = {"name": record.name, "document": record.model_dump_json()}
            transaction.put(projects, {"id": record.id}, values)

        await self._store.write(f"project:{record.id}", work)

    async def get(self, project: str) -> ProjectRecord | None:
        """The project of an id."""

        def work(connection: Connection) -> ProjectRecord | None:
            row = find(connection, projects, {"id": project})
            return None if row is None else ProjectRecord.model_validate_json(row["document"])

        return await self._store.read(work)

    async def all(self) -> tuple[ProjectRecord, ...]:
        """Every project, by name."""

        def work(connection: Connection) -> tuple[ProjectRecord, ...]:
            documents = connection.scalars(select(projects.c.document).order_by(projects.c.name, projects.c.id))
            return tuple(ProjectRecord.model_validate_json(document) for document in documents)

        return await self._store.read(work)
