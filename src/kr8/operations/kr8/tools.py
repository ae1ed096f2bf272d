"""The tools that checkers stand on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kr8.catalogue.operation import operation
from kr8.domain.caller import Audience, Effect
from kr8.domain.model import Model
from kr8.domain.rights import Reach
from kr8.operations.kr8.fields import Wait
from kr8.ports.tools import Tool, Tools


class ListTools(Model):
    """No arguments."""


class InstallTool(Model):
    """Which tool."""

    name: Annotated[str, Field(description="See `kr8 tools list`.", json_schema_extra={"positional": True})]
    wait_s: Wait = 20


class ToolList(Model):
    """Tools, by name."""

    tools: tuple[Tool, ...]


class ToolView(Tool):
    """A tool, after it was asked for."""


@operation(Effect.READ, command="tools list", audience=Audience.PEOPLE)
async def list_tools(request: ListTools, tools: Tools) -> ToolList:
    """List the tools that checkers stand on, and which of them are installed."""
    return ToolList(tools=await tools.list())


@operation(Effect.CHANGE, command="tools install", audience=Audience.PEOPLE, reach=Reach.NOTHING, idempotent=True)
async def install_tool(request: InstallTool, tools: Tools) -> ToolView:
    """Install a tool in an environment of its own, exactly as kr8's lock file says."""
    return ToolView.model_validate((await tools.install(request.name, request.wait_s)).model_dump())
