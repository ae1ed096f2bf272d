"""What kr8.toml does not say yet, and without which Terraform refuses to plan."""

from __future__ import annotations

from kr8.domain.project import Project
from kr8.generators.terraform.environments import Place, made_by_terraform
from kr8.generators.terraform.layout import kinds_of


def lacks_certificate(place: Place) -> bool:
    """Whether an environment takes requests and has nothing to take them over HTTPS with."""
    return "http" in kinds_of(place.project) and not place.parameters.has_certificate


def unsettled(project: Project) -> str:
    """What is to be said in kr8.toml before the first plan; empty: nothing."""
    names = [name for name in made_by_terraform(project) if lacks_certificate(Place(project, name))]
    if not names:
        return ""
    where = ", ".join(names)
    return (
        f"terraform plan refuses {where}: HTTPS has no certificate. Say domain and zone_id, or certificate, in "
        "[infrastructure.terraform] of kr8.toml, and generate again."
    )
