"""Runs short transactions on threads of its own, so that a locked database never stands in the way of the loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import stamina
from pydantic import ValidationError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kr8.domain.problem import Outcome, Refused, refuse
from kr8.drivers.store.engine import BUSY, is_sqlite
from kr8.drivers.store.failures import UNREACHABLE, problem_of, trouble_of
from kr8.drivers.store.settled import settled
from kr8.drivers.store.transaction import Transaction, begin

T = TypeVar("T")


class Store:
    """The one way to the database for the modules that keep values.

    Not the loop's own executor: the workflow engine ends that one when it is destroyed. SQLite has one writer at a
    time, so writes take turns there, and nobody polls for the lock within this process. What has little patience has
    threads of its own: it must not stand behind what waits for long.
    """

    def __init__(self, engine: Engine, busy: timedelta = BUSY, read_back: timedelta = timedelta(seconds=10)) -> None:
        self.engine = engine
        self._busy_s = busy.total_seconds()
        self._busy_ms = round(self._busy_s * 1000)
        self._turn = threading.Lock() if is_sqlite(engine) else None
        self._read_back_s = read_back.total_seconds()
        self._readers = ThreadPoolExecutor(4, "kr8-store-read")
        self._writers = ThreadPoolExecutor(1 if is_sqlite(engine) else 4, "kr8-store-write")
        self._hurried = ThreadPoolExecutor(4, "kr8-store-hurried")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` reads. Raises Refused: database_locked, store_unreadable, store_unreachable."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def write(self, scope: str, work: Callable[[Transaction], T], patience: timedelta | None = None) -> T:
        """Do `work` in one transaction, alone among those of its scope; what it returns is then durable.

        It waits `patience` at most, the store's own where none is given, until it may begin. Raises Refused as read
        does, and disk_full. Its outcome says whether the change was made: a commit that gave no answer is read back,
        and only what cannot be read back is unknown. `work` runs once, on a thread.
        """
        loop = asyncio.get_running_loop()
        if patience is None or patience.total_seconds() >= self._busy_s:
            return await loop.run_in_executor(self._writers, self._write, scope, work, None)
        end = time.monotonic() + patience.total_seconds()
        return await loop.run_in_executor(self._hurried, self._write, scope, work, end)

    def close(self) -> None:
        """Let what runs end, and give the connections back."""
        self._hurried.shutdown()
        self._writers.shutdown()
        self._readers.shutdown()
        self.engine.dispose()

    def _read(self, work: Callable[[Connection], T]) -> T:
        with told(Outcome.NOT_STARTED), self.engine.connect() as connection:
            return work(connection)

    def _write(self, scope: str, work: Callable[[Transaction], T], end: float | None) -> T:
        with told(Outcome.NOT_STARTED), self._alone(end), self.engine.connect() as connection:
            self._begin(connection, scope, end)
            transaction = Transaction(connection)
            result = work(transaction)
            try:
                connection.commit()
                return result
            except DBAPIError as error:
                connection.invalidate()
                failed = error
        return self._settle(scope, transaction, result, failed)

    @contextmanager
    def _alone(self, end: float | None) -> Generator[None]:
        """One write at a time on SQLite."""
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=-1 if end is None else max(0.0, end - time.monotonic())):
            raise PoolTimeout("another write of kr8 itself has been waiting for it all the time")
        try:
            yield
        finally:
            self._turn.release()

    def _begin(self, connection: Connection, scope: str, end: float | None) -> None:
        if end is None:
            begin(connection, scope, self._busy_ms)
            return
        left = max(1, round((end - time.monotonic()) * 1000))
        if not is_sqlite(self.engine):
            begin(connection, scope, left)
            return
        # The connection goes back to others afterwards, who have more patience.
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {left}")
        try:
            begin(connection, scope, left)
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {self._busy_ms}")

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
