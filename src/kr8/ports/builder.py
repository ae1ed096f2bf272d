"""Makes a commit runnable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from kr8.domain.model import Model
from kr8.domain.project import Service
from kr8.domain.release import Build

Say = Callable[[str], Awaitable[None]]
"""Takes one line that the build printed (untrusted)."""


class BuildOrder(Model):
    """What to build."""

    project: str
    service: str
    repository: Path
    commit: str
    tree: str
    spec: Service


class Builder(Protocol):
    """Builds once what has the same id."""

    async def build(self, order: BuildOrder, say: Say) -> Build:
        """Make the build, or find it made. Raises Refused with the last lines where it fails or meets a limit."""
        ...

    async def prune(self, keep: frozenset[str]) -> int:
        """Remove every build whose id is not in `keep`; the bytes that were freed."""
        ...

    async def sizes(self) -> dict[str, int]:
        """The bytes of each build that is here, by its id: as they were counted when it was made."""
        ...
