"""A copy of some files, for a tool that shall see no others."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def copied(root: Path, files: Iterable[str], copy: Path) -> None:
    """Copy files of a folder to the same paths below another one. Raises OSError."""
    for path in files:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_bytes((root / path).read_bytes())
