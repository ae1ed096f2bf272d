"""Where tools lie. Standard library only: set-up asks too."""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path

LOCKS = Path(__file__).parent
COMPLETE = "complete"
"""The file that is written last."""


@dataclass(frozen=True)
class Place:
    """One tool."""

    name: str
    version: str
    lock: Path
    folder: Path
    """Named by what the lock says: another lock is another folder."""

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.folder / "bin" / "python"

    def is_installed(self) -> bool:
        """Whether all of it is there."""
        return (self.folder / COMPLETE).exists() and self.python.exists()

    def program(self, name: str) -> Path:
        """A program that it has."""
        return self.folder / "bin" / name


def places(root: Path, locks: Path = LOCKS) -> dict[str, Place]:
    """Every tool, by name; `root`: the folder of all tools."""
    return {lock.stem: _place(root, lock) for lock in sorted(locks.glob("*.txt"))}


def _place(root: Path, lock: Path) -> Place:
    content = lock.read_bytes()
    digest = hashlib.sha256(content + sys.version.encode()).hexdigest()[:12]
    pin = re.search(rf"^{re.escape(lock.stem)}==(\S+)", content.decode(), re.MULTILINE)
    return Place(lock.stem, pin[1] if pin else "", lock, root / lock.stem / digest)
