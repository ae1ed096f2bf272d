"""What a model reads of the tools' default answers, of deployments that failed or went back: there is much to tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo.agent import Agent
from demo.scene import Scene
from demo.story import APP

from bench.row import Row, at_most
from bench.tools import tokens
from kr8.app import catalogue
from kr8.domain.caller import Effect

LIMIT = 2000
"""Tokens of an answer that nobody asked for more of."""
FINDINGS = 200
LINES = 400
SOUND = "metrics = Metrics()\n"
TALKS_AND_DIES = f"""
for number in range({LINES}):
    print(f"line {{number:4}}: a service that says much before it dies, as a stack trace and its settings would be")
raise SystemExit(3)
"""


BUCKETS = "".join(f'resource "aws_s3_bucket" "b{number}" {{}}\n' for number in range(40))
"""Infrastructure code with several things to find in every line."""


async def answers(scene: Scene, agent: Agent) -> list[Row]:
    """One row for each tool that reads, the largest answer of all that it was asked for."""
    scene.commit(APP, SOUND, SOUND + TALKS_AND_DIES, "Say much and die")
    ended = {
        "failed": await _ended(agent, scene, "development", "failed"),
        "rolled back": await _ended(agent, scene, "staging", "rolled_back"),
    }
    scene.git("revert", "--no-edit", "HEAD")
    one: dict[str, Mapping[str, Any]] = {
        f"a deployment that {how}": {"deployment": each} for how, each in ended.items()
    }
    project = str(scene.project)
    asked: dict[str, dict[str, Mapping[str, Any]]] = {
        "list_templates": {"all": {}},
        "list_deployments": {"a project": {"project": project}},
        "get_deployment": one,
        "get_deployment_logs": {**one, "an environment": {"project": project, "environment": "staging"}},
        "validate_infrastructure": {"of 200 findings and more": {"project": project}},
    }
    reading = [each.name for each in catalogue().for_agents() if each.mark.effect is Effect.READ]
    code = scene.project / "buckets.tf"
    code.write_text(BUCKETS)
    rows = [await _row(agent, name, asked[name]) for name in reading]
    counts: dict[str, int] = (await _answer(agent, "validate_infrastructure", {"project": project}))["counts"]
    if sum(counts.values()) < FINDINGS:
        raise RuntimeError(f"there is less to find in {BUCKETS[:40]}… than {FINDINGS}: {counts}")
    code.unlink()
    return rows


async def _row(agent: Agent, tool: str, asked: Mapping[str, Mapping[str, Any]]) -> Row:
    sizes = {what: tokens(await _answer(agent, tool, arguments)) for what, arguments in asked.items()}
    largest = max(sizes, key=lambda what: sizes[what])
    return at_most(f"default answer of {tool}", LIMIT, sizes[largest], "tokens", f"the largest: {largest}", 0)


async def _answer(agent: Agent, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    answer = await agent.call(tool, **arguments)
    while answer.get("verdict") == "running":
        answer = await agent.call(tool, **arguments)
    return answer


async def _ended(agent: Agent, scene: Scene, environment: str, state: str) -> str:
    opened = await agent.call("deploy_project", project=str(scene.project), environment=environment)
    await agent.ended(opened["id"], state)
    return str(opened["id"])
