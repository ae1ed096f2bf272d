"""Templates that were fetched from a repository, each pinned to a commit and a content."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from kr8.domain.model import Model, Name
from kr8.ports.templates import RenderedFile


class Pin(Model):
    """Where a template comes from, and what it is."""

    name: Name
    url: str
    commit: str
    path: str
    """The folder of the repository that has template.toml."""
    digest: str
    """Of all that the template's folder has: another content is refused."""


class RemovedPin(Model):
    """A fetched template that is there no more."""

    pin: Pin
    left: Path | None = None
    """The folder with what of it could not be removed; None: nothing is left."""


class PinnedTemplates(Protocol):
    """Keeps fetched templates with their pins, for all projects of the user."""

    async def all(self) -> tuple[Pin, ...]:
        """Every pin, by name. Raises Refused (pins_unreadable)."""
        ...

    async def add(self, pin: Pin, files: tuple[RenderedFile, ...]) -> bool:
        """Keep a template; whether anything is new. Raises Refused: template_version_taken, not_writable."""
        ...

    async def remove(self, name: str) -> RemovedPin:
        """Remove a template and its pin. Raises Refused: unknown_template, not_writable, path_outside."""
        ...
