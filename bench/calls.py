"""What a tool call takes once the daemon runs, and whose time that is."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from demo.scene import ROOT, Scene
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from bench.row import Row, at_most

KR8 = str(ROOT / ".venv" / "bin" / "kr8")
INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "1"},
}
WARM = 50
CALLS = 400

Call = Callable[[str, dict[str, Any]], dict[str, Any]]


@contextmanager
def raw_client(scene: Scene) -> Generator[Call]:
    """Calls tools over `kr8 mcp` with next to no time of its own: a line out, a line in."""
    process = subprocess.Popen(
        [KR8, "mcp"], env=scene.environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    source, sink = process.stdout, process.stdin
    assert source is not None and sink is not None
    number = 0

    def ask(method: str, params: dict[str, Any]) -> dict[str, Any]:
        nonlocal number
        number += 1
        sink.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n")
        sink.flush()
        answer: dict[str, Any] = json.loads(source.readline())
        if answer.get("id") != number or "result" not in answer:
            raise RuntimeError(f"{method} was answered with {answer}")
        result: dict[str, Any] = answer["result"]
        return result

    def call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        result = ask("tools/call", {"name": tool, "arguments": arguments})
        if result.get("isError"):
            raise RuntimeError(f"{tool} was refused: {result}")
        content: dict[str, Any] = result["structuredContent"]
        return content

    ask("initialize", INITIALIZE)
    sink.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')
    try:
        yield call
    finally:
        sink.close()
        process.wait()


def raw(call: Call, tool: str, arguments: dict[str, Any]) -> list[float]:
    """Milliseconds of each of some calls, the shortest first."""
    times: list[float] = []
    for number in range(WARM + CALLS):
        began = time.perf_counter()
        call(tool, arguments)
        if number >= WARM:
            times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


async def official(scene: Scene, tool: str, arguments: dict[str, Any]) -> tuple[list[float], float]:
    """The same with the official client; and the milliseconds of processor time that a call took in its process."""
    server = StdioServerParameters(command=KR8, args=["mcp"], env=scene.environment, cwd=str(ROOT))
    times: list[float] = []
    async with Client(server) as client:
        for _ in range(WARM):
            await client.call_tool(tool, arguments)
        own = time.process_time()
        for _ in range(CALLS):
            began = time.perf_counter()
            await client.call_tool(tool, arguments)
            times.append((time.perf_counter() - began) * 1000)
        own = time.process_time() - own
    return sorted(times), own * 1000 / CALLS


def rows(scene: Scene) -> list[Row]:
    """Calls; `scene` has a daemon that runs, and a deployment."""
    with raw_client(scene) as call:
        listed = call("list_deployments", {"project": str(scene.project)})
        look = {"deployment": listed["deployments"][0]["id"]}
        measured = [
            row("MCP: a tool call, p50", raw(call, "list_templates", {})),
            row("MCP: a look at a deployment, p50", raw(call, "get_deployment", look)),
        ]
    times, own = asyncio.run(official(scene, "list_templates", {}))
    note = f", of which {own:.2f} ms are processor time of the client itself"
    return [*measured, row("MCP: a tool call by the official client, p50", times, note)]


def row(what: str, times: list[float], note: str = "") -> Row:
    """The row of sorted milliseconds."""
    p90 = f"p90 {times[len(times) * 9 // 10]:.3f} ms{note}"
    return at_most(what, 1.0, times[len(times) // 2], "ms", p90)
