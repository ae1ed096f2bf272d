"""The course of one service: its strategy's where traffic moves from one release to another, a plain one elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kr8 import strategies
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
    """The first start of a service, a scale, a restart, and every change of what takes no traffic."""
    release = change.plan.release
    http = release is not None and release.spec.kind == "http"
    first = change.plan.replaces is None
    gates = ("health", "version", "monitoring") if http and first else ("health",)
    return Stage(name="start" if first else "replace", desired=change.wanted(), gates=gates, whole=http and first)
