"""The course of one service: its strategy's where traffic moves from one release to another, a plain one elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from kr8 import strategies
from kr8.domain.project import Canary, Strategy
from kr8.domain.stage import Course, Stage
from kr8.plugins import found_in
from kr8.strategies.change import ServiceChange

StagesOf = Callable[[ServiceChange], tuple[Stage, ...]]

STRATEGIES: Mapping[str, StagesOf] = found_in(strategies, "stages")


def course_of(change: ServiceChange) -> Course:
    """The stages from what serves to what shall serve, the way back, and what remains after promotion."""
    return Course(forward=_forward(change), back=change.baseline(), finish=change.wanted())


def _forward(change: ServiceChange) -> tuple[Stage, ...]:
    if change.plan.release is None:
        return ()  # a removal begins after promotion: until then there is a way back
    if change.replaces_a_release():
        return STRATEGIES[change.strategy.kind](change)
    return (_plain(change),)


def _plain(change: ServiceChange) -> Stage:
    """The first start of a service, a scale, a restart, and every change of what takes no traffic.

    A release that is new here bakes, also where no other is beside it: what dies after a second must not be promoted.
    """
    old, new = change.plan.replaces, change.plan.release
    first, unknown = old is None, new is not None and (old is None or old.id != new.id)
    http = new is not None and new.spec.kind == "http"
    bakes = unknown and new is not None and new.spec.kind != "job"
    own = ("health", "version", "monitoring", "errors") if http and first else ("health",)
    return Stage(
        name="start" if first else "replace",
        desired=change.wanted(),
        gates=change.gates(*own) if bakes else own,
        watch=_bake(change.strategy) if bakes else timedelta(0),
        whole=http and first,
    )


def _bake(strategy: Strategy) -> timedelta:
    """How long a strategy watches a release before it is promoted."""
    return strategy.hold if isinstance(strategy, Canary) else strategy.bake
