"""Takes tasks and works on them, one after another, until it is told to stop."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from worker.measures import Measures
from worker.queue import LEASE_S, Queue, Taken
from worker.tasks import Task

PAUSE_S = 0.2
"""How long it waits before it looks again at a queue that was empty."""


def log(level: str, message: str, **more: object) -> None:
    """One JSON object a line."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    sys.stdout.write(json.dumps({"at": at, "level": level, "message": message, **more}) + "\n")
    sys.stdout.flush()


class Loop:
    """One worker. `stop` may be called from a signal handler: what is being worked on is finished first."""

    def __init__(self, queue: Queue, tasks: Mapping[str, Task], measures: Measures) -> None:
        self._queue = queue
        self._tasks = tasks
        self._measures = measures
        self._stopping = threading.Event()
        self._taken: Taken | None = None

    def stop(self) -> None:
        """Take no further task."""
        self._stopping.set()

    def run(self) -> None:
        """Until it is stopped. Its heartbeat goes on while a task takes long."""
        over = threading.Event()
        beat = threading.Thread(target=self._beat, args=(over,))
        beat.start()
        try:
            while not self._stopping.is_set():
                if not self.step():
                    self._stopping.wait(PAUSE_S)
        finally:
            over.set()
            beat.join()

    def step(self) -> bool:
        """Work on one task; whether there was one."""
        task = self._queue.take()
        if task is None:
            return False
        self._taken = task
        begun = time.perf_counter()
        try:
            if task.kind not in self._tasks:
                raise LookupError(f"there is no task {task.kind!r}; there are {', '.join(sorted(self._tasks))}")
            self._tasks[task.kind](task.arguments)
        except Exception as error:  # noqa: BLE001 - whatever a task raises is that task's failure
            again = self._queue.failed(task, f"{type(error).__name__}: {error}")
            self._ended(task, "retried" if again else "failed", begun, error=f"{type(error).__name__}: {error}")
        else:
            self._queue.done(task)
            self._ended(task, "done", begun)
        finally:
            self._taken = None
        return True

    def _ended(self, task: Taken, result: str, begun: float, **more: object) -> None:
        seconds = time.perf_counter() - begun
        self._measures.count(task.kind, result, seconds)
        level = "info" if result == "done" else "warning" if result == "retried" else "error"
        log(level, result, task=task.id, kind=task.kind, attempt=task.attempts, seconds=round(seconds, 3), **more)

    def _beat(self, over: threading.Event) -> None:
        renewed = time.monotonic()
        while True:
            self._measures.beat(self._queue.counts())
            taken = self._taken
            if taken is not None and time.monotonic() - renewed > LEASE_S / 4:
                self._queue.renew(taken)
                renewed = time.monotonic()
            if over.wait(1):
                return
