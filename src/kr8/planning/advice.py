"""What a kr8.toml says that does not do, yet, what one would expect of it."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.finding import Finding, Severity
from kr8.domain.project import Project, Scale


def advice(project: Project) -> tuple[Finding, ...]:
    """Findings, for who reads the file; none of them refuses anything."""
    return tuple(
        finding
        for name, environment in project.environments.items()
        for service, scale in environment.scale.items()
        for finding in _scale(scale, f"environments.{name}.scale.{service}", f"kr8 scale {name} {service}")
    )


def _scale(scale: Scale, place: str, command: str) -> Iterator[Finding]:
    """No target scales by itself: the limits are those of a scale that somebody asks for."""
    given = scale.model_fields_set
    if "rps" in given or ("max" in given and scale.max > scale.min):
        yield Finding(
            rule="nothing_scales_by_itself",
            severity=Severity.LOW if "rps" in given else Severity.INFO,
            what=f"{scale.min} run, until somebody asks for another number: this target does not scale by itself yet.",
            why=f"min and max limit what may be asked for{'; rps is kept, and nothing uses it' * ('rps' in given)}.",
            mend=f"{command} N, with N from {scale.min} to {scale.max}.",
            place=place,
        )
