"""What the worker can do: a function for each kind of task. Add yours here.

A task is worked on at least once: after a crash it is taken up again. So have a second run do no harm.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

Task = Callable[[Mapping[str, Any]], object]


def greet(arguments: Mapping[str, Any]) -> str:
    """Say hello: {"name": "Ada"}"""
    return f"Hello, {arguments.get('name', 'world')}."


def wait(arguments: Mapping[str, Any]) -> None:
    """Take a while: {"seconds": 0.5}"""
    time.sleep(float(arguments["seconds"]))


TASKS: Mapping[str, Task] = {"greet": greet, "wait": wait}
