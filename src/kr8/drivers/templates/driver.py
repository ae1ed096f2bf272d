"""Templates from three places; those that are not kr8's own are rendered in a child with limits."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

from kr8.domain.nearest import nearest
from kr8.domain.problem import Refused, refuse
from kr8.domain.shortened import quoted
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.templates.folders import Folder, describe, find, listed, own
from kr8.drivers.templates.values import complete
from kr8.ports.templates import RenderedFile, Template

SECONDS = 10.0
MEMORY = 512 << 20


class FolderTemplates:
    """Implements the port `Templates`."""

    def __init__(self, home: Path, processes: Processes, limit_seconds: float = SECONDS) -> None:
        self._user = home / "templates"
        self._processes = processes
        self._limit_seconds = limit_seconds

    async def near(self, directory: Path) -> bool:
        """Whether a folder, or one that it lies in, may have templates of its own."""
        return any(own(folder).is_dir() for folder in (directory, *directory.parents))

    async def list(self, project: Path | None = None) -> tuple[Template, ...]:
        """Built-in ones, the user's and the project's, by name; a project's own hides the user's, which hides ours."""
        return tuple(listed(folder) for folder in find(self._user, project).values())

    async def render(self, name: str, values: dict[str, str], project: Path | None = None) -> tuple[RenderedFile, ...]:
        """The files of a template. Raises Refused: unknown template or parameter, a bad value, a limit."""
        folders = find(self._user, project)
        if name not in folders:
            what = f"There is no template {quoted(name)}."
            raise refuse("unknown_template", what, mend=nearest(name, folders), field="template")
        template = describe(folders[name])
        wanted = complete(template, values)
        patterns = {each.name: each.pattern for each in template.parameters if each.pattern is not None}
        work = self._here if template.origin == "built-in" else self._apart
        return await work(folders[name], wanted, patterns)

    async def _here(self, folder: Folder, values: dict[str, str], patterns: dict[str, str]) -> tuple[RenderedFile, ...]:
        from kr8.drivers.templates import rendering  # noqa: PLC0415 - it imports jinja2, which few processes need

        try:
            files = await asyncio.to_thread(rendering.rendered, folder.path, values, patterns)
        except rendering.Failed as failed:
            raise _refused(folder, failed.code, failed.what, failed.field) from None
        return tuple(RenderedFile(path=file.path, content=file.content, executable=file.executable) for file in files)

    async def _apart(
        self, folder: Folder, values: dict[str, str], patterns: dict[str, str]
    ) -> tuple[RenderedFile, ...]:
        from kr8.drivers.templates import rendering  # noqa: PLC0415 - as above

        request = {"folder": str(folder.path), "values": values, "patterns": patterns}
        command = Command(
            argv=(sys.executable, "-I", "-B", rendering.__file__),
            cwd=folder.path,
            stdin=json.dumps(request).encode(),
            limit_seconds=self._limit_seconds,
            grace_seconds=0,
            memory=MEMORY,
            output_limit=2 * rendering.BYTES_LIMIT,
        )
        ended = await self._processes.run(command)
        if not ended.ok():
            raise _refused(folder, "template_limit", f"Its rendering was stopped: {ended.how()}.")
        answer: dict[str, Any] = json.loads(ended.stdout)
        if "files" not in answer:
            raise _refused(folder, answer["code"], answer["what"], answer["field"])
        return tuple(
            RenderedFile(path=path, content=base64.b64decode(content), executable=executable)
            for path, content, executable in answer["files"]
        )


def _refused(folder: Folder, code: str, why: str, field: str = "") -> Refused:
    if code == "invalid_parameter":
        return refuse(code, f"The value of {field} is not allowed.", why=why, field=f"values.{field}")
    what = f"The template {folder.path.name} cannot be rendered."
    return refuse(code, what, mend=f"Mend the {folder.origin} template in {folder.path}.", output=(why,))
