"""What becomes of a generated file that is generated again (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from kr8.domain.problem import refuse


class Fate(StrEnum):
    """What to do with one file."""

    WRITE = "write"
    LEAVE = "leave"
    """It is as it should be."""
    KEEP = "keep"
    """It was changed, or removed, by hand, and nothing is new."""
    ORPHAN = "orphan"
    """It was changed by hand, and is generated no more."""
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
        return Fate.REMOVE if ours else Fate.ORPHAN
    if mine == new:
        return Fate.LEAVE
    if ours:
        return Fate.WRITE
    return Fate.CLASH if base is None else Fate.KEEP if new == base else Fate.MERGE


def check_committed(uncommitted: Iterable[str]) -> None:
    """Refuse to replace files whose content no commit has. Raises Refused (uncommitted_changes) where there are any."""
    paths = tuple(uncommitted)
    if paths:
        raise refuse(
            "uncommitted_changes",
            "Changes by hand that are not committed would be lost, and nothing was written.",
            why="Force replaces what was changed by hand; only what the last commit has can be had again.",
            mend="Commit these files, or take back what was changed in them; or name those that stay as they are "
            "(--keep PATH; keep=[PATH]).",
            field="force",
            output=paths,
        )
