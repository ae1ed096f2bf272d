"""What kr8's own rules look at (pure)."""

from __future__ import annotations

from kr8.domain.infrastructure_check import Part
from kr8.drivers.terraform.concern import CONFIGURATION
from kr8.rules.image_unpinned import is_dockerfile

PROJECT_FILE = "kr8.toml"


def part_of(path: str) -> Part | None:
    """The part whose rules look at a file; None: no rule does."""
    if path == PROJECT_FILE:
        return Part.PROJECT
    if path.endswith(CONFIGURATION):
        return Part.TERRAFORM
    return Part.IMAGE if is_dockerfile(path) else None
