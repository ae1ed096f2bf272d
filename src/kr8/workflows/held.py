"""A lease, kept while a deployment runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from kr8.domain.deployment import ACTIVE, Deployment
from kr8.domain.problem import Refused, refuse
from kr8.ports.leases import Lease
from kr8.ports.target import Target, TargetError
from kr8.workflows.learning import learn
from kr8.workflows.outside import Outside

TTL = timedelta(seconds=30)
PATIENCE = timedelta(seconds=45)
"""Longer than a lease lives: a dead holder's lease ends within it."""


async def acquire(outside: Outside, deployment: Deployment, target: Target) -> Lease:
    """The lease of the deployment's environment. Raises Refused (environment_leased).

    A deployment that was under way already waits as long as it takes: it cannot end without.
    """
    await _catch_up(outside, deployment, target)
    return await _acquire(outside, deployment)


@asynccontextmanager
async def held(outside: Outside, lease: Lease) -> AsyncGenerator[None]:
    """Prolong a lease until the block ends, then give it back.

    Not where the daemon ends first: the next one takes it up again, and is fenced where somebody decided meanwhile.
    """
    keeper, goes_on = asyncio.create_task(_keep(outside, lease)), False
    try:
        yield
    except asyncio.CancelledError:
        goes_on = True
        raise
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
        if not goes_on:
            with suppress(Refused):
                await outside.leases.release(lease)  # a store that cannot: the lease ends by itself


async def _catch_up(outside: Outside, deployment: Deployment, target: Target) -> None:
    """Let the next epoch be above what the target has seen: it may have been returned without the daemon.

    And learn what it was told is promoted, where the store was restored from a backup made before.
    A holder that takes its own lease up again keeps its epoch, and is fenced: somebody has decided meanwhile.
    """
    with suppress(TargetError):
        standing = await target.standing(deployment.project, deployment.environment)
        if standing is not None:
            await learn(outside, target, deployment.project, deployment.environment, standing)
            await outside.leases.raise_epoch(deployment.environment_key, standing.epoch)


async def _acquire(outside: Outside, deployment: Deployment) -> Lease:
    until = outside.clock.monotonic() + PATIENCE.total_seconds()
    while True:
        lease = await outside.leases.acquire(deployment.environment_key, deployment.id, TTL)
        if lease is not None:
            return lease
        if deployment.state not in ACTIVE and outside.clock.monotonic() > until:
            holder = await outside.leases.holder(deployment.environment_key)
            raise refuse(
                "environment_leased",
                f"{deployment.environment} is being changed by {holder.holder if holder else 'somebody else'}.",
                mend="Wait until it has ended, or cancel it.",
                retryable=True,
            )
        await outside.clock.sleep(0.5)


async def _keep(outside: Outside, lease: Lease) -> None:
    """Prolong the lease; when it is lost nothing has to be done here: the target refuses its epoch."""
    while True:
        with suppress(Refused):  # the store is locked or full: the lease has time for two more tries
            if await outside.leases.renew(lease, TTL) is None:
                return
        await outside.clock.sleep(TTL.total_seconds() / 3)
