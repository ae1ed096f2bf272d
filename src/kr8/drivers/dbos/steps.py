"""The journal of one workflow's run, in DBOS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from kr8.drivers.dbos.outcome import Redact, do, read

if TYPE_CHECKING:
    from kr8.drivers.dbos.library import Library

T = TypeVar("T")

Journaled = Callable[[str], None]
"""Told the name of each step, as soon as the journal has it."""


def go_on(_: str) -> None:
    """Do nothing with a step that the journal has."""


class DbosSteps:
    """Implements kr8.ports.engine.Steps."""

    def __init__(self, library: Library, redact: Redact, journaled: Journaled) -> None:
        self._library = library
        self._redact = redact
        self._journaled = journaled
        self._names: set[str] = set()

    async def run(self, name: str, returns: type[T], work: Callable[[], Awaitable[T]]) -> T:
        if name in self._names:
            raise ValueError(f"the step {name!r} is named twice in one workflow")
        self._names.add(name)
        journaled = await self._library.step(name, lambda: do(name, returns, work, self._redact))
        self._journaled(name)
        return read(journaled, returns)
