"""Who may change an environment now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from kr8.drivers.store.store import Store
from kr8.drivers.store.tables import leases
from kr8.drivers.store.transaction import Transaction, find
from kr8.ports.clock import Clock
from kr8.ports.leases import Lease


class SqlLeases:
    """The Leases port.

    The fence is the epoch, not the time: `expires_at` only says when others may try. A controller whose clock jumped,
    or that was frozen and thaws, may believe in a lease that another took over since; the other's epoch is higher, and
    a target refuses the lower one. No two holders ever have one epoch, whatever their clocks say.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def acquire(self, environment: str, holder: str, ttl: timedelta) -> Lease | None:
        """Take the lease, or take it up again as the same holder, with the same epoch; None: another holds it."""

        def work(transaction: Transaction) -> Lease | None:
            row = transaction.row(leases, environment=environment)
            taken = take(_lease(row), _seen(row), environment, holder, self._clock.now(), ttl)
            if taken is not None:
                _keep(transaction, taken, max(_seen(row), taken.epoch))
            return taken

        return await self._store.write(_scope(environment), work)

    async def renew(self, lease: Lease, ttl: timedelta) -> Lease | None:
        """Prolong it; None: it was lost."""

        def work(transaction: Transaction) -> Lease | None:
            row = transaction.row(leases, environment=lease.environment)
            if not stands(lease, _lease(row)) or _seen(row) > lease.epoch:
                return None
            renewed = lease.model_copy(update={"expires_at": self._clock.now() + ttl})
            _keep(transaction, renewed, _seen(row))
            return renewed

        return await self._store.write(_scope(lease.environment), work)

    async def release(self, lease: Lease) -> None:
        """Give it back; nothing happens where it was lost. The epoch stays, so that the next one is above it."""

        def work(transaction: Transaction) -> None:
            row = transaction.row(leases, environment=lease.environment)
            if row is not None and stands(lease, _lease(row)):
                key = {"environment": lease.environment}
                transaction.change(leases, key, {"holder": None, "expires_at": None}, row)

        await self._store.write(_scope(lease.environment), work)

    async def raise_epoch(self, environment: str, epoch: int) -> None:
        """Make sure that the next holder's lease has an epoch above this one."""

        def work(transaction: Transaction) -> None:
            key, row = {"environment": environment}, transaction.row(leases, environment=environment)
            if row is None:
                transaction.add(leases, key, {"holder": None, "epoch": 0, "seen": epoch, "expires_at": None})
            elif row["seen"] < epoch:
                transaction.change(leases, key, {"seen": epoch}, row)

        await self._store.write(_scope(environment), work)

    async def holder(self, environment: str) -> Lease | None:
        """The lease that stands, live or not."""

        def work(connection: Connection) -> Lease | None:
            return _lease(find(connection, leases, {"environment": environment}))

        return await self._store.read(work)


def take(
    standing: Lease | None, seen: int, environment: str, holder: str, now: datetime, ttl: timedelta
) -> Lease | None:
    """The lease that a holder gets; None while another's is live. `seen`: the highest epoch there ever was."""
    if standing is not None and standing.holder != holder and standing.expires_at > now:
        return None
    epoch = standing.epoch if standing is not None and standing.holder == holder else seen + 1
    return Lease(environment=environment, holder=holder, epoch=epoch, expires_at=now + ttl)


def stands(lease: Lease, standing: Lease | None) -> bool:
    """Whether a lease is the one that stands, however long it was prolonged since."""
    return standing is not None and (standing.holder, standing.epoch) == (lease.holder, lease.epoch)


def _scope(environment: str) -> str:
    return f"lease:{environment}"


def _seen(row: dict[str, Any] | None) -> int:
    return 0 if row is None else int(row["seen"])


def _lease(row: dict[str, Any] | None) -> Lease | None:
    if row is None or row["holder"] is None:
        return None
    return Lease.model_validate({name: row[name] for name in Lease.model_fields})


def _keep(transaction: Transaction, lease: Lease, seen: int) -> None:
    values = {"holder": lease.holder, "epoch": lease.epoch, "seen": seen, "expires_at": lease.expires_at.isoformat()}
    transaction.put(leases, {"environment": lease.environment}, values)
