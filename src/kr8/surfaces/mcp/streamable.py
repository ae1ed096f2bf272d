"""MCP over streamable HTTP, as a part of the daemon's web application."""

from __future__ import annotations

from typing import Any

from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp

from kr8.surfaces.http.boundary import Boundary


class Streamable:
    """A server's HTTP end: an ASGI endpoint, and run() for as long as it is to answer."""

    def __init__(self, server: Server[Any], boundary: Boundary, *, stateless: bool) -> None:
        """`stateless`: every request stands alone, so that any replica may answer it."""
        self._manager = StreamableHTTPSessionManager(
            server,
            stateless=stateless,
            security_settings=TransportSecuritySettings(
                allowed_hosts=[*boundary.hosts], allowed_origins=[*boundary.origins]
            ),
        )
        self.endpoint: ASGIApp = StreamableHTTPASGIApp(self._manager)
        self.run = self._manager.run
