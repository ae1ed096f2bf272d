"""ServiceAccount: who a service is to the cluster, without a token, for it has nothing to ask there."""

from __future__ import annotations

from kr8.generators.kubernetes.scope import Object, Scope, metadata


def service_account(scope: Scope, service: str) -> Object:
    """The object."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(scope, service),
        "automountServiceAccountToken": False,
    }
