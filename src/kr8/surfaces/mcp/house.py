"""kr8's own MCP server: the catalogue behind the one path."""

from __future__ import annotations

from typing import Any

from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams
from mcp.types.jsonrpc import INVALID_PARAMS

from kr8.domain.problem import Refused
from kr8.surfaces.entrance import Entrance
from kr8.surfaces.mcp.answers import answer_of, refusal_of, sentence
from kr8.surfaces.mcp.callers import Standing, caller_of, directory_of
from kr8.surfaces.mcp.fitting import room_of
from kr8.surfaces.mcp.keys import key_of
from kr8.surfaces.mcp.server import Context, build_server
from kr8.surfaces.mcp.tools import list_tools


def kr8_server(entrance: Entrance, standing: Standing | None = None) -> Server[Any]:
    """A server whose tools are the operations for agents.

    `standing` is that of the connection it serves; a server over HTTP reads it from each request.
    """
    stands = standing or Standing()

    async def tools(context: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        return list_tools(await entrance.catalogue())

    async def call(context: Context, params: CallToolRequestParams) -> CallToolResult:
        caller, directory = caller_of(context, stands), directory_of(context, stands)
        try:
            key, arguments = key_of(await entrance.catalogue(), params)
            answered = await entrance.call(params.name, arguments, caller, directory, key=key)
        except Refused as refused:
            problem = refused.problem
            if problem.code == "unknown_operation":
                data = {"problem": problem.model_dump(mode="json")}
                raise MCPError(INVALID_PARAMS, sentence(problem), data) from refused
            return refusal_of(problem, context.protocol_version)
        return answer_of(answered, context.protocol_version, room_of(arguments))

    return build_server(tools, call)
