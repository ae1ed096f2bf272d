"""DBOS, and every name of it that kr8 uses. It takes 0.3 s to import: only a started engine does so."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextvars import Context
from threading import Thread
from typing import Any, Protocol, TypeVar, cast

from dbos import DBOS, DBOSConfig, Serializer, SetEnqueueOptions, SetWorkflowID, WorkflowStatus
from dbos import error as errors
from dbos._queue import queue_worker_thread  # pyright: ignore[reportPrivateUsage]

from kr8.drivers.dbos.bell import IDLE_S, Bell
from kr8.drivers.dbos.work import Work, partition
from kr8.ports.engine import WorkflowName

T = TypeVar("T")

Body = Callable[[str, str | None], Awaitable[None]]
"""A workflow as DBOS calls it: with the deployment and the key that it is alone by."""

QUEUE = "kr8"
"""The only queue, because looking at one costs processor time even when nothing is to do."""
STOP_S = 10.0
"""How long a thread that looks at the queue may take to end: as long as DBOS gives its own."""

log = logging.getLogger("kr8.engine")


class Unrecorded(BaseException):
    """The journal could not be written: the work stays taken up, and is done again once the database is back.

    No Exception, because a workflow must not take it for a failed step.
    """


class _Url(Protocol):
    def render_as_string(self, hide_password: bool = True) -> str: ...


class Database(Protocol):
    """What is needed of a SQLAlchemy engine; its connections must be set up for DBOS already."""

    @property
    def url(self) -> _Url: ...


class Json(Serializer):
    """The journal's form: JSON, never pickle, so that reading it runs no code."""

    def name(self) -> str:
        return "kr8_json"

    def serialize(self, data: Any) -> str:
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False, default=_error_text)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)


def _error_text(value: object) -> str:
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    raise TypeError(f"{type(value).__name__} cannot be journaled")


def configure(database: Database, name: str, executor_id: str, version: str) -> DBOSConfig:
    """The whole configuration: nothing listens, nothing is sent anywhere, nothing is printed."""
    return DBOSConfig(
        name=name,
        system_database_url=database.url.render_as_string(hide_password=False),
        system_database_engine=cast("Any", database),
        executor_id=executor_id,
        application_version=version,
        serializer=Json(),
        enable_otlp=False,
        log_level="WARNING",
        notification_listener_polling_interval_sec=0.1,  # unused, but stopping waits for its thread to wake up
    )


class Library:
    """The one DBOS of this process, launched. Its calls belong to the loop that launched it."""

    def __init__(self, config: DBOSConfig, workflows: Mapping[WorkflowName, Body]) -> None:
        logging.getLogger("dbos").addHandler(logging.NullHandler())  # with no handler at all it prints to stderr
        self._dbos = DBOS(config=config)
        self._functions = {name: self._register(name, workflow) for name, workflow in workflows.items()}
        self._bell = Bell(lambda: bool(self.running()))
        self._looking: Thread | None = None

    @staticmethod
    def _register(name: WorkflowName, workflow: Body) -> Callable[[str, str | None], Coroutine[Any, Any, None]]:
        async def run(deployment: str, alone: str | None) -> None:
            await workflow(deployment, alone)

        return DBOS.workflow(name=name, max_recovery_attempts=None)(run)

    async def launch(self) -> None:
        """Take up this executor's work and begin to look at the queue.

        It must be called in the loop, which DBOS then runs the workflows in.
        """
        DBOS.listen_queues([])  # its own thread would wait a fixed time between two looks; the one below has a bell
        DBOS.launch()
        queue = await DBOS.register_queue_async(QUEUE, partition_concurrency=1, polling_interval_sec=IDLE_S)
        self._looking = Thread(target=queue_worker_thread, args=(self._bell, self._dbos, queue), daemon=True)
        self._looking.start()

    def destroy(self) -> None:
        """End it. It waits for threads that wait for the loop: call it in a thread of your own."""
        self._bell.set()
        database = self._dbos._sys_db_field  # pyright: ignore[reportPrivateUsage]
        if database is not None:
            # A thread that cannot reach the database would try for ever, and the process would not end.
            database._retry_connection_errors = False  # pyright: ignore[reportPrivateUsage]
        DBOS.destroy(destroy_registry=True)
        if self._looking is not None:
            self._looking.join(STOP_S)

    async def enqueue(self, work: str, workflow: WorkflowName, deployment: str, alone: str | None) -> None:
        """Put work into the queue; work whose id is known already is not touched."""
        await _apart(self._enqueue(work, workflow, deployment, alone))
        self._bell.ring()

    async def _enqueue(self, work: str, workflow: WorkflowName, deployment: str, alone: str | None) -> None:
        with SetWorkflowID(work), SetEnqueueOptions(queue_partition_key=partition(work, alone)):
            await DBOS.enqueue_workflow_async(QUEUE, self._functions[workflow], deployment, alone)

    async def step(self, name: str, work: Callable[[], Awaitable[str]]) -> str:
        """Do a step of the running workflow, or give back what is journaled. Raises Unrecorded.

        `work` must not raise an Exception, so that one raised here can only come from the journal.
        """

        async def do() -> str:
            return await work()

        try:
            return await DBOS.run_step_async({"name": name}, do)
        except errors.DBOSException:
            raise
        except Exception as error:
            raise Unrecorded(f"the step {name!r} could not be journaled") from error

    async def unfinished(self) -> tuple[Work, ...]:
        """All work of every executor and version that waits or is taken up, oldest first."""
        states, names = ["ENQUEUED", "PENDING"], [str(name) for name in self._functions]
        rows = await _apart(DBOS.list_workflows_async(status=states, name=names, load_output=False))
        return tuple(_work(row) for row in rows)

    async def cancel(self, work: str) -> None:
        """End work where it is; a step that is being done is not interrupted."""
        await _apart(DBOS.cancel_workflow_async(work))
        self._bell.ring()

    async def recover(self, executor_ids: list[str]) -> tuple[str, ...]:
        """Put dead executors' work of this version back into its queues; its ids. Harmless when called twice."""
        recover = self._dbos._recover_pending_workflows  # pyright: ignore[reportPrivateUsage]
        handles = await asyncio.to_thread(recover, executor_ids)
        self._bell.ring()
        return tuple(handle.workflow_id for handle in handles)

    async def put_back(self, work: str, executor_id: str) -> bool:
        """Put work that an executor took up back into its queue; False when it is no longer that executor's."""
        database = self._dbos._sys_db  # pyright: ignore[reportPrivateUsage]
        put_back = await asyncio.to_thread(database.reenqueue_for_recovery, work, [executor_id], QUEUE)
        self._bell.ring()
        return put_back

    def running(self) -> frozenset[str]:
        """The ids of what runs in this process."""
        return frozenset(self._dbos._active_workflows_set.activeList())  # pyright: ignore[reportPrivateUsage]


async def _apart(call: Coroutine[Any, Any, T]) -> T:
    # Within a workflow DBOS would count the call as one of its steps, and a repeated run would have to make it too.
    return await asyncio.get_running_loop().create_task(call, context=Context())


def _work(row: WorkflowStatus) -> Work:
    deployment, alone = row.input["args"] if row.input else (None, None)
    return Work.model_validate(
        {
            "id": row.workflow_id,
            "workflow": row.name,
            "deployment": deployment,
            "version": row.app_version,
            "executor": row.executor_id,
            "state": row.status,
            "alone": alone,
        }
    )
