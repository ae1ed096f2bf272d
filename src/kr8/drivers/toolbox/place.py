"""Where a tool lies, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

COMPLETE = "complete"
"""The file that is written last."""
Commands = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Place:
    """One tool."""

    name: str
    version: str
    source: Path
    """What it is made of: a lock, or a folder with a program."""
    folder: Path
    """Named by what the source says: another source is another folder."""
    keystone: str
    """The program that it cannot be without."""
    making: Callable[[Path, Path], Commands]
    """The commands that make it, of source and folder, one after the other."""

    def is_installed(self) -> bool:
        """Whether all of it is there."""
        return (self.folder / COMPLETE).exists() and self.program(self.keystone).exists()

    def program(self, name: str) -> Path:
        """A program that it has."""
        return self.folder / "bin" / name

    def commands(self) -> Commands:
        """What makes it."""
        return self.making(self.source, self.folder)
