"""Drafts of templates: read, tried in a child with limits, and put among a project's or the user's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.template import Template, Value
from kr8.drivers.templates.driver import FolderTemplates
from kr8.drivers.templates.folders import MANIFEST, NAME, named, parsed, unusable
from kr8.ports.template_drafts import RemovedFolder
from kr8.ports.templates import RenderedFile, Rendering

MEND = "Mend the draft, and try again."


class FolderDrafts:
    """Implements the port `TemplateDrafts`. What imports Jinja is imported when a draft is there."""

    def __init__(self, home: Path, templates: FolderTemplates) -> None:
        """`templates`: what renders drafts too, and looks for what they need."""
        self._user = home / "templates"
        self._templates = templates
        self._turn = asyncio.Lock()

    async def read(self, folder: Path, called: str = "") -> tuple[RenderedFile, ...]:
        """The draft that a folder has. Raises Refused (invalid_template, template_limit)."""
        from kr8.drivers.templates import contents, renderer, rendering  # noqa: PLC0415

        try:
            return renderer.shown(await asyncio.to_thread(contents.read, folder))
        except rendering.Failed as failed:
            raise renderer.refused(called or folder.name, failed, MEND) from None

    async def folders(self, folder: Path) -> tuple[str, ...]:
        """The folders that have a template.toml, by their path in one."""
        return await asyncio.to_thread(_with_manifest, folder)

    async def all_of(self, folder: Path, called: str) -> tuple[RenderedFile, ...]:
        """All files below a folder. Raises Refused as `read`."""
        from kr8.drivers.templates import contents, renderer, rendering  # noqa: PLC0415

        try:
            return renderer.shown(await asyncio.to_thread(contents.everything, folder))
        except rendering.Failed as failed:
            raise renderer.refused(called, failed, "Take it out of the project, or write the template.") from None

    def given(self, texts: Mapping[str, str]) -> tuple[RenderedFile, ...]:
        """The draft that somebody wrote down, by path. Raises Refused (path_outside, template_limit)."""
        from kr8.drivers.templates import contents, renderer, rendering  # noqa: PLC0415

        made = (
            rendering.File(contents.place(path), text.encode(errors="replace"), text.startswith("#!"))
            for path, text in sorted(texts.items())
            if not contents.is_left_out(path)  # a folder of the same files has none of them, and the same digest
        )
        try:
            files = tuple(contents.bounded(made))
            rendering.check_folders({file.path: file for file in files})
            return renderer.shown(files)
        except rendering.Failed as failed:
            raise renderer.refused("that was given", failed, MEND) from None

    def describe(self, name: str, files: tuple[RenderedFile, ...]) -> Template:
        """What a draft says of itself. Raises Refused (invalid_template)."""
        found = next((file.content for file in files if file.path == MANIFEST), None)
        if found is None:
            raise unusable(name, f"It has no {MANIFEST}.")
        return parsed(name, found)

    async def unmet(self, template: Template) -> tuple[str, ...]:
        """What of a template's needs this machine does not have, a sentence each."""
        return await self._templates.lacking(template.needs)

    def name_of(self, files: tuple[RenderedFile, ...]) -> str:
        """The name that a draft gives itself. Raises Refused (invalid_template)."""
        return named(next((file.content for file in files if file.path == MANIFEST), b""))

    def digest(self, files: tuple[RenderedFile, ...]) -> str:
        """Of all that a draft has."""
        from kr8.drivers.templates import contents, keeping  # noqa: PLC0415

        return contents.digest(keeping.plain(files))

    async def render(self, name: str, files: tuple[RenderedFile, ...], values: Mapping[str, Value]) -> Rendering:
        """What a draft makes of values. Raises Refused as `Templates.render`."""
        from kr8.drivers.templates import keeping, renderer, rendering  # noqa: PLC0415

        try:
            return await self._templates.renderer.files(name, "project", keeping.plain(files), values)
        except rendering.Failed as failed:
            raise renderer.refused(name, failed, MEND) from None

    @asynccontextmanager
    async def written(self, files: Iterable[RenderedFile]) -> AsyncGenerator[Path]:
        """A new folder with these files, gone when the context ends."""
        from kr8.drivers.templates import keeping  # noqa: PLC0415

        with TemporaryDirectory(prefix="kr8-template-") as folder:
            await asyncio.to_thread(keeping.write, Path(folder), files)
            yield Path(folder)

    async def keep(self, name: str, files: tuple[RenderedFile, ...], project: Path | None) -> tuple[Path, bool]:
        """Put a draft among the templates of a project, or of the user: where, and whether anything is new."""
        from kr8.drivers.templates import keeping  # noqa: PLC0415

        root, within = (self._user, "") if project is None else (project, ".kr8/templates")
        async with self._turn:  # two contents of one version are one after the other: the second is refused
            return root / within / name, await asyncio.to_thread(keeping.keep, name, root, within, files)

    async def has(self, name: str) -> bool:
        """Whether the user has a template of that name."""
        return NAME.fullmatch(name) is not None and (self._user / name / MANIFEST).is_file()

    async def remove(self, name: str) -> RemovedFolder:
        """Remove a template of the user's own. Raises Refused as the port says."""
        from kr8.drivers.templates import keeping  # noqa: PLC0415

        async with self._turn:
            return await asyncio.to_thread(keeping.remove, self._user, name)


def _with_manifest(folder: Path) -> tuple[str, ...]:
    """The folders that have a template.toml; none behind a link."""
    found = (place for place, _, names in os.walk(folder) if MANIFEST in names)
    return tuple(sorted(os.path.relpath(place, folder) for place in found))
