"""What kr8's own rules look at."""

from __future__ import annotations

import posixpath
from pathlib import Path

from kr8.domain.dockerfile import is_dockerfile
from kr8.domain.infrastructure_check import Part
from kr8.domain.manifests import KUSTOMIZATIONS
from kr8.drivers.kubernetes_schemas.concern import may_be_manifest
from kr8.drivers.terraform.concern import CONFIGURATION

PROJECT_FILE = "kr8.toml"


def part_of(root: Path, path: str, charts: frozenset[str]) -> Part | None:
    """The part whose rules look at a file below a root; None: no rule does."""
    if path == PROJECT_FILE:
        return Part.PROJECT
    if path.endswith(CONFIGURATION):
        return Part.TERRAFORM
    if is_dockerfile(path):
        return Part.IMAGE
    is_manifest = posixpath.basename(path) in KUSTOMIZATIONS or may_be_manifest(root, path, charts)
    return Part.KUBERNETES if is_manifest else None
