"""The official conformance runner against a server that is built and served as kr8's is."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.tree import ROOT
from tests.support.waiting import wait_for

RUNNER = ROOT / "tests/conformance/node_modules/@modelcontextprotocol/conformance/dist/index.js"
REQUIRED = {"2025-11-25": 30, "2026-07-28": 37}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "tests.surfaces.everything", str(number)], cwd=ROOT)
    try:
        wait_for(lambda: server.poll() is not None or listens(number))
        yield number
    finally:
        server.terminate()
        server.wait(10)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("revision", REQUIRED)
def test_every_required_scenario_of_a_revision_passes(revision: str, port: int, tmp_path: Path) -> None:
    argv = [os.environ["KR8_NODE"], str(RUNNER), "server", "--url", f"http://127.0.0.1:{port}/mcp"]
    argv += ["--requirements", revision, "-o", str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=240, check=False)
    summary, _, unscored = done.stdout.partition("=== SUMMARY ===")[2].partition("Not scored")
    optional = set(re.findall(r"[✓✗] (\S+) \(", unscored))
    scored = {name: mark for mark, name in re.findall(r"([✓✗]) (\S+):", summary) if name not in optional}
    assert [name for name, mark in scored.items() if mark == "✗"] == [], done.stdout[-6000:] + done.stderr[-2000:]
    assert len(scored) == REQUIRED[revision]
    assert done.returncode == 0
