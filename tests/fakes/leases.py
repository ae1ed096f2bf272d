"""Leases in memory."""

from datetime import timedelta

from kr8.ports.clock import Clock
from kr8.ports.leases import Lease


class MemoryLeases:
    """The Leases port."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._standing: dict[str, Lease] = {}
        self._floors: dict[str, int] = {}

    async def acquire(self, environment: str, holder: str, ttl: timedelta) -> Lease | None:
        now, standing, floor = self._clock.now(), self._standing.get(environment), self._floors.get(environment, 0)
        if standing is not None and standing.holder != holder and standing.expires_at > now:
            return None
        epoch = standing.epoch if standing is not None and standing.holder == holder else floor + 1
        lease = Lease(environment=environment, holder=holder, epoch=epoch, expires_at=now + ttl)
        self._standing[environment] = lease
        self._floors[environment] = max(floor, epoch)
        return lease

    async def renew(self, lease: Lease, ttl: timedelta) -> Lease | None:
        if not self._stands(lease) or self._floors[lease.environment] > lease.epoch:
            return None
        renewed = lease.model_copy(update={"expires_at": self._clock.now() + ttl})
        self._standing[lease.environment] = renewed
        return renewed

    async def release(self, lease: Lease) -> None:
        if self._stands(lease):
            del self._standing[lease.environment]

    async def raise_epoch(self, environment: str, epoch: int) -> None:
        self._floors[environment] = max(self._floors.get(environment, 0), epoch)

    async def holder(self, environment: str) -> Lease | None:
        return self._standing.get(environment)

    def _stands(self, lease: Lease) -> bool:
        standing = self._standing.get(lease.environment)
        return standing is not None and (standing.holder, standing.epoch) == (lease.holder, lease.epoch)
