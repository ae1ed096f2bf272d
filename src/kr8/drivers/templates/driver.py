"""Templates from five places: installed with others' distributions, built in, fetched, the user's and the project's."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kr8.domain.template import FoundTemplate, Value, unknown_template
from kr8.drivers.process.driver import Processes
from kr8.drivers.templates import pins
from kr8.drivers.templates.folders import Folder, Places, describe, find, listed, own
from kr8.drivers.templates.needs import unmet
from kr8.ports.templates import Rendering

if TYPE_CHECKING:
    from kr8.drivers.templates.renderer import Renderer

SECONDS = 10.0


class FolderTemplates:
    """Implements the port `Templates`."""

    def __init__(self, home: Path, processes: Processes, path: str = "", limit_seconds: float = SECONDS) -> None:
        """`path`: the PATH on which what a template needs must be; the processes' own where it is empty."""
        self._home = home
        self._places = Places(home / "templates", home / pins.FETCHED)
        self._processes = processes
        self._path = path
        self._limit_seconds = limit_seconds

    @cached_property
    def renderer(self) -> Renderer:
        """What renders templates, and drafts: both take turns at it."""
        from kr8.drivers.templates.renderer import Renderer  # noqa: PLC0415 - it imports jinja2, which few need

        return Renderer(self._processes, self._limit_seconds)

    async def near(self, directory: Path) -> bool:
        """Whether a folder, or one that it lies in, may have templates of its own."""
        return any(own(folder).is_dir() for folder in (directory, *directory.parents))

    async def list(self, project: Path | None = None) -> tuple[FoundTemplate, ...]:
        """All of them, by name; one that cannot be used says why in `broken`."""
        return await asyncio.to_thread(self._listed, project)

    async def render(self, name: str, values: Mapping[str, Value], project: Path | None = None) -> Rendering:
        """The files of a template. Raises Refused as the port says."""
        folder = await asyncio.to_thread(self._folder, name, project)
        bare = _bare(name)
        return await self.renderer.folder(bare, folder, values, self._pinned(bare, folder))

    async def unmet(self, name: str, project: Path | None = None) -> tuple[str, ...]:
        """What of a template's needs this machine does not have, a sentence each."""
        template = await asyncio.to_thread(lambda: describe(_bare(name), self._folder(name, project)))
        return await self.lacking(template.needs)

    async def lacking(self, needs: Collection[str]) -> tuple[str, ...]:
        """What of some needs this machine does not have, a sentence each."""
        return await unmet(needs, self._path, self._processes)

    def _listed(self, project: Path | None) -> tuple[FoundTemplate, ...]:
        return tuple(listed(_bare(name), folder) for name, folder in find(self._places, project).items())

    def _pinned(self, name: str, folder: Folder) -> str | None:
        """The digest that a template must have; None: it may have any. One that lost its pin has none that fits."""
        if folder.origin != "fetched":
            return None
        pin = pins.read(self._home).get(name)
        return "" if pin is None else pin.digest

    def _folder(self, name: str, project: Path | None) -> Folder:
        folders = find(self._places, project)
        found = {f"{folder.origin}/{_bare(known)}": folder for known, folder in folders.items()} | folders
        if name not in found:
            raise unknown_template(name, folders)
        return found[name]


def _bare(name: str) -> str:
    """The name without where the template is from."""
    return name.rpartition("/")[2]
