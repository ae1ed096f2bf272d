"""The door of the bridge: MCP over a unix socket."""

from __future__ import annotations

import asyncio

from kr8.surfaces.entrance import END_SECONDS, Entrance
from kr8.surfaces.mcp.lines import LONGEST_LINE, LineServer
from kr8.surfaces.serve.sockets import Sockets


async def answer_lines(entrance: Entrance, sockets: Sockets, closing: asyncio.Event) -> None:
    """Answer until `closing` is set, and what has begun has been answered."""
    lines = LineServer(entrance)
    listening = await asyncio.start_unix_server(lines.connected, sock=sockets.lines, limit=LONGEST_LINE)
    await closing.wait()
    listening.close()
    await entrance.finish(END_SECONDS)
    await lines.close()
