"""Sizes of the source, of what a model reads, and of the unit suite."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import time

from demo.scene import ROOT

from bench.row import Row, at_most
from kr8.app import catalogue
from kr8.catalogue.contract import tool_schema

CHARACTERS_A_TOKEN = 4
"""An estimate that holds for English and JSON within a fifth."""


def rows() -> list[Row]:
    """File sizes, tokens of the tools, seconds of the unit suite."""
    files = sorted(len(path.read_text().splitlines()) for path in (ROOT / "src").rglob("*.py") if path.stat().st_size)
    p90 = files[math.ceil(0.9 * len(files)) - 1]
    tools = {
        each.name: len(
            json.dumps(
                {"name": each.name, "description": each.text, "inputSchema": tool_schema(each.request)},
                separators=(",", ":"),
            )
        )
        / CHARACTERS_A_TOKEN
        for each in catalogue().for_agents()
    }
    largest = max(tools, key=lambda name: tools[name])
    began = time.monotonic()
    subprocess.run(["make", "unit"], cwd=ROOT, check=True, capture_output=True)
    took = time.monotonic() - began
    return [
        at_most("source files: median lines", 80, statistics.median(files), "lines", digits=0),
        at_most("source files: p90 lines", 250, p90, "lines", digits=0),
        at_most("source files: most lines", 400, files[-1], "lines", digits=0),
        at_most("tools a model reads, all", 5000, sum(tools.values()), "tokens", "characters / 4", 0),
        at_most(f"tools a model reads, largest ({largest})", 250, tools[largest], "tokens", "characters / 4", 0),
        at_most("unit suite", 20, took, "s", "`make unit`: a process a core", 1),
    ]
