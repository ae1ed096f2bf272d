"""What is of production, by where it lies (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from kr8.domain.finding import split_place
from kr8.domain.project import Environment, Project

PRODUCTION = frozenset({"production", "prod"})


def is_in_production(place: str) -> bool:
    """Whether a folder of a place, or its file, is named so: live/prod/main.tf:7, production.tf:1."""
    *folders, file = split_place(place)[0].split("/")
    return not PRODUCTION.isdisjoint((*folders, file.partition(".")[0]))


def production_of(project: Project | None) -> Mapping[str, Environment]:
    """The environments of a project that are named so."""
    environments = project.environments if project is not None else {}
    return {name: environment for name, environment in environments.items() if name in PRODUCTION}
