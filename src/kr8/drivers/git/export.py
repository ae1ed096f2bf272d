"""Writes what `cat-file --batch` printed as files. Git itself would run the repository's filters for that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kr8.domain.problem import Refused
from kr8.drivers.git.parse import Entry, check_link

CHUNK = 1 << 20
MODES = {"file": 0o644, "program": 0o755}


def write(entries: tuple[Entry, ...], contents: Path, directory: Path) -> None:
    """Write entries, whose contents follow one another in a file, below an empty directory.

    Links come last: nothing is ever written through one. Raises Refused where one leads out; OSError.
    """
    links: list[tuple[Entry, str]] = []
    with contents.open("rb") as stream:
        for entry in entries:
            size = _size(stream)
            if entry.kind == "link":
                links.append((entry, os.fsdecode(stream.read(size))))
            else:
                _write_file(directory / entry.path, MODES[entry.kind], _chunks(stream, size))
            stream.read(1)
    _write_links(links, directory)


def _size(stream: BinaryIO) -> int:
    return int(stream.readline().split()[2])


def _chunks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    while size:
        chunk = stream.read(min(size, CHUNK))
        if not chunk:
            raise OSError("git's output ended early")
        size -= len(chunk)
        yield chunk


def _write_file(path: Path, mode: int, chunks: Iterator[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
        os.fchmod(descriptor, mode)
        for chunk in chunks:
            file.write(chunk)


def _write_links(links: list[tuple[Entry, str]], directory: Path) -> None:
    for entry, target in links:
        path = directory / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
    inside = os.path.realpath(directory)
    for entry, target in links:
        try:
            check_link(entry.path, target, os.path.realpath(directory / entry.path), inside)
        except Refused:
            _remove(links, directory)
            raise


def _remove(links: list[tuple[Entry, str]], directory: Path) -> None:
    for entry, _ in links:
        (directory / entry.path).unlink()
