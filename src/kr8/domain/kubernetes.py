"""What kr8.toml says to `generate_kubernetes`."""

from __future__ import annotations

from pydantic import Field

from kr8.domain.model import Model


class KubernetesParameters(Model):
    """The parameters of the manifests; each is the same in every environment that does not override it."""

    version: str = Field(default="1.34", pattern=r"^1\.(2[89]|3\d)$")
    """The cluster's version: manifests are written for it and validated against it."""
