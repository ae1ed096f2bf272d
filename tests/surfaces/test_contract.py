"""What clients are told of kr8's tools is a file that a reviewer reads: a change of it is seen."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from bench.tools import TOKENS_A_TOOL, TOKENS_IN_ALL, incomplete, tokens_of
from scripts.contract import CONTRACT, TOOLS, golden, written

from kr8.app import catalogue
from kr8.surfaces.mcp.contract import contract_of
from kr8.version import VERSION

MEND = "run `make contract` and look at what changed"


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    return asyncio.run(contract_of(catalogue()))


def test_the_bridge_answers_what_the_operations_are(contract: dict[str, Any]) -> None:
    assert CONTRACT.read_text() == written(contract), MEND
    assert contract["version"] == VERSION


def test_the_golden_list_of_tools_is_what_the_operations_are(contract: dict[str, Any]) -> None:
    assert TOOLS.read_text() == written(golden(contract)), MEND


def test_the_tools_fit_an_agents_budget() -> None:
    sizes = {tool["name"]: tokens_of(tool) for tool in json.loads(TOOLS.read_text())["tools"]}
    assert not {name: size for name, size in sizes.items() if size > TOKENS_A_TOOL}
    assert sum(sizes.values()) <= TOKENS_IN_ALL


def test_every_tool_says_all_four_hints_and_its_output() -> None:
    tools = json.loads(TOOLS.read_text())["tools"]
    assert not incomplete(tools)
    for tool in tools:
        assert tool["description"] and tool["inputSchema"]["additionalProperties"] is False


def test_no_verb_of_the_agents_list_destroys() -> None:
    destroying = [t["name"] for t in json.loads(TOOLS.read_text())["tools"] if t["annotations"]["destructiveHint"]]
    assert destroying == []
