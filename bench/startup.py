"""How long it takes until something answers."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from demo.scene import ROOT, Scene, make

from bench import calls
from bench.calls import KR8
from bench.row import Row, typical

INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": calls.INITIALIZE}
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}


def times(number: int, once: Callable[[], float]) -> list[float]:
    """What each of some runs took."""
    return [once() for _ in range(number)]


def until_tools(scene: Scene, call: bool = False) -> float:
    """Seconds from the start of `kr8 mcp` to its list of tools, or to the answer of a first call."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [KR8, "mcp"], env=scene.environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None and process.stdout is not None
    calling: dict[str, Any] = {"name": "list_templates", "arguments": {}}
    messages: list[dict[str, Any]] = [INITIALIZE, {"jsonrpc": "2.0", "method": "notifications/initialized"}, LIST]
    messages += [{"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": calling}] if call else []
    for message in messages:
        process.stdin.write(json.dumps(message) + "\n")
    process.stdin.flush()
    last = 3 if call else 2
    while json.loads(process.stdout.readline()).get("id") != last:
        pass
    took = time.perf_counter() - began
    process.stdin.close()
    process.wait()
    return took


def without_daemon(call: bool) -> float:
    """The same from nothing: a new home."""
    scene = make()
    try:
        return until_tools(scene, call)
    finally:
        scene.clear()


def timed(argv: Sequence[str], scene: Scene, **environment: str) -> float:
    """Seconds that a command takes."""
    began = time.perf_counter()
    done = subprocess.run(
        argv, env={**scene.environment, **environment}, cwd=scene.directory, capture_output=True, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{argv} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return time.perf_counter() - began


def rows(scene: Scene) -> list[Row]:
    """Starts and calls; `scene` has a daemon that runs."""
    measured = [
        typical("MCP: start to tools/list, no daemon", 0.05, times(5, lambda: without_daemon(False)), "s"),
        typical("MCP: start to tools/list, daemon runs", 0.05, times(10, lambda: until_tools(scene)), "s"),
        typical("MCP: first tool call from nothing", 0.9, times(5, lambda: without_daemon(True)), "s"),
    ]
    measured += calls.rows(scene)
    complete = {"_KR8_COMPLETE": "bash_complete", "COMP_WORDS": "kr8 de", "COMP_CWORD": "1"}
    status = [KR8, "status", "--json", "--project", "shop"]
    return [
        *measured,
        typical("CLI: completion", 120, times(10, lambda: timed([KR8], scene, **complete) * 1000), "ms", digits=0),
        typical("CLI: status --json", 250, times(10, lambda: timed(status, scene) * 1000), "ms", digits=0),
    ]


def interpreter() -> str:
    """A floor under every Python number: the time of an empty interpreter, in words."""
    return f"{statistics.median(times(10, _bare)) * 1000:.0f} ms"


def _bare() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True, env=dict(os.environ))
    return time.perf_counter() - began
