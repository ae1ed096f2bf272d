"""Every object of a scope, and the file that it stands in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kr8.generators.kubernetes.config_map import config_map, shared_config_map
from kr8.generators.kubernetes.deployment import deployment
from kr8.generators.kubernetes.horizontal_pod_autoscaler import horizontal_pod_autoscaler
from kr8.generators.kubernetes.http_route import http_route
from kr8.generators.kubernetes.job import before, cron_job, job
from kr8.generators.kubernetes.network_policy import default_deny, network_policy
from kr8.generators.kubernetes.pod_disruption_budget import pod_disruption_budget
from kr8.generators.kubernetes.prometheus_rule import prometheus_rule
from kr8.generators.kubernetes.scope import Object, Scope
from kr8.generators.kubernetes.service import service_object
from kr8.generators.kubernetes.service_account import service_account
from kr8.generators.kubernetes.service_monitor import service_monitor

Maker = Callable[[Scope, str], Object | None]

MAKERS: dict[str, Maker] = {
    "service-account": service_account,
    "config-map": config_map,
    "deployment": deployment,
    "job": job,
    "cron-job": cron_job,
    "before": before,
    "service": service_object,
    "http-route": http_route,
    "horizontal-pod-autoscaler": horizontal_pod_autoscaler,
    "pod-disruption-budget": pod_disruption_budget,
    "network-policy": network_policy,
    "service-monitor": service_monitor,
    "prometheus-rule": prometheus_rule,
}
"""By the name of the file, in the order in which things need each other."""


@dataclass(frozen=True)
class Placed:
    """An object and its file, below the folder of its scope."""

    path: str
    value: Object


def objects(scope: Scope) -> tuple[Placed, ...]:
    """All of them, but for the namespace that they are in."""
    made = [Placed("default-deny.yaml", default_deny(scope))]
    if (shared := shared_config_map(scope)) is not None:
        made.append(Placed("environment.yaml", shared))
    for service in scope.project.services:
        for name, make in MAKERS.items():
            value = make(scope, service)
            if value is not None:
                made.append(Placed(f"{service}/{name}.yaml", value))
    return tuple(made)
