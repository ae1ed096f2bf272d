"""How Kubernetes sees that an instance works: what kr8.toml says of a service's health, as probes."""

from __future__ import annotations

from kr8.domain.project import Health
from kr8.generators.kubernetes.scope import Object, seconds
from kr8.generators.yaml import Because

STARTUP_PERIOD = 3
TIMEOUT = 3
"""What an answer may take, before it is ready as afterwards."""


def probes(health: Health) -> Object:
    """The three probes."""
    ask: Object = {"path": health.path, "port": "http"}
    tries = max(1, seconds(health.ready_limit.total_seconds() / STARTUP_PERIOD))
    return {
        "startupProbe": Because(
            {"httpGet": ask, "periodSeconds": STARTUP_PERIOD, "timeoutSeconds": TIMEOUT, "failureThreshold": tries},
            f"It has {tries * STARTUP_PERIOD} s to become ready (ready_limit); then it is started anew.",
        ),
        "readinessProbe": {"httpGet": ask, "periodSeconds": 5, "timeoutSeconds": TIMEOUT, "failureThreshold": 2},
        "livenessProbe": Because(
            {"httpGet": ask, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6},
            "Slower than readiness: an instance that is busy loses its traffic, not its life.",
        ),
    }
