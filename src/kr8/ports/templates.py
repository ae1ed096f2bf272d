"""Folders that projects start from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from kr8.domain.model import Model
from kr8.domain.template import FoundTemplate, Value


class RenderedFile(Model):
    """A file that a template makes."""

    path: str
    content: bytes
    executable: bool = False


class Rendering(Model):
    """What a template made of some values."""

    template: FoundTemplate
    digest: str
    """Of all that the template's folder has."""
    values: dict[str, Value]
    """Of every parameter, defaults included."""
    files: tuple[RenderedFile, ...]


class Templates(Protocol):
    """Finds and renders templates."""

    async def near(self, directory: Path) -> bool:
        """Whether a folder, or one that it lies in, may have templates of its own: only then Git is asked."""
        ...

    async def list(self, project: Path | None = None) -> tuple[FoundTemplate, ...]:
        """All of them, by name: the user's, then ours, fetched ones, the project's, and those that are installed.

        One that another of its name comes before is `hidden`; one that cannot be used says why in `broken`.
        """
        ...

    async def render(self, name: str, values: Mapping[str, Value], project: Path | None = None) -> Rendering:
        """The files of a template; its name may say where it is from: built-in/web-service.

        Raises Refused: unknown_template, invalid_template, unknown_parameter, missing_parameter (all that are missing),
        invalid_parameter, template_limit, path_outside, too_many_renderings.
        """
        ...

    async def unmet(self, name: str, project: Path | None = None) -> tuple[str, ...]:
        """What of a template's needs this machine does not have, a sentence each. Raises Refused as `render`."""
        ...
