"""Installs tools, each in a folder of its own, from what is locked with hashes."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from kr8.domain.nearest import nearest
from kr8.domain.problem import refuse
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.toolbox.place import COMPLETE, Place
from kr8.drivers.toolbox.places import HERE, places
from kr8.ports.tools import Tool

SECONDS = 900.0
LOCK_PAUSE = 0.2


class Toolbox:
    """Implements the port `Tools`."""

    def __init__(self, root: Path, processes: Processes, passed: Mapping[str, str], sources: Path = HERE) -> None:
        """`root`: the folder of all tools; `passed`: the variables that say where packages come from.

        `sources`: what they are made of.
        """
        self._root = root
        self._sources = sources
        self._processes = processes
        self._passed = dict(passed)
        self._running: dict[str, asyncio.Task[str]] = {}

    def place(self, name: str) -> Place:
        """Where a tool is. Raises Refused (unknown_tool)."""
        known = places(self._root, self._sources)
        if name not in known:
            what = f"There is no tool {name[:80]!r} that kr8 installs."
            raise refuse("unknown_tool", what, mend=nearest(name, known), field="name")
        return known[name]

    async def list(self) -> tuple[Tool, ...]:
        """Every tool that can be installed, by name."""
        return tuple(self._tool(place) for place in places(self._root, self._sources).values())

    async def install(self, name: str, wait_s: float) -> Tool:
        """Install a tool, or join whoever does; how it is when it has ended or the wait is over.

        Raises Refused (unknown_tool).
        """
        place = self.place(name)
        if place.is_installed():
            return self._tool(place)
        task = self._running.get(name)
        if task is None:
            task = self._running[name] = asyncio.create_task(self._install(place))
        await asyncio.wait({task}, timeout=wait_s)
        shown = self._tool(place)
        if task.done():
            del self._running[name]
        return shown

    def _tool(self, place: Place) -> Tool:
        def told(state: str, what: str) -> Tool:
            return Tool.model_validate({"name": place.name, "version": place.version, "state": state, "what": what})

        task = self._running.get(place.name)
        if place.is_installed():
            return told("installed", str(place.folder))
        if task is None:
            return told("missing", f"kr8 tools install {place.name}")
        if not task.done():
            return told("installing", str(place.folder))
        error = task.exception()
        return told("failed", f"{error}" if error is not None else task.result())

    async def _install(self, place: Place) -> str:
        """Make the environment; why it could not be made, or nothing. One at a time on this machine."""
        place.folder.parent.mkdir(parents=True, exist_ok=True)
        async with _alone(place.folder.with_suffix(".lock")):
            if place.is_installed():
                return ""
            shutil.rmtree(place.folder, ignore_errors=True)  # somebody was interrupted
            for argv in place.commands():
                ended = await self._processes.run(
                    Command(argv=argv, cwd=place.folder.parent, env=self._environment(), limit_seconds=SECONDS)
                )
                if not ended.ok():
                    return f"{ended.how()}: {' '.join(ended.last_words(5))}"
            (place.folder / COMPLETE).touch()
        return ""

    def _environment(self) -> dict[str, str]:
        uv = {"UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "never"}
        go = {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off", "CGO_ENABLED": "0"}
        return {**self._passed, **uv, **go}


@asynccontextmanager
async def _alone(lock: Path) -> AsyncGenerator[None]:
    """Hold a lock against other processes; waiting for it keeps nobody else from working."""
    with lock.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(LOCK_PAUSE)
        yield
