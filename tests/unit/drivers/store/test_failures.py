"""What a database's error means."""

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kr8.domain.problem import Outcome
from kr8.drivers.store.failures import FULL, LOCKED, READ_ONLY, UNREACHABLE, UNREADABLE, Trouble, problem_of, trouble_of


class SqliteSays(sqlite3.OperationalError):
    """As SQLite raises it: with a code."""

    def __init__(self, code: int) -> None:
        super().__init__("as SQLite says it")
        self.sqlite_errorcode = code


def wrapped(cause: Exception) -> OperationalError:
    return OperationalError("INSERT INTO secrets …", {"sealed": "hunter2"}, cause)


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (sqlite3.SQLITE_BUSY, LOCKED),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, LOCKED),
        (sqlite3.SQLITE_FULL, FULL),
        (sqlite3.SQLITE_IOERR_FSYNC, UNREADABLE),
        (sqlite3.SQLITE_CORRUPT, UNREADABLE),
        (sqlite3.SQLITE_READONLY_DBMOVED, READ_ONLY),
        (sqlite3.SQLITE_CANTOPEN, UNREADABLE),
        (sqlite3.SQLITE_ERROR, None),
    ],
)
def test_sqlite_says_it_by_code(code: int, trouble: Trouble | None) -> None:
    assert trouble_of(wrapped(SqliteSays(code))) is trouble


@pytest.mark.parametrize(
    ("cause", "trouble"),
    [
        (psycopg.errors.DiskFull("no space left on device"), FULL),
        (psycopg.errors.LockNotAvailable("lock timeout"), LOCKED),
        (psycopg.errors.DeadlockDetected("deadlock"), LOCKED),
        (psycopg.errors.AdminShutdown("terminating connection"), UNREACHABLE),
        (psycopg.errors.TooManyConnections("too many clients"), UNREACHABLE),
        (psycopg.errors.ReadOnlySqlTransaction("read-only"), READ_ONLY),
        (psycopg.errors.DataCorrupted("invalid page"), UNREADABLE),
        (psycopg.OperationalError("the connection is lost"), UNREACHABLE),
        (psycopg.errors.UndefinedTable("no such table"), None),
    ],
)
def test_postgresql_says_it_by_state(cause: psycopg.Error, trouble: Trouble | None) -> None:
    assert trouble_of(wrapped(cause)) is trouble


def test_a_pool_without_a_free_connection_is_a_lock() -> None:
    assert trouble_of(PoolTimeout("QueuePool limit")) is LOCKED


def test_mistakes_of_the_program_are_no_trouble_of_the_store() -> None:
    assert trouble_of(ArgumentError("no such column")) is None
    assert trouble_of(IntegrityError("INSERT", {}, psycopg.errors.UniqueViolation("twice"))) is None


def test_a_problem_says_what_was_done_and_never_shows_the_statement() -> None:
    problem = problem_of(FULL, wrapped(SqliteSays(sqlite3.SQLITE_FULL)), Outcome.NOT_STARTED)
    assert problem.what.endswith("Nothing was changed.")
    assert problem.why == "as SQLite says it"
    assert "hunter2" not in problem.model_dump_json()
    assert "not known" in problem_of(FULL, wrapped(SqliteSays(sqlite3.SQLITE_FULL)), Outcome.UNKNOWN).what
