"""Patterns of paths, with * and ? in a name, and ** for folders of any depth (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import translate
from functools import lru_cache

ANY_DEPTH = "**"
WILD = "*?"
MOST_DEPTHS = 4
"""How many `**` a pattern may have: each is one more place where a match may stand."""
_Takes = Callable[[str], object]


def parts_of(pattern: str) -> tuple[str, ...]:
    """The names of a pattern, from the outermost folder on."""
    return tuple(part for part in pattern.split("/") if part not in ("", "."))


class PathPattern:
    """A pattern, which names files, and folders with all that is in them."""

    def __init__(self, text: str) -> None:
        self._names = tuple(None if part == ANY_DEPTH else _takes(part) for part in parts_of(text))
        self._begin = self._onwards({0})

    def among(self, paths: Iterable[str]) -> Iterator[str]:
        """The paths that it names. Where they are sorted, what a folder decides is found out once."""
        way: list[str] = []
        stands = [self._begin]
        for path in paths:
            names = path.split("/")
            known = _shared(way, names)
            del way[known:], stands[known + 1 :]
            for name in names[known:]:
                if self._is_decided(stands[-1]):
                    break
                way.append(name)
                stands.append(self._after(stands[-1], name))
            if len(self._names) in stands[-1]:
                yield path

    def _is_decided(self, stands: frozenset[int]) -> bool:
        """Whether what is below is named all the same, or cannot be."""
        return not stands or len(self._names) in stands

    def _after(self, stands: frozenset[int], name: str) -> frozenset[int]:
        """Where a match stands after one more name."""
        return self._onwards({after for at in stands if (after := self._step(at, name)) is not None})

    def _step(self, at: int, name: str) -> int | None:
        takes = self._names[at]
        if takes is None:
            return at
        return at + 1 if takes(name) else None

    def _onwards(self, stands: set[int]) -> frozenset[int]:
        """Where a match may stand as well: any depth may be none."""
        for index, takes in enumerate(self._names):
            if index in stands and takes is None:
                stands.add(index + 1)
        return frozenset(stands)


def _shared(one: list[str], other: list[str]) -> int:
    """How many names two ways have in common, from the beginning on."""
    for index, (its, others) in enumerate(zip(one, other, strict=False)):
        if its != others:
            return index
    return min(len(one), len(other))


@lru_cache(maxsize=1024)
def _takes(part: str) -> _Takes:
    """What says whether one name of a pattern takes a name."""
    if not any(sign in part for sign in WILD):
        return part.__eq__
    return re.compile(translate(part.replace("[", "[[]"))).match
