"""Who may change an environment now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from kr8.domain.model import Model


class Lease(Model):
    """The right to change one environment, until it expires or somebody with a higher epoch has it."""

    environment: str
    """The environment's key: project.environment."""
    holder: str
    """The deployment that holds it."""
    epoch: int
    expires_at: datetime


class Leases(Protocol):
    """Gives at most one live lease an environment; the epoch grows with every new holder."""

    async def acquire(self, environment: str, holder: str, ttl: timedelta) -> Lease | None:
        """Take the lease, or take it up again as the same holder; None: another holds it.

        Taken up again it has the epoch that it had, also where a target has seen a higher one since, and refuses it.
        """
        ...

    async def renew(self, lease: Lease, ttl: timedelta) -> Lease | None:
        """Prolong it; None: it was lost."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give it back; nothing happens where it was lost."""
        ...

    async def raise_epoch(self, environment: str, epoch: int) -> None:
        """Make sure that the next holder's lease has an epoch above this one: a target has seen it."""
        ...

    async def holder(self, environment: str) -> Lease | None:
        """The lease that stands, live or not."""
        ...
