"""The engine on DBOS: starts and stops it, and answers for what runs in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from kr8.domain.problem import refuse
from kr8.drivers.dbos.outcome import Redact, explain
from kr8.drivers.dbos.steps import DbosSteps, Journaled, go_on
from kr8.drivers.dbos.work import Search, Work, adopted_id, work_id
from kr8.ports.engine import Steps, WorkflowName
from kr8.workflows.version import WORKFLOWS

if TYPE_CHECKING:
    from kr8.drivers.dbos.library import Database, Library

Workflow = Callable[[Steps, str], Awaitable[None]]
Crash = Callable[[str, str], Awaitable[None]]

BESIDE = 4
"""How many workflows without an `alone` key run at a time in one process."""
SEARCH_S = 1.0
"""Between two looks for lost work."""

log = logging.getLogger("kr8.engine")


class Crashed(Exception):
    """A workflow ended by an error that it did not handle; the text is redacted."""


class DbosEngine:
    """Implements kr8.ports.engine.Engine.

    `database` is a SQLAlchemy engine whose connections are set up for DBOS. `executor_id` names this process among
    the replicas, and is the same after a restart: it is what a restarted process finds its own work by. `on_crash`
    gets a deployment's id and the redacted text of an error that its workflow did not handle; when `on_crash` fails
    itself, the workflow is done again. `redact` masks secrets in a text. `journaled` is told each step that is over.
    """

    _live: ClassVar[DbosEngine | None] = None

    def __init__(
        self,
        database: Database,
        executor_id: str,
        workflows: Mapping[WorkflowName, Workflow],
        *,
        on_crash: Crash,
        redact: Redact,
        journaled: Journaled = go_on,
        version: str = str(WORKFLOWS),
        name: str = "kr8",
    ) -> None:
        self._database = database
        self._executor_id = executor_id
        self._workflows = workflows
        self._on_crash = on_crash
        self._redact = redact
        self._journaled = journaled
        self._version = version
        self._name = name
        self._library: Library | None = None
        self._beside = asyncio.Semaphore(BESIDE)
        self._running: set[asyncio.Task[None]] = set()
        self._search: asyncio.Task[None] | None = None

    @property
    def started(self) -> bool:
        """Whether it runs."""
        return self._library is not None

    async def start(self) -> None:
        """Import DBOS, take up this executor's work, begin to run. Raises Refused when an engine runs already."""
        if DbosEngine._live is not None:
            # A second DBOS() would silently be the first one, with the first one's database.
            raise refuse("engine_running", "An engine runs in this process already.", mend="Stop that one first.")
        DbosEngine._live = self
        try:
            self._library = await asyncio.to_thread(self._load)
            await self._library.launch()
        except BaseException:
            await self.stop()
            raise
        self._search = asyncio.create_task(self._search_for_lost_work())

    async def stop(self) -> None:
        """Interrupt what runs, as a death of the process would, and let go of DBOS; the next start goes on with it."""
        if DbosEngine._live is not self:
            return
        library, self._library = self._library, None
        await _end(*self._running, *([self._search] if self._search else []))
        self._search = None
        if library is not None:
            await _destroy(library)
        DbosEngine._live = None

    async def enqueue(self, workflow: WorkflowName, deployment: str, alone: str | None = None) -> None:
        await self._started().enqueue(work_id(workflow, deployment), workflow, deployment, alone)

    async def foreign(self) -> tuple[tuple[WorkflowName, str, str], ...]:
        """What other code versions began and did not end: workflow, deployment, version. It never runs here."""
        return tuple((work.workflow, work.deployment, work.version) for work in await self._foreign())

    async def adopt(self, workflow: WorkflowName, deployment: str) -> None:
        """End what another version began for this pair, and have this version's workflow run from its start.

        Safe to repeat: it is enqueued before the old one is ended, under an id that does not change.
        """
        for work in await self._foreign():
            if (work.workflow, work.deployment) == (workflow, deployment):
                new = adopted_id(workflow, deployment, self._version)
                await self._started().enqueue(new, workflow, deployment, work.alone)
                await self._started().cancel(work.id)

    async def recover(self, executor_ids: Sequence[str]) -> tuple[str, ...]:
        """Take over what executors known to be dead had taken up; the ids of that work.

        The caller answers for their death (a lease that ran out). One that only froze is fenced at its next step.
        """
        return await self._started().recover(list(executor_ids))

    def _started(self) -> Library:
        if self._library is None:
            raise refuse(
                "engine_not_started", "The engine is not running yet.", mend="Try again in a second.", retryable=True
            )
        return self._library

    async def _foreign(self) -> list[Work]:
        return [work for work in await self._started().unfinished() if work.version != self._version]

    def _load(self) -> Library:
        from kr8.drivers.dbos import library  # noqa: PLC0415 - the daemon opens its socket before this is imported

        config = library.configure(self._database, self._name, self._executor_id, self._version)
        return library.Library(config, {name: partial(self._run, name) for name in self._workflows})

    async def _run(self, workflow: WorkflowName, deployment: str, alone: str | None) -> None:
        task = asyncio.current_task()
        if self._library is None or task is None:
            raise asyncio.CancelledError  # taken up while the engine stops: the next start does it
        self._running.add(task)
        try:
            async with self._beside if alone is None else nullcontext():
                steps = DbosSteps(self._library, self._redact, self._journaled)
                await self._workflows[workflow](steps, deployment)
        except Exception as error:
            await self._crashed(deployment, self._redact(explain(error)))
        finally:
            self._running.discard(task)

    async def _crashed(self, deployment: str, text: str) -> None:
        from kr8.drivers.dbos.library import Unrecorded  # noqa: PLC0415 - loaded by now; not at this module's import

        log.error("the workflow of %s crashed: %s", deployment, text)
        try:
            await self._on_crash(deployment, text)
        except Exception as error:
            raise Unrecorded(f"nobody could be told that {deployment} crashed") from error
        raise Crashed(text) from None

    async def _search_for_lost_work(self) -> None:
        search = Search()
        while True:
            await asyncio.sleep(SEARCH_S)
            try:
                await self._put_back_lost(search)
            except Exception as error:
                log.warning("could not look for lost work: %s", self._redact(explain(error)))

    async def _put_back_lost(self, search: Search) -> None:
        library = self._started()
        taken = [work.id for work in await library.unfinished() if self._taken_here(work)]
        for work in search.lost(taken, library.running()):
            if await library.put_back(work, self._executor_id):
                log.warning("%s was taken up and did not run: it goes on now", work)

    def _taken_here(self, work: Work) -> bool:
        return (work.state, work.executor, work.version) == ("PENDING", self._executor_id, self._version)


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _destroy(library: Library) -> None:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as own:
        await loop.run_in_executor(own, library.destroy)
    # DBOS made its own pool the loop's default one, and closed it: without another, asyncio.to_thread is dead.
    loop.set_default_executor(ThreadPoolExecutor())
