"""Namespace: the place of one environment, which refuses what is not restricted."""

from __future__ import annotations

import re

from kr8.generators.kubernetes.scope import Object, Scope, project_labels
from kr8.generators.yaml import Value

DESCRIPTION_CHARACTERS = 2000
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def namespace(scope: Scope) -> Object:
    """The object."""
    version = f"v{scope.parameters.version}"
    security: dict[str, Value] = {}
    for mode in ("enforce", "audit", "warn"):
        security |= {
            f"pod-security.kubernetes.io/{mode}": "restricted",
            f"pod-security.kubernetes.io/{mode}-version": version,
        }
    words = CONTROL.sub("", scope.project.project.description)[:DESCRIPTION_CHARACTERS]
    described: Object = {"annotations": {"kubernetes.io/description": words}} if words else {}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": scope.namespace, "labels": {**project_labels(scope), **security}, **described},
    }
