"""Which paths a repository has, whether or not they are read (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum


class Presence(StrEnum):
    """Whether a path is there."""

    HERE = "here"
    UNREAD = "unread"
    """It is in the repository, and nobody gets to see it: a link, a submodule, too large, left out."""
    GONE = "gone"


class Tree:
    """The files that are read, and those that are not; folders are there with what is in them."""

    def __init__(self, files: Iterable[str], unread: Iterable[str]) -> None:
        self._here = _with_folders(files)
        self._unread = frozenset(unread)
        self._around = _with_folders(self._unread)

    def presence(self, path: str) -> Presence:
        """Of a file or a folder. What is below a link or a submodule is as little read as that."""
        if path in self._here:
            return Presence.HERE
        is_unread = path in self._around or not self._unread.isdisjoint(folders_above(path))
        return Presence.UNREAD if is_unread else Presence.GONE


def folders_above(path: str) -> Iterator[str]:
    """The folders that a path is in, the nearest first; the last is "", the repository's own."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _with_folders(paths: Iterable[str]) -> frozenset[str]:
    return frozenset(each for path in paths for each in (path, *folders_above(path)))
