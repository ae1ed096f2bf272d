"""PodDisruptionBudget: the cluster's own work takes one instance at a time."""

from __future__ import annotations

from kr8.generators.kubernetes.scope import Object, Scope, metadata, selector
from kr8.generators.yaml import Because


def pod_disruption_budget(scope: Scope, service: str) -> Object | None:
    """The object; None for a job. It counts what may be missing, so that it never stops a machine's upgrade."""
    if scope.service(service).kind == "job":
        return None
    why = "An instance that does not work anyway does not hold up the upgrade of its machine."
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(scope, service),
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": Because("AlwaysAllow", why),
            "selector": {"matchLabels": selector(scope, service)},
        },
    }
