"""What kr8's own files take on this machine."""

from __future__ import annotations

from typing import Literal, Protocol

from kr8.domain.model import Model

Kind = Literal["builds", "releases", "logs", "evidence", "data", "store", "cache", "kr8"]


class Item(Model):
    """One thing on the disk."""

    kind: Kind
    bytes: int
    project: str | None = None
    """The id of its project; None: it is shared, or nobody can tell."""
    name: str | None = None
    """The id of a release."""


class Disk(Protocol):
    """Looks at the whole home; it may take seconds."""

    async def items(self) -> tuple[Item, ...]:
        """Everything but the builds, which their builder counts."""
        ...

    async def free(self) -> int:
        """The bytes that are free where the home lies."""
        ...
