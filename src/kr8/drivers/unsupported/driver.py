"""Says of a kind of infrastructure code that it was not judged, where there is any."""

from __future__ import annotations

import asyncio

from kr8.domain.infrastructure_check import Checked, Gap, Part, judged
from kr8.drivers.unsupported.kinds import Kind
from kr8.ports.checkers import Sources
from kr8.version import VERSION


class UnsupportedChecker:
    """Implements the port `Checker` for a kind that no tool of kr8's takes."""

    tool = None
    security: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    @property
    def name(self) -> str:
        """The name of the kind."""
        return self._kind.name

    @property
    def rules(self) -> tuple[str, ...]:
        """It finds nothing: what it does not judge is told by its name."""
        return (f"{self.name}/",)

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """The files of the kind."""
        if self._kind.part not in parts:
            return ()
        found = await asyncio.to_thread(self._kind.find, sources)
        return tuple(sorted({path for paths in found.values() for path in paths}))

    async def version(self) -> str | None:
        """That of kr8."""
        return VERSION

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """That nothing of it was judged."""
        found = await asyncio.to_thread(self._kind.find, sources)
        gaps = (Gap(why=self._kind.why, what=place, place=place, lasting=True) for place in found)
        return judged(self.name, gaps)
