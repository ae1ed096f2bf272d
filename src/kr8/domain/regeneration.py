"""What becomes of a generated file that is generated again (pure)."""

from __future__ import annotations

from enum import StrEnum


class Fate(StrEnum):
    """What to do with one file."""

    WRITE = "write"
    LEAVE = "leave"
    """It is as it should be."""
    KEEP = "keep"
    """It was changed, or removed, by hand, and nothing is new."""
    MERGE = "merge"
    """It was changed by hand, and something is new."""
    CLASH = "clash"
    """It was not generated, or was removed by hand, and something is new."""
    REMOVE = "remove"


def fate(base: str | None, pending: str | None, mine: str | None, new: str | None) -> Fate:
    """What becomes of a file, by digests of its content.

    `base`: what kr8 wrote last; `pending`: what it meant to write when it was interrupted; `mine`: what is there;
    `new`: what is generated now. None: nothing.
    """
    ours = mine in (base, pending)
    if mine is None:
        return Fate.LEAVE if new is None else Fate.WRITE if base is None else Fate.KEEP if new == base else Fate.CLASH
    if new is None:
        return Fate.REMOVE if ours else Fate.KEEP
    if mine == new:
        return Fate.LEAVE
    if ours:
        return Fate.WRITE
    return Fate.CLASH if base is None else Fate.KEEP if new == base else Fate.MERGE
