"""How soon an interrupted step goes on after kr8 was killed."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo.agent import Agent
from demo.scene import Scene

from bench.row import Row, worst

TIMES = 5


async def resume(scene: Scene, agent: Agent) -> list[Row]:
    """From the start of the next daemon's process to the first thing that the interrupted deployment does."""
    took: list[float] = []
    for n in range(TIMES):
        file = Path(scene.project, "README.md")
        file.write_text(f"{file.read_text()}\nresume {n}\n")
        scene.git("commit", "--quiet", "--all", "--message", f"Resume {n}")
        opened = await agent.call("deploy_project", project=str(scene.project), environment="staging")
        await agent.until(opened["id"], lambda each: any(stage["name"] == "switch" for stage in each["stages"]))
        old = scene.daemon()
        assert old is not None
        os.kill(old, signal.SIGKILL)
        killed = datetime.now(UTC)
        began = await _started(scene, old)
        await agent.ended(opened["id"], "succeeded")
        logs = await agent.call("get_deployment_logs", deployment=opened["id"], source="stages", limit=500)
        took.append(_first_after(logs, killed) - began)
    return [worst("resumed after kill -9, from process start", 1.0, took, "s")]


async def _started(scene: Scene, old: int) -> float:
    """The start of the daemon's process, in seconds since the epoch."""
    while (pid := scene.daemon()) in (None, old) or not Path(f"/proc/{pid}/stat").exists():
        await asyncio.sleep(0.01)
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return datetime.now(UTC).timestamp() - (uptime - ticks / os.sysconf("SC_CLK_TCK"))


def _first_after(logs: dict[str, Any], killed: datetime) -> float:
    for line in logs["lines"]:
        at = datetime.fromisoformat(line["at"])
        if at > killed:
            return at.timestamp()
    raise RuntimeError("nothing happened after the kill")
