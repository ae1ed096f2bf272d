"""What a newcomer reads first is true."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.support.tree import ROOT
from tests.support.walkthrough import Walkthrough

from kr8.surfaces.cli.catalogue import load
from kr8.surfaces.cli.flows import STANDING

README = (ROOT / "README.md").read_text()


def test_both_commands_are_targets_of_make() -> None:
    for command in re.findall(r"^make ([a-z]+) ", README, re.MULTILINE):
        assert re.search(rf"^{command}:", (ROOT / "Makefile").read_text(), re.MULTILINE), command


def test_the_clients_configuration_starts_a_server_with_the_tools_that_are_named() -> None:
    found = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert found is not None
    server = json.loads(found[1])["mcpServers"]["kr8"]
    assert f"claude mcp add kr8 -- {' '.join([server['command'], *server['args']])}" in README
    program = Path(sys.executable).parent / server["command"]
    asked = [
        {
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": "t", "version": "1"},
            },
        },
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/list"},
    ]
    with Walkthrough() as tour:
        told = subprocess.run(
            [program, *server["args"]],
            input="".join(json.dumps({"jsonrpc": "2.0", **each}) + "\n" for each in asked),
            env={"PATH": "/usr/bin:/bin", "KR8_HOME": str(tour.directory / "home")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        ).stdout
    answers = {each["id"]: each["result"] for each in map(json.loads, told.splitlines())}
    section = README[README.index("then has these") : README.index("An environment with an")]
    assert {tool["name"] for tool in answers[2]["tools"]} == set(re.findall(r"`(\w+)`", section))


def test_every_command_in_every_page_exists() -> None:
    known = {each.path[0] for each in load().operations} | {path[0] for path in STANDING}
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for word in re.findall(r"(?:`|^\$ )kr8 ([a-z]+)\b", page.read_text(), re.MULTILINE):
            assert word in known, f"{page.name}: kr8 {word}"
