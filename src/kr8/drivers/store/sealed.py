"""Sealed secrets at rest."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from kr8.drivers.store.store import Store
from kr8.drivers.store.tables import secrets
from kr8.drivers.store.transaction import Transaction
from kr8.ports.sealed import SealedSecret


class SqlSealedSecrets:
    """The SealedSecrets port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, secret: SealedSecret) -> bool:
        """Keep a version; False (and nothing kept) where it is not the newest version plus one."""
        name = (secret.project, secret.environment, secret.name)

        def work(transaction: Transaction) -> bool:
            versions = transaction.rows(secrets, *_named(*name))
            if secret.version != 1 + max((row["version"] for row in versions), default=0):
                return False
            values = secret.model_dump(include={"sealed", "set_by", "removed"})
            key = secret.model_dump(include={"project", "environment", "name", "version"})
            transaction.add(secrets, key, values | {"set_at": secret.set_at.isoformat()})
            return True

        return await self._store.write(_scope(*name), work)

    async def newest(self, project: str, environment: str, name: str) -> SealedSecret | None:
        """The newest version of a name, removed or not."""
        versions = await self._read(*_named(project, environment, name))
        return versions[-1] if versions else None

    async def get(self, project: str, environment: str, name: str, version: int) -> SealedSecret | None:
        """One version, removed or not: a release that was given it keeps it."""
        found = await self._read(*_named(project, environment, name), secrets.c.version == version)
        return found[0] if found else None

    async def list(self, project: str, environment: str | None = None) -> tuple[SealedSecret, ...]:
        """The newest version of each secret that is not removed, by environment and name."""
        where = [secrets.c.project == project]
        if environment is not None:
            where.append(secrets.c.environment == environment)
        newest = {(secret.environment, secret.name): secret for secret in await self._read(*where)}
        return tuple(secret for secret in newest.values() if not secret.removed)

    async def remove(self, project: str, environment: str, name: str) -> bool:
        """Mark every version of a name as removed. False: there was none that was not removed already."""

        def work(transaction: Transaction) -> bool:
            left = transaction.rows(secrets, *_named(project, environment, name), secrets.c.removed.is_(False))
            for row in left:
                key = {"project": project, "environment": environment, "name": name, "version": row["version"]}
                transaction.change(secrets, key, {"removed": True}, row)
            return bool(left)

        return await self._store.write(_scope(project, environment, name), work)

    async def all(self) -> tuple[SealedSecret, ...]:
        """Every version of every secret, removed ones too: for the redactor alone."""
        return await self._read()

    async def _read(self, *where: ColumnElement[bool]) -> tuple[SealedSecret, ...]:
        """Versions by project, environment, name and number."""
        query = select(secrets).where(*where).order_by(*secrets.primary_key)

        def work(connection: Connection) -> tuple[SealedSecret, ...]:
            return tuple(_secret(dict(row)) for row in connection.execute(query).mappings())

        return await self._store.read(work)


def _secret(row: dict[str, Any]) -> SealedSecret:
    return SealedSecret.model_validate(row)


def _named(project: str, environment: str, name: str) -> tuple[ColumnElement[bool], ...]:
    return (secrets.c.project == project, secrets.c.environment == environment, secrets.c.name == name)


def _scope(project: str, environment: str, name: str) -> str:
    return f"secret:{project}.{environment}.{name}"
