"""How much files take."""

from __future__ import annotations

import os
from pathlib import Path


def taken(directory: Path) -> int:
    """The bytes on disk of all files below a directory, each file once; 0 where it does not exist."""
    seen: set[tuple[int, int]] = set()
    return _below(directory, seen)


def _below(directory: Path, seen: set[tuple[int, int]]) -> int:
    total = 0
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                total += _of(entry, seen)
                if entry.is_dir(follow_symlinks=False):
                    total += _below(Path(entry.path), seen)
    except FileNotFoundError:
        pass  # removed while we looked: it takes nothing any more
    return total


def _of(entry: os.DirEntry[str], seen: set[tuple[int, int]]) -> int:
    try:
        stat = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return 0
    if (stat.st_dev, stat.st_ino) in seen:
        return 0
    seen.add((stat.st_dev, stat.st_ino))
    return stat.st_blocks * 512
