"""Serving: the heavy half of the daemon."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Generator

import uvicorn

from kr8.settings import Settings
from kr8.surfaces.entrance import App, Entrance
from kr8.surfaces.http.application import web_application
from kr8.surfaces.http.boundary import boundary_of
from kr8.surfaces.mcp.house import kr8_server
from kr8.surfaces.mcp.lines import LONGEST_LINE, LineServer
from kr8.surfaces.mcp.streamable import Streamable
from kr8.surfaces.serve.sockets import Sockets

log = logging.getLogger(__name__)
TOLD_SECONDS = 0.5
"""How long a daemon that cannot start still answers: whoever has connected is told why."""
END_SECONDS = 5.0
"""How long what has begun may take to finish when the daemon ends; what is durable goes on in the next one."""


class _Web(uvicorn.Server):
    """uvicorn without its signal handlers: the daemon has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def serve(
    settings: Settings,
    sockets: Sockets,
    open_app: Callable[[Settings], Awaitable[App]],
    ending: asyncio.Event,
) -> None:
    """Open the app and serve it until `ending` is set. Raises what opening the app raises."""
    entrance = Entrance()
    opening = asyncio.create_task(entrance.open(lambda: open_app(settings)))
    lines = LineServer(entrance)
    web = _web(settings, sockets, entrance)
    listening = await asyncio.start_unix_server(lines.connected, sock=sockets.lines, limit=LONGEST_LINE)
    serving = asyncio.create_task(web.serve(sockets=sockets.http))
    stop = asyncio.create_task(ending.wait())
    try:
        await asyncio.wait({opening, stop}, return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            if opening.exception() is not None:
                await asyncio.sleep(TOLD_SECONDS)
            opening.result()
            log.info("ready")
            await asyncio.wait({serving, stop}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sockets.forget()
        listening.close()
        await entrance.finish(END_SECONDS)
        await lines.close()
        web.should_exit = True
        await serving
        stop.cancel()
        await _close(opening)


def _web(settings: Settings, sockets: Sockets, entrance: Entrance) -> _Web:
    boundary = boundary_of(sockets.listen)
    # Replicas share a database and no memory.
    stateless = settings.database.startswith("postgresql")
    mcp = Streamable(kr8_server(entrance), boundary, stateless=stateless)
    config = uvicorn.Config(
        web_application(entrance, boundary, mcp),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return _Web(config)


async def _close(opening: asyncio.Task[App]) -> None:
    if not opening.done():
        opening.cancel()
        await asyncio.wait({opening})
    with contextlib.suppress(asyncio.CancelledError):
        if opening.cancelled() or opening.exception() is not None:
            return
        await (await opening).close()
