"""Templates that are not accepted yet, and where they go when they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from kr8.domain.model import Model
from kr8.domain.template import Template, Value
from kr8.ports.templates import RenderedFile, Rendering


class RemovedFolder(Model):
    """A template of the user's own that is there no more."""

    place: Path
    """Where it lay."""
    left: Path | None = None
    """The folder with what of it could not be removed; None: nothing is left."""


class TemplateDrafts(Protocol):
    """Reads, tries and keeps drafts, each within the limits of a template. A draft is template.toml and `files/`."""

    async def read(self, folder: Path, called: str = "") -> tuple[RenderedFile, ...]:
        """The draft that a folder has; `called`: where the folder's name is not the template's.

        Raises Refused (invalid_template, template_limit): links are named.
        """
        ...

    async def folders(self, folder: Path) -> tuple[str, ...]:
        """The folders that have a template.toml, of one and all below it, by their path in it; "." is itself."""
        ...

    async def all_of(self, folder: Path, called: str) -> tuple[RenderedFile, ...]:
        """All files below a folder. Raises Refused as `read`."""
        ...

    def given(self, texts: Mapping[str, str]) -> tuple[RenderedFile, ...]:
        """The draft that somebody wrote down, by path. Raises Refused (path_outside, template_limit)."""
        ...

    def describe(self, name: str, files: tuple[RenderedFile, ...]) -> Template:
        """What a draft says of itself. Raises Refused (invalid_template)."""
        ...

    async def unmet(self, template: Template) -> tuple[str, ...]:
        """What of a template's needs this machine does not have, a sentence each."""
        ...

    def name_of(self, files: tuple[RenderedFile, ...]) -> str:
        """The name that a draft gives itself. Raises Refused (invalid_template)."""
        ...

    def digest(self, files: tuple[RenderedFile, ...]) -> str:
        """Of all that a draft has, as `Rendering.digest`."""
        ...

    async def render(self, name: str, files: tuple[RenderedFile, ...], values: Mapping[str, Value]) -> Rendering:
        """What a draft makes of values. Raises Refused as `Templates.render`."""
        ...

    def written(self, files: Iterable[RenderedFile]) -> AbstractAsyncContextManager[Path]:
        """A new folder with these files, gone when the context ends."""
        ...

    async def keep(self, name: str, files: tuple[RenderedFile, ...], project: Path | None) -> tuple[Path, bool]:
        """Put a draft among the templates of a project, or of the user: where, and whether anything is new.

        Raises Refused: template_version_taken where the version, or a later one, has another content; path_outside
        where the project's folder of templates is a link out of it; not_writable.
        """
        ...

    async def has(self, name: str) -> bool:
        """Whether the user has a template of that name."""
        ...

    async def remove(self, name: str) -> RemovedFolder:
        """Remove a template of the user's own. Raises Refused: unknown_template, path_outside, not_writable."""
        ...
