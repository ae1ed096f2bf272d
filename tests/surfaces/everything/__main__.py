"""The conformance runner's server: kr8's own way of building and serving one, around fixtures. Argument: the port."""

from __future__ import annotations

import sys
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from mcp.server.caching import CacheHint
from mcp.server.lowlevel.server import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from tests.surfaces.everything.offers import add_offers
from tests.surfaces.everything.tools import Tools

from kr8.settings import Listen
from kr8.surfaces.http.boundary import BoundaryMiddleware, boundary_of
from kr8.surfaces.mcp.server import NAME, build_server
from kr8.surfaces.mcp.streamable import Streamable


def everything() -> Server[Any]:
    """A server with every fixture."""
    bus = InMemorySubscriptionBus()
    tools = Tools(bus)
    server = build_server(tools.list, tools.call)
    # Its tools ask back, kr8's own never do: what a client echoes is sealed, so that it comes back as it was given.
    server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=NAME))
    hint = CacheHint(ttl_ms=1000, scope="public")
    server.cache_hints |= dict.fromkeys(
        ("prompts/list", "resources/list", "resources/templates/list", "resources/read"), hint
    )
    add_offers(server, ListenHandler(bus))
    return server


def application(port: int) -> Starlette:
    """The server at /mcp, behind the daemon's boundary."""
    boundary = boundary_of(Listen("127.0.0.1", port))
    mcp = Streamable(everything(), boundary, stateless=False)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with mcp.run():
            yield

    middleware = [Middleware(BoundaryMiddleware, boundary)]
    return Starlette(routes=[Route("/mcp", mcp.endpoint)], middleware=middleware, lifespan=lifespan)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    uvicorn.run(application(int(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
