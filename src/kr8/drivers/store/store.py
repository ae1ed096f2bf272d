"""Runs short transactions on threads of its own, so that a locked database never stands in the way of the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import stamina
from pydantic import ValidationError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from kr8.domain.problem import Outcome, Refused, refuse
from kr8.drivers.store.engine import BUSY, is_sqlite
from kr8.drivers.store.failures import UNREACHABLE, problem_of, trouble_of
from kr8.drivers.store.settled import settled
from kr8.drivers.store.transaction import Transaction, begin

T = TypeVar("T")


class Store:
    """The one way to the database for the modules that keep values.

    Not the loop's own executor: the workflow engine ends that one when it is destroyed. SQLite has one writer at a
    time, so one thread writes there, and nobody polls for the lock within this process.
    """

    def __init__(self, engine: Engine, busy: timedelta = BUSY, read_back: timedelta = timedelta(seconds=10)) -> None:
        self.engine = engine
        self._busy_ms = round(busy.total_seconds() * 1000)
        self._read_back_s = read_back.total_seconds()
        self._readers = ThreadPoolExecutor(4, "kr8-store-read")
        self._writers = ThreadPoolExecutor(1 if is_sqlite(engine) else 4, "kr8-store-write")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` reads. Raises Refused: database_locked, store_unreadable, store_unreachable."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def write(self, scope: str, work: Callable[[Transaction], T]) -> T:
        """Do `work` in one transaction, alone among those of its scope; what it returns is then durable.

        Raises Refused as read does, and disk_full. Its outcome says whether the change was made: a commit that gave
        no answer is read back, and only what cannot be read back is unknown. `work` runs once, on a thread.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writers, self._write, scope, work)

    def close(self) -> None:
        """Let what runs end, and give the connections back."""
        self._writers.shutdown()
        self._readers.shutdown()
        self.engine.dispose()

    def _read(self, work: Callable[[Connection], T]) -> T:
        with told(Outcome.NOT_STARTED), self.engine.connect() as connection:
            return work(connection)

    def _write(self, scope: str, work: Callable[[Transaction], T]) -> T:
        with told(Outcome.NOT_STARTED), self.engine.connect() as connection:
            begin(connection, scope, self._busy_ms)
            transaction = Transaction(connection)
            result = work(transaction)
            try:
                connection.commit()
                return result
            except DBAPIError as error:
                connection.invalidate()
                failed = error
        return self._settle(scope, transaction, result, failed)

    def _settle(self, scope: str, transaction: Transaction, result: T, failed: DBAPIError) -> T:
        outcome = self._outcome(scope, transaction)
        if outcome is Outcome.DONE:
            return result
        raise Refused(problem_of(trouble_of(failed) or UNREACHABLE, failed, outcome)) from failed

    def _outcome(self, scope: str, transaction: Transaction) -> Outcome:
        """Read back what was written. In the same scope: a server that still commits is waited for."""
        try:
            for attempt in stamina.retry_context(
                on=DBAPIError, attempts=None, timeout=self._read_back_s, wait_initial=0.02, wait_max=0.5
            ):
                with attempt, self.engine.connect() as connection:
                    begin(connection, scope, self._busy_ms)
                    return settled(transaction.writes, Transaction.now(connection, transaction.writes))
        except SQLAlchemyError:
            return Outcome.UNKNOWN
        return Outcome.UNKNOWN


@contextmanager
def told(outcome: Outcome) -> Generator[None]:
    """Tell a database's error as a problem; mistakes of the program pass unchanged."""
    try:
        yield
    except SQLAlchemyError as error:
        trouble = trouble_of(error)
        if trouble is None:
            raise
        raise Refused(problem_of(trouble, error, outcome)) from error
    except ValidationError as error:
        raise refuse(
            "store_unreadable",
            f"A stored {error.title} is not what kr8 wrote. Nothing was changed.",
            why=f"{error.error_count()} of its fields cannot be read, the first is {_place(error)}.",
            mend="`kr8 doctor` checks the store. To put a backup back: kr8 stop, then kr8 restore FILE.",
        ) from error


def _place(error: ValidationError) -> str:
    return ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"]) or "the whole"
