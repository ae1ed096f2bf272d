"""The demo's agent: an MCP client of the official library, over stdio, as any agent would be."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.types import Implementation

from demo.scene import ROOT, Scene

OVER = {"succeeded", "failed", "rolled_back", "cancelled", "stale", "superseded", "awaiting_approval", "stuck"}
PATIENCE = 90.0


class StoryError(Exception):
    """The story did not go as it must."""


class Agent:
    """Calls tools and waits for deployments, as their answers tell it to."""

    def __init__(self, client: Client, say: Callable[[str], None]) -> None:
        self._client = client
        self._say = say

    async def tools(self) -> list[str]:
        """The names of the tools it was given."""
        return [tool.name for tool in (await self._client.list_tools()).tools]

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool; its structured answer. Raises StoryError where the tool refuses."""
        result = await self._client.call_tool(tool, arguments)
        content: dict[str, Any] = result.structured_content or {}
        if result.is_error:
            problem = content.get("problem", {})
            raise StoryError(f"{tool}: {problem.get('what')} {problem.get('why')} {problem.get('mend')}")
        return content

    async def until(self, deployment: str, there: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Follow a deployment until something holds of it, telling each stage."""
        began, told = time.monotonic(), set[str]()
        seen: dict[str, Any] = {}
        while True:
            try:
                seen = await self.call("get_deployment", deployment=deployment, wait_s=10, seen=seen.get("revision"))
            except Exception as error:
                # The daemon is being killed in this story: the bridge says so, and the next call goes through.
                if time.monotonic() - began > PATIENCE:
                    raise StoryError(f"{deployment}: {error}") from error
                continue
            for stage in seen["stages"]:
                text = f"{stage['service']}: {stage['name']}: {stage['result']}"
                if text not in told and stage["result"] != "running":
                    told.add(text)
                    self._say(f"    stage {text}" + (f" ({stage['seconds']:.1f} s)" if stage["seconds"] else ""))
            if there(seen):
                return seen
            if time.monotonic() - began > PATIENCE:
                raise StoryError(f"{deployment} is still {seen['state']} after {PATIENCE:.0f} s")

    async def ended(self, deployment: str, state: str) -> dict[str, Any]:
        """Follow a deployment to its end. Raises StoryError where that is another than `state`."""
        seen = await self.until(deployment, lambda each: each["state"] in OVER)
        if seen["state"] != state:
            problem = seen.get("problem") or {}
            raise StoryError(
                f"{deployment} is {seen['state']}, not {state}: {problem.get('what')} {problem.get('why')}"
            )
        return seen


@asynccontextmanager
async def connected(scene: Scene, say: Callable[[str], None]) -> AsyncGenerator[Agent]:
    """An agent with a running MCP server: `kr8 mcp`."""
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "kr8", "mcp"], env=scene.environment, cwd=str(ROOT)
    )
    async with Client(server, client_info=Implementation(name="demo-agent", version="1")) as client:
        yield Agent(client, say)
