"""Makes a commit runnable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, Protocol

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


class Trial(Model):
    """A project whose own tests are to be run."""

    repository: Path
    tree: str
    """The whole project."""
    services: dict[str, Service]
    """What is built before, each in its folder."""
    tests: tuple[str, ...]
    """The program and its arguments, run in the project's folder."""


class Tried(Model):
    """What came of the tests."""

    state: Literal["passed", "failed", "not_run"]
    """`failed`: they did, or what comes before them; `not_run`: there is nothing here to run them in."""
    why: str = ""
    output: tuple[str, ...] = ()
    """The last lines that were printed (untrusted)."""


class Builder(Protocol):
    """Builds once what has the same id."""

    async def build(self, order: BuildOrder, say: Say) -> Build:
        """Make the build, or find it made. Raises Refused with the last lines where it fails or meets a limit."""
        ...

    async def try_out(self, trial: Trial) -> Tried:
        """Build a project and run its tests, within limits, with a home and caches of its own; nothing is left."""
        ...

    async def prune(self, keep: frozenset[str]) -> int:
        """Remove every build whose id is not in `keep`; the bytes that were freed."""
        ...

    async def sizes(self) -> dict[str, int]:
        """The bytes of each build that is here, by its id: as they were counted when it was made."""
        ...
