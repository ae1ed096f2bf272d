"""What conflicts with what was changed by hand, and how it is settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from kr8.domain.caller import Caller
from kr8.domain.nearest import nearest
from kr8.domain.problem import refuse
from kr8.domain.source import SourceFile, Written

Keep: TypeAlias = Annotated[tuple[str, ...], Field(description="Paths that stay as they are: settles their conflicts.")]
Force: TypeAlias = Annotated[bool, Field(description="Replace files changed by hand, too.")]
State: TypeAlias = Literal["done", "conflict"]
"""`conflict`: some files are as they were, because what is new does not go together with them."""


def state_of(counts: Counter[Written]) -> State:
    """Whether all of it was written."""
    return "conflict" if counts[Written.CONFLICT] else "done"


def to_settle(caller: Caller) -> str:
    """What is next where there are conflicts."""
    keep, force = (
        caller.told(command="--keep PATH", tool="keep=[PATH]"),
        caller.told(command="--force", tool="force=true"),
    )
    return (
        f"Settle each conflict and call again: edit the file, or keep it as it is ({keep}), or take what is generated, "
        f"of all files ({force})."
    )


def check_kept(keep: tuple[str, ...], files: Iterable[SourceFile]) -> frozenset[str]:
    """The files to keep. Raises Refused (invalid_argument) for one that is not generated."""
    paths = [each.path for each in files]
    for path in keep:
        if path not in paths:
            raise refuse(
                "invalid_argument",
                f"{path!r} is none of the files that are generated.",
                mend=f"Name a file by its path in the project. {nearest(path, paths)}",
                field="keep",
            )
    return frozenset(keep)
