"""Services of which kr8.toml does not say whether requests from outside reach them."""

from __future__ import annotations

from kr8.domain.infrastructure import overridden
from kr8.domain.project import Project


def needing(project: Project, name: str) -> tuple[str, ...]:
    """The services that need a service."""
    return tuple(other for other, service in project.services.items() if name in service.needs)


def public_unsaid(project: Project) -> tuple[str, ...]:
    """Those that some environment gives no route for that others need them, and for nothing else."""
    said = [
        overridden(project.infrastructure.kubernetes, environment.infrastructure.kubernetes).services
        for environment in project.environments.values()
    ]
    return tuple(
        name
        for name, service in project.services.items()
        if service.kind == "http"
        and needing(project, name)
        and any(name not in told or told[name].public is None for told in said)
    )
