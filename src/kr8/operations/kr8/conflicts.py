"""What conflicts with what was changed by hand, and how it is settled."""

from __future__ import annotations

import os
import posixpath
from collections import Counter
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from kr8.domain.caller import Caller
from kr8.domain.nearest import nearest
from kr8.domain.problem import refuse
from kr8.domain.shortened import quoted
from kr8.domain.source import SourceFile, Written

Keep: TypeAlias = Annotated[tuple[str, ...], Field(description="Paths that stay as they are: settles their conflicts.")]
Force: TypeAlias = Annotated[bool, Field(description="Replace files changed by hand, too.")]
State: TypeAlias = Literal["done", "conflict", "differs"]
"""`conflict`: some files are as they were, because what is new does not go together with them. `differs`: nothing was
written, and something would be, or is missing, or generated no more."""


def state_of(counts: Counter[Written]) -> State:
    """Whether all of it was written."""
    return "conflict" if counts[Written.CONFLICT] else "done"


def to_settle(counts: Counter[Written], caller: Caller, then: str) -> str:
    """What is next where there are conflicts, and perhaps files that are missing, or orphaned; `then`: once settled."""
    keep, force = _ways(caller)
    settle = (
        f"Settle each conflict and {then}: edit its lines, or keep the file as it is ({keep}), or take what is "
        f"generated, of all files ({force})."
    )
    others = (_missing(counts[Written.MISSING], caller), _orphaned(counts[Written.ORPHANED], caller))
    return " ".join(each for each in (settle, *others) if each)


def check_kept(
    keep: Iterable[str], files: Iterable[SourceFile], there: Iterable[str], root: Path, stands: str | None
) -> frozenset[str]:
    """The files to keep, each named by its path in the project, or from where the caller stands, as shells complete it.

    `there`: those that were generated before. Raises Refused (invalid_argument) for one that is not generated, and
    never was.
    """
    paths = {*(each.path for each in files), *there}
    return frozenset(_kept(named, paths, root, stands) for named in keep)


def _kept(named: str, paths: Set[str], root: Path, stands: str | None) -> str:
    from_there = os.path.relpath(os.path.join(os.path.realpath(stands or root), named), os.path.realpath(root))  # noqa: PTH118
    found = next((path for path in (named, posixpath.normpath(named), from_there) if path in paths), None)
    if found is None:
        raise refuse(
            "invalid_argument",
            f"{quoted(named)} is none of the files that are generated.",
            mend=f"Name a file by its path in the project. {nearest(named, paths)}",
            field="keep",
        )
    return found


def unchanged(counts: Counter[Written], agree: str) -> str:
    """What to say where nothing was written, and nothing is missing; empty else. `agree`: all is as it is generated."""
    if not set(counts) <= {Written.UNCHANGED, Written.KEPT}:
        return ""
    kept = f", but for what was changed by hand: {counts[Written.KEPT]} of the files" if counts[Written.KEPT] else ""
    return f"Nothing changed: {agree}{kept}."


def after(counts: Counter[Written], changed: str, caller: Caller) -> str:
    """What is next where files were written, or would be (`changed`), or are missing, or orphaned."""
    same = set(counts) <= {Written.UNCHANGED, Written.KEPT, Written.MISSING, Written.ORPHANED}
    said = (
        "" if same else changed,
        _missing(counts[Written.MISSING], caller),
        _orphaned(counts[Written.ORPHANED], caller),
    )
    return " ".join(each for each in said if each)


def _missing(count: int, caller: Caller) -> str:
    if not count:
        return ""
    keep, force = _ways(caller)
    return (
        f"Not there, and not made again: {count} of the generated files, which others may name. Bring them back from "
        f"Git, say of each that it shall not be there ({keep}), or have all files as they are generated ({force})."
    )


def _orphaned(count: int, caller: Caller) -> str:
    if not count:
        return ""
    keep, force = _ways(caller)
    return (
        f"There still, and generated no more: {count} of the files, which were changed by hand. Remove them, say of "
        f"each that it is your own ({keep}), or have all files as they are generated, and these removed ({force})."
    )


def _ways(caller: Caller) -> tuple[str, str]:
    """How a caller says what is kept, and that nothing is."""
    return (
        caller.told(command="--keep PATH", tool="keep=[PATH]"),
        caller.told(command="--force", tool="force=true"),
    )
