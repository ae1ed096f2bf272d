"""Zero downtime, resumption and automatic return, measured on the real thing under load."""

from __future__ import annotations

import os
import signal
from datetime import datetime
from pathlib import Path
from typing import Any

from demo.agent import Agent
from demo.scene import Scene
from demo.story import APP, BROKEN, HEALTHY
from demo.traffic import Traffic

from bench.row import Row, worst

RATE = 1500
KILL_EVERY = 3
"""The daemon is killed in each third deployment: 33%."""


async def zero_downtime(scene: Scene, agent: Agent, environment: str, number: int) -> list[Row]:
    """Deployments one after another under load, the daemon killed in a third of them, at another moment each time."""
    versions = [await _commit(scene, n) for n in range(2)]
    first = await _deploy(agent, scene, environment, versions[0])
    await agent.ended(first, "succeeded")
    traffic = await Traffic.start(scene, RATE, *versions)
    killed = resumed = 0
    for n in range(number):
        version = versions[(n + 1) % 2]
        await traffic.tell("allow " + " ".join(versions))
        opened = await _deploy(agent, scene, environment, version)
        if n % KILL_EVERY == 0:
            killed += await _kill(scene, agent, opened, n)
        ended = await agent.ended(opened, "succeeded")
        resumed += ended["state"] == "succeeded"
        await traffic.tell(f"expect {version}")
    report = await traffic.stop()
    good = report["failed"] == 0 and report["stale"] == 0 and not report.get("errors_5xx")
    what = f"{number} deployments at {report['rate']:.0f} req/s, daemon killed in {killed}"
    counted = f"{report['failed']} failed, {report['stale']} stale of {report['requests']:,}"
    kept = "0 failed, 0 stale in ≥ 100 at ≥ 1,500 req/s, ≥ 30% killed"
    enough = number >= 100 and report["rate"] >= RATE * 0.95 and killed >= 0.3 * number
    note = "" if enough else "fewer, slower or less often killed than promised: this run does not decide"
    return [Row(f"zero downtime: {what}", kept, counted, good and enough, note)]


async def automatic_return(scene: Scene, agent: Agent, environment: str, strategy: str, limit_ms: float) -> Row:
    """Milliseconds from the gate's verdict to the old release having all new requests again."""
    took: list[float] = []
    good = scene.git("rev-parse", "HEAD")
    for _ in range(5):
        bad = await _break(scene)
        traffic = await Traffic.start(scene, 400, good[:12], bad[:12])
        opened = await _deploy(agent, scene, environment, bad)
        await agent.ended(opened, "rolled_back")
        await traffic.stop()
        took.append(_return_ms(await agent.call("get_deployment_logs", deployment=opened, source="stages", limit=500)))
        scene.git("reset", "--quiet", "--hard", good)
    return worst(f"automatic return, {strategy}", limit_ms, took, "ms", digits=0)


async def under_traffic(scene: Scene, agent: Agent, environment: str) -> None:
    """Deploy HEAD with enough traffic for a canary to be judged."""
    traffic = await Traffic.start(scene, 400)
    await agent.ended(await _deploy(agent, scene, environment, "HEAD"), "succeeded")
    await traffic.stop()


def _return_ms(logs: dict[str, Any]) -> float:
    verdict: datetime | None = None
    for line in logs["lines"]:
        at = datetime.fromisoformat(line["at"])
        if verdict is None and line["level"] == "error":
            verdict = at
        if verdict is not None and "retreat" in line["source"] and "100% of new requests" in line["text"]:
            return (at - verdict).total_seconds() * 1000
    raise RuntimeError("the timeline shows no return")


async def _kill(scene: Scene, agent: Agent, opened: str, n: int) -> int:
    """Kill the daemon once this deployment has come to a stage; which one depends on n."""
    wanted = 1 + n // KILL_EVERY % 2
    await agent.until(opened, lambda each: len(each["stages"]) >= wanted or each["state"] in ("succeeded", "promoted"))
    pid = scene.daemon()
    if pid is None:
        return 0
    os.kill(pid, signal.SIGKILL)
    return 1


async def _deploy(agent: Agent, scene: Scene, environment: str, commit: str) -> str:
    opened = await agent.call("deploy_project", project=str(scene.project), environment=environment, commit=commit)
    return str(opened["id"])


async def _commit(scene: Scene, n: int) -> str:
    file = Path(scene.project, "README.md")
    file.write_text(f"{file.read_text()}\nrelease {n}\n")
    scene.git("commit", "--quiet", "--all", "--message", f"Release {n}")
    return scene.git("rev-parse", "HEAD")[:12]


async def _break(scene: Scene) -> str:
    return scene.commit(APP, HEALTHY, BROKEN, "Break a third of the answers")
