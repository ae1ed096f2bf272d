"""Secret values: set by a person, given to services, shown to nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from kr8.domain.model import Model
from kr8.domain.release import Release, SecretVersion


class SecretView(Model):
    """What may be known of a secret."""

    name: str
    environment: str
    version: int
    set_at: datetime
    set_by: str


class Secrets(Protocol):
    """Keeps versions of secrets, sealed."""

    async def set(self, project: str, environment: str, name: str, value: str, by: str) -> SecretView:
        """Add a version."""
        ...

    async def list(self, project: str, environment: str | None = None) -> tuple[SecretView, ...]:
        """The newest version of each secret."""
        ...

    async def remove(self, project: str, environment: str, name: str) -> bool:
        """Take a secret out of later releases; those that exist keep theirs. False: there was none."""
        ...

    async def latest(self, project: str, environment: str, names: tuple[str, ...]) -> tuple[SecretVersion, ...]:
        """The newest version of each name; names that are not set are left out."""
        ...

    async def seal(self, release: Release) -> None:
        """Write the sealed environment that the release's instances open when they start. Idempotent."""
        ...

    async def values(self) -> tuple[str, ...]:
        """Every value of every version: for the redactor alone."""
        ...
