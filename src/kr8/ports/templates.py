"""Folders that projects start from."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from kr8.domain.model import Model


class Parameter(Model):
    """One thing that a template asks for."""

    name: str
    description: str
    default: str | None = None
    choices: tuple[str, ...] = ()
    pattern: str | None = None


class Template(Model):
    """What a template is."""

    name: str
    version: str
    kind: Literal["project", "infrastructure"]
    description: str
    parameters: tuple[Parameter, ...] = ()
    origin: Literal["built-in", "user", "project"] = "built-in"


class RenderedFile(Model):
    """A file that a template makes."""

    path: str
    content: bytes
    executable: bool = False


class Templates(Protocol):
    """Finds and renders templates."""

    async def near(self, directory: Path) -> bool:
        """Whether a folder, or one that it lies in, may have templates of its own: only then Git is asked."""
        ...

    async def list(self, project: Path | None = None) -> tuple[Template, ...]:
        """Built-in ones, the user's and the project's, by name; a project's own hides the user's, which hides ours."""
        ...

    async def render(self, name: str, values: dict[str, str], project: Path | None = None) -> tuple[RenderedFile, ...]:
        """The files of a template. Raises Refused: unknown template or parameter, a bad value, a limit."""
        ...
