"""HorizontalPodAutoscaler: between min and max of kr8.toml's scale, by what instances use of their CPU."""

from __future__ import annotations

from kr8.generators.kubernetes.scope import Object, Scope, metadata
from kr8.generators.yaml import Because, Value

CALM = 300


def horizontal_pod_autoscaler(scope: Scope, service: str) -> Object | None:
    """The object; None where the number of instances is fixed."""
    if not scope.scales(service):
        return None
    scale = scope.scale(service)
    target: Value = {"type": "Utilization", "averageUtilization": scope.workload(service).cpu_target}
    down: Value = {"stabilizationWindowSeconds": CALM}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata(scope, service),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": service},
            "minReplicas": scale.min,
            "maxReplicas": scale.max,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            "behavior": Because({"scaleDown": down}, "Up at once, down only after calm: a lull is no trend."),
        },
    }
