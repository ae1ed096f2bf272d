"""The proxy or the supervisor killed: how long nobody is answered, and how many are refused."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from http.client import HTTPConnection

from demo.scene import Scene
from demo.traffic import Traffic

from bench.row import Row, at_most, worst
from kr8.surfaces.cli.socket_http import NoAnswer, NotSent, ask

TIMES = 20
RATE = 400
LIMIT_S = 10.0
CALM_S = 1.5
"""Between two deaths: a proxy that dies again and again is given a pause."""


async def killed(scene: Scene) -> list[Row]:
    """Both, under load."""
    traffic = await Traffic.start(scene, RATE)
    proxy = [await _death(scene, "proxy_pid", lambda: _answered(scene)) for _ in range(TIMES)]
    supervisor = [await _death(scene, "pid", lambda: _answered(scene)) for _ in range(TIMES // 4)]
    supervisor_again = [await _death(scene, "pid", lambda: _supervisor(scene)) for _ in range(TIMES // 4)]
    kinds: dict[str, int] = (await traffic.stop())["failed_by_kind"]
    lost = f"{kinds.get('reset', 0)} requests were in a proxy when it was killed"
    again = f"the supervisor itself answers again after {statistics.median(supervisor_again):.0f} ms (median)"
    whole = "a new connection's whole request"
    return [
        worst("proxy killed: back", 100, proxy, "ms", whole, 0),
        worst("supervisor killed: back", 100, supervisor, "ms", f"{whole}; {again}", 0),
        at_most("proxy or supervisor killed: refused", 0, kinds.get("refused", 0), "connections", lost, 0),
    ]


async def _death(scene: Scene, which: str, back: Callable[[], Awaitable[None]]) -> float:
    """Kill it, and wait until it is back: milliseconds."""
    pid = await _pid(scene, which, 0)
    os.kill(pid, signal.SIGKILL)
    began = time.perf_counter()
    await back()
    took = (time.perf_counter() - began) * 1000
    await _pid(scene, which, pid)
    await asyncio.sleep(CALM_S)
    return took


async def _answered(scene: Scene) -> None:
    """Until a new connection's request is answered; the dying proxy can still take one, and reset it."""

    def answers() -> bool:
        with closing(HTTPConnection("127.0.0.1", scene.ports[1], timeout=LIMIT_S)) as connection:
            try:
                connection.request("GET", "/")
                connection.getresponse().read()
            except (ConnectionResetError, BrokenPipeError):
                return False
            return True

    async with asyncio.timeout(LIMIT_S):
        while not await asyncio.to_thread(answers):
            pass


async def _supervisor(scene: Scene) -> None:
    async with asyncio.timeout(LIMIT_S):
        while _health(scene) is None:
            await asyncio.sleep(0.002)


async def _pid(scene: Scene, which: str, before: int) -> int:
    """The process, as soon as it is another one than before."""
    async with asyncio.timeout(LIMIT_S):
        while (pid := (_health(scene) or {}).get(which)) in (None, before):
            await asyncio.sleep(0.01)
    assert pid is not None
    return pid


def _health(scene: Scene) -> dict[str, int | None] | None:
    try:
        found: dict[str, int | None] = ask(scene.home / "run" / "supervisor.sock", "GET", "/v1/health")[1]
    except (NotSent, NoAnswer):
        return None
    return found
