"""Who calls a tool, and from where."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from kr8.domain.caller import Caller, Surface
from kr8.surfaces.mcp.server import Context

_UNFIT = re.compile(r"[^\w.@ +-]")
DIRECTORY_HEADER = "X-Kr8-Directory"


@dataclass(frozen=True)
class Standing:
    """What a connection says of its caller. It proves nothing."""

    directory: str | None = None
    user: str = ""


def caller_of(context: Context, standing: Standing) -> Caller:
    """The caller of a request: the name its client gives itself, with what could deceive a reader taken out."""
    client = context.session.client_params
    name = _UNFIT.sub("", client.client_info.name)[:64] if client is not None else ""
    return Caller(name=name or "mcp client", surface=Surface.MCP, session=standing.user)


def directory_of(context: Context, standing: Standing) -> str | None:
    """Where the caller stands: over HTTP its header says, over lines its connection."""
    request: object = context.request
    if isinstance(request, HTTPConnection):
        return request.headers.get(DIRECTORY_HEADER)
    return standing.directory
