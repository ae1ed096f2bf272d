"""Service: the one name and address of an http service's instances."""

from __future__ import annotations

from kr8.generators.kubernetes.scope import Object, Scope, metadata, selector

PORT = 80


def service_object(scope: Scope, service: str) -> Object | None:
    """The object; None for what takes no traffic."""
    if scope.service(service).kind != "http":
        return None
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(scope, service),
        "spec": {
            "selector": selector(scope, service),
            "ports": [{"name": "http", "port": PORT, "targetPort": "http", "protocol": "TCP", "appProtocol": "http"}],
        },
    }
