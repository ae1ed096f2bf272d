"""Where the images of an environment are pushed to: a repository of ECR for each service."""

from __future__ import annotations

import re

from kr8.domain.infrastructure import overridden
from kr8.domain.project import Environment, Project
from kr8.generators.kubernetes.scope import Scope as Manifests
from kr8.generators.terraform.environments import Place

_ECR = re.compile(r"\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/.+")


def repositories(project: Project, name: str) -> dict[str, str]:
    """By service; none where the environment takes the builds of another one, or no registry of AWS is declared."""
    environment = project.environments[name]
    if environment.target == "ecs":
        return _of_terraform(Place(project, name))
    return _declared(project, name, environment) if environment.target == "kubernetes" else {}


def region_of(repository: str) -> str:
    """The region of a repository of ECR."""
    return repository.split(".")[3]


def _of_terraform(place: Place) -> dict[str, str]:
    if place.account is None or place.builds.name != place.name:
        return {}
    return {service: f"{place.registry}/{place.stem}/{service}" for service in place.project.services}


def _declared(project: Project, name: str, environment: Environment) -> dict[str, str]:
    if environment.builds_from is not None:
        return {}
    told = overridden(project.infrastructure.kubernetes, environment.infrastructure.kubernetes)
    manifests = Manifests(project, told.model_copy(update={"form": "plain"}), environment, name)
    named = {service: manifests.image(service) for service in project.services}
    return {service: image for service, image in named.items() if _ECR.fullmatch(image)}
