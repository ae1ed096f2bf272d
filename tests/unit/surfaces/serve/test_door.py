"""Nothing is imported for callers that do not come."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kr8.surfaces.serve.door import Answer, Door

LIMIT_S = 10.0


class Surface:
    """What stands behind a door; it notes what becomes of it."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.answers = asyncio.Event()

    def load(self) -> Answer:
        self.noted.append("imported")
        return self.answer

    async def answer(self, closing: asyncio.Event) -> None:
        self.answers.set()
        await closing.wait()
        self.noted.append("ended")


def broken() -> Answer:
    raise ImportError("half of it is missing")


@asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[tuple[socket.socket, Path]]:
    path = folder / "door.sock"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
        made.listen()
        yield made, path


def call(path: Path) -> socket.socket:
    caller = socket.socket(socket.AF_UNIX)
    caller.connect(str(path))
    return caller


def test_nothing_is_imported_where_nobody_comes(tmp_path: Path) -> None:
    async def story() -> list[str]:
        async with listening(tmp_path) as (door_socket, _):
            surface = Surface()
            door = Door([door_socket], asyncio.Lock(), surface.load)
            standing = asyncio.create_task(door.stand())
            await asyncio.wait_for(door.let_in(), LIMIT_S)
            door.close()
            await asyncio.wait_for(standing, LIMIT_S)
            return surface.noted

    assert asyncio.run(story()) == []


def test_whoever_waits_is_let_in_before_the_start_goes_on(tmp_path: Path) -> None:
    async def story() -> list[str]:
        async with listening(tmp_path) as (door_socket, path):
            surface = Surface()
            door = Door([door_socket], asyncio.Lock(), surface.load)
            with call(path):
                standing = asyncio.create_task(door.stand())
                await asyncio.wait_for(door.let_in(), LIMIT_S)
                surface.noted.append("let in")
                await asyncio.wait_for(surface.answers.wait(), LIMIT_S)
                door.close()
                await asyncio.wait_for(standing, LIMIT_S)
            return surface.noted

    assert asyncio.run(story()) == ["imported", "let in", "ended"]


def test_the_first_caller_may_come_at_any_time(tmp_path: Path) -> None:
    async def story() -> list[str]:
        async with listening(tmp_path) as (door_socket, path):
            surface = Surface()
            door = Door([door_socket], asyncio.Lock(), surface.load)
            standing = asyncio.create_task(door.stand())
            await asyncio.wait_for(door.let_in(), LIMIT_S)
            with call(path):
                await asyncio.wait_for(surface.answers.wait(), LIMIT_S)
                door.close()
                await asyncio.wait_for(standing, LIMIT_S)
            return surface.noted

    assert asyncio.run(story()) == ["imported", "ended"]


def test_one_surface_is_imported_at_a_time(tmp_path: Path) -> None:
    async def story() -> None:
        async with listening(tmp_path) as (door_socket, path):
            surface, importing = Surface(), asyncio.Lock()
            door = Door([door_socket], importing, surface.load)
            with call(path):
                async with importing:
                    standing = asyncio.create_task(door.stand())
                    waiting = asyncio.create_task(door.let_in())
                    await asyncio.wait({standing, waiting}, timeout=0.1)
                    assert surface.noted == []
                await asyncio.wait_for(waiting, LIMIT_S)
            door.close()
            await asyncio.wait_for(standing, LIMIT_S)

    asyncio.run(story())


def test_a_surface_that_cannot_be_imported_is_told_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    async def story() -> None:
        async with listening(tmp_path) as (door_socket, path):
            door = Door([door_socket], asyncio.Lock(), broken)
            with call(path):
                standing = asyncio.create_task(door.stand())
                await asyncio.wait_for(door.let_in(), LIMIT_S)
                with pytest.raises(ImportError, match="half of it"):
                    await asyncio.wait_for(standing, LIMIT_S)

    asyncio.run(story())
