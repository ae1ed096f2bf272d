"""Deployment: the instances of a service that goes on running."""

from __future__ import annotations

from kr8.domain.project import Rolling
from kr8.generators.kubernetes.container import FORGET_SECONDS, serving
from kr8.generators.kubernetes.pod import pod_template, spread
from kr8.generators.kubernetes.scope import Object, Scope, seconds, selector, workload_metadata
from kr8.generators.yaml import Because, Value

ROLLING = "Kubernetes has no blue-green and no canary: where kr8.toml says these, it rolls, one more at a time."


def deployment(scope: Scope, service: str) -> Object | None:
    """The object; None for a job."""
    kind = scope.service(service).kind
    if kind == "job":
        return None
    more: Object = {"terminationGracePeriodSeconds": _grace(scope, service)}
    more["topologySpreadConstraints"] = spread(scope, service)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": workload_metadata(scope, service),
        "spec": {
            # An autoscaler's number would be set back by every apply.
            **({} if scope.scales(service) else {"replicas": scope.scale(service).min}),
            "revisionHistoryLimit": scope.environment.keep,
            "selector": {"matchLabels": selector(scope, service)},
            "strategy": _strategy(scope),
            "template": pod_template(scope, service, kind, serving(scope, service), more),
        },
    }


def _strategy(scope: Scope) -> Value:
    """How many instances a change may add and take away; the base is for environments of every strategy."""
    strategy = scope.environment.strategy
    if not isinstance(strategy, Rolling):
        return Because(_rolling(1, 0), ROLLING)
    rolling = _rolling(strategy.surge, strategy.unavailable)
    return rolling if scope.name is not None else Because(rolling, ROLLING)


def _rolling(surge: int, unavailable: int) -> Value:
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}


def _grace(scope: Scope, service: str) -> Value:
    declared = scope.service(service)
    stop = seconds(declared.stop_limit.total_seconds())
    if declared.kind != "http":
        return Because(stop, "The service's stop_limit.")
    drain = seconds(scope.environment.strategy.drain_limit.total_seconds())
    why = f"{FORGET_SECONDS} s until no request comes, {drain} s for those that are open (drain_limit), "
    return Because(FORGET_SECONDS + drain + stop, why + f"{stop} s to end (stop_limit).")
