"""Blue-green: the new release starts beside the old one and takes all traffic at once; the old one stays warm."""

from __future__ import annotations

from kr8.domain.project import BlueGreen
from kr8.domain.stage import Stage
from kr8.strategies.change import ServiceChange


def stages(change: ServiceChange) -> tuple[Stage, ...]:
    """Warm, then switch and bake."""
    strategy = change.strategy
    assert isinstance(strategy, BlueGreen)
    return (
        Stage(
            name="warm",
            desired=change.desired(change.old(100), change.new(0), surge=change.plan.instances),
            gates=("health", "monitoring"),
        ),
        Stage(
            name="switch",
            desired=change.desired(change.old(0), change.new(100), surge=change.plan.instances),
            gates=change.gates("health", "version", "errors", "latency", "traffic"),
            watch=strategy.bake,
            min_requests=strategy.min_requests,
            inconclusive=strategy.inconclusive,
            whole=True,
        ),
    )
