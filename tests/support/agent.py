"""An agent: the official MCP client over stdio, called from tests that are not asynchronous."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.types import Implementation

CALL_LIMIT_S = 90.0


class Refusal(Exception):
    """kr8 has refused; `problem` says what, why and what to do."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('code')}: {problem.get('what')} {problem.get('why')}")
        self.problem = problem

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.problem.get("code"))


class Agent:
    """A client with a running `kr8 mcp`."""

    def __init__(self, environment: dict[str, str], directory: Path) -> None:
        self._server = StdioServerParameters(
            command=sys.executable, args=["-P", "-m", "kr8", "mcp"], env=environment, cwd=str(directory)
        )
        self._loop = asyncio.new_event_loop()
        self._client: Future[Client] = Future()
        self._leave = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._client.result(CALL_LIMIT_S)

    def tools(self) -> dict[str, Any]:
        """The tools it was given, by name."""
        return {tool.name: tool for tool in self._do(self._client.result().list_tools()).tools}

    def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool; its structured answer. Raises Refusal."""
        result = self._do(self._client.result().call_tool(tool, arguments))
        content: dict[str, Any] = result.structured_content or {}
        if result.is_error:
            raise Refusal(content.get("problem", {"code": "none", "what": str(result.content)}))
        return content

    def answer(self, tool: str, /, **arguments: Any) -> tuple[list[Any], dict[str, Any]]:
        """All that a call answers, a refusal too: the texts beside it, JSON as its value, and what is structured."""
        result = self._do(self._client.result().call_tool(tool, arguments))
        texts = [json.loads(part.text) if part.text.startswith("{") else part.text for part in result.content]
        return texts, result.structured_content or {}

    def close(self) -> None:
        """Hang up."""
        self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join(20)

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_LIMIT_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._live())
        except BaseException as error:
            if not self._client.done():
                self._client.set_exception(error)

    async def _live(self) -> None:
        async with Client(self._server, client_info=Implementation(name="test-agent", version="1")) as client:
            self._client.set_result(client)
            await self._leave.wait()
