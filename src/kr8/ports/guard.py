"""What must be known of infrastructure code before any tool evaluates it."""

from __future__ import annotations

from typing import Protocol

from kr8.domain.finding import Finding
from kr8.ports.checkers import Sources


class Guard(Protocol):
    """Finds what would run code, or read what is outside of the project, when a tool evaluates the files."""

    async def concerned(self, sources: Sources) -> tuple[str, ...]:
        """The files that its findings depend on."""
        ...

    async def found(self, sources: Sources, files: tuple[str, ...]) -> tuple[Finding, ...]:
        """The findings in these files; each has a place. Runs nothing of the files, and no tool."""
        ...
