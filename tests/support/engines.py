"""The engine in its three forms, each able to die and live again on the same journal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy
from tests.fakes.engine import FakeEngine, Journal

from kr8.drivers.dbos.driver import DbosEngine
from kr8.drivers.store.engine import make_engine
from kr8.ports.engine import Engine, Steps, WorkflowName

Workflow = Callable[[Steps, str], Awaitable[None]]

SECRET = "hunter2-hunter2"


class Lives(Protocol):
    """A journal, and the engines that live on it one after the other."""

    crashes: list[tuple[str, str]]

    def life(self, workflows: Mapping[WorkflowName, Workflow]) -> Any:
        """An engine that runs inside the `async with`; leaving it interrupts what runs."""
        ...


def redact(text: str) -> str:
    return text.replace(SECRET, "«redacted»")


@dataclass
class FakeLives:
    """Lives of the fake."""

    journal: Journal = field(default_factory=Journal)
    crashes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @asynccontextmanager
    async def life(self, workflows: Mapping[WorkflowName, Workflow]) -> AsyncIterator[Engine]:
        engine = FakeEngine(workflows, self.journal, on_crash=self._crash, redact=redact)
        await engine.start()
        try:
            yield engine
        finally:
            await engine.stop()

    async def _crash(self, deployment: str, text: str) -> None:
        self.crashes.append((deployment, text))


@dataclass
class DbosLives:
    """Lives of DBOS on one database."""

    url: str
    crashes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    executor: str = "local"
    version: str = "1"
    untold: int = 0
    """How many crashes nobody hears of."""

    @asynccontextmanager
    async def life(self, workflows: Mapping[WorkflowName, Workflow]) -> AsyncIterator[DbosEngine]:
        database = make_engine(self.url)
        engine = DbosEngine(
            database, self.executor, workflows, on_crash=self._crash, redact=redact, version=self.version
        )
        await engine.start()
        try:
            yield engine
        finally:
            await engine.stop()
            database.dispose()

    async def _crash(self, deployment: str, text: str) -> None:
        if self.untold:
            self.untold -= 1
            raise OSError("the store is gone")
        self.crashes.append((deployment, text))


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'kr8.db'}"


def prepare(url: str) -> None:
    """Make the engine's tables and its queue, once: the lives of the tests then begin sooner."""

    async def live() -> None:
        async with DbosLives(url).life({}):
            pass

    asyncio.run(live())


def forget_all_work(url: str) -> None:
    """Empty the journal, so that a test begins with nothing to do."""
    database = make_engine(url)
    schema = "" if database.dialect.name == "sqlite" else "dbos."
    with database.begin() as connection:
        for table in ("operation_outputs", "workflow_status"):
            connection.execute(sqlalchemy.text(f"DELETE FROM {schema}{table}"))
    database.dispose()


async def until(holds: Callable[[], bool], limit_s: float = 20.0) -> None:
    """Wait for a condition; fails after the limit."""
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.005)
