"""Canary: the new release gets a growing share of the traffic, and each step is judged on its own counters."""

from __future__ import annotations

import math

from kr8.domain.project import Canary
from kr8.domain.stage import Stage
from kr8.strategies.change import ServiceChange

JUDGED = ("health", "errors", "latency", "traffic")


def stages(change: ServiceChange) -> tuple[Stage, ...]:
    """Warm, each percentage, then all traffic with the old release still warm."""
    strategy = change.strategy
    assert isinstance(strategy, Canary)
    first = Stage(
        name="warm",
        desired=change.desired(change.old(100), change.new(0, _instances(change, strategy.steps[0]))),
        gates=("health", "monitoring"),
    )
    last = Stage(
        name="100%",
        desired=change.desired(change.old(0), change.new(100), surge=change.plan.instances),
        gates=change.gates(*JUDGED, "version"),
        watch=strategy.hold,
        min_requests=strategy.min_requests,
        inconclusive=strategy.inconclusive,
        whole=True,
    )
    return (first, *(_step(change, strategy, percent) for percent in strategy.steps), last)


def _step(change: ServiceChange, strategy: Canary, percent: int) -> Stage:
    return Stage(
        name=f"{percent}%",
        desired=change.desired(
            change.old(100 - percent),
            change.new(percent, _instances(change, percent)),
            surge=change.plan.instances,
        ),
        gates=change.gates(*JUDGED),
        watch=strategy.hold,
        min_requests=strategy.min_requests,
        inconclusive=strategy.inconclusive,
    )


def _instances(change: ServiceChange, percent: int) -> int:
    """As many instances as the share of the traffic needs, at least one."""
    return max(1, math.ceil(change.plan.instances * percent / 100))
