"""The template of a pod: what every kind of service runs in."""

from __future__ import annotations

from kr8.generators.kubernetes.config_map import variables_digest
from kr8.generators.kubernetes.container import quantity
from kr8.generators.kubernetes.scope import Object, Scope, labels, selector
from kr8.generators.yaml import Because, Value


def pod_template(scope: Scope, service: str, component: str, container: Object, more: Object) -> Object:
    """The template; `more` is what only this kind of workload says in its spec."""
    told: Object = {"annotations": _read_once(scope, service)} if component in ("http", "worker") else {}
    return {
        "metadata": {"labels": {**labels(scope, service), "app.kubernetes.io/component": component}, **told},
        "spec": _spec(scope, service, container, more),
    }


def _read_once(scope: Scope, service: str) -> Object:
    why = "A variable that changes starts new instances: they read their ConfigMap once."
    return {"kr8.dev/variables-digest": Because(variables_digest(scope, service), why)}


def spread(scope: Scope, service: str) -> list[Value]:
    """Instances over zones and machines, so that the loss of one of these takes few of them."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": selector(scope, service)},
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def _spec(scope: Scope, service: str, container: Object, more: Object) -> Object:
    user = scope.parameters.user
    secret = scope.parameters.pull_secret
    size = quantity(scope.workload(service).scratch)
    return {
        "serviceAccountName": service,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **({"imagePullSecrets": [{"name": secret}]} if secret else {}),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **more,
        "containers": [container],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": size}}],
    }
