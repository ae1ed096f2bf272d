"""Two lines that tell who approves what is at stake, composed of the plan alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kr8.domain.model import format_duration
from kr8.domain.order import Kind
from kr8.domain.plan import BlastRadius, ServicePlan
from kr8.domain.project import BlueGreen, Canary, Rolling, Strategy


def blast_radius(kind: Kind, environment: str, services: Sequence[ServicePlan], strategy: Strategy) -> BlastRadius:
    """What is touched, and how it is undone."""
    changed = [service for service in services if service.changes()]
    if not changed:
        return BlastRadius(touches=f"Nothing in {environment} changes.", undone_by="Nothing needs undoing.")
    named = "; ".join(_sentence(service) for service in changed)
    unchanged = len(services) - len(changed)
    rest = f" {unchanged} other service{'s' if unchanged > 1 else ''} untouched." if unchanged else ""
    return BlastRadius(
        touches=f"{environment}: {named}.{rest}", undone_by=_undone_by(kind, environment, changed, strategy)
    )


def _sentence(service: ServicePlan) -> str:
    old, new = service.replaces, service.release
    if new is None:
        return f"{service.service} is removed ({_count(service.instances_now)})"
    if old is None:
        return f"{service.service} starts with {new.version()} ({_extent(service)})"
    if old.id != new.id:
        return f"{service.service} {old.version()} → {new.version()} ({_extent(service)})"
    if service.instances != service.instances_now:
        return f"{service.service} {service.instances_now} → {_count(service.instances)}"
    return f"{service.service} restarts ({_count(service.instances)})"


def _extent(service: ServicePlan) -> str:
    """How many run, or when."""
    schedule = service.release.spec.schedule if service.release is not None else None
    return _count(service.instances) if schedule is None else f"runs by {schedule}, UTC"


def _count(instances: int) -> str:
    return f"{instances} instance{'' if instances == 1 else 's'}"


def _undone_by(kind: Kind, environment: str, changed: Sequence[ServicePlan], strategy: Strategy) -> str:
    hooks = [service for service in changed if service.runs_before is not None]
    lasting = [service.service for service in hooks if not _reversible(service)]
    if lasting:
        return f"NOT undone by a rollback: the command that runs before {', '.join(lasting)} starts. {_by(strategy)}"
    if kind is not Kind.DOWN and all(service.replaces is None for service in changed):
        return f"Removed again where a gate fails: it replaces nothing. Afterwards `kr8 down {environment}` removes it."
    return _UNDONE[kind].format(itself=_by(strategy))


def _reversible(service: ServicePlan) -> bool:
    before = service.release.spec.before if service.release is not None else None
    return before is None or before.reversible


def _blue_green(strategy: BlueGreen) -> str:
    return f"Goes back by itself while it bakes ({format_duration(strategy.bake)}): the old release stays warm."


def _rolling(strategy: Rolling) -> str:
    return f"Goes back by itself while it bakes ({format_duration(strategy.bake)}): old instances are started again."


def _canary(strategy: Canary) -> str:
    return f"Goes back by itself: the first step gives it {strategy.steps[0]}% of the requests."


_UNDONE: Mapping[Kind, str] = {
    Kind.DEPLOY: "{itself} Afterwards a rollback brings back what serves now.",
    Kind.ROLLBACK: "{itself} Afterwards a deployment of its commit brings back what serves now.",
    Kind.SCALE: "Goes back by itself where an instance does not become ready. Afterwards another scale undoes it.",
    Kind.RESTART: "Goes back by itself where an instance does not become ready. Afterwards the same release runs.",
    Kind.DOWN: "Undone by a rollback, with no service in between: releases and builds are kept.",
}
_TEXTS: Mapping[type[Strategy], Callable[..., str]] = {BlueGreen: _blue_green, Rolling: _rolling, Canary: _canary}


def _by(strategy: Strategy) -> str:
    return _TEXTS[type(strategy)](strategy)
