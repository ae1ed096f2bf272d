"""The door of the command line and of programs: HTTP, and MCP over it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator

import uvicorn

from kr8.settings import Settings
from kr8.surfaces.entrance import END_SECONDS, Entrance
from kr8.surfaces.http.application import web_application
from kr8.surfaces.http.boundary import Boundary, boundary_of
from kr8.surfaces.http.late import Late
from kr8.surfaces.http.part import Part
from kr8.surfaces.serve.library import import_server_alone
from kr8.surfaces.serve.sockets import Sockets


class _Web(uvicorn.Server):
    """uvicorn without its signal handlers: the daemon has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def answer_web(entrance: Entrance, sockets: Sockets, settings: Settings, closing: asyncio.Event) -> None:
    """Answer until `closing` is set, and what has begun has been answered."""
    web = _web(entrance, sockets, settings)
    serving, told = asyncio.create_task(web.serve(sockets=sockets.http)), asyncio.create_task(closing.wait())
    await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    await entrance.finish(END_SECONDS)
    web.should_exit = True
    await serving


def _web(entrance: Entrance, sockets: Sockets, settings: Settings) -> _Web:
    boundary = boundary_of(sockets.listen)
    # Replicas share a database and no memory.
    stateless = settings.database.startswith("postgresql")
    mcp = Late(lambda: _mcp(entrance, boundary, stateless))
    config = uvicorn.Config(
        web_application(entrance, boundary, mcp, settings.home.run),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return _Web(config)


def _mcp(entrance: Entrance, boundary: Boundary, stateless: bool) -> Part:
    import_server_alone()
    from kr8.surfaces.mcp.house import kr8_server  # noqa: PLC0415 - half a second that the command line need not wait
    from kr8.surfaces.mcp.streamable import Streamable  # noqa: PLC0415

    return Streamable(kr8_server(entrance), boundary, stateless=stateless)
