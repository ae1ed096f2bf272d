"""What kr8's processes take of memory: PSS, so that what they share is counted once."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from demo.scene import ROOT, Scene

from bench.calls import KR8, Call, raw_client
from bench.row import Row, at_most

OPERATIONS = 100_000
WARM = 10_000
"""Operations after which what is made once is made."""


def pss(pid: int) -> float:
    """The proportional set size of a process, in MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    raise RuntimeError(f"process {pid} has no Pss")


def running(text: str, home: Path) -> list[int]:
    """Processes whose command line has a text and whose environment or command line names the home."""
    found: list[int] = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            environment = (folder / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if text in command and (str(home) in command or f"KR8_HOME={home}\0" in environment):
            found.append(int(folder.name))
    return found


def growth(scene: Scene, daemon: int) -> Row:
    """What a daemon takes more after many operations of an agent: looks, lists, logs, and runs that ran already."""
    project = {"project": str(scene.project)}
    with raw_client(scene) as call:
        one = {"deployment": call("list_deployments", project)["deployments"][0]["id"]}
        again = one | {"digest": call("get_deployment", one)["digest"]}
        looks = (("get_deployment", one), ("get_deployment", one), ("list_deployments", project))
        turn = (*looks * 6, ("get_deployment_logs", one), ("deploy_project", again))
        _repeat(call, turn, WARM)
        before = pss(daemon)
        _repeat(call, turn, OPERATIONS)
    grown = pss(daemon) - before
    return at_most(f"memory: daemon, after {OPERATIONS:,} operations", 10, grown, "MB more", "PSS", 1)


def _repeat(call: Call, turn: Sequence[tuple[str, dict[str, Any]]], times: int) -> None:
    for number in range(times):
        call(*turn[number % len(turn)])


def rows(scene: Scene) -> list[Row]:
    """Daemon, bridge, supervisor with proxy; a service is deployed and idle."""
    time.sleep(2)
    daemon = scene.daemon()
    assert daemon is not None
    bridge = subprocess.Popen([KR8, "mcp"], env=scene.environment, cwd=ROOT, stdin=subprocess.PIPE)
    time.sleep(0.5)
    bridged = pss(bridge.pid)
    assert bridge.stdin is not None
    bridge.stdin.close()
    bridge.wait()
    small = running("kr8.supervisor", scene.home) + running("listeners.sock", scene.home)
    idle = pss(daemon)
    return [
        at_most("memory: daemon, idle", 120, idle, "MB", "PSS", 0),
        at_most("memory: bridge", 15, bridged, "MB", "PSS", 1),
        at_most("memory: supervisor and proxy", 40, sum(pss(pid) for pid in set(small)), "MB", "PSS", 1),
        growth(scene, daemon),
    ]
