"""What kr8's processes take of memory: PSS, so that what they share is counted once."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from demo.scene import ROOT, Scene

from bench.calls import KR8
from bench.row import Row, at_most


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
    return [
        at_most("memory: daemon, idle", 120, pss(daemon), "MB", "PSS", 0),
        at_most("memory: bridge", 15, bridged, "MB", "PSS", 1),
        at_most("memory: supervisor and proxy", 40, sum(pss(pid) for pid in set(small)), "MB", "PSS", 1),
    ]
