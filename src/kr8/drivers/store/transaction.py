"""One write transaction: what it changes is remembered, so that a commit without an answer can be read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, delete, insert, select, update

from kr8.drivers.store.settled import Values, Write


def begin(connection: Connection, scope: str, busy_ms: int) -> None:
    """Open a transaction that no other of the same scope runs beside, in any process.

    SQLite has one writer anyway; PostgreSQL takes an advisory lock on the scope, until the transaction ends.
    """
    if connection.dialect.name == "sqlite":
        # By hand: the driver would begin before the first change, and what was read before that could be old.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("SELECT set_config('lock_timeout', %s, true)", (str(busy_ms),))
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"kr8:{scope}",))


def find(connection: Connection, table: Table, key: Values) -> dict[str, Any] | None:
    """The row of a key."""
    row = connection.execute(_by_key(table, tuple(key)), dict(key)).mappings().first()
    return None if row is None else dict(row)


@cache
def _by_key(table: Table, columns: tuple[str, ...]) -> Select[Any]:
    """The query for the row of a key, of which no part is null. Made once: that takes longer than to run it."""
    return select(table).where(*(table.c[column] == bindparam(column) for column in columns))


def _matches(table: Table, key: Values) -> list[ColumnElement[bool]]:
    return [table.c[column] == value for column, value in key.items()]


class Transaction:
    """Reads and changes rows within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.writes: list[Write] = []

    def row(self, table: Table, **key: object) -> dict[str, Any] | None:
        """The row of a key."""
        return find(self._connection, table, key)

    def rows(self, table: Table, *where: ColumnElement[bool]) -> list[dict[str, Any]]:
        """The rows that conditions name, in the order of the primary key."""
        found = self._connection.execute(select(table).where(*where).order_by(*table.primary_key))
        return [dict(row) for row in found.mappings()]

    def scalar(self, query: Select[int]) -> int:
        """The one number that a query gives."""
        return self._connection.execute(query).scalar_one()

    def add(self, table: Table, key: Values, values: Values) -> None:
        """Insert a row that is not there."""
        self._connection.execute(insert(table).values({**key, **values}))
        self.writes.append(Write(table, key, None, values))

    def change(self, table: Table, key: Values, values: Values, before: Mapping[str, Any]) -> None:
        """Update a row, which was read as `before` in this transaction."""
        self._connection.execute(update(table).where(*_matches(table, key)).values(dict(values)))
        self.writes.append(Write(table, key, {column: before[column] for column in values}, values))

    def put(self, table: Table, key: Values, values: Values) -> None:
        """Insert or update a row."""
        before = find(self._connection, table, key)
        if before is None:
            self.add(table, key, values)
        else:
            self.change(table, key, values, before)

    def remove(self, table: Table, key: Values) -> bool:
        """Delete a row; False: there was none."""
        before = find(self._connection, table, key)
        if before is None:
            return False
        self._connection.execute(delete(table).where(*_matches(table, key)))
        self.writes.append(Write(table, key, before, None))
        return True

    def clear(self, table: Table, *where: ColumnElement[bool]) -> int:
        """Delete the rows that conditions name; how many. Afterwards one of them tells what became of all."""
        first = self._connection.execute(select(table).where(*where).limit(1)).mappings().first()
        if first is None:
            return 0
        key = {column.name: first[column.name] for column in table.primary_key}
        count = self._connection.execute(delete(table).where(*where)).rowcount
        self.writes.append(Write(table, key, dict(first), None))
        return count

    @staticmethod
    def now(connection: Connection, writes: Iterable[Write]) -> list[Values | None]:
        """The rows that were written, as another connection sees them."""
        return [find(connection, write.table, write.key) for write in writes]
