"""kr8.toml, read and written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from kr8.domain.project import Project


class ProjectFiles(Protocol):
    """Reads a kr8.toml so that every mistake in it has a place."""

    def read(self, content: bytes, name: str = "kr8.toml") -> Project:
        """The project of a file's content. Raises Refused (invalid_project_file) with line and column."""
        ...

    def write(
        self, directory: Path, files: dict[str, bytes], executable: frozenset[str] = frozenset()
    ) -> tuple[str, ...]:
        """Write files below a directory, never over one that is there; the paths written, in order.

        Raises Refused: path_outside where a path would leave the directory, also through a link; not_writable. Then
        nothing is left of what was written.
        """
        ...

    def make(
        self, directory: Path, files: dict[str, bytes], executable: frozenset[str] = frozenset()
    ) -> tuple[str, ...]:
        """Write the files of a new project into an empty directory, as `write` does.

        Where it is interrupted, `take_away` knows what it has left.
        """
        ...

    def take_away(self, directory: Path, written: Iterable[str] | None = None) -> None:
        """Remove what was written, with the folders that it leaves empty.

        Without it: what an interrupted `make` has left, if nothing else lies in the directory.
        """
        ...
