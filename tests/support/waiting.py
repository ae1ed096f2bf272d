"""Waiting for something to become true, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T | None], limit_s: float = 60.0) -> T:
    """What the condition gives once it is true. Fails after the limit."""
    deadline = time.monotonic() + limit_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{condition} did not come true within {limit_s} s"
        time.sleep(0.01)
    return found
