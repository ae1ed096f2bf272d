"""Which files policies judge."""

from __future__ import annotations

from kr8.domain.infrastructure_check import Part
from kr8.drivers.kubernetes_schemas.concern import charts, may_be_manifest
from kr8.drivers.rego.policies import is_project_policy
from kr8.drivers.terraform.concern import CONFIGURATION
from kr8.ports.checkers import Sources

PROJECT_FILE = "kr8.toml"


def concerned(sources: Sources, parts: frozenset[Part], has_more: bool) -> tuple[str, ...]:
    """What the policies of the project judge, and they; `has_more`: whether there are policies elsewhere too."""
    policies = tuple(filter(is_project_policy, sources.files))
    if not policies and not has_more:
        return ()
    known = charts(sources.files)
    judged = [path for path in sources.files if _part(sources, path, known) in parts]
    return tuple(sorted({*judged, *policies})) if judged else ()


def _part(sources: Sources, path: str, known: frozenset[str]) -> Part | None:
    if path == PROJECT_FILE:
        return Part.PROJECT
    if path.endswith(CONFIGURATION):
        return Part.TERRAFORM
    return Part.KUBERNETES if may_be_manifest(sources.root, path, known) else None
