"""python3 -m worker work | add KIND [JSON] | status | health

DATA is the folder of queue and measures; by default `worker` in the home directory.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from worker.loop import Loop, log
from worker.measures import Measures, alive
from worker.queue import Queue
from worker.tasks import TASKS

DATA = Path(os.environ.get("DATA") or Path.home() / "worker")
VERSION = os.environ.get("KR8_VERSION", "unknown")
QUEUE = DATA / "queue.db"
MEASURES = DATA / "worker.prom"


def work() -> None:
    """Work until SIGTERM, then finish the task that is begun."""
    loop = Loop(Queue(QUEUE), TASKS, Measures(MEASURES, VERSION))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.stop())
    log("info", "working", version=VERSION, data=str(DATA))
    loop.run()
    log("info", "stopped")


def add(kind: str, arguments: str = "{}") -> None:
    """Put a task into the queue."""
    if kind not in TASKS:
        sys.exit(f"There is no task {kind!r}. There are: {', '.join(sorted(TASKS))}")
    try:
        values = json.loads(arguments)
    except ValueError as error:
        sys.exit(f"{arguments!r} is no JSON: {error}")
    if not isinstance(values, dict):
        sys.exit('The arguments are a JSON object, such as {"name": "Ada"}')
    print(Queue(QUEUE).add(kind, values))


def status() -> None:
    """How many tasks there are in each state."""
    print(json.dumps(Queue(QUEUE).counts()))


def health() -> None:
    """End with 1 where no worker has shown a sign of life lately."""
    if not alive(MEASURES):
        sys.exit(f"No worker has written {MEASURES} lately.")


COMMANDS: Mapping[str, Callable[..., None]] = {"work": work, "add": add, "status": status, "health": health}

command, arguments = "".join(sys.argv[1:2]), sys.argv[2:]
if command not in COMMANDS or len(arguments) not in ((1, 2) if command == "add" else (0,)):
    sys.exit(__doc__)
COMMANDS[command](*arguments)
