"""ConfigMap: the environment variables of a service, and of all services of an environment, secrets excepted."""

from __future__ import annotations

from kr8.domain.digest import digest
from kr8.generators.kubernetes.scope import Object, Scope, metadata, shared_metadata

SHARED = "kr8--environment"
"""The name of what all services of an environment are told: no service can be called so."""


def config_map(scope: Scope, service: str) -> Object:
    """What one service is told, the same in every environment."""
    return _config_map(metadata(scope, service), variables(scope, service))


def shared_config_map(scope: Scope) -> Object | None:
    """What an environment tells all of its services; None without an environment."""
    return _config_map(shared_metadata(scope, SHARED), shared_variables(scope)) if scope.name else None


def variables(scope: Scope, service: str) -> dict[str, str]:
    """The variables of one service; PORT is not among them, for probes ask there whatever a person declares."""
    declared = scope.service(service)
    host = {"HOST": "0.0.0.0"} if declared.kind == "http" else {}
    return {"KR8_SERVICE": service, **host, **declared.env}


def shared_variables(scope: Scope) -> dict[str, str]:
    """The variables that count for all services, before their own."""
    return {"KR8_ENVIRONMENT": scope.name or "", **scope.environment.env}


def variables_digest(scope: Scope, service: str) -> str:
    """What changes when a variable of a service does: instances read them once, and start anew by this."""
    return digest([variables(scope, service), scope.environment.env])[:16]


def _config_map(about: Object, values: dict[str, str]) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": dict(values)}
