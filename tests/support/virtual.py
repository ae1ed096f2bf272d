"""Time that passes only when everybody waits: an hour of a deployment takes a moment, and nothing is raced."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time jumps to the next timer when nothing else is left to do."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.closers: list[Callable[[], Awaitable[None]]] = []
        """What ends, before the loop does, what a story leaves running."""
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self.passed


class _Jumping(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if not found:
            assert timeout is not None, "everybody waits, and no timer will wake anybody"
            self._loop.passed += max(0.0, timeout)
        return found


class LoopClock:
    """The Clock port on the running loop's time."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def play(story: Coroutine[Any, Any, T]) -> T:
    """Run a story to its end in time of its own."""

    async def whole() -> T:
        try:
            return await story
        finally:
            for close in current().closers:
                await close()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(whole())


def current() -> VirtualLoop:
    """The loop of the story that runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop
