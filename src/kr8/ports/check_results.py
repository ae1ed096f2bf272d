"""Results of checkers, kept so that what has not changed is not checked again."""

from __future__ import annotations

from typing import Protocol

from kr8.domain.infrastructure_check import Checked


class CheckResults(Protocol):
    """Keeps results by a key that says checker, version and content."""

    async def get(self, key: str) -> Checked | None:
        """A result; None: there is none, or none that can be read."""
        ...

    async def put(self, key: str, checked: Checked) -> None:
        """Keep a result. A full disk only means that it is not kept."""
        ...
