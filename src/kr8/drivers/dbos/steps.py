"""The journal of one workflow's run, in DBOS."""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kr8.drivers.dbos.outcome import Redact, do, read

if TYPE_CHECKING:
    from kr8.drivers.dbos.library import Library

T = TypeVar("T")

DEATHS = os.environ.get("KR8_DEATHS")
"""For the crash tests: a folder; where it exists, the process dies once after each step and leaves the step's name."""


class DbosSteps:
    """Implements kr8.ports.engine.Steps."""

    def __init__(self, library: Library, redact: Redact) -> None:
        self._library = library
        self._redact = redact
        self._names: set[str] = set()

    async def run(self, name: str, returns: type[T], work: Callable[[], Awaitable[T]]) -> T:
        if name in self._names:
            raise ValueError(f"the step {name!r} is named twice in one workflow")
        self._names.add(name)
        journaled = await self._library.step(name, lambda: do(name, returns, work, self._redact))
        if DEATHS is not None:
            with suppress(OSError):
                Path(DEATHS, name).mkdir()
                os.kill(os.getpid(), signal.SIGKILL)
        return read(journaled, returns)
