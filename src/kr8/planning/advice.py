"""What a kr8.toml says that does not do, yet, what one would expect of it."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.finding import Finding, Severity
from kr8.domain.project import REACHED, Project, Scale
from kr8.generators.kubernetes import needing, public_unsaid


def advice(project: Project) -> tuple[Finding, ...]:
    """Findings, for who reads the file; none of them refuses anything."""
    scales = (
        finding
        for name, environment in project.environments.items()
        for service, scale in environment.scale.items()
        for finding in _scale(scale, f"environments.{name}.scale.{service}", f"kr8 scale {name} {service}")
    )
    return (*_addresses(project), *scales, *_public(project))


def _addresses(project: Project) -> Iterator[Finding]:
    """Each that an environment of this machine has taken already: the two cannot serve at a time."""
    taken: dict[str, str] = {}
    for name, environment in project.environments.items():
        for service, address in environment.listen.items() if environment.target in REACHED else ():
            first = taken.setdefault(address, f"{service} of {name}")
            if first != f"{service} of {name}":
                yield Finding(
                    rule="address_twice",
                    severity=Severity.MEDIUM,
                    what=f"{service} of {name} listens at {address}, as does {first}.",
                    why="On one machine, whichever is deployed second is refused: the port is taken.",
                    mend=f"Give {service} another port in {name}.",
                    place=f"environments.{name}.listen.{service}",
                )


def _public(project: Project) -> Iterator[Finding]:
    """Where manifests are wanted: what others need is off the gateway, and nobody has said that it shall be."""
    targets = {each.target for each in project.environments.values()}
    if "kubernetes" not in targets and "kubernetes" not in project.infrastructure.model_fields_set:
        return
    for name in public_unsaid(project):
        yield Finding(
            rule="public_not_said",
            severity=Severity.INFO,
            what=f"The gateway of Kubernetes sends {name} no requests.",
            why=f"{', '.join(needing(project, name))} needs it, and kr8.toml does not say whether others reach it too.",
            mend=f"Say so in [infrastructure.kubernetes]: services.{name}.public = true, or false.",
            place=f"infrastructure.kubernetes.services.{name}.public",
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
