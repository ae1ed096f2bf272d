"""Brings a database to the revision that this code knows, once, whoever else starts at the same moment."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from kr8.domain.problem import Outcome, Refused, refuse
from kr8.drivers.store.engine import BUSY
from kr8.drivers.store.store import told
from kr8.drivers.store.tables import GUARDS, HEAD, REVISIONS, VERSION_TABLE, metadata
from kr8.drivers.store.transaction import begin


class Standing(StrEnum):
    """Where a database is, seen from this code."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"
    TORN = "torn"
    """Some of the tables are there and others, or the revision, are not: a migration or a restore was cut off."""


def migrate(engine: Engine, busy: timedelta = BUSY) -> bool:
    """Bring a database to this code's revision, in one transaction under a lock; whether anything was to do.

    Raises Refused: store_newer, migration_interrupted, and what reading and writing raise.
    """
    with told(Outcome.NOT_STARTED), engine.connect() as connection:
        if checked(connection) is Standing.CURRENT:
            return False
        connection.rollback()
        begin(connection, "migration", round(busy.total_seconds() * 1000))
        found = checked(connection)
        if found is Standing.CURRENT:
            return False
        _WAYS[found](connection)
        connection.commit()
        return True


def checked(connection: Connection) -> Standing:
    """Where the database is. Raises Refused where this code can do nothing with it."""
    revision, tables = _seen(connection)
    found = standing(revision, tables)
    if found in _REFUSALS:
        raise _refusal(found, revision, tables)
    return found


def standing(revision: str | None, tables: frozenset[str]) -> Standing:
    """Where a database is that has such a revision and such tables (of kr8's own)."""
    if revision is None:
        return Standing.TORN if tables else Standing.EMPTY
    if revision not in REVISIONS:
        return Standing.AHEAD
    if revision != HEAD:
        return Standing.BEHIND
    return Standing.CURRENT if tables == frozenset(metadata.tables) else Standing.TORN


def _seen(connection: Connection) -> tuple[str | None, frozenset[str]]:
    names = frozenset(inspect(connection).get_table_names())
    found = connection.scalars(text(f"SELECT version_num FROM {VERSION_TABLE}")) if VERSION_TABLE in names else ()
    return next(iter(found), None), names & frozenset(metadata.tables)


def make(connection: Connection) -> None:
    """Make the tables of an empty database: what all migrations one after the other come to, and no Alembic."""
    metadata.create_all(connection, checkfirst=False)
    for statement in GUARDS[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(
        f"CREATE TABLE {VERSION_TABLE} "
        f"(version_num VARCHAR(32) NOT NULL, CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql(f"INSERT INTO {VERSION_TABLE} VALUES ('{HEAD}')")


def upgrade(connection: Connection) -> None:
    """Run the migrations that a database has not seen."""
    # Only where there is something to migrate: its import takes longer than all else that a start does here.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


_WAYS = {Standing.EMPTY: make, Standing.BEHIND: upgrade}

_REFUSALS = {
    Standing.AHEAD: (
        "store_newer",
        "kr8's database was written by a newer kr8 than this one.",
        "Start the newer kr8; or `kr8 restore FILE`, with the backup that was made before the upgrade.",
    ),
    Standing.TORN: (
        "migration_interrupted",
        "kr8's database is incomplete: a migration or a restore was cut off.",
        "Put a backup back: kr8 stop, then kr8 restore FILE. What runs goes on running meanwhile.",
    ),
}


def _refusal(found: Standing, revision: str | None, tables: frozenset[str]) -> Refused:
    code, what, mend = _REFUSALS[found]
    missing = ", ".join(sorted(frozenset(metadata.tables) - tables)) or "none"
    why = f"It has revision {revision or 'none'}, this kr8 knows {', '.join(REVISIONS)}; missing tables: {missing}."
    return refuse(code, f"{what} Nothing was changed.", why=why, mend=mend)
