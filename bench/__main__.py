"""`make bench`: measure everything, print it, write docs/benchmarks.md; arguments name parts to measure."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from demo.agent import connected
from demo.scene import ROOT, Scene, make

from bench import deployments, memory, source, startup, suite, tools, writers
from bench.answers import answers
from bench.infrastructure import infrastructure
from bench.killed import killed
from bench.page import CAUSES, causes_of, page
from bench.resume import resume
from bench.row import Row

PAGE = ROOT / "docs" / "benchmarks.md"
ALONE = {"source": source.rows, "tools": tools.rows, "suite": suite.rows, "writers": writers.rows}
"""What needs nothing that runs."""
IN_A_SCENE = ("startup", "memory", "killed", "resume", "return", "deployments", "answers", "infrastructure")
PARTS = (*ALONE, *IN_A_SCENE)


async def prepare(scene: Scene) -> None:
    """A project with a fast blue-green staging, a canary production-like environment, and a first release."""
    async with connected(scene, print) as agent:
        names = ("development_port", "staging_port", "production_port")
        values = {name: str(port) for name, port in zip(names, scene.ports, strict=True)}
        await agent.call("create_project", name="shop", directory=str(scene.project), values=values)
        scene.commit("kr8.toml", 'bake = "10s"', 'bake = "1s"', "Bake shorter")
        scene.commit("kr8.toml", 'p99 = "500ms"', 'p99 = "5s"', "Judge errors alone")
        opened = await agent.call("deploy_project", project=str(scene.project), environment="staging")
        await agent.ended(opened["id"], "succeeded")


def shown(rows: list[Row]) -> list[Row]:
    """The same rows, printed at once: what was measured is not lost with a later part that fails."""
    print("\n".join(row.line() for row in rows), flush=True)
    return rows


def in_a_scene(parts: set[str], number: int) -> list[Row]:
    """What needs kr8 to run, with a project that serves."""
    scene, rows = make(), list[Row]()
    try:
        asyncio.run(prepare(scene))
        if "startup" in parts:
            rows += shown(startup.rows(scene))
        if "memory" in parts:
            rows += shown(memory.rows(scene))
        return rows + asyncio.run(under_load(scene, parts, number))
    finally:
        scene.clear()


async def under_load(scene: Scene, parts: set[str], number: int) -> list[Row]:
    """What needs an agent and load."""
    rows: list[Row] = []
    async with connected(scene, lambda text: None) as agent:
        if "killed" in parts:
            rows += shown(await killed(scene))
        if "resume" in parts:
            rows += shown(await resume(scene, agent))
        if "return" in parts:
            rows += shown([await deployments.automatic_return(scene, agent, "staging", "blue-green", 100)])
            scene.commit("kr8.toml", 'kind = "blue-green", bake = "1s"', CANARY, "Deploy staging by canary")
            await deployments.under_traffic(scene, agent, "staging")
            rows += shown([await deployments.automatic_return(scene, agent, "staging", "canary", 250)])
            scene.git("revert", "--no-edit", "HEAD")
        if "deployments" in parts:
            rows += shown(await deployments.zero_downtime(scene, agent, "staging", number))
        if "answers" in parts:
            rows += shown(await answers(scene, agent))
        if "infrastructure" in parts:
            rows += shown(await infrastructure(scene, agent))
    return rows


CANARY = 'kind = "canary", steps = [50], hold = "3s", min_requests = 50'


def where() -> str:
    """When and on which machine, and how busy that is."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    processor = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    return (
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {os.cpu_count()} cores, {processor}, "
        f"Python {platform.python_version()}, load average {load}. An empty Python interpreter starts in "
        f"{startup.interpreter()} there."
    )


def main() -> int:
    """Measure; 0 when every number is kept."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; default: all")
    parser.add_argument("--deployments", type=int, default=100, help="how many deployments under load")
    given = parser.parse_args()
    parts = set(given.parts or PARTS)
    began, rows = (
        time.monotonic(),
        [row for part, measure in ALONE.items() if part in parts for row in shown(measure())],
    )
    if parts & set(IN_A_SCENE):
        rows += in_a_scene(parts, given.deployments)
    print(f"{sum(row.met for row in rows)} of {len(rows)} are kept; {time.monotonic() - began:.0f} s")
    if parts == set(PARTS):
        PAGE.write_text(page(rows, where(), causes_of(CAUSES.read_text())))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
