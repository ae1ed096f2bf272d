"""The projects that kr8 knows."""

from __future__ import annotations

from typing import Protocol

from kr8.domain.environment import ProjectRecord


class Projects(Protocol):
    """Remembers projects by id."""

    async def save(self, record: ProjectRecord) -> None:
        """Add a project or replace what is known of it."""
        ...

    async def get(self, project: str) -> ProjectRecord | None:
        """The project of an id."""
        ...

    async def all(self) -> tuple[ProjectRecord, ...]:
        """Every project, by name."""
        ...
