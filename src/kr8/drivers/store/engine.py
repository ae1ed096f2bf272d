"""Makes the engine of a database URL; app.py hands the same one to the workflow engine."""

from __future__ import annotations

import sqlite3
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import ArgumentError

from kr8.domain.problem import refuse

BUSY = timedelta(seconds=30)
"""How long a statement waits for another process that has the database locked."""

FORM = "Have KR8_DATABASE name a file, sqlite:////path/to/kr8.db, or a server, postgresql://user@host/database."


def make_engine(url: str, busy: timedelta = BUSY) -> Engine:
    """The engine of `sqlite:////path/kr8.db` or `postgresql://…`; it connects when it is first used.

    Raises Refused (database_unknown) for any other kind of database, and for SQLite without a file.
    """
    parsed = _parsed(url)
    maker = _MAKERS.get(parsed.get_backend_name())
    if maker is None or not parsed.database:
        raise refuse(
            "database_unknown",
            f"kr8 has no driver for the database {parsed.render_as_string(hide_password=True)}.",
            mend=FORM,
            field="database",
        )
    return maker(parsed, busy)


def _parsed(url: str) -> URL:
    """A URL in its parts; one that has none may be a password, and is not shown."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        what = "KR8_DATABASE, or --database, is not the URL of a database."
        raise refuse("database_unknown", what, mend=FORM, field="database") from error


def is_sqlite(engine: Engine) -> bool:
    """Whether the database is a file of this machine."""
    return engine.dialect.name == "sqlite"


def database_file(engine: Engine) -> Path | None:
    """The file of the database; None: it lies on a server."""
    return Path(engine.url.database or "") if is_sqlite(engine) else None


def _sqlite(url: URL, busy: timedelta) -> Engine:
    engine = create_engine(url, pool_size=20, max_overflow=20, pool_timeout=busy.total_seconds())

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.isolation_level = "IMMEDIATE"
        connection.execute(f"PRAGMA busy_timeout = {round(busy.total_seconds() * 1000)}")
        _use_wal(connection, busy)
        # FULL, not NORMAL: with NORMAL a power cut takes back what was acknowledged last, and that may be an
        # approval's single use or the audit's intent. It costs half a millisecond a write.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        if sqlite3.sqlite_version_info < (3, 42):
            # The workflow engine's SQL asks for unixepoch('subsec'), which SQLite knows since 3.42.
            connection.create_function("unixepoch", -1, _unixepoch)

    return engine


def _unixepoch(*modifiers: str) -> float | int:
    now = time.time()
    return now if "subsec" in modifiers else int(now)


def _use_wal(connection: sqlite3.Connection, busy: timedelta) -> None:
    """Switch a new file to WAL. SQLite does not wait by itself where two processes do that at the same moment."""
    end = time.monotonic() + busy.total_seconds()
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)


def _postgresql(url: URL, busy: timedelta) -> Engine:
    import psycopg  # noqa: PLC0415 - 60 ms of a start that uses SQLite

    arguments = {"connect_timeout": 10, "keepalives_idle": 30, "tcp_user_timeout": 30_000}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args=arguments,
        pool_pre_ping=True,
        pool_size=20,
        max_overflow=20,
        pool_timeout=busy.total_seconds(),
    )

    @event.listens_for(engine, "do_connect")
    def connect(  # pyright: ignore[reportUnusedFunction]
        dialect: Dialect, _: object, words: list[Any], options: dict[str, Any]
    ) -> object:
        # The workflow engine tries again only where the message says these words; psycopg has others for some causes.
        try:
            return dialect.connect(*words, **options)
        except psycopg.OperationalError as error:
            raise psycopg.OperationalError(f"connection failed: {error}") from error

    return engine


_MAKERS = {"sqlite": _sqlite, "postgresql": _postgresql}
