"""HTTPRoute: which requests the cluster's gateway sends to a service (Gateway API)."""

from __future__ import annotations

from kr8.generators.kubernetes.scope import Object, Scope, metadata
from kr8.generators.kubernetes.service import PORT
from kr8.generators.yaml import Value


def http_route(scope: Scope, service: str) -> Object | None:
    """The object; None for what is not public. Host names belong to an environment."""
    if not scope.public(service):
        return None
    names: list[Value] = list(hosts(scope, service))
    rule: Value = {
        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
        "backendRefs": [{"name": service, "port": PORT}],
    }
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata(scope, service),
        "spec": {
            "parentRefs": [{"name": scope.parameters.gateway, "namespace": scope.parameters.gateway_namespace}],
            **({"hostnames": names} if names else {}),
            "rules": [rule],
        },
    }


def hosts(scope: Scope, service: str) -> tuple[str, ...]:
    """The host names of a service in an environment; none where there is no environment."""
    if scope.name is None:
        return ()
    own = f"{service}.{scope.name}.{scope.project.project.name}.{scope.parameters.base_domain}"
    return scope.workload(service).hosts or (own,)
