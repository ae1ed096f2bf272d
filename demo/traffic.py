"""The load, a process of its own, steered by lines."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from demo.scene import Scene

LOAD = Path(__file__).with_name("load.py")


class Traffic:
    """Requests to one address from its start to its stop."""

    def __init__(self, process: asyncio.subprocess.Process, report: Path) -> None:
        self._process = process
        self._report = report

    @classmethod
    async def start(cls, scene: Scene, rate: int, *versions: str) -> Traffic:
        """Start sending to staging; answers of these versions alone are right, without any those of all."""
        report = scene.directory / "load.json"
        argv = [str(LOAD), "--url", scene.staging, "--rate", str(rate), "--until-signal"]
        argv += [word for version in versions for word in ("--allow", version)]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *argv,
            "--control",
            "-",
            "--report",
            str(report),
            env=scene.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return cls(process, report)

    async def tell(self, line: str) -> dict[str, Any]:
        """Steer it; the counts so far."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()
        told: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return told

    async def stop(self) -> dict[str, Any]:
        """Stop sending; the whole report."""
        await self.tell("stop")
        assert self._process.stdout is not None
        await self._process.stdout.read()
        await self._process.wait()
        report: dict[str, Any] = json.loads(self._report.read_text())
        return report

    async def clear(self) -> None:
        """End the process, whatever it is at."""
        if self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
