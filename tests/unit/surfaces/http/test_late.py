"""A part that takes long to import is imported with its first request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from starlette.types import Message, Receive, Scope, Send

from kr8.surfaces.http.late import Late

LIMIT_S = 10.0


class Noting:
    """A part that notes what becomes of it, and by which task."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.endpoint = self.answer
        self._task: asyncio.Task[object] | None = None

    def make(self) -> Noting:
        self.noted.append("made")
        return self

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.noted.append(f"answers {scope['path']}")

    @asynccontextmanager
    async def run(self) -> AsyncGenerator[None]:
        begun_by = asyncio.current_task()
        self.noted.append("begun")
        try:
            yield
        finally:
            assert asyncio.current_task() is begun_by
            self.noted.append("ended")


async def nothing() -> Message:
    return {"type": "http.request"}


async def nowhere(message: Message) -> None:
    raise AssertionError(message)


def test_nothing_is_made_where_nobody_asks() -> None:
    async def story() -> list[str]:
        part = Noting()
        async with Late(part.make).run():
            await asyncio.sleep(0)
        return part.noted

    assert asyncio.run(story()) == []


def test_it_is_made_once_and_run_to_the_end() -> None:
    async def story() -> list[str]:
        part = Noting()
        late = Late(part.make)
        async with late.run():
            await asyncio.wait_for(
                asyncio.gather(late({"path": "/1"}, nothing, nowhere), late({"path": "/2"}, nothing, nowhere)), LIMIT_S
            )
        return part.noted

    assert asyncio.run(story()) == ["made", "begun", "answers /1", "answers /2", "ended"]


def test_whoever_asks_for_what_cannot_be_made_is_told() -> None:
    def broken() -> Noting:
        raise ImportError("half of it is missing")

    async def story() -> None:
        late = Late(broken)
        async with late.run():
            for _ in range(2):
                with pytest.raises(ImportError, match="half of it"):
                    await asyncio.wait_for(late({"path": "/"}, nothing, nowhere), LIMIT_S)

    asyncio.run(story())


def test_whoever_asks_for_what_cannot_begin_is_told() -> None:
    class Fruitless(Noting):
        @asynccontextmanager
        async def run(self) -> AsyncGenerator[None]:
            raise RuntimeError("no room to begin")
            yield

    async def story() -> None:
        late = Late(Fruitless)
        async with late.run():
            with pytest.raises(RuntimeError, match="no room"):
                await asyncio.wait_for(late({"path": "/"}, nothing, nowhere), LIMIT_S)

    asyncio.run(story())
