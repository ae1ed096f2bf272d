"""Serving: from the open app to the daemon's clean end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import Awaitable
from functools import partial

from kr8.settings import Settings
from kr8.surfaces.entrance import App, Entrance
from kr8.surfaces.serve.door import Answer, Door
from kr8.surfaces.serve.library import import_server_alone
from kr8.surfaces.serve.sockets import Sockets

log = logging.getLogger(__name__)
TOLD_SECONDS = 0.5
"""How long a daemon that cannot start still answers: whoever has connected is told why."""


async def serve(settings: Settings, sockets: Sockets, opened: Awaitable[App], ending: asyncio.Event) -> None:
    """Serve an app until `ending` is set. Raises what opening the app raised."""
    entrance, importing = Entrance(), asyncio.Lock()
    doors = (
        Door([sockets.lines], importing, lambda: _lines(entrance, sockets)),
        Door(sockets.http, importing, lambda: _web(entrance, sockets, settings)),
    )
    standing = [asyncio.create_task(door.stand()) for door in doors]
    opening = asyncio.create_task(entrance.open(lambda: opened, partial(_let_in, doors)))
    stop = asyncio.create_task(ending.wait())
    log.info("serving")
    try:
        await asyncio.wait({opening, stop, *standing}, return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            if opening.exception() is not None:
                await _let_in(doors)
                await asyncio.sleep(TOLD_SECONDS)
            opening.result()
            _ready()
            await asyncio.wait({stop, *standing}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sockets.forget()
        for door in doors:
            door.close()
        await asyncio.wait(standing)
        stop.cancel()
        await _close(opening)
    for each in standing:
        each.result()


def _ready() -> None:
    # What lives now lives to the end: nobody need look through it for what is not used any more.
    gc.freeze()
    gc.enable()
    log.info("ready")


async def _let_in(doors: tuple[Door, ...]) -> None:
    await asyncio.gather(*(door.let_in() for door in doors))


def _lines(entrance: Entrance, sockets: Sockets) -> Answer:
    import_server_alone()
    from kr8.surfaces.serve.lines import answer_lines  # noqa: PLC0415 - imported for whoever calls by it

    return partial(answer_lines, entrance, sockets)


def _web(entrance: Entrance, sockets: Sockets, settings: Settings) -> Answer:
    from kr8.surfaces.serve.web import answer_web  # noqa: PLC0415 - imported for whoever calls by it

    return partial(answer_web, entrance, sockets, settings)


async def _close(opening: asyncio.Task[App]) -> None:
    if not opening.done():
        opening.cancel()
        await asyncio.wait({opening})
    with contextlib.suppress(asyncio.CancelledError):
        if opening.cancelled() or opening.exception() is not None:
            return
        await (await opening).close()
