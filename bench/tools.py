"""What a model reads of kr8's tools: what they say of themselves, and what they answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from scripts.contract import golden

from bench.row import Row, at_most
from kr8.app import catalogue
from kr8.surfaces.mcp.contract import contract_of

CHARACTERS_A_TOKEN = 4
"""An estimate that holds for English and JSON within a fifth."""
TOKENS_A_TOOL = 250
TOKENS_IN_ALL = 5000
READ = ("name", "description", "inputSchema")
HINTS = {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
Tool = dict[str, Any]


def offered() -> Sequence[Tool]:
    """The tools as a client of the newest protocol lists them."""
    tools: list[Tool] = golden(asyncio.run(contract_of(catalogue())))["tools"]
    return tools


def tokens(value: object) -> int:
    """What a model reads of a value, as compact JSON."""
    return -(-len(json.dumps(value, separators=(",", ":"), ensure_ascii=False)) // CHARACTERS_A_TOKEN)


def tokens_of(tool: Tool) -> int:
    """What a model reads of a tool before it calls it."""
    return tokens({name: tool.get(name) for name in READ})


def incomplete(tools: Sequence[Tool]) -> list[str]:
    """The names of those that lack one of the four annotations or an output schema."""
    return [
        tool["name"]
        for tool in tools
        if set(tool["annotations"]) != HINTS or tool.get("outputSchema", {}).get("type") != "object"
    ]


def rows() -> list[Row]:
    """Budgets of the tools, and whether they say all that they must."""
    tools = offered()
    sizes = {tool["name"]: tokens_of(tool) for tool in tools}
    largest = max(sizes, key=lambda name: sizes[name])
    note = f"characters / {CHARACTERS_A_TOKEN}"
    lacking = incomplete(tools)
    complete = "all four annotations and an output schema"
    return [
        at_most(f"tools a model reads, all {len(tools)}", TOKENS_IN_ALL, sum(sizes.values()), "tokens", note, 0),
        at_most(f"tools a model reads, largest ({largest})", TOKENS_A_TOOL, sizes[largest], "tokens", note, 0),
        at_most(f"tools without {complete}", 0, len(lacking), "tools", ", ".join(lacking), 0),
    ]
