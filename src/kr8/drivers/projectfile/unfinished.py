"""A new project whose files were not all written: a mark among them says which they shall be, until they are."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from kr8.domain.made_files import UNFINISHED
from kr8.drivers.tree import below

MOST_FILES, MOST_BYTES = 1000, 32 << 20
"""More than a template makes, with what kr8 writes beside it."""


def mark(files: Mapping[str, bytes]) -> bytes:
    """What the mark says: a digest and a path on each line."""
    return "".join(f"{_digest(content)} {path}\n" for path, content in files.items()).encode()


def take_away(directory: Path) -> None:
    """Remove what an interrupted run has left in a directory, if nothing else is there; else nothing."""
    try:
        if not (directory / UNFINISHED).is_file() or (directory / ".git").exists():
            return
        found = list(islice(_files(directory), MOST_FILES + 1))
        # Who may write there may have made files of any size: they are not read to be told apart.
        if len(found) > MOST_FILES or sum((directory / path).lstat().st_size for path in found) > MOST_BYTES:
            return
        said = below.read(directory, UNFINISHED) or b""
    except OSError:
        return
    known = dict(line.split(" ", 1)[::-1] for line in said.decode(errors="replace").splitlines() if " " in line)
    if all(path == UNFINISHED or _is_left(directory, path, known) for path in found):
        remove(directory, sorted(found, key=UNFINISHED.__eq__))  # the mark comes last: this may be interrupted, too


def remove(directory: Path, paths: Iterable[str]) -> None:
    """Remove files, as far as they can be, and the folders that they leave empty below the directory."""
    for path in paths:
        with suppress(OSError):
            below.remove(directory, path)


def _files(directory: Path) -> Iterator[str]:
    return (
        os.path.relpath(os.path.join(place, name), directory)  # noqa: PTH118
        for place, folders, names in os.walk(directory)
        for name in (*names, *(each for each in folders if os.path.islink(os.path.join(place, each))))  # noqa: PTH114, PTH118
    )


def _is_left(directory: Path, path: str, known: Mapping[str, str]) -> bool:
    """Whether a file is as the mark says, or nothing of it was written yet."""
    try:
        content = below.read(directory, path)
    except OSError:
        return False
    return path in known and content is not None and (not content or _digest(content) == known[path])


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
