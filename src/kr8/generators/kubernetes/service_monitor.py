"""ServiceMonitor: where the cluster's Prometheus reads a service's measures (Prometheus operator)."""

from __future__ import annotations

from kr8.generators.kubernetes.scope import Object, Scope, labels, monitoring_metadata


def service_monitor(scope: Scope, service: str) -> Object | None:
    """The object; None where no measures are declared, or nothing can be asked for them."""
    declared = scope.service(service)
    if declared.monitoring is None or declared.kind != "http":
        return None
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": monitoring_metadata(scope, service),
        "spec": {
            "selector": {"matchLabels": labels(scope, service)},
            "endpoints": [{"port": "http", "path": declared.monitoring.metrics, "interval": "30s"}],
        },
    }
