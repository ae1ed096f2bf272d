"""What a database's error means: pure, by the codes that SQLite and PostgreSQL give."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kr8.domain.problem import Outcome, Problem


class Trouble(NamedTuple):
    """One kind of failure, in words."""

    code: str
    what: str
    mend: str
    retryable: bool


LOCKED = Trouble(
    "database_locked",
    "Another process kept kr8's database locked for longer than kr8 waits.",
    "Try again; if it stays so, `kr8 doctor` says who has it open.",
    True,
)
FULL = Trouble(
    "disk_full",
    "There is no space left for kr8's database.",
    "Free some space (`kr8 doctor` says how much there is and what takes it), then do the same again.",
    True,
)
READ_ONLY = Trouble(
    "store_unreadable",
    "kr8's database can be read, but not written.",
    "Give the user that kr8 runs as the right to write the file and its folder, and look whether the disk is mounted "
    "read-only.",
    False,
)
UNREADABLE = Trouble(
    "store_unreadable",
    "kr8's database cannot be read or written.",
    "Put a backup back: kr8 stop, then kr8 restore FILE. What runs goes on running meanwhile.",
    False,
)
UNREACHABLE = Trouble(
    "store_unreachable",
    "kr8's database server does not answer, or cut the connection.",
    "See that the server runs and can be reached from here, then do the same again.",
    True,
)

_SQLITE = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_PROTOCOL: LOCKED,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_IOERR: UNREADABLE,
    sqlite3.SQLITE_CORRUPT: UNREADABLE,
    sqlite3.SQLITE_NOTADB: UNREADABLE,
    sqlite3.SQLITE_CANTOPEN: UNREADABLE,
    sqlite3.SQLITE_PERM: UNREADABLE,
    sqlite3.SQLITE_AUTH: UNREADABLE,
    sqlite3.SQLITE_NOMEM: UNREADABLE,
}
# The longest prefix of a SQLSTATE that is named counts.
_POSTGRESQL = {
    "08": UNREACHABLE,
    "57": UNREACHABLE,
    "53": UNREACHABLE,
    "53100": FULL,
    "55P03": LOCKED,
    "40": LOCKED,
    "25006": READ_ONLY,
    "58": UNREADABLE,
    "XX": UNREADABLE,
    "28": UNREACHABLE,
    "3D": UNREACHABLE,
}
_DONE = {
    Outcome.NOT_STARTED: "Nothing was changed.",
    Outcome.UNKNOWN: "Whether the change was made is not known.",
    Outcome.DONE: "The change was made.",
}


def trouble_of(error: SQLAlchemyError) -> Trouble | None:
    """The kind of failure; None: a mistake of the program, which is nobody's to mend but ours."""
    if isinstance(error, PoolTimeout):
        return LOCKED
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get(getattr(cause, "sqlite_errorcode", -1) & 0xFF)
    import psycopg  # noqa: PLC0415 - 60 ms of a start that uses SQLite

    if isinstance(cause, psycopg.Error) and cause.sqlstate is not None:
        state = cause.sqlstate
        return next((found for end in (5, 2) if (found := _POSTGRESQL.get(state[:end])) is not None), None)
    return UNREACHABLE if isinstance(cause, psycopg.OperationalError) else None


def problem_of(trouble: Trouble, error: SQLAlchemyError, outcome: Outcome) -> Problem:
    """The problem that a caller is shown; of the error only the driver's own first line, never the statement."""
    cause = str(error.orig if isinstance(error, DBAPIError) else error)
    return Problem(
        code=trouble.code,
        what=f"{trouble.what} {_DONE[outcome]}",
        why=cause.strip().partition("\n")[0],
        mend=trouble.mend,
        retryable=trouble.retryable,
        outcome=outcome,
    )
