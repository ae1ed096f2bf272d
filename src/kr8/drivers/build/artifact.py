"""One digest for all that a build left."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from kr8.domain.digest import digest


def artifact(directory: Path) -> str:
    """SHA-256 over the files below a directory: their names, kinds, modes, contents and link targets.

    A folder's digest is made of its entries', so that two builds can be compared folder by folder.
    """
    return _folder(directory)


def _folder(directory: Path) -> str:
    with os.scandir(directory) as entries:
        return digest([[entry.name, *_entry(entry)] for entry in sorted(entries, key=lambda entry: entry.name)])


def _entry(entry: os.DirEntry[str]) -> list[str | int]:
    """Kind, permissions and content of one entry. What is neither file, folder nor link has no content."""
    mode = entry.stat(follow_symlinks=False).st_mode
    path = Path(entry.path)
    if stat.S_ISLNK(mode):
        return ["link", os.fsencode(path.readlink()).hex()]
    if stat.S_ISDIR(mode):
        return ["folder", stat.S_IMODE(mode), _folder(path)]
    if stat.S_ISREG(mode):
        with path.open("rb") as file:
            return ["file", stat.S_IMODE(mode), hashlib.file_digest(file, "sha256").hexdigest()]
    return ["other", mode]
