"""What the job does: replace this with yours.

A run that died half-way is followed by the next one: write it so that what is done already does no harm.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Cleared:
    """What a run has done."""

    files: int
    bytes: int
    kept: int
    failed: tuple[str, ...]
    """What could not be removed, and why."""


def tidy(folder: Path, keep_days: float, now: float | None = None) -> Cleared:
    """Remove the files that nobody has changed for so many days. A link is left, and so is what it leads to."""
    oldest = (time.time() if now is None else now) - keep_days * DAY_S
    files = size = kept = 0
    failed: list[str] = []
    for path in _files(folder):
        try:
            status = path.lstat()
            if status.st_mtime >= oldest:
                kept += 1
                continue
            path.unlink()
        except FileNotFoundError:
            continue  # somebody else has removed it
        except OSError as error:
            failed.append(f"{path}: {error.strerror}")
            continue
        files += 1
        size += status.st_size
    return Cleared(files, size, kept, tuple(failed))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path
