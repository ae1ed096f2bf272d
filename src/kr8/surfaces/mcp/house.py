"""kr8's own MCP server: the catalogue behind the one path."""

from __future__ import annotations

import logging
from traceback import format_tb
from typing import Any

from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams
from mcp.types.jsonrpc import INVALID_PARAMS

from kr8.domain.problem import Outcome, Problem, Refused
from kr8.surfaces.entrance import Entrance
from kr8.surfaces.mcp.answers import answer_of, refusal_of, sentence
from kr8.surfaces.mcp.callers import Standing, caller_of, directory_of
from kr8.surfaces.mcp.fitting import room_of
from kr8.surfaces.mcp.keys import key_of
from kr8.surfaces.mcp.server import Context, build_server
from kr8.surfaces.mcp.tools import list_tools

log = logging.getLogger(__name__)


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

    async def guarded(context: Context, params: CallToolRequestParams) -> CallToolResult:
        try:
            return await call(context, params)
        except MCPError:
            raise
        except Exception as error:  # the library would log and send its text, whatever stands in it
            return refusal_of(_unforeseen(error), context.protocol_version)

    return build_server(tools, guarded)


def _unforeseen(error: Exception) -> Problem:
    """What is told of an error around an operation. Its text may have secrets in it, and nobody here knows them."""
    log.error("a call was not answered: %s\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))
    return Problem(
        code="internal_error",
        what="kr8 failed to answer in a way that it did not foresee.",
        why=f"It was a {type(error).__name__}; the daemon's log says where.",
        mend="Look at the state with get_deployment or list_deployments before asking again.",
        outcome=Outcome.UNKNOWN,
    )
