"""What a full disk or a failing one leaves of a file."""

import os
from collections.abc import Callable
from pathlib import Path

GARBAGE = bytes(range(256)) * 16
Damage = Callable[[Path], None]


def missing(path: Path) -> None:
    """It is not there."""
    path.unlink()


def empty(path: Path) -> None:
    """It has no bytes."""
    path.unlink()
    path.touch()


def truncated(path: Path) -> None:
    """Its second half is lost."""
    os.truncate(path, path.stat().st_size // 2)


def garbage(path: Path) -> None:
    """It has other bytes, which are no text."""
    path.unlink()
    path.write_bytes(GARBAGE)


def folder(path: Path) -> None:
    """A folder that is not empty has its name."""
    path.unlink()
    path.mkdir()
    (path / "thing").touch()


DAMAGES: tuple[Damage, ...] = (missing, empty, truncated, garbage, folder)
