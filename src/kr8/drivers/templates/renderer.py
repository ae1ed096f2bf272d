"""Renders a template: kr8's own here, all others in a child with limits. Imports Jinja, which few processes need."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from kr8.domain.problem import Refused, refuse
from kr8.domain.template import Origin, Value
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.templates import answers, contents, rendering
from kr8.drivers.templates.allowed import allowed
from kr8.drivers.templates.folders import Folder, described
from kr8.drivers.templates.values import ANOTHER_VALUE, complete, patterns
from kr8.ports.templates import RenderedFile, Rendering

MEMORY = 512 << 20
AT_ONCE = 2
"""How many children render at a time, whoever asks: each may take all of its memory and of its time."""
WAITING = 16
"""How many are rendered or wait for it: those that come after them are refused."""


class Renderer:
    """Renders what lies in a folder."""

    def __init__(self, processes: Processes, limit_seconds: float) -> None:
        self._processes = processes
        self._limit_seconds = limit_seconds
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._asked = 0

    async def folder(
        self, name: str, folder: Folder, values: Mapping[str, Value], pinned: str | None = None
    ) -> Rendering:
        """What a template makes; `pinned`: the digest that it must have. Raises Refused as `Templates.render`."""
        try:
            files = await asyncio.to_thread(contents.read, folder.path)
            if pinned is not None and contents.digest(files) != pinned:
                raise _changed(name, folder)
            return await self.files(name, folder.origin, files, values)
        except rendering.Failed as failed:
            raise refused(name, failed, f"Mend the {folder.origin} template in {folder.path}.") from None

    async def files(
        self, name: str, origin: Origin, files: tuple[rendering.File, ...], values: Mapping[str, Value]
    ) -> Rendering:
        """What the files of a template make. Raises Failed, Refused."""
        template = described(name, origin, contents.manifest(files))
        wanted = complete(template, values)
        conditions = tuple((each.path, each.when) for each in template.files)
        request = rendering.Request(contents.sources(files), wanted, patterns(template), conditions)
        made = await (self._here(request) if origin == "built-in" else self._in_turn(name, request))
        return Rendering(template=template, digest=contents.digest(files), values=wanted, files=shown(made))

    async def _here(self, request: rendering.Request) -> tuple[rendering.File, ...]:
        return await asyncio.to_thread(rendering.rendered, request)

    async def _in_turn(self, name: str, request: rendering.Request) -> tuple[rendering.File, ...]:
        if self._asked >= WAITING:
            raise _too_many(name)
        self._asked += 1
        try:
            async with self._turns:
                return await self._apart(request)
        finally:
            self._asked -= 1

    async def _apart(self, request: rendering.Request) -> tuple[rendering.File, ...]:
        command = Command(
            argv=(sys.executable, "-I", "-B", rendering.__file__),
            cwd=Path("/"),
            stdin=json.dumps(rendering.plain(request)).encode(),
            limit_seconds=self._limit_seconds,
            grace_seconds=0,
            memory=MEMORY,
            allowed=allowed(),
            offline=True,
            output_limit=2 * rendering.BYTES_LIMIT,
        )
        ended = await self._processes.run(command)
        if not ended.ok():
            raise rendering.Failed("template_limit", f"Its rendering was stopped: {ended.how()}.")
        return answers.read(ended.stdout, request.patterns)


def shown(files: Iterable[rendering.File]) -> tuple[RenderedFile, ...]:
    """Files as the ports have them."""
    return tuple(RenderedFile(path=each.path, content=each.content, executable=each.executable) for each in files)


def _too_many(name: str) -> Refused:
    return refuse(
        "too_many_renderings",
        f"The template {name} was not rendered: {WAITING} others are, or wait for it.",
        why=f"{AT_ONCE} are rendered at a time, for each may take {MEMORY >> 20} MB.",
        mend="Make the same call again in a minute.",
        retryable=True,
    )


def _changed(name: str, folder: Folder) -> Refused:
    return refuse(
        "template_changed",
        f"The template {name} is not what was fetched, and nothing is made of it.",
        why=f"The content of {folder.path} has another digest than its pin.",
        mend=f"Remove it with `kr8 template remove fetched/{name}`, and add it again.",
        field="template",
    )


def refused(name: str, failed: rendering.Failed, mend: str) -> Refused:
    """What to say of a template that could not be rendered."""
    if failed.code == "invalid_parameter":
        names = failed.field.split(rendering.BETWEEN)
        what = f"What is given for {', '.join(names)} is not allowed."
        output = tuple(failed.what.splitlines())
        return refuse(failed.code, what, mend=ANOTHER_VALUE, field=f"values.{names[0]}", output=output)
    return refuse(failed.code, f"The template {name} cannot be rendered.", mend=mend, output=(failed.what,))
