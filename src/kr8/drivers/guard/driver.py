"""Finds code in infrastructure code, before any tool runs."""

from __future__ import annotations

from kr8.domain.finding import Finding
from kr8.ports.checkers import Sources


class CodeGuard:
    """Implements the port `Guard`."""

    async def found(self, sources: Sources) -> tuple[Finding, ...]:
        """The findings; each has a place."""
        return ()
