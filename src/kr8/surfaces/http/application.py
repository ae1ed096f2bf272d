"""The web application of the daemon."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from kr8.surfaces.entrance import Entrance
from kr8.surfaces.http.boundary import Boundary, BoundaryMiddleware
from kr8.surfaces.http.operations import OperationsEndpoint
from kr8.surfaces.http.part import Part


def web_application(entrance: Entrance, boundary: Boundary, mcp: Part, run: str) -> Starlette:
    """Operations, catalogue, health and MCP behind one boundary. `run`: the folder of the home's sockets."""
    operations = OperationsEndpoint(entrance, run)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with mcp.run():
            yield

    return Starlette(
        routes=[
            Route("/v1/operations/{name}", operations.call, methods=["POST"]),
            Route("/v1/catalogue", operations.catalogue),
            Route("/healthz", operations.health),
            Route("/mcp", mcp.endpoint),
        ],
        middleware=[Middleware(BoundaryMiddleware, boundary)],
        lifespan=lifespan,
    )
