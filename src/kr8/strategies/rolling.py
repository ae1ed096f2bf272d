"""Rolling: instances are replaced a few at a time, each new one healthy before an old one leaves."""

from __future__ import annotations

from kr8.domain.project import Rolling
from kr8.domain.stage import Stage
from kr8.strategies.change import ServiceChange


def stages(change: ServiceChange) -> tuple[Stage, ...]:
    """One stage: the target replaces at the pace, then the new release bakes."""
    strategy = change.strategy
    assert isinstance(strategy, Rolling)
    return (
        Stage(
            name="roll",
            desired=change.desired(change.new(), surge=strategy.surge, unavailable=strategy.unavailable),
            gates=change.gates("health", "version", "monitoring", "errors", "latency", "traffic"),
            watch=strategy.bake,
            min_requests=strategy.min_requests,
            inconclusive=strategy.inconclusive,
            whole=True,
        ),
    )
