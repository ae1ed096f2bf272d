"""Sealed secrets at rest: what the driver that seals them keeps in the store."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from kr8.domain.model import Model


class SealedSecret(Model):
    """One version of one secret, sealed: who reads the store learns nothing of the value."""

    project: str
    environment: str
    name: str
    version: int
    """Grows by one for each name of an environment, and goes on after a removal: no version ever has two values."""
    sealed: bytes
    set_at: datetime
    set_by: str
    removed: bool = False
    """Whether it was taken out of later releases."""


class SealedSecrets(Protocol):
    """Keeps every version of every secret; none is ever changed but for its `removed` mark."""

    async def add(self, secret: SealedSecret) -> bool:
        """Keep a version; False (and nothing kept) where it is not the newest version plus one.

        The caller reads `newest`, seals for the number that follows (so that the seal can bind it) and, on False,
        does so again: somebody else was faster.
        """
        ...

    async def newest(self, project: str, environment: str, name: str) -> SealedSecret | None:
        """The newest version of a name, removed or not."""
        ...

    async def get(self, project: str, environment: str, name: str, version: int) -> SealedSecret | None:
        """One version, removed or not: a release that was given it keeps it."""
        ...

    async def list(self, project: str, environment: str | None = None) -> tuple[SealedSecret, ...]:
        """The newest version of each secret that is not removed, by environment and name."""
        ...

    async def remove(self, project: str, environment: str, name: str) -> bool:
        """Mark every version of a name as removed. False: there was none that was not removed already."""
        ...

    async def all(self) -> tuple[SealedSecret, ...]:
        """Every version of every secret, removed ones too: for the redactor alone."""
        ...
