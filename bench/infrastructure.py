"""How long infrastructure code takes to be generated and to be validated."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from demo.agent import Agent
from demo.scene import Scene

from bench import by_hand
from bench.row import Row, at_most

GENERATED = ("terraform", "kubernetes", "ansible")
CHANGES = {
    "validation, static, after a change of one manifest": "kubernetes/base/web/deployment.yaml",
    "validation, static, after a change of the values of one environment": "terraform/environments/staging/*.tfvars",
    "validation, static, after a change of every main.tf": "terraform/**/main.tf",
}
"""Files below infra/ that change between two validations, by the row of the second one."""


async def infrastructure(scene: Scene, agent: Agent) -> list[Row]:
    """Generation of all three, then a validation of all: the first, of one changed file, and of none."""
    project = str(scene.project)
    generated, _ = await _timed(agent, "generate_terraform", project=project)
    for name in GENERATED[1:]:
        took, _ = await _timed(agent, f"generate_{name}", project=project)
        generated += took
    cold, report = await _validated(agent, project)
    warm = {what: await _after_a_change(scene, agent, files) for what, files in CHANGES.items()}
    same, _ = await _validated(agent, project)
    alone = await asyncio.to_thread(by_hand.seconds, scene.project)
    checkers = ", ".join(f"{each['checker']} {each['seconds']:.1f} s" for each in report["checks"])
    unchecked = "; ".join(f"{each['checker']} not checked" for each in report["not_checked"])
    note = "; ".join(filter(None, (checkers, unchecked)))
    found = sum(report["counts"].get(severity, 0) for severity in ("medium", "high", "critical"))
    scene.git("clean", "--quiet", "-d", "--force", "infra", ".kr8")
    return [
        at_most("generation of all infrastructure code", 300, generated * 1000, "ms", "three calls, files written", 0),
        at_most("validation, static, cold", 10, cold, "s", note, 1),
        at_most(
            "validation, static, cold, against the tools by hand",
            1,
            cold / sum(alone.values()),
            "×",
            f"one after the other {sum(alone.values()):.1f} s: "
            + ", ".join(f"{tool} {took:.1f} s" for tool, took in alone.items()),
            2,
        ),
        *(at_most(what, 2, took, "s", digits=1) for what, took in warm.items()),
        at_most("validation, static, of an unchanged project", 300, same * 1000, "ms", digits=0),
        at_most("findings of medium severity or above in what is generated", 0, found, "findings", digits=0),
    ]


async def _after_a_change(scene: Scene, agent: Agent, files: str) -> float:
    """How long the next validation takes, with checkov's worker warm."""
    found = list((scene.project / "infra").glob(files))
    if not found:
        raise RuntimeError(f"nothing is generated at infra/{files}")
    for file in found:
        file.write_text(file.read_text() + "\n# Changed.\n")
    took, _ = await _validated(agent, str(scene.project))
    return took


async def _validated(agent: Agent, project: str) -> tuple[float, dict[str, Any]]:
    took, report = await _timed(agent, "validate_infrastructure", project=project)
    while report["verdict"] == "running":
        more, report = await _timed(agent, "validate_infrastructure", project=project)
        took += more
    return took, report


async def _timed(agent: Agent, tool: str, **arguments: Any) -> tuple[float, dict[str, Any]]:
    began = time.perf_counter()
    answer = await agent.call(tool, **arguments)
    return time.perf_counter() - began, answer
